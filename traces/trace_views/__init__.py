"""What a trace's page can show beside the waterfall, each by its name in the address (`view=`)."""

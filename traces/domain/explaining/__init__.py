"""What happened in a trace: rules, each in a file of its own, and which of their findings are said first. Pure."""

"""The summary of a trace: its spans in groups, and what each takes."""

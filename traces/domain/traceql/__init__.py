"""TraceQL: its text, its tree, and what a tree means."""

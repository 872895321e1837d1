"""Spans in: doors → body → translate → pipeline → store. A door answers success only after the commit."""

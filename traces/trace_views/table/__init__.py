"""The view `table`: spans with columns of one's choice."""

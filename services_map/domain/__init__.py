"""Plain Python and numpy: no Django, no database."""

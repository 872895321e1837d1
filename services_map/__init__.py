"""What many traces say together: dependency links and latency roll-ups.

The package stands at the top of the import order and has no code of its own yet.
"""

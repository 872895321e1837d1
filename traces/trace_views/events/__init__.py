"""The view `events`: what happened in all spans of a trace, in the order of time."""

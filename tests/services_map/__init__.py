"""Roll-ups: what many traces say together."""

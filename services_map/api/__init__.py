"""What roll-ups say, for programs."""

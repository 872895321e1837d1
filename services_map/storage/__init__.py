"""The tables of roll-ups: the only ones who know them."""

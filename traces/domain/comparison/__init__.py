"""Two traces laid over each other: what takes longer in one, what only one has, and whether that is unusual."""

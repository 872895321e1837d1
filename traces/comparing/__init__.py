"""Two traces side by side: what takes longer in one, and what only one has."""

"""What of the dependency map is shown, and where it stands."""

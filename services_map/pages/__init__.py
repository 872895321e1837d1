"""The pages of services and of the map, and what they share."""

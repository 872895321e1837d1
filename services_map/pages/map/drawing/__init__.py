"""The dependency map as SVG that templates write: geometry, words and shades. Pure."""

"""The services of one trace as a small map, beside its waterfall."""

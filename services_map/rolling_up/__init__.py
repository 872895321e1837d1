"""From blocks of spans to the tables: what the worker does."""

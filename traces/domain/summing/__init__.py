"""The spans of a trace summed up in groups: by service, operation, kind, status or the value of an attribute."""

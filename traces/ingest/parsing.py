"""Whose turn it is to parse: a body takes many times its size meanwhile, and Python parses one at a time anyway."""

import threading

# A large one takes seconds: the small ones, of a usual exporter, do not wait for it.
_LARGE_BYTES = 2 * 1024 * 1024
_small, _large = threading.Lock(), threading.Lock()


def turn_to_parse(body: bytes) -> threading.Lock:
    """Held while this body is parsed."""
    return _large if len(body) > _LARGE_BYTES else _small

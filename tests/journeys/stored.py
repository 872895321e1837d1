"""`python -m tests.journeys.stored`: trace ids in, a line each out: the trace's id and the ids of its stored spans.

Reads beneath the repairs that hide what is there twice, and decodes every span. A row without its span, or with
another one's, is an error.
"""

import sys
from contextlib import suppress

import django


def main() -> None:
    django.setup()
    from traces.domain.errors import StoreUnavailable
    from traces.storage import get_store
    from traces.storage.base import DEFAULT_PROJECT

    store = get_store()
    with suppress(StoreUnavailable):  # no room for an index on a disk that was full: it is built later
        store.seal_partitions()
    for trace in map(bytes.fromhex, sys.stdin.read().split()):
        outlines = store.read_trace(DEFAULT_PROJECT, trace)
        decoded = [span.span_id for span in store.read_spans(DEFAULT_PROJECT, outlines)]
        assert decoded == [outline.span_id for outline in outlines], f"the rows of {trace.hex()} are not its spans"
        sys.stdout.write(" ".join([trace.hex(), *(span.hex() for span in decoded)]) + "\n")


if __name__ == "__main__":
    main()

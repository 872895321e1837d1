"""Where spans are kept. `get_store()` is the only way in; `base` says what every store promises."""

from traces.storage.base import SpanStore


def get_store() -> SpanStore:
    """The store of this process, chosen by DATABASE_URL."""
    from traces.storage.relational import get_relational_store

    return get_relational_store()

"""The handful of things that can go wrong. Each door turns them into its own protocol's answer."""


class TracingError(Exception):
    """Base of every error that a door may show to a client: `str()` is a sentence fit for them."""


class PayloadRejected(TracingError):
    """The request cannot be read, now or ever: the client must not retry it."""


class PayloadTooLarge(PayloadRejected):
    """The request is larger than INGEST_MAX_BODY_BYTES, before or after decompression."""


class StoreUnavailable(TracingError):
    """The spans could not be committed now: nothing of the request was kept, the client should retry."""

    def __init__(self, message: str, retry_after_seconds: int = 1) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class TooBusy(StoreUnavailable):
    """The store answers, but too many read at once, or this answer would take too long."""


class InvalidQuery(TracingError):
    """A search that cannot be run: `field` names the parameter at fault."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class InvalidId(TracingError):
    """Text that is not a trace or span id."""


class NotFound(TracingError):
    """What was asked for is not kept here."""


class TraceNotFound(NotFound):
    """No span of that trace is kept here."""

    def __init__(self, message: str, trace_id: bytes) -> None:
        super().__init__(message)
        self.trace_id = trace_id

    @property
    def may_be_span(self) -> bool:
        """Whether the id has 64 bits only: as many as a span's."""
        return not any(self.trace_id[:8])


class SpanNotFound(NotFound):
    """The trace is kept here, the span is not in it."""


class AlreadyRolledUp(TracingError):
    """Somebody else has counted a block: what was counted of it here must not be kept."""

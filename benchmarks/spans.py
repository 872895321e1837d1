"""Spans as real exporters send them, made from a seed: the same seed gives the same bytes.

A trace runs through several services. Each process of a service (service and instance) exports for itself, in batches
of spans of many traces, so that the spans of one trace arrive in several requests. A sender may also be a Collector
that gathers all processes before it batches. Event time advances from START_NS on; every request is different.
"""

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from benchmarks import shop
from benchmarks.encode import Scalar, attribute, delimited, varint, whole

# June 2025: in the past of every machine that runs this, as a span from the future is filed at its arrival.
START_NS = 1_750_000_000_000_000_000
MEAN_TRACE_INTERVAL_NS = 12_500_000
MS = 1_000_000
# Every so manieth trace is remembered with what a reader must find of it.
SAMPLE_EVERY = 50
_SHAPES = 256
_FAILING_TRACES, _FAILING_SPANS, _SPANS_WITH_EVENTS = 0.03, 0.3, 0.25
_TIMES = struct.Struct("<BQBQ")
_FLAGS = b"\x85\x01\x01\x00\x00\x00"
_ERROR_STATUS = delimited(15, delimited(2, b"upstream failed") + whole(3, 2))
_STACK = 'Traceback (most recent call last):\n  File "/srv/shop/client.py", line 117, in call\n    raise TimeoutError\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanShape:
    """A span of a trace's pattern: times are relative to its trace, `parent` is a position before it or -1."""

    service: int
    operation: shop.OperationTemplate
    parent: int
    offset_ns: int
    duration_ns: int
    has_event: bool


@dataclass(slots=True, kw_only=True)
class Sample:
    """A trace that was sent, and what a reader must find of it once the request numbered `last_body` is stored."""

    trace_id: str
    order_id: str
    span_count: int
    # How many of its spans carry ORDER_KEY = order_id; no other trace's do.
    order_span_count: int
    start_ns: int
    last_body: int = -1


@dataclass(frozen=True, slots=True)
class Body:
    """One request: OTLP in protobuf."""

    content: bytes
    span_count: int


@dataclass(slots=True)
class Generator:
    """An endless stream of requests of `batch` spans. `samples` grows with it; those not yet whole have no last_body.

    `is_gathered` sends through one Collector instead of from each process.
    """

    seed: int
    batch: int
    is_gathered: bool = False
    samples: list[Sample] = field(default_factory=list)
    now_ns: int = START_NS

    def bodies(self) -> Iterator[Body]:
        """To be called once: the stream goes on from where it was left."""
        random = Random(self.seed)
        shapes = [make_shape(random) for _ in range(_SHAPES)]
        batcher = Batcher(self.batch, self.is_gathered)
        for order in range(self.seed * 10**9, (self.seed + 1) * 10**9):
            self.now_ns += int(random.random() * 2 * MEAN_TRACE_INTERVAL_NS)
            shape = shapes[random.randrange(_SHAPES)]
            trace_id = random.randbytes(16)
            order_id = f"{order:0{shop.ORDER_DIGITS}}"
            spans = encode_trace(shape, trace_id, order_id, self.now_ns, random)
            sample = None
            if order % SAMPLE_EVERY == 0:
                sample = _sample(shape, trace_id, order_id, self.now_ns)
                self.samples.append(sample)
            yield from batcher.add(spans, sample)


def make_shape(random: Random) -> list[SpanShape]:
    """A pattern of 4 to 36 spans; three in five stay in the service of their parent."""
    spans: list[SpanShape] = []
    for position in range(random.randint(4, 36)):
        parent = random.randrange(max(0, position - 12), position) if position else -1
        above = spans[parent] if position else None
        service = 0 if above is None else above.service if random.random() < 0.6 else random.randrange(8)
        operations = shop.operations_of(service)
        spans.append(
            SpanShape(
                service=service,
                operation=operations[random.randrange(len(operations)) if above else 0],
                parent=parent,
                offset_ns=above.offset_ns + int(random.random() * above.duration_ns * 0.3) if above else 0,
                duration_ns=max(1_000, int(above.duration_ns * random.random() * 0.7)) if above else 100 * MS,
                has_event=random.random() < _SPANS_WITH_EVENTS,
            )
        )
    return spans


def encode_trace(
    shape: list[SpanShape], trace_id: bytes, order_id: str, start_ns: int, random: Random
) -> list[tuple[int, bytes]]:
    """The spans of one trace as entries of `ScopeSpans.spans`, each with its exporter (see `exporter_of`)."""
    count = len(shape)
    ids = random.randbytes(8 * count)
    draws = struct.unpack(f"<{count}Q", random.randbytes(8 * count))
    scale = math.exp(random.gauss(-0.3, 0.8))
    first_instance = random.randrange(shop.INSTANCES)
    is_failing = random.random() < _FAILING_TRACES
    head = b"\x0a\x10" + trace_id + b"\x12\x08"
    order = attribute(9, shop.ORDER_KEY, order_id)
    spans = []
    # One loop without calls: this makes millions of spans.
    for position, (span, draw) in enumerate(zip(shape, draws, strict=True)):
        operation = span.operation
        start = start_ns + int(span.offset_ns * scale)
        duration = int(span.duration_ns * scale)
        has_failed = is_failing and random.random() < _FAILING_SPANS
        parent = 8 * span.parent
        pieces = [
            head,
            ids[8 * position : 8 * position + 8],
            b"\x22\x08" + ids[parent : parent + 8] if parent >= 0 else b"",
            operation.name_and_kind,
            _TIMES.pack(0x39, start, 0x41, start + duration),
            operation.constant,
            *[table.fragments[draw >> table.shift & table.mask] for table in operation.tables],
            operation.failed if has_failed else operation.succeeded,
            order if operation.serves else b"",
            _event(_MESSAGES[draw >> 54], start + duration // 3) if span.has_event else b"",
            _event(_EXCEPTIONS[draw >> 52], start + duration // 2) + _ERROR_STATUS if has_failed else b"",
            _FLAGS,
        ]
        content = b"".join(pieces)
        spans.append((exporter_of(span.service, first_instance), b"\x12" + varint(len(content)) + content))
    return spans


def exporter_of(service: int, first_instance: int) -> int:
    """The number of the process that exports: a trace meets one instance of each service."""
    return service * shop.INSTANCES + (service + first_instance) % shop.INSTANCES


def encode_group(exporter: int, spans: list[bytes]) -> bytes:
    """The `ResourceSpans` of one exporter as an entry of the request."""
    service, instance = divmod(exporter, shop.INSTANCES)
    scope_spans = delimited(1, shop.scope_of(service)) + b"".join(spans)
    return delimited(1, delimited(1, shop.resource_of(service, instance)) + delimited(2, scope_spans))


def _event(fragments: tuple[bytes, bytes], at_ns: int) -> bytes:
    return fragments[0] + at_ns.to_bytes(8, "little") + fragments[1]


class Batcher:
    """Gathers spans by exporter and gives a request for every full batch; `rest` for what then still waits."""

    def __init__(self, batch: int, is_gathered: bool) -> None:
        self._batch, self._is_gathered = batch, is_gathered
        self._waiting: dict[int, list[bytes]] = {}
        # By exporter: the sample of every waiting span that belongs to one. By trace: how many of its spans wait.
        self._samples: dict[int, list[Sample]] = {}
        self._unsent: dict[str, int] = {}
        self._gathered = 0
        self._made = 0

    def add(self, spans: list[tuple[int, bytes]], sample: Sample | None) -> Iterator[Body]:
        if sample is not None:
            self._unsent[sample.trace_id] = len(spans)
        for exporter, span in spans:
            waiting = self._waiting.setdefault(exporter, [])
            waiting.append(span)
            if sample is not None:
                self._samples.setdefault(exporter, []).append(sample)
            self._gathered += 1
            if self._is_gathered and self._gathered == self._batch:
                yield self._flush(list(self._waiting))
            elif not self._is_gathered and len(waiting) == self._batch:
                yield self._flush([exporter])

    def rest(self) -> Iterator[Body]:
        for exporter in list(self._waiting):
            yield self._flush([exporter])

    def _flush(self, exporters: list[int]) -> Body:
        span_count = sum(len(self._waiting[exporter]) for exporter in exporters)
        content = b"".join([encode_group(exporter, self._waiting.pop(exporter)) for exporter in exporters])
        for exporter in exporters:
            for sample in self._samples.pop(exporter, ()):
                self._unsent[sample.trace_id] -= 1
                if not self._unsent[sample.trace_id]:
                    del self._unsent[sample.trace_id]
                    sample.last_body = self._made
        self._made += 1
        self._gathered = 0
        return Body(content, span_count)


def _sample(shape: list[SpanShape], trace_id: bytes, order_id: str, start_ns: int) -> Sample:
    return Sample(
        trace_id=trace_id.hex(),
        order_id=order_id,
        span_count=len(shape),
        order_span_count=sum(span.operation.serves for span in shape),
        start_ns=start_ns,
    )


def _events(name: str, count: int, **attributes: Callable[[int], Scalar]) -> list[tuple[bytes, bytes]]:
    """Encoded events around the place of their time: what stands before it, what after it."""
    events = []
    for number in range(count):
        keyed = {key.replace("_", "."): value_of(number) for key, value_of in attributes.items()}
        rest = delimited(2, name.encode()) + b"".join(attribute(3, key, value) for key, value in keyed.items())
        events.append((b"\x5a" + varint(9 + len(rest)) + b"\x09", rest))
    return events


_MESSAGES = _events("message", 1024, message_id=int, message_type=lambda n: ("SENT", "RECEIVED")[n & 1])
_EXCEPTIONS = _events(
    "exception",
    4096,
    exception_type=lambda n: "TimeoutError",
    exception_message=lambda n: f"deadline exceeded after {n} ms",
    exception_stacktrace=lambda n: _STACK * 2,
)

"""What a reader asks while spans come in: six kinds of questions with varied parameters, in two languages.

`must_find`, `must_be_empty` and `may_be_empty` say what the generator knows of the answer.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from urllib.parse import urlencode

from benchmarks import shop
from benchmarks.encode import Scalar
from benchmarks.spans import START_NS, Sample

LIMIT = 20
_LONGEST_TRACE_NS = 10_000_000_000
KINDS = {
    "rare": "rare attribute",
    "common": "common attribute + service",
    "never": "two common attributes that never meet",
    "slow": "service + operation + min duration",
    "last": f"last {LIMIT} of a service",
    "trace": "trace by id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Traces in a window with a span that has everything asked, or one trace by its id."""

    kind: str
    end_ns: int = 0
    service: str = ""
    operation: str = ""
    min_duration_ms: int = 0
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    trace_id: str = ""
    must_find: tuple[str, ...] = ()
    must_be_empty: bool = False
    may_be_empty: bool = False

    def is_answered_by(self, trace_ids: list[str]) -> bool:
        """Whether the answer is one that can be right."""
        if self.must_find:
            return set(trace_ids) == set(self.must_find)
        if self.must_be_empty or not trace_ids:
            return not trace_ids and (self.must_be_empty or self.may_be_empty)
        return len(trace_ids) <= LIMIT


def make_questions(samples: list[Sample], count: int, seed: int = 1) -> list[Question]:
    """So many of each kind, the kinds in turn. The windows begin with the first span and end at different times."""
    random = Random(seed)
    end_ns = max(sample.start_ns for sample in samples) + _LONGEST_TRACE_NS
    makers = {
        "rare": _ask_rare(samples, end_ns, random),
        "common": _ask_common(end_ns, random),
        "never": _ask_never(end_ns, random),
        "slow": _ask_slow(end_ns, random),
        "last": _ask_last(end_ns, random),
        "trace": _ask_trace(samples, random),
    }
    return [
        question for turn in islice(zip(*(makers[kind] for kind in KINDS), strict=False), count) for question in turn
    ]


def _ask_rare(samples: list[Sample], end_ns: int, random: Random) -> Iterator[Question]:
    """Jaeger needs a service: every trace begins in the first one."""
    while True:
        sample = random.choice(samples)
        order = {shop.ORDER_KEY: sample.order_id}
        yield Question(
            kind="rare", end_ns=end_ns, service=shop.SERVICES[0], attributes=order, must_find=(sample.trace_id,)
        )


def _ask_common(end_ns: int, random: Random) -> Iterator[Question]:
    common: tuple[tuple[str, Scalar], ...] = (shop.FAILED, shop.COMMON_ON_SERVERS, shop.COMMON_ON_CLIENTS)
    while True:
        service, attributes = random.choice(shop.SERVICES), dict((random.choice(common),))
        yield Question(kind="common", end_ns=_some_end(end_ns, random), service=service, attributes=attributes)


def _ask_never(end_ns: int, random: Random) -> Iterator[Question]:
    while True:
        attributes = {
            shop.COMMON_ON_SERVERS[0]: random.choice(("GET", "POST", "PUT", "DELETE")),
            shop.COMMON_ON_CLIENTS[0]: random.choice(("postgresql", "redis")),
        }
        end = _some_end(end_ns, random)
        service = random.choice(shop.SERVICES)
        yield Question(kind="never", end_ns=end, service=service, attributes=attributes, must_be_empty=True)


def _ask_slow(end_ns: int, random: Random) -> Iterator[Question]:
    while True:
        service = random.randrange(len(shop.SERVICES))
        yield Question(
            kind="slow",
            end_ns=_some_end(end_ns, random),
            service=shop.SERVICES[service],
            operation=random.choice(shop.operations_of(service)).name,
            min_duration_ms=random.randint(1, 60),
            may_be_empty=True,
        )


def _ask_last(end_ns: int, random: Random) -> Iterator[Question]:
    while True:
        yield Question(kind="last", end_ns=_some_end(end_ns, random), service=random.choice(shop.SERVICES))


def _ask_trace(samples: list[Sample], random: Random) -> Iterator[Question]:
    while True:
        trace_id = random.choice(samples).trace_id
        yield Question(kind="trace", trace_id=trace_id, must_find=(trace_id,))


def _some_end(end_ns: int, random: Random) -> int:
    """The window holds at least half of everything."""
    return START_NS + int((end_ns - START_NS) * random.uniform(0.5, 1))


def ask_tracing_ui(question: Question) -> str:
    """The address in our API. Where Jaeger needs a service and the question does not, all services are looked in."""
    if question.trace_id:
        return f"/api/v1/traces/{question.trace_id}"
    asked: dict[str, object] = {"start": START_NS, "end": question.end_ns, "limit": LIMIT}
    if question.kind not in ("rare", "never"):
        asked["service"] = question.service
    if question.operation:
        asked |= {"operation": question.operation, "min_duration": f"{question.min_duration_ms}ms"}
    if question.attributes:
        conditions = [f"{key}={json.dumps(value)}" for key, value in question.attributes.items()]
        asked["attributes"] = " ".join(conditions)
    return f"/api/v1/traces?{urlencode(asked)}"


def read_tracing_ui(content: bytes) -> list[str]:
    """The ids of the traces in an answer of ours."""
    answer = json.loads(content)
    return [answer["trace_id"]] if "trace_id" in answer else [trace["trace_id"] for trace in answer["traces"]]


def ask_jaeger(question: Question) -> str:
    """The address in Jaeger's API, whose times are microseconds."""
    if question.trace_id:
        return f"/api/traces/{question.trace_id}"
    asked: dict[str, object] = {"start": START_NS // 1_000, "end": question.end_ns // 1_000, "limit": LIMIT}
    asked["service"] = question.service
    if question.operation:
        asked |= {"operation": question.operation, "minDuration": f"{question.min_duration_ms}ms"}
    if question.attributes:
        asked["tags"] = json.dumps({key: str(value) for key, value in question.attributes.items()})
    return f"/api/traces?{urlencode(asked)}"


def read_jaeger(content: bytes) -> list[str]:
    """The ids of the traces in an answer of Jaeger."""
    return [trace["traceID"] for trace in json.loads(content)["data"] or ()]

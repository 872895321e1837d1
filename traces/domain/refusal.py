"""A request that the collector did not take, as people who set up a sender need to see it."""

from dataclasses import dataclass
from enum import StrEnum

from traces.domain.span import clean_name

MAX_TARGET_CHARS, MAX_REASON_CHARS = 100, 300


class RefusalKind(StrEnum):
    """What was wrong. Few, because the latest of each is kept."""

    PATH = "path"
    METHOD = "method"
    MEDIA_TYPE = "media type"
    SIZE = "size"
    BODY = "body"
    SPANS = "spans"
    HOST = "host"
    ORIGIN = "origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`answer` is what the sender was told, `415` or `INVALID_ARGUMENT`, and `target` where it sent to.

    `reason` is a sentence of ours; it may quote a little of the request. `door` is `http` or `grpc`.
    """

    door: str
    kind: RefusalKind
    answer: str
    target: str
    reason: str
    refused_ns: int


def make_refusal(door: str, kind: RefusalKind, answer: str, target: str, reason: str, now_ns: int) -> Refusal:
    """With texts that every database can keep."""
    return Refusal(
        door=door,
        kind=kind,
        answer=answer,
        target=_clean(target, MAX_TARGET_CHARS),
        reason=_clean(reason, MAX_REASON_CHARS),
        refused_ns=now_ns,
    )


def _clean(text: str, most: int) -> str:
    whole = clean_name(text).encode("utf-8", "replace").decode()
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"

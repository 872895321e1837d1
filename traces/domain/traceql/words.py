"""The words of the language, and those of other languages that people write instead."""

from collections.abc import Iterable
from typing import Final

from traces.domain.traceql.tree import Field, Scope, ValueType

#: Every spelling of a field.
FIELDS: Final[dict[str, Field]] = {
    **{which.value: which for which in Field},
    "span:duration": Field.DURATION,
    "span:name": Field.NAME,
    "span:status": Field.STATUS,
    "span:statusMessage": Field.STATUS_MESSAGE,
    "span:kind": Field.KIND,
    "trace:duration": Field.TRACE_DURATION,
    "trace:rootName": Field.ROOT_NAME,
    "trace:rootService": Field.ROOT_SERVICE_NAME,
}

_NOT_TEXT: Final[dict[Field, ValueType]] = {
    Field.DURATION: ValueType.DURATION,
    Field.TRACE_DURATION: ValueType.DURATION,
    Field.EVENT_TIME_SINCE_START: ValueType.DURATION,
    Field.STATUS: ValueType.STATUS,
    Field.KIND: ValueType.KIND,
    Field.CHILD_COUNT: ValueType.INT,
    Field.NESTED_SET_LEFT: ValueType.INT,
    Field.NESTED_SET_RIGHT: ValueType.INT,
    Field.NESTED_SET_PARENT: ValueType.INT,
}
FIELD_TYPES: Final = {which: _NOT_TEXT.get(which, ValueType.TEXT) for which in Field}

STATUSES: Final = ("ok", "error", "unset")
KINDS: Final = ("unspecified", "internal", "server", "client", "producer", "consumer")
MAX_INT: Final = 2**63 - 1
MIN_INT: Final = -(2**63)

#: Every word that is a value, with its type.
VALUES: Final[dict[str, tuple[ValueType, str | int | bool]]] = {
    **{word: (ValueType.STATUS, word) for word in STATUSES},
    **{word: (ValueType.KIND, word) for word in KINDS},
    "true": (ValueType.BOOLEAN, True),
    "false": (ValueType.BOOLEAN, False),
    "minInt": (ValueType.INT, MIN_INT),
    "maxInt": (ValueType.INT, MAX_INT),
}

#: What may stand before a dot, with its scope.
SCOPES: Final = {scope.value: scope for scope in Scope if scope}

AGGREGATES: Final = ("count", "avg", "min", "max", "sum")
PLAIN_METRICS: Final = ("rate", "count_over_time")
FIELD_METRICS: Final = ("min_over_time", "max_over_time", "avg_over_time", "sum_over_time", "histogram_over_time")
BESTS: Final = ("topk", "bottomk")
METRICS: Final = (*PLAIN_METRICS, *FIELD_METRICS, "quantile_over_time", "compare")
STAGES: Final = (
    *AGGREGATES, "by", "coalesce", "select", *METRICS, *BESTS,
)  # fmt: skip

#: Signs of other languages, with ours.
FOREIGN_SIGNS: Final = {
    "===": "=", "==": "=", "<>": "!=", "=<": "<=", "=>": ">=", "~=": "=~", "&": "&&", ";": "|", "**": "^",
}  # fmt: skip
#: Operators of other languages that are words, with ours.
FOREIGN_OPERATORS: Final = {
    "and": "&&", "or": "||", "not": "!", "in": '=~ "a|b"', "contains": '=~ ".*….*"', "like": '=~ ".*….*"',
    "matches": "=~", "is": "=", "eq": "=", "startswith": '=~ "….*"', "endswith": '=~ ".*…"', "exists": "!= nil",
}  # fmt: skip
FOREIGN_STAGES: Final = {
    "group": "by()", "groupby": "by()", "where": "{ … }", "filter": "{ … }", "count_by": "by(…) | count() > 1",
    "mean": "avg()", "average": "avg()", "total": "sum()", "median": "quantile_over_time()", "limit": "topk()",
    "top": "topk()", "bottom": "bottomk()", "histogram": "histogram_over_time()", "quantile": "quantile_over_time()",
    "percentile": "quantile_over_time()", "show": "select()", "fields": "select()",
}  # fmt: skip
#: Fields that have another name here, or this name only after a scope.
FOREIGN_FIELDS: Final = {
    "childcount": "span:childCount", "id": "span:id", "spanid": "span:id", "span_id": "span:id",
    "parentid": "span:parentID", "parent_id": "span:parentID", "traceid": "trace:id", "trace_id": "trace:id",
    "service": "resource.service.name", "servicename": "resource.service.name", "operation": "name",
    "operationname": "name", "rootservice": "rootServiceName", "status_message": "statusMessage",
    "timesincestart": "event:timeSinceStart", "error": "status = error",
}  # fmt: skip
# Attributes by the first word of their key that describe who sent the span.
_OF_RESOURCE: Final = ("service", "k8s", "host", "process", "telemetry", "cloud", "deployment", "container", "os")


def name_scoped_fields(scope: str) -> list[str]:
    """What may stand after `span:`, in the order in which they are explained; empty of what is no scope."""
    orders = {
        "span": ("duration", "name", "kind", "status", "statusMessage", "id", "parentID", "childCount"),
        "trace": ("duration", "rootName", "rootService", "id"),
        "event": ("name", "timeSinceStart"),
        "link": ("traceID", "spanID"),
        "instrumentation": ("name", "version"),
    }
    return list(orders.get(scope, ()))


def suggest_scope(key: str) -> str:
    """The attribute that is meant by a key without a scope."""
    return f"resource.{key}" if key.partition(".")[0] in _OF_RESOURCE else f".{key}"


def find_nearest(word: str, choices: Iterable[str]) -> str:
    """The choice that a slip of the fingers makes into `word`; "" where none is so near. Case is no difference."""
    limit = 1 if len(word) < 5 else 2
    distances = [(_distance(word.lower(), choice.lower(), limit), choice) for choice in choices]
    best, choice = min(distances, default=(limit + 1, ""))
    return choice if best <= limit else ""


def _distance(word: str, other: str, limit: int) -> int:
    """How many letters must be put in, taken out or changed; something above `limit` if more than that."""
    if abs(len(word) - len(other)) > limit:
        return limit + 1
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != wanted))
    return row[-1]

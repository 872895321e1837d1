"""The body of a question for baselines:

    {"operations": [{"service": "shop", "operation": "GET /cart", "kind": "server"}], "window": {"lookback": "24h"}}

An error's field is the path of what is wrong, such as `operations[3].kind`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services_map.api.parameters import read_kind
from traces.api.parameters import check_text
from traces.domain.errors import InvalidQuery
from traces.domain.query import Window
from traces.domain.search_text import SearchWords, build_query

MAX_OPERATIONS = 1_000
_WINDOW_FIELDS = ("start", "end", "lookback")


def read_baseline_body(body: object, now_ns: int) -> tuple[Window, list[tuple[str, str, int]]]:
    """The window and the (service, operation, kind) that a body names. Raises InvalidQuery."""
    fields = _read_object(body, ("operations", "window"), "")
    operations = fields.get("operations")
    if not isinstance(operations, list) or not 1 <= len(operations) <= MAX_OPERATIONS:
        raise InvalidQuery(f"operations is a list of 1 to {MAX_OPERATIONS:,}.", "operations")
    names = [_read_operation(item, f"operations[{number}]") for number, item in enumerate(operations)]
    return _read_window(fields.get("window", {}), now_ns), names


def _read_operation(item: object, path: str) -> tuple[str, str, int]:
    fields = _read_object(item, ("service", "operation", "kind"), path)
    service, operation, kind = (
        _read_text(fields.get(name), f"{path}.{name}") for name in ("service", "operation", "kind")
    )
    return service, operation, read_kind(kind, f"{path}.kind")


def _read_window(item: object, now_ns: int) -> Window:
    words: dict[str, Any] = {
        name: _read_text(value, f"window.{name}")
        for name, value in _read_object(item, _WINDOW_FIELDS, "window").items()
    }
    try:
        return build_query(SearchWords(**{"lookback": "24h", **words}), now_ns).window
    except InvalidQuery as problem:
        raise InvalidQuery(str(problem), f"window.{problem.field}") from None


def _read_object(item: object, known: Sequence[str], path: str) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise InvalidQuery(f"{path or 'The body'} is an object.", path)
    for name in item:
        if name not in known:
            raise InvalidQuery(f"There is no field “{name[:80]}”; choose from {', '.join(known)}.", _join(path, name))
    return item


def _read_text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidQuery(f"{path} is text.", path)
    return check_text(value, path)


def _join(path: str, name: str) -> str:
    return f"{path}.{name[:80]}" if path else name[:80]

"""Where errors begin: failing spans without a failing child, and how far up what they caused is seen."""

from collections.abc import Container, Mapping
from itertools import compress

from traces.domain.explaining.by_row import ERROR, NO_ROW, ByRow
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.span import SpanKind, StatusCode

MOST_FINDINGS = 3
_REACHES_ROOT, _ENDS_BELOW = 1.5, 0.8


def find(spans: ByRow, recovered: Container[int] = ()) -> list[Finding]:
    """One for each operation in which errors begin, MOST_FINDINGS at most: what reaches a root first, then the deepest.

    `row` is the first origin in that order, `rows` are that one and those spans; `above` is
    how many these are, `reaches_root` whether the last of them is a root, 0 or 1, `top` that one's row. `times` is how
    often an error begins in this operation, `others` in how many more operations errors begin: said by the last. An
    error that ends in a `recovered` row is none. `origins` is in how many operations errors begin at all.
    """
    if ERROR not in spans.statuses:
        return []
    above, lengths, tops = _follow_chains(spans)
    with_failing = set(above.values())
    origins: dict[int, list[int]] = {}
    for row in lengths:
        if row not in with_failing and tops[row] not in recovered:
            origins.setdefault(spans.operation_ids[row], []).append(row)
    depths = spans.trace.rows.depths

    def importance(row: int) -> tuple[bool, int, int, int]:
        return depths[tops[row]] == 0, depths[row], lengths[row], -row

    ranked = sorted(
        ((max(rows, key=importance), rows) for rows in origins.values()),
        key=lambda pair: importance(pair[0]),
        reverse=True,
    )
    others = len(ranked) - MOST_FINDINGS
    return [
        Finding(
            rule=Rule.ERROR_ORIGIN,
            row=row,
            rows=_list_chain(above, row),
            weight=(_ENDS_BELOW if depths[tops[row]] else _REACHES_ROOT) - place / 100,
            numbers={
                "above": lengths[row] - 1,
                "reaches_root": int(depths[tops[row]] == 0),
                "top": tops[row],
                "times": len(rows),
                "origins": len(ranked),
                "others": others if others > 0 and place == MOST_FINDINGS else 0,
            },
        )
        for place, (row, rows) in enumerate(ranked[:MOST_FINDINGS], 1)
    ]


def _follow_chains(spans: ByRow) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Of each failing row the one above it that fails with it, how many do, with itself, and the last."""
    above: dict[int, int] = {}
    lengths: dict[int, int] = {}
    tops: dict[int, int] = {}
    for row in compress(range(len(spans.statuses)), map(ERROR.__eq__, spans.statuses)):
        above[row] = _find_failing_above(spans, row)
        lengths[row] = lengths.get(above[row], 0) + 1
        tops[row] = tops.get(above[row], row)
    return above, lengths, tops


def _find_failing_above(spans: ByRow, row: int) -> int:
    """The row above that fails with it, or NO_ROW. A server that answers with a 4xx is none, but its client is:
    https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
    """
    parent = spans.parents[row]
    if parent == NO_ROW or spans.statuses[parent] == ERROR:
        return parent
    is_server = spans.operation(parent).kind == SpanKind.SERVER and spans.statuses[parent] == StatusCode.UNSET
    client = spans.parents[parent] if is_server else NO_ROW
    return client if client != NO_ROW and spans.statuses[client] == ERROR else NO_ROW


def _list_chain(above: Mapping[int, int], row: int) -> list[int]:
    """Top down."""
    chain = []
    while row != NO_ROW:
        chain.append(row)
        row = above[row]
    return chain[::-1]

"""The critical path as text to paste: lines of characters for a chat, a table of Markdown for a report. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from traces.domain.paths import Paths, merge_paths
from traces.domain.span import Operation
from traces.domain.trace import Trace
from traces.words import count, duration, iso, percent, visible

MAX_LINES = 20
_MAX_NODES = MAX_LINES - 5
_MAX_TABLE_ROWS = 10
_PLOT_CHARS, _NAME_CHARS, _MAX_INDENT = 40, 44, 8
# What Markdown could take for more than text.
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&])")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A node of the merged path: `number` as in `Paths`, `own_ns` its own time on the path."""

    number: int
    operation: Operation
    depth: int
    span_count: int
    own_ns: int


def write_text(trace: Trace, address: str) -> str:
    """At most MAX_LINES lines for a font of one width: the tree of what the path was in for the longest.

    `#` is time on the path, `-` what else a span ran; spans of one operation below the same ones are one line.
    """
    paths = merge_paths(trace, trace.root_row)
    nodes = list(_list_nodes(trace, paths))
    shown = _choose(nodes)
    plots = _plot(trace, paths, [node.number for node, _ in shown])
    lines = [_write_title(trace), ""]
    lines += [
        f"{_label(node, indent)} {plots[node.number]} {_write_share(trace, node.own_ns)}" for node, indent in shown
    ]
    if len(shown) < len(nodes):
        rest_ns = sum(node.own_ns for node in nodes) - sum(node.own_ns for node, _ in shown)
        others = f"… and {count(len(nodes) - len(shown))} more"
        lines.append(f"{others:<{_NAME_CHARS}} {'':{_PLOT_CHARS}} {_write_share(trace, rest_ns)}")
    return "\n".join([*lines, "", address, ""])


def write_markdown(trace: Trace, address: str) -> str:
    """A line of facts that links to the trace, and a table of the operations that took most of the path."""
    times_ns: dict[Operation, int] = defaultdict(int)
    spans: dict[Operation, int] = defaultdict(int)
    for node in _list_nodes(trace, merge_paths(trace, trace.root_row)):
        times_ns[node.operation] += node.own_ns
        spans[node.operation] += node.span_count
    longest = sorted(times_ns, key=lambda operation: -times_ns[operation])
    shown, rest = longest[:_MAX_TABLE_ROWS], longest[_MAX_TABLE_ROWS:]
    lines = [
        f"[Trace {trace.trace_id.hex()[:8]}](<{address}>): {_escape(_write_title(trace))}",
        "",
        "| Critical path | | Service | Operation | Spans |",
        "|--:|--:|---|---|--:|",
    ]
    for each in shown:
        lines.append(
            f"| {duration(times_ns[each])} | {_write_percent(trace, times_ns[each])} "
            f"| {_escape(_cut(each.service.name))} | {_escape(_cut(each.name))} | {count(spans[each])} |"
        )
    if rest:
        rest_ns, rest_spans = sum(times_ns[each] for each in rest), sum(spans[each] for each in rest)
        share = f"{duration(rest_ns)} | {_write_percent(trace, rest_ns)}"
        lines.append(f"| {share} | | {count(len(rest))} others | {count(rest_spans)} |")
    return "\n".join([*lines, ""])


def _write_title(trace: Trace) -> str:
    root = trace.root.span
    errors = f", {count(trace.error_count)} failed" if trace.error_count else ""
    spans = f"{count(len(trace.rows))} span{'s' if len(trace.rows) > 1 else ''}"
    return (
        f"{_cut(root.operation.name)} of {_cut(root.operation.service.name)}: {duration(root.duration_ns)}, "
        f"{spans}{errors}, {iso(root.start_ns)}"
    )


def _list_nodes(trace: Trace, paths: Paths) -> Iterator[_Line]:
    """The root and what the path goes through, in pre-order."""
    children: list[list[int]] = [[] for _ in paths.parents]
    own_ns = list(paths.criticals_ns)
    for node, parent in enumerate(paths.parents[1:], 1):
        if paths.criticals_ns[node]:
            children[parent].append(node)
            own_ns[parent] -= paths.criticals_ns[node]
    waiting = [0]
    while waiting:
        node = waiting.pop()
        waiting += reversed(children[node])
        yield _Line(
            number=node,
            operation=trace.rows.spans.operations[paths.operation_ids[node]],
            depth=paths.depths[node] - paths.depths[0],
            span_count=paths.counts[node],
            own_ns=own_ns[node],
        )


def _choose(nodes: list[_Line]) -> list[tuple[_Line, int]]:
    """The root and what took longest, in pre-order; how many of those above each are chosen, too."""
    by_time = sorted(range(1, len(nodes)), key=lambda at: -nodes[at].own_ns)
    chosen = {0, *by_time[: _MAX_NODES - 1]}
    shown: list[tuple[_Line, int]] = []
    chosen_above: list[int] = []
    for at, node in enumerate(nodes):
        del chosen_above[node.depth :]
        indent = chosen_above[-1] if chosen_above else 0
        chosen_above.append(indent + (at in chosen))
        if at in chosen:
            shown.append((node, indent))
    return shown


def _label(node: _Line, indent: int) -> str:
    service, times = node.operation.service.name, f" x{count(node.span_count)}" if node.span_count > 1 else ""
    name = f"{'  ' * min(indent, _MAX_INDENT)}{visible(service)} {visible(node.operation.name)}".replace("\n", " ")
    room = _NAME_CHARS - len(times)
    return f"{(name if len(name) <= room else f'{name[: room - 1]}…') + times:<{_NAME_CHARS}}"


def _plot(trace: Trace, paths: Paths, nodes: list[int]) -> dict[int, str]:
    """When the spans of each node ran, and when the path was in them."""
    rows, path, root = trace.rows, trace.critical_path, trace.root.span
    cells = {node: [" "] * _PLOT_CHARS for node in nodes}

    def draw(node: int, start_ns: int, end_ns: int, sign: str) -> None:
        first, last = (_PLOT_CHARS * (at - root.start_ns) // max(1, root.duration_ns) for at in (start_ns, end_ns - 1))
        for at in range(max(0, first), min(_PLOT_CHARS - 1, last) + 1):
            cells[node][at] = sign

    for row, node in enumerate(paths.node_of, trace.root_row):
        if node in cells:
            start_ns = rows.spans.starts_ns[rows.order[row]]
            draw(node, start_ns, start_ns + rows.spans.durations_ns[rows.order[row]], "-")
    for row, start_ns, end_ns in zip(path.rows, path.starts_ns, path.ends_ns, strict=True):
        if 0 <= row - trace.root_row < len(paths.node_of):
            node = paths.node_of[row - trace.root_row]
            if node in cells:
                draw(node, start_ns, end_ns, "#")
    return {node: "".join(line) for node, line in cells.items()}


def _write_share(trace: Trace, part_ns: int) -> str:
    return f"{duration(part_ns):>8} {_write_percent(trace, part_ns):>7}"


def _write_percent(trace: Trace, part_ns: int) -> str:
    whole_ns = trace.root.span.duration_ns
    return percent(part_ns / whole_ns) if whole_ns else ""


def _cut(name: str) -> str:
    shown = visible(name).replace("\n", " ").strip() or "(no name)"
    return shown if len(shown) <= _NAME_CHARS else f"{shown[: _NAME_CHARS - 1]}…"


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)

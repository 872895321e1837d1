"""The page that compares two traces."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from traces import reading
from traces.comparing.asked import ALL, CHANGED, LINKED, MEDIAN, OWN, Asked, choose_typical, find_trace_id, read_asked
from traces.comparing.comparison import Comparison, load_comparison
from traces.comparing.facts import AttributeDifferences, list_attribute_differences, list_counts, list_facts
from traces.comparing.ranking import find_top_pair, judge_node, list_operations, list_part_lines
from traces.comparing.sentences import (
    list_parts,
    name_operation,
    say_difference,
    say_different_roots,
    say_failures,
    say_root_spread,
    tone_of,
)
from traces.comparing.tree import Nodes, choose_nodes, draw_page, list_page_operations
from traces.domain.errors import InvalidId, TraceNotFound
from traces.domain.span import Operation
from traces.domain.usual import Usual
from traces.storage.base import DEFAULT_PROJECT
from traces.usual_times import load_if_known
from traces.views import page


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing is compared, in a sentence; empty where nothing was asked for."""

    sentence: str
    status: int


@page
def show_comparison(request: HttpRequest) -> HttpResponse:
    """A and B side by side; without two traces, the form that asks for them."""
    asked, checked_count = read_asked(request.GET), len(request.GET.getlist("t"))
    if checked_count and not (asked.a and asked.b):
        return _refuse(request, asked, _say_checked(checked_count))
    try:
        found = _find_traces(asked)
        if isinstance(found, Refusal):
            return _refuse(request, asked, found)
        if found != asked or checked_count:
            return redirect(found.address())
        comparison = load_comparison(DEFAULT_PROJECT, bytes.fromhex(found.a), bytes.fromhex(found.b))
    except InvalidId as problem:
        return _refuse(request, asked, Refusal(sentence=str(problem), status=400))
    except TraceNotFound as problem:
        return _refuse(request, asked, Refusal(sentence=_say_gone(problem), status=404))
    return render(request, "traces/compare.html", _make_context(comparison, asked))


def _say_checked(count: int) -> Refusal:
    sentence = gettext("Two traces are compared; %(count)s of the list were chosen.") % {"count": count}
    return Refusal(sentence=sentence, status=400)


def _say_gone(problem: TraceNotFound) -> str:
    return gettext("%(problem)s It has not arrived, or it was deleted.") % {"problem": problem}


def _refuse(request: HttpRequest, asked: Asked, refusal: Refusal) -> HttpResponse:
    return render(request, "traces/compare.html", {"asked": asked, "refusal": refusal.sentence}, status=refusal.status)


def _find_traces(asked: Asked) -> Asked | Refusal:
    """The same with both ids as they are written, the median found. Raises InvalidId, TraceNotFound."""
    if not (asked.a and asked.b):
        only = asked.a or asked.b
        return Refusal(sentence=gettext("Name a second trace.") if only else "", status=400 if only else 200)
    if MEDIAN in (asked.a, asked.b):
        return _find_typical(asked)
    a, b = (find_trace_id(DEFAULT_PROJECT, text) for text in (asked.a, asked.b))
    if a == b:
        return Refusal(sentence=gettext("A and B are the same trace: there is nothing to compare."), status=400)
    return replace(asked, a=a.hex(), b=b.hex())


def _find_typical(asked: Asked) -> Asked | Refusal:
    """The typical trace is A, whichever it was asked for as: it is what a trace is held against."""
    text = asked.b if asked.a == MEDIAN else asked.a
    trace = reading.load_trace(DEFAULT_PROJECT, find_trace_id(DEFAULT_PROJECT, text))
    said = {"operation": name_operation(trace.root.span.operation)}
    typical = choose_typical(DEFAULT_PROJECT, trace)
    if typical is None:
        sentence = gettext(
            "Nothing is known yet of what is typical of %(operation)s: there is no other trace of it "
            "without an error in the day before, or it was not counted yet."
        )
        return Refusal(sentence=sentence % said, status=404)
    if typical == trace.trace_id:
        sentence = gettext("This trace is the typical one of %(operation)s: it takes as long as most.")
        return Refusal(sentence=sentence % said, status=404)
    return replace(asked, a=typical.hex(), b=trace.trace_id.hex(), is_typical=True)


def _make_context(comparison: Comparison, asked: Asked) -> dict[str, object]:
    nodes = choose_nodes(comparison, asked.show)
    known = _load_usual(
        comparison, [*list_operations(comparison), *list_page_operations(comparison, nodes, asked.first)]
    )
    counts, more_counts, same_counts = list_counts(comparison)
    root_a, root_b = comparison.a.rows.operation(comparison.root_a), comparison.b.rows.operation(comparison.root_b)
    times_ns = comparison.duration_a_ns, comparison.duration_b_ns
    spread = judge_node(comparison, comparison.alignment.root, known)
    return {
        "asked": asked,
        "now_ns": time.time_ns(),
        "sides": (
            ("A", comparison.a.trace_id, root_a, comparison.a),
            ("B", comparison.b.trace_id, root_b, comparison.b),
        ),
        "verdict": say_difference(*times_ns),
        "tone": tone_of(*times_ns),
        "said_parts": list_parts(comparison.alignment, comparison.found.contributions, comparison.delta_ns),
        "spread": say_root_spread(spread) if spread else "",
        "is_unusual": spread is not None and spread.exceeds,
        "failures": say_failures(comparison.a.error_count, comparison.b.error_count),
        "different_roots": say_different_roots(root_a, root_b),
        "facts": list_facts(comparison, known),
        "parts": list_part_lines(comparison, known),
        "counts": counts,
        "more_counts": more_counts,
        "same_counts": same_counts,
        "attributes": _load_attributes(comparison),
        **_draw_tree(comparison, nodes, asked, known),
    }


def _draw_tree(
    comparison: Comparison, nodes: Nodes, asked: Asked, known: Mapping[Operation, Usual]
) -> dict[str, object]:
    tree = draw_page(comparison, nodes, asked.first, asked.scale, known)
    return {
        "tree": tree,
        "nodes": nodes,
        "shows_all": nodes.shows == ALL,
        "node_count": len(comparison.alignment),
        "all_address": asked.address(show=ALL, first=0),
        "changed_address": asked.address(show=CHANGED, first=0),
        "linked_address": asked.address(scale=LINKED),
        "own_address": asked.address(scale=OWN),
        "next_address": asked.address(first=tree.next_first) if tree.next_first else "",
        "previous_address": "" if tree.previous_first is None else asked.address(first=tree.previous_first),
        "swap_address": asked.swapped(),
    }


def _load_usual(comparison: Comparison, operations: list[Operation]) -> Mapping[Operation, Usual]:
    roots = [comparison.a.rows.operation(comparison.root_a), comparison.b.rows.operation(comparison.root_b)]
    asked = list(dict.fromkeys([*roots, *operations]))
    return load_if_known(DEFAULT_PROJECT, asked, comparison.until_ns)


def _load_attributes(comparison: Comparison) -> list[AttributeDifferences]:
    """Of the roots, and of the spans that contribute most; without those that retention has taken just now."""
    alignment = comparison.alignment
    nodes = [alignment.root]
    if (top := find_top_pair(comparison.found.contributions, comparison)) is not None:
        nodes.append(top)
    found = []
    for node in nodes:
        a = reading.load_spans(DEFAULT_PROJECT, comparison.a, alignment.rows_a[node], 1)
        b = reading.load_spans(DEFAULT_PROJECT, comparison.b, alignment.rows_b[node], 1)
        if a and b:
            found.append(list_attribute_differences(comparison, node, a[0], b[0]))
    return found

"""Where the time went, in words. Pure."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from traces.domain.explaining.findings import Finding
from traces.domain.span import SpanKind
from traces.explained.failures import find_peer
from traces.explained.parts import Parts, compose, link_operation
from traces.explained.told import Told
from traces.words import count, duration

# Below that share of a span's duration the path was elsewhere for a part that is worth saying.
_WHOLE = 0.95


def tell_dominant(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    own_ns, span_ns, gap_ns = numbers["own_ns"], numbers["span_ns"], numbers.get("gap_ns", 0)
    if len(finding.rows) > 1:
        template = _(
            "{share} of {time} is {operation}, {count} times: {own}, the longest {longest}, the median {span}{usual}."
        )
    elif own_ns >= _WHOLE * span_ns:
        template = _("{share} of {time} is {operation}{peer} ({own}{usual}).")
    elif told.trace.rows.subtree_sizes[finding.row] == 1:
        template = _("{share} of {time} is {operation}{peer}: {own} of its {span}{usual}.")
    else:
        template = _("{share} of {time} is {operation} itself: {own} of its {span}{usual}.")
    sentence = compose(
        template,
        share=told.share(own_ns),
        time=told.time(),
        operation=link_operation(told.trace, finding.row, finding.rows),
        count=count(len(finding.rows)),
        own=duration(own_ns),
        span=duration(span_ns),
        longest=duration(numbers["longest_ns"]),
        usual=_say_usual(numbers),
        peer=_say_peer(finding, told),
    )
    if not gap_ns:
        return sentence
    return (*sentence, *compose(" " + _("{gap} of it are one stretch without a child span."), gap=duration(gap_ns)))


def _say_usual(numbers: Mapping[str, int]) -> str:
    if "usual_ns" not in numbers:
        return ""
    if numbers["is_unusual"] or numbers["is_short"]:
        return _(", usually {usual}").format(usual=duration(numbers["usual_ns"]))
    return _(", as usual")


def _say_peer(finding: Finding, told: Told) -> str:
    span = told.spans.get(finding.row)
    is_leaf = told.trace.rows.subtree_sizes[finding.row] == 1
    peer = find_peer(span) if span and is_leaf and span.kind == SpanKind.CLIENT else ""
    return _(" waiting for {peer}").format(peer=peer) if peer else ""


def tell_slow(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    return compose(
        _("{operation} took {span}, usually {usual}; 19 of 20 take at most {p95}."),
        operation=link_operation(told.trace, finding.row, finding.rows),
        span=duration(numbers["span_ns"]),
        usual=duration(numbers["usual_ns"]),
        p95=duration(numbers["usual_p95_ns"]),
    )


def tell_network(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    template = ngettext(
        "{share} of {time} ({gap}) passes between {client} and {server}: the network, or a queue.",
        "{share} of {time} ({gap}) passes between {client} and {server} in {calls} calls: the network, or a queue.",
        numbers["calls"],
    )
    return compose(
        template,
        share=told.share(numbers["gap_ns"]),
        time=told.time(),
        gap=duration(numbers["gap_ns"]),
        client=link_operation(told.trace, finding.row, finding.rows),
        server=link_operation(told.trace, numbers["server"]),
        calls=count(numbers["calls"]),
    )


def tell_gap(finding: Finding, told: Told) -> Parts:
    return compose(
        _("{gap} inside {operation} have no child span."),
        gap=duration(finding.numbers["gap_ns"]),
        operation=link_operation(told.trace, finding.row),
    )

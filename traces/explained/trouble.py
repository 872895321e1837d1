"""What went wrong, or was sent wrong, in words. Pure."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from traces.domain.clock import format_offset
from traces.domain.explaining.findings import Finding
from traces.domain.span import Span
from traces.explained.failures import describe_failure
from traces.explained.parts import Part, Parts, compose, cut, link, link_operation
from traces.explained.told import Told
from traces.words import count, duration


def tell_error_origin(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    times = numbers["times"]
    if times > 1:
        template = _("{times} errors begin in {operation}{failure}.")
    elif numbers["origins"] > 1:
        template = _("An error begins in {operation}{failure}.")
    else:
        template = _("The error begins in {operation}{failure}.")
    sentence = compose(
        template,
        times=count(times),
        operation=link_operation(told.trace, finding.row),
        failure=_say_failure(told.spans.get(finding.row)),
    )
    if numbers["above"]:
        sentence += compose(
            " " + _choose_chain(finding), above=_link_chain(finding, told), top=_link_top(finding, told)
        )
    if numbers["others"]:
        others = numbers["others"]
        more = ngettext("Errors begin in {others} more operation.", "Errors begin in {others} more operations.", others)
        sentence += compose(" " + more, others=count(others))
    return sentence


def _say_failure(span: Span | None) -> str:
    failure = describe_failure(span) if span else ""
    return f": {failure.rstrip('.')}" if failure else ""


def _choose_chain(finding: Finding) -> str:
    above = finding.numbers["above"]
    if finding.numbers["reaches_root"]:
        return ngettext("{above} above fails with it, the root.", "{above} above fail with it, up to the root.", above)
    return ngettext("{above} above fails with it.", "{above} above fail with it, up to {top}.", above)


def _link_chain(finding: Finding, told: Told) -> Part:
    above = finding.numbers["above"]
    text = ngettext("{above} span", "{above} spans", above).format(above=count(above))
    return link(told.trace, text, finding.rows)


def _link_top(finding: Finding, told: Told) -> Part:
    return link_operation(told.trace, finding.numbers["top"])


def tell_retries(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    if numbers["is_success"]:
        template = _("{call} was tried {attempts} times until it succeeded: {whole}, {waited} of it between attempts.")
    else:
        template = _("{call} was tried {attempts} times in {whole}, and failed each time.")
    sentence = compose(
        template,
        call=link_operation(told.trace, finding.row, finding.rows, numbers.get("callee")),
        attempts=count(numbers["attempts"]),
        whole=duration(numbers["whole_ns"]),
        waited=duration(numbers["waited_ns"]),
    )
    failure = _say_failure(told.spans.get(finding.row))
    if failure and numbers["is_success"]:
        sentence += compose(" " + _("The first attempt failed{failure}."), failure=failure)
    if numbers["times"] > 1:
        sentence += compose(" " + _("So it went with {others} more calls."), others=count(numbers["times"] - 1))
    return sentence


def tell_skew(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    spans = ngettext("{spans} span", "{spans} spans", numbers["spans"]).format(spans=count(numbers["spans"]))
    offsets = sorted((numbers["lowest_ns"], numbers["highest_ns"]), key=abs)
    sentence = compose(
        _choose_skew(numbers),
        spans=link(told.trace, spans, finding.rows),
        service=cut(told.trace.rows.operation(finding.row).service.name),
        offset=_(" to ").join(dict.fromkeys(map(format_offset, offsets))),
    )
    if numbers["others"]:
        others = numbers["others"]
        more = ngettext(
            "The clock of {others} more service differs.", "Those of {others} more services differ.", others
        )
        sentence += compose(" " + more, others=count(others))
    return sentence


def _choose_skew(numbers: Mapping[str, int]) -> str:
    if not numbers["is_measured"]:
        if numbers["is_moved"]:
            return _("{spans} of {service} moved by {offset}, along with the spans above.")
        return _("{spans} of {service} would move by {offset}, along with the spans above.")
    if numbers["is_moved"]:
        return _("{spans} of {service} moved by {offset}: the clock there is not the caller's.")
    return _("{spans} of {service} would move by {offset}: the clock there is not the caller's.")


def tell_orphans(finding: Finding, told: Told) -> Parts:
    number = len(finding.rows)
    spans = ngettext("{number} span", "{number} spans", number).format(number=count(number))
    template = ngettext(
        "{spans} names a parent that is not here: it has not arrived, was not sampled, or was sent elsewhere.",
        "{spans} name a parent that is not here: it has not arrived, was not sampled, or was sent elsewhere.",
        number,
    )
    return compose(template, spans=link(told.trace, spans, finding.rows))

"""What an operation is like whenever it runs, in words: no cause of what is unusual today. Pure."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from traces.domain.explaining.findings import Finding
from traces.explained.parts import Parts, compose, link, link_operation
from traces.explained.told import Told
from traces.words import count, duration


def tell_n_plus_one(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    parent = next(told.trace.rows.find_ancestors(finding.row))
    sentence = compose(
        _("{parent} calls {call} {calls} times, one after the other: {sum}."),
        parent=link_operation(told.trace, parent),
        call=link_operation(told.trace, finding.row, finding.rows, numbers.get("callee")),
        calls=count(numbers["calls"]),
        sum=duration(numbers["sum_ns"]),
    )
    return sentence + _say_times(numbers["times"])


def _say_times(times: int) -> Parts:
    """Of a property, how many more spans of the operation have it here."""
    if times == 1:
        return ()
    text = ngettext("So does {others} more span of it.", "So do {others} more spans of it.", times - 1)
    return compose(" " + text, others=count(times - 1))


def tell_sequential(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    calls = link(told.trace, _("{calls} calls").format(calls=count(numbers["calls"])), finding.rows)
    return compose(
        _("Could the {calls} of {parent} overlap? They take {sum} one by one, {saving} more than the longest."),
        calls=calls,
        parent=link_operation(told.trace, finding.row),
        sum=duration(numbers["sum_ns"]),
        saving=duration(numbers["saving_ns"]),
    ) + _say_times_of_question(numbers["times"])


def _say_times_of_question(times: int) -> Parts:
    if times == 1:
        return ()
    text = ngettext("{others} more span of it is like this.", "{others} more spans of it are like this.", times - 1)
    return compose(" " + text, others=count(times - 1))


def tell_fan_out(finding: Finding, told: Told) -> Parts:
    numbers = finding.numbers
    targets, at_once = numbers["targets"], numbers["at_once"]
    to = ngettext(" to {targets} service", " to {targets} services", targets).format(targets=count(targets))
    pace = _("one at a time") if at_once == 1 else _("up to {at_once} at a time").format(at_once=count(at_once))
    return compose(
        _("{parent} makes {calls}{to}, {pace}."),
        parent=link_operation(told.trace, finding.row),
        calls=link(told.trace, _("{calls} calls").format(calls=count(numbers["calls"])), finding.rows),
        to=to if targets else "",
        pace=pace,
    ) + _say_times(numbers["times"])

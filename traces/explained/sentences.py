"""Findings in words: each a sentence or two, with links to the spans that show it. Pure."""

from collections.abc import Callable, Mapping

from traces.domain.explaining.findings import Finding, Rule
from traces.explained import properties, times, trouble
from traces.explained.parts import Parts
from traces.explained.told import Told


def tell(finding: Finding, told: Told) -> Parts:
    """The sentence, or several."""
    return _TELL[finding.rule](finding, told)


def list_rows_to_read(finding: Finding) -> list[int]:
    """The rows whose spans the sentence would like to have whole."""
    return [finding.row] if finding.rule in (Rule.DOMINANT, Rule.ERROR_ORIGIN, Rule.RETRIES) else []


_TELL: Mapping[Rule, Callable[[Finding, Told], Parts]] = {
    Rule.DOMINANT: times.tell_dominant,
    Rule.SLOW: times.tell_slow,
    Rule.ERROR_ORIGIN: trouble.tell_error_origin,
    Rule.RETRIES: trouble.tell_retries,
    Rule.NETWORK: times.tell_network,
    Rule.GAP: times.tell_gap,
    Rule.SKEW: trouble.tell_skew,
    Rule.ORPHANS: trouble.tell_orphans,
    Rule.N_PLUS_ONE: properties.tell_n_plus_one,
    Rule.SEQUENTIAL: properties.tell_sequential,
    Rule.FAN_OUT: properties.tell_fan_out,
}

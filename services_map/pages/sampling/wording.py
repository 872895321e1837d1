"""How sampling reads to a person. Pure."""

from collections.abc import Sequence
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from services_map.domain.sampling.forecast import Beginnings, Known
from services_map.domain.sampling.strategy import OperationDecision, Rule, RuleKind, Source, Strategy
from services_map.domain.sampling.words import spell_number
from traces.words import count

SOURCES: Final[dict[Source, Promise]] = {
    Source.RULE: gettext_lazy("rule"),
    Source.FILE: gettext_lazy("file"),
    Source.ADAPTIVE: gettext_lazy("load"),
    Source.DEFAULT: gettext_lazy("default"),
}
_UNITS: Final = ((1, "/s"), (60, "/min"), (3_600, "/h"), (86_400, "/d"))
_SIGNS: Final = {Known.COUNTED: "", Known.ESTIMATED: "≈ ", Known.AT_LEAST: "≥ "}


def spell_per(per_second: float) -> str:
    """So many a second, minute, hour or day, whichever is at least one: `12.3/s`, `4.5/min`, `1/h`; `0/s`."""
    if per_second <= 0:
        return "0/s"
    size, unit = next((pair for pair in _UNITS if per_second * pair[0] >= 0.95), _UNITS[-1])
    return f"{_spell(per_second * size)}{unit}"


def _spell(number: float) -> str:
    if number < 0.01:
        return "< 0.01"
    if number >= 99.5:
        return count(round(number))
    digits = 0 if number >= 9.95 and float(number).is_integer() else 1 if number >= 9.95 else 2
    text = f"{number:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spell_begun(each: Beginnings) -> str:
    """With a sign that says how it is known: `≈ 12.3/s`."""
    return _SIGNS[each.known] + spell_per(each.begun)


def spell_begun_together(beginnings: Sequence[Beginnings]) -> str:
    """Of all operations; known as well as that of which least is known."""
    known = {each.known for each in beginnings}
    sign = next((_SIGNS[each] for each in (Known.AT_LEAST, Known.ESTIMATED) if each in known), "")
    return sign + spell_per(sum(each.begun for each in beginnings))


def spell_probability(probability: float) -> str:
    """`100 %`, `12.5 %`, `0.1 %`, `0 %`: as many digits as it takes."""
    return f"{100 * probability:.6g} %"


def spell_decided(decision: OperationDecision) -> str:
    """As it was written; what the load decided in three digits."""
    return _spell_share(decision.probability, is_by_load=decision.source is Source.ADAPTIVE)


def spell_usual(strategy: Strategy) -> str:
    """What operations are told that nothing is said of."""
    is_by_load = any(each.source is Source.ADAPTIVE for each in strategy.operations)
    return _spell_share(strategy.probability, is_by_load=is_by_load)


def _spell_share(probability: float, *, is_by_load: bool) -> str:
    return f"{100 * probability:.3g} %" if is_by_load and probability < 0.9995 else spell_probability(probability)


def spell_bytes(number: float) -> str:
    return filesizeformat(round(number))


def describe_told(strategy: Strategy) -> str:
    """What a service is told, in a few words."""
    if strategy.traces_per_second is not None:
        return gettext("at most %(rate)s/s a process") % {"rate": spell_number(strategy.traces_per_second)}
    usual = spell_usual(strategy)
    apart = [each for each in strategy.operations if each.probability != strategy.probability]
    if not apart:
        return usual
    if any(each.source is Source.ADAPTIVE for each in apart):
        told = sorted(strategy.operations, key=lambda each: each.probability)
        low, high = spell_decided(told[0]), spell_decided(told[-1])
        return low if low == high else gettext("%(low)s to %(high)s") % {"low": low, "high": high}
    return ngettext(
        "%(usual)s, but for %(number)d operation", "%(usual)s, but for %(number)d operations", len(apart)
    ) % {
        "usual": usual,
        "number": len(apart),
    }


def describe_rule(rule: Rule) -> str:
    """What a rule asks for, in a few words."""
    if rule.kind is RuleKind.PROBABILISTIC:
        return spell_probability(rule.param)
    if rule.kind is RuleKind.RATE_LIMITING:
        return gettext("at most %(rate)s/s a process") % {"rate": spell_number(rule.param)}
    return gettext("follows the load, to %(rate)s/s of each operation") % {"rate": spell_number(rule.param)}

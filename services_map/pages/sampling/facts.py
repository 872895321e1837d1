"""The figures at the head of the pages of sampling. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from services_map.domain.sampling.forecast import SECONDS_A_DAY, measure_now
from services_map.pages.figure_words import spell_share
from services_map.pages.sampling.measuring import Measured
from services_map.pages.sampling.previewing import add
from services_map.pages.sampling.wording import spell_begun_together, spell_bytes, spell_per
from services_map.reading.beginnings import SpanBytes, Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A figure, and a word more on it."""

    label: str
    value: str
    note: str = ""


def describe_totals(traffic: Traffic, span_bytes: SpanBytes, kept_days: float) -> list[Fact]:
    """What all services send together."""
    found = traffic.services.values()
    counted = sum(each.begun.count for each in found)
    failed = sum(each.begun.failed for each in found)
    spans = sum(each.spans.spans for each in found) / traffic.seconds
    return [
        Fact(label=gettext("Traces sent"), value=spell_per(counted / traffic.seconds)),
        Fact(label=gettext("Begin with an error"), value=spell_share(failed / counted if counted else None) or "–"),
        Fact(label=gettext("Spans"), value=spell_per(spans)),
        *_describe_room(spans, span_bytes, kept_days),
    ]


def describe_service(
    concerned: Sequence[Measured], sizes: Mapping[str, float], span_bytes: SpanBytes, kept_days: float
) -> list[Fact]:
    """Of one service, or of all that a rule would be for; none without a trace."""
    every = [each for measured in concerned for each in measured.beginnings]
    if not every:
        return []
    now = add(measure_now(each.beginnings, sizes.get(each.service, 0.0)) for each in concerned)
    spans_a_trace = now.spans / now.traces if now.traces else 0.0
    return [
        Fact(label=gettext("Traces that begin"), value=spell_begun_together(every)),
        Fact(
            label=gettext("Sent"),
            value=spell_per(now.traces),
            note=gettext("%(share)s begin with an error")
            % {"share": spell_share(now.failed / now.traces if now.traces else 0.0)},
        ),
        Fact(
            label=gettext("Spans"),
            value=spell_per(now.spans),
            note=gettext("%(number)s a trace") % {"number": f"{spans_a_trace:,.3g}"},
        ),
        *_describe_room(now.spans, span_bytes, kept_days),
    ]


def _describe_room(spans: float, span_bytes: SpanBytes, kept_days: float) -> list[Fact]:
    a_day = spans * span_bytes.size * SECONDS_A_DAY
    size = gettext("%(size)s bytes a span") % {"size": f"{span_bytes.size:,.0f}"}
    facts = [Fact(label=gettext("Kept a day"), value=spell_bytes(a_day), note=size)]
    if kept_days:
        days = gettext("in the %(days)s days it is kept") % {"days": f"{kept_days:g}"}
        facts.append(Fact(label=gettext("Kept in all"), value=spell_bytes(a_day * kept_days), note=days))
    return facts

"""The comparison of a service or an operation with itself: in another window, or of another version."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext

from services_map import reading
from services_map.charts.distribution import Distribution, distribution
from services_map.charts.distribution import Side as Drawn
from services_map.domain.statistics.comparison import (
    JUDGED,
    LEAST_CHANGE,
    Comparison,
    Side,
    Verdict,
    compare,
    compare_all,
)
from services_map.domain.summary import Figures, SubjectDetail
from services_map.pages.compare import comparing
from services_map.pages.compare.comparing import Part
from services_map.pages.compare.lines import (
    list_lines,
    name_share,
    name_verdict,
    say_durations,
    say_errors,
    say_pairs,
)
from services_map.pages.service.asked import Asked, read_asked
from services_map.pages.service.views import UNKNOWN, say_unknown
from services_map.pages.words import NOTHING, ratio
from services_map.reading.operation_pairs import OperationPair, load_operation_pairs
from services_map.windows import WindowForm, read_window
from traces.storage.base import DEFAULT_PROJECT
from traces.views import page

#: Of so many operations, those with the most total time, the verdicts are asked for; the worst are shown.
MAX_COMPARED: Final = 200
MAX_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times as long; whether the verdict rests on it."""

    name: str
    text: str
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLine:
    """A line of the list of operations; `ratios` are those of the judged percentiles."""

    pair: OperationPair
    address: str
    said: str
    tone: str
    ratios: tuple[Ratio, ...]


@page
def show_comparison(request: HttpRequest) -> HttpResponse:
    """Verdict, figures and distributions of both sides; of a service its operations too."""
    form = read_window(request.GET, time.time_ns())
    try:
        asked = read_asked(request.GET)
        context = _describe(request.GET, asked, form)
    except UNKNOWN as problem:
        return say_unknown(request, form, str(problem))
    is_refused = bool(context.get("refusal")) or bool(form.error and not form.carried)
    return render(request, "services_map/compare.html", context, status=400 if is_refused else 200)


def _describe(data: QueryDict, asked: Asked, form: WindowForm) -> Mapping[str, object]:
    against = comparing.read_against(data)
    other = comparing.read_other(data, form, against)
    context: dict[str, object] = {
        "window_form": form,
        "asked": asked,
        "against": against,
        "choices": comparing.list_choices(asked, form, against),
        "hidden": comparing.hidden_fields(asked, form, without="version" if against == comparing.VERSION else ""),
        "service_address": asked.page(form),
        "other": other,
        "other_start": data.get("other_start", ""),
        "other_end": data.get("other_end", ""),
    }
    # Figures, even of what is not compared yet: an unknown service is unknown in any case.
    detail = _load(asked, form, other or form)
    context["slot"] = detail.service.slot
    if other is None:
        return context
    if other.error and against == comparing.WINDOW:
        return {**context, "refusal": gettext("The other window: %(problem)s") % {"problem": other.error}}
    if against == comparing.VERSION:
        return {**context, **_compare_versions(data, asked, form, detail)}
    parts = comparing.name_windows(asked, form, detail.coverage, against)
    found = compare(_side(detail.figures), _side(detail.before))
    context["overlaps"] = comparing.overlap(parts[0].window, parts[1].window)
    return {**context, **_show(found, parts), **_list_operations(data, found, parts, form, other)}


def _load(asked: Asked, form: WindowForm, other: WindowForm) -> SubjectDetail:
    return reading.load_subject(
        DEFAULT_PROJECT, form.window, other.window, asked.service, asked.operation, asked.kind, asked.version
    )


def _side(figures: Figures) -> Side:
    return Side(durations=figures.durations, failed=figures.failed, seconds=figures.seconds)


def _compare_versions(data: QueryDict, asked: Asked, form: WindowForm, detail: SubjectDetail) -> Mapping[str, object]:
    names = [seen.version for seen in detail.versions if seen.version]
    chosen = comparing.choose_versions(data, asked, detail.versions)
    if chosen is None:
        return {"version_names": names, "has_one_version": True}
    parts = comparing.name_versions(asked, form, detail.coverage, chosen)
    figures = [_load(replace(asked, version=version), form, form).figures for version in chosen]
    found = compare(_side(figures[0]), _side(figures[1]))
    return {
        "version_names": list(dict.fromkeys([*names, *chosen])),
        "swap_address": comparing.swap_address(parts, form),
        **_show(found, parts),
        **_list_operations(data, found, parts, form, form),
    }


def _show(found: Comparison, parts: tuple[Part, Part]) -> dict[str, object]:
    a, b = parts
    return {
        "found": found,
        "parts": parts,
        "verdict": say_durations(found, b.name),
        "errors": say_errors(found),
        "pairs": say_pairs(found, a.name, b.name),
        "tone": name_verdict(found)[1],
        "lines": list_lines(found, a, b),
        "chart": _draw(found, a, b),
        "is_weighted": found.a.durations.is_weighted or found.b.durations.is_weighted,
        "least_change": round(100 * (LEAST_CHANGE - 1)),
    }


def _draw(found: Comparison, a: Part, b: Part) -> Distribution:
    return distribution(
        "distribution",
        gettext("How long calls take"),
        gettext("The shares of calls by duration, on a logarithmic axis, of %(a)s and %(b)s.")
        % {"a": a.name, "b": b.name},
        [
            Drawn(name=part.label, tone=part.tone, weights=side.durations.weights.tolist())
            for part, side in ((b, found.b), (a, found.a))
        ],
    )


def _list_operations(
    data: QueryDict, found: Comparison, parts: tuple[Part, Part], form: WindowForm, other: WindowForm
) -> Mapping[str, object]:
    """Of a service its operations, the worst first; none where one side has no calls."""
    a, b = (part.asked for part in parts)
    if a.operation is not None or not (found.a.durations.count and found.b.durations.count):
        return {}
    loaded = load_operation_pairs(
        DEFAULT_PROJECT, form.window, other.window, a.service, (a.version, b.version), MAX_COMPARED
    )
    compared = compare_all([(_side(pair.a), _side(pair.b)) for pair in loaded.pairs])
    worst = sorted(zip(loaded.pairs, compared, strict=True), key=lambda item: item[1].badness, reverse=True)
    return {
        "operations": [_line(pair, judged, a, form, data) for pair, judged in worst[:MAX_SHOWN]],
        "judged": [name_share(share) for share in JUDGED],
        "compared_count": len(compared),
        "unseen": len(compared) - min(MAX_SHOWN, len(compared)),
        "uncompared": loaded.count - len(compared),
    }


def _line(pair: OperationPair, found: Comparison, asked: Asked, form: WindowForm, data: QueryDict) -> OperationLine:
    said, tone = name_verdict(found)
    is_few = found.verdict is Verdict.TOO_FEW
    return OperationLine(
        pair=pair,
        address=comparing.operation_address(asked, pair.operation, form, data) if pair.operation.name else "",
        said=said,
        tone=tone,
        ratios=tuple(
            Ratio(
                name=name_share(change.share),
                text=NOTHING if is_few else ratio(change.ratio),
                counts=change in found.changes,
            )
            for change in found.percentiles
        ),
    )

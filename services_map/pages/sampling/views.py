"""The pages of sampling: all services, and one of them with the form for its rules."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from services_map.domain.errors import InvalidRule
from services_map.domain.sampling.choosing import Decided, choose
from services_map.domain.sampling.forecast import Known
from services_map.pages.sampling import lines, previewing
from services_map.pages.sampling.asking import describe_asking
from services_map.pages.sampling.facts import describe_service, describe_totals
from services_map.pages.sampling.form import NO_RULE, RuleForm, choose_kind, read_form, read_subject
from services_map.pages.sampling.measuring import Measured, measure
from services_map.pages.sampling.wording import SOURCES, describe_told
from services_map.reading.beginnings import SpanBytes, Traffic, load_traffic, measure_span_bytes
from services_map.sampling.decided import load_decided, load_file
from services_map.sampling.rules import list_rules, remove_rule, set_rule
from services_map.sampling.telling import describe
from services_map.windows import WindowForm, read_window
from traces import reading as traces_reading
from traces.domain.span import clean_name
from traces.storage.base import DEFAULT_PROJECT
from traces.views import MAX_SUGGESTIONS, explained, page

MAX_FILTER_CHARS = 200
_HOURS_A_DAY = 24


@page
def show_sampling(request: HttpRequest) -> HttpResponse:
    """What every service is told and why, what it sends, and what that costs."""
    now_ns = time.time_ns()
    form = read_window(request.GET, now_ns)
    traffic = load_traffic(DEFAULT_PROJECT, form.window, now_ns)
    description, span_bytes = describe(DEFAULT_PROJECT), measure_span_bytes()
    q = clean_name(request.GET.get("q", "")).strip()[:MAX_FILTER_CHARS]
    every = lines.list_services(description.strategies, traffic, span_bytes.size)
    found = [line for line in every if q.casefold() in line.name.casefold()]
    beginning = [line for line in found if line.sent]
    following = [line for line in found if not line.sent]
    rules = [rule for rule in list_rules(DEFAULT_PROJECT) if q.casefold() in rule.service.casefold()]
    context = {
        "window_form": form,
        "covered": traffic.coverage.covered,
        "q": q,
        "all_count": len(every),
        "totals": describe_totals(traffic, span_bytes, _kept_days()),
        "lines": beginning[: lines.MAX_LINES],
        "line_count": len(beginning),
        "following": following[: lines.MAX_LINES],
        "following_count": len(following),
        "anyone": lines.describe_anyone(description.anyone),
        "rules": lines.list_rules(rules)[: lines.MAX_LINES],
        "rule_count": len(rules),
        "file_notes": description.file_notes,
        "asking": describe_asking(request, ""),
        "now_ns": now_ns,
    }
    is_refused = form.error and not form.carried
    return render(request, "services_map/sampling.html", context, status=400 if is_refused else 200)


@page
def show_sampled_service(request: HttpRequest) -> HttpResponse:
    """A service (empty: any that has no rule of its own): its operations, its rules, and what another would change."""
    words = request.GET.copy()
    # What was just done is not said again in another window.
    done = words.pop("done", [""])[-1]
    return _show_service(request, request.GET, read_window(words, time.time_ns()), done=done)


@require_POST
@explained
def change_rule(request: HttpRequest) -> HttpResponse:
    """Make a rule, or remove one; then back to the page of its service. What is wrong with it is said there."""
    form = read_window(request.GET, time.time_ns())
    asked = read_form(request.POST)
    if not asked.is_asked:
        return _show_service(request, request.POST, form)
    if asked.rule is None:
        remove_rule(DEFAULT_PROJECT, asked.service, asked.operation)
        return _lead_back(form, asked, "removed")
    try:
        set_rule(DEFAULT_PROJECT, asked.service, asked.operation, asked.rule.kind, asked.rule.param)
    except InvalidRule as problem:
        return _show_service(request, request.POST, form, str(problem))
    return _lead_back(form, asked, "set")


def _lead_back(form: WindowForm, asked: RuleForm, done: str) -> HttpResponse:
    words = {"service": asked.service, "operation": asked.operation, "done": done}
    return redirect(reverse("services_map:sampled_service") + form.link(**words))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the page of a service is made of. `concerned` are the services that a rule for it would be for."""

    decided: Decided
    traffic: Traffic
    concerned: list[Measured]
    span_bytes: SpanBytes

    @property
    def sizes(self) -> Mapping[str, float]:
        return {name: found.spans_a_trace for name, found in self.traffic.services.items()}


def _show_service(
    request: HttpRequest, data: QueryDict, window_form: WindowForm, problem: str = "", done: str = ""
) -> HttpResponse:
    service, operation = read_subject(data)
    known = _load(service, window_form)
    own = known.decided.rules.get(service, {})
    asked = read_form(data, own.get(operation))
    context = {
        "window_form": window_form,
        "covered": known.traffic.coverage.covered,
        "service": service,
        "asked": asked,
        "kind": choose_kind(asked, own.get(operation)),
        "problem": problem,
        "done": done,
        "rules": lines.list_rules(own.values()),
        "general_rules": lines.list_rules(known.decided.rules.get("", {}).values()) if service else [],
        "file_notes": load_file().notes,
        "operation_names": _suggest_operations(service),
        "asking": describe_asking(request, service),
        "now_ns": window_form.now_ns,
        "bytes": known.span_bytes,
        **_describe_strategy(service, known),
        **_describe_costs(asked, known),
    }
    status = 400 if asked.errors or problem else 200
    return render(request, "services_map/sampled_service.html", context, status=status)


def _load(service: str, form: WindowForm) -> _Known:
    decided = load_decided(DEFAULT_PROJECT)
    traffic = load_traffic(DEFAULT_PROJECT, form.window, form.now_ns)
    names: Collection[str] = [service] if service else [
        name for name, found in traffic.services.items() if found.begun.count
    ]  # fmt: skip
    measured = [*measure(DEFAULT_PROJECT, names, decided, form.window, form.now_ns).values()]
    concerned = measured if service else previewing.list_concerned(measured, decided, service)
    return _Known(decided=decided, traffic=traffic, concerned=concerned, span_bytes=measure_span_bytes())


def _suggest_operations(service: str) -> list[str]:
    if not service:
        return []
    operations = traces_reading.list_operations(DEFAULT_PROJECT, service)
    return list(dict.fromkeys(operation.name for operation in operations if operation.name))[:MAX_SUGGESTIONS]


def _describe_strategy(service: str, known: _Known) -> dict[str, object]:
    strategy = choose(service, known.decided)
    found = known.traffic.services.get(service)
    measured = known.concerned[0] if service else None
    operations = lines.list_operations(measured, known.decided) if measured else []
    beginners = lines.list_beginners(service, known.traffic, known.decided) if service else []
    known_how = {each.known for of_service in known.concerned for each in of_service.beginnings}
    return {
        "strategy": strategy,
        "told": describe_told(strategy),
        "source_label": SOURCES[strategy.source],
        "slot": found.service.slot if found else None,
        "measured": measured,
        "figures": describe_service(known.concerned, known.sizes, known.span_bytes, _kept_days()),
        "is_estimated": Known.ESTIMATED in known_how,
        "is_least": Known.AT_LEAST in known_how,
        "beginners": beginners[: lines.MAX_NAMED],
        "more_beginners": max(0, len(beginners) - lines.MAX_NAMED),
        "concerned_count": len(known.concerned),
        "operations": operations[: lines.MAX_LINES],
        "operation_count": len(operations),
    }


def _describe_costs(asked: RuleForm, known: _Known) -> dict[str, object]:
    """What each share of traces would cost; and what the rule would change that is asked for."""
    days, size = _kept_days(), known.span_bytes.size
    shares = previewing.list_shares(known.concerned, asked.operation, known.sizes)
    context: dict[str, object] = {
        "shares": lines.list_share_lines(shares, size, days),
        "has_beginnings": any(previewing.narrow(each.beginnings, asked.operation) for each in known.concerned),
    }
    if not asked.is_asked:
        return context
    found = previewing.preview(known.concerned, _decide(asked, known.decided), known.sizes)
    return {
        **context,
        "preview": found,
        "costs": (lines.describe_cost(found.now, size, days), lines.describe_cost(found.then, size, days)),
        "rule_text": lines.list_rules([asked.rule])[0].text if asked.rule else "",
        "removes": asked.kind == NO_RULE,
    }


def _decide(asked: RuleForm, decided: Decided) -> Decided:
    return previewing.decide_otherwise(decided, asked.service, asked.operation, asked.rule)


def _kept_days() -> float:
    """How long spans are kept; 0: for ever."""
    return settings.RETENTION_HOURS / _HOURS_A_DAY

"""The form for a rule of sampling, and how sampling is spelled."""

import pytest
from django.http import QueryDict
from django.utils.http import urlencode

from services_map.domain.errors import InvalidRule
from services_map.domain.sampling.forecast import Beginnings, Known
from services_map.domain.sampling.strategy import OperationDecision, Rule, RuleKind, Source, Strategy
from services_map.pages.sampling.form import choose_kind, read_form, read_number
from services_map.pages.sampling.measuring import choose_window
from services_map.pages.sampling.wording import describe_told, spell_begun, spell_begun_together, spell_per
from traces.domain.query import Window

SECOND = 10**9
HOUR = 3_600 * SECOND
NOW_NS = 1_800_000_000 * SECOND
LAST_HOUR = Window(start_ns=NOW_NS - HOUR, end_ns=NOW_NS)


def ask(**words: str) -> QueryDict:
    return QueryDict(urlencode(words))


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        ("share", "10 %", 0.1),
        ("share", "0.1%", 0.001),
        ("share", "0.25", 0.25),
        ("share", ".5", 0.5),
        ("share", "1", 1.0),
        ("rate", "5", 5.0),
        ("target", "0.5", 0.5),
    ],
)
def test_numbers_are_read_as_people_write_them(kind: str, text: str, number: float) -> None:
    assert read_number(kind, text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "x", "1,000", "0,5", "1e9", "nan", "inf", "-1", "1_0", "٣", "10 % %", "9" * 13])
def test_what_may_mean_something_else_is_no_number(text: str) -> None:
    for kind in ("share", "rate", "target"):
        with pytest.raises(InvalidRule, match=r"is no number here: write"):
            read_number(kind, text)
    with pytest.raises(InvalidRule):
        read_number("rate", "10 %")


@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        ({"kind": "share", "share": "10"}, "share", "A probability is a number from 0 to 1."),
        ({"kind": "share", "share": "<b>"}, "share", "“<b>” is no number here: write “10 %” or “0.1”."),
        ({"kind": "rate", "rate": "0.5"}, "rate", "A rate is a whole number of traces a second from 1 to 1,000,000."),
        (
            {"kind": "rate", "operation": "GET /"},
            "kind",
            "Clients can limit the rate of a service, not of one operation",
        ),
        ({"kind": "target", "target": "0"}, "target", "An operation can aim at 0.001 to 1,000,000 traces a second."),
        ({"kind": "share", "operation": "x" * 3_000}, "operation", "The name of the operation is longer than 2,048"),
        ({"kind": "share", "service": "x" * 3_000}, "service", "The name of the service is longer than 2,048"),
        ({"kind": "everything"}, "kind", "Choose what the rule shall do."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(words: dict[str, str], field: str, said: str) -> None:
    form = read_form(ask(**words))
    assert form.errors[field].startswith(said)
    assert not form.is_asked


def test_a_rule_is_read_and_nothing_asked_for_is_no_rule() -> None:
    form = read_form(ask(service="web", operation=" GET / ", kind="share", share="25 %", rate="x"))
    assert form.rule == Rule(
        service="web", operation="GET /", kind=RuleKind.PROBABILISTIC, param=0.25, source=Source.RULE
    )
    assert form.value == "25 %"
    assert read_form(ask(service="web")).rule is None
    assert not read_form(ask(service="web")).is_asked
    assert read_form(ask(kind="none", share="x")).is_asked


def test_a_form_opens_with_the_rule_that_there_is() -> None:
    share, target = (
        Rule(service="web", operation="", kind=kind, param=param, source=Source.RULE)
        for kind, param in ((RuleKind.PROBABILISTIC, 0.125), (RuleKind.ADAPTIVE, 2.5))
    )
    form = read_form(ask(service="web"), share)
    assert (choose_kind(form, share), form.values["share"]) == ("share", "12.5 %")
    form = read_form(ask(service="web"), target)
    assert (choose_kind(form, target), dict(form.values)) == ("target", {"share": "10 %", "rate": "5", "target": "2.5"})
    assert choose_kind(read_form(ask(kind="rate")), share) == "rate"
    assert choose_kind(read_form(ask()), None) == "share"


def test_figures_are_of_the_time_in_which_a_service_was_told_the_same() -> None:
    changes = {
        ("web", "GET /"): NOW_NS - 1_800 * SECOND,
        ("pay", ""): NOW_NS - 20 * SECOND,
        ("old", ""): NOW_NS - 2 * HOUR,
    }
    # Until a process asks again, and on whole minutes.
    assert choose_window("web", changes, LAST_HOUR, NOW_NS) == (
        Window(start_ns=NOW_NS - 1_680 * SECOND, end_ns=NOW_NS),
        True,
    )
    assert choose_window("pay", changes, LAST_HOUR, NOW_NS) == (LAST_HOUR, False)
    assert choose_window("old", changes, LAST_HOUR, NOW_NS) == (LAST_HOUR, True)
    assert choose_window("other", {}, Window(start_ns=0, end_ns=HOUR), NOW_NS)[1]
    yesterday = Window(start_ns=NOW_NS - 30 * HOUR, end_ns=NOW_NS - 24 * HOUR)
    assert choose_window("web", changes, yesterday, NOW_NS) == (yesterday, False)
    # What was told before the file changed is not known either.
    assert choose_window("old", changes, LAST_HOUR, NOW_NS, since_ns=NOW_NS - 20 * SECOND) == (LAST_HOUR, False)
    general = {("", "GET /"): NOW_NS - 20 * SECOND}
    assert choose_window("web", general, LAST_HOUR, NOW_NS) == (LAST_HOUR, False)


@pytest.mark.parametrize(
    ("per_second", "spelled"),
    [
        (0.0, "0/s"),
        (1_234.5, "1,234/s"),
        (12.34, "12.3/s"),
        (10.0, "10/s"),
        (1.5, "1.5/s"),
        (0.5, "30/min"),
        (1 / 3_600, "1/h"),
        (1 / 86_400, "1/d"),
        (1e-9, "< 0.01/d"),
    ],
)
def test_rates_are_spelled_with_the_unit_in_which_they_are_at_least_one(per_second: float, spelled: str) -> None:
    assert spell_per(per_second) == spelled


def test_a_sign_says_how_it_is_known_how_many_begin() -> None:
    every = [
        Beginnings(operation="", sent=1.0, begun=2.0, known=known, error_share=None)
        for known in (Known.COUNTED, Known.ESTIMATED, Known.AT_LEAST)
    ]
    assert [spell_begun(each) for each in every] == ["2/s", "≈ 2/s", "≥ 2/s"]
    assert [spell_begun_together(every[:n]) for n in (1, 2, 3)] == ["2/s", "≈ 4/s", "≥ 6/s"]


@pytest.mark.parametrize(
    ("probabilities", "source", "rate", "told"),
    [
        ([], Source.RULE, None, "10 %"),
        ([0.1, 0.1], Source.RULE, None, "10 %"),
        ([0.1, 0.5], Source.RULE, None, "10 %, but for 1 operation"),
        ([0.2, 0.5], Source.FILE, None, "10 %, but for 2 operations"),
        ([0.2, 0.00001], Source.ADAPTIVE, None, "0.001 % to 20 %"),
        ([0.234138, 0.0742574], Source.ADAPTIVE, None, "7.43 % to 23.4 %"),
        ([0.2], Source.ADAPTIVE, None, "20 %"),
        ([], Source.RULE, 1_000.0, "at most 1,000/s a process"),
    ],
)
def test_what_a_service_is_told_fits_into_a_few_words(
    probabilities: list[float], source: Source, rate: float | None, told: str
) -> None:
    operations = tuple(
        OperationDecision(operation=str(number), probability=probability, source=source, reason="")
        for number, probability in enumerate(probabilities)
    )
    strategy = Strategy(
        service="web",
        probability=0.1,
        traces_per_second=rate,
        operations=operations,
        lower_bound_per_second=0.0,
        source=Source.RULE,
        reason="",
    )
    assert describe_told(strategy) == told

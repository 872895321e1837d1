"""The pages of sampling: what services are told and why, what that costs, and how a rule is made."""

import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from services_map.domain.sampling.adaptive import Reason, Sampled, Told
from services_map.domain.sampling.strategy import RuleKind
from services_map.models import SamplingRule
from services_map.sampling.rules import list_rules, remove_rule, set_rule
from services_map.sampling.telling import tell
from services_map.storage.sampled_operations import write_sampled
from tests.pages.looking import read_page, read_text
from tests.pages.sampled_shop import begun, count_spans, fill_sampled_shop
from tests.services_map.service_page import THEN_S, WINDOW, read_lines
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT

pytestmark = pytest.mark.django_db

Queries = Callable[..., Any]
LIST = f"/sampling?{WINDOW}"
EVERY = f"/sampling/service?{WINDOW}"
WEB = f"{EVERY}&service=web"
RULE = "/sampling/rule"


def say(page: str) -> str:
    """What a person reads of it, in one line."""
    return html.unescape(read_text(page))


def read_line(page: str, name: str) -> str:
    """The first line of a table that is about `name`."""
    return next(line for line in read_lines(page, "sampling-table") if line.startswith(name))


def make_old_rule(service: str, operation: str, param: float) -> None:
    """One that was made long ago."""
    set_rule(DEFAULT_PROJECT, service, operation, RuleKind.PROBABILISTIC, param)
    SamplingRule.objects.update(changed_at=datetime.now(UTC) - timedelta(hours=9))


def post(client: Client, address: str = RULE, **words: str) -> Any:
    return client.post(address, words)


def test_every_service_is_listed_with_what_it_is_told_and_what_it_costs(client: Client) -> None:
    fill_sampled_shop()
    make_old_rule("cron", "", 0.5)
    make_old_rule("web", "GET /admin", 0.0)
    page = read_page(client, LIST)
    web, cron, *following, _, _ = read_lines(page, "sampling-table")
    assert web == (
        "web 100 %, but for 1 operation default"
        " No rule, no file: SAMPLING_DEFAULT_PROBABILITY holds."
        " Traces 11/s Failed 0.91 % Spans 44.2/s Kept a day 910.5 MB"
    )
    assert (
        cron == "cron 50 % rule A rule for this service says so. Traces 36/h Failed 0 % Spans 36/h Kept a day 210.9 KB"
    )
    assert [line.split()[0] for line in following] == ["mailer", "pay"]
    assert "2 services that began no trace" in say(page)
    assert "250 bytes a span" in say(page)


def test_a_service_has_a_line_for_each_operation_with_what_is_known_of_it(client: Client) -> None:
    fill_sampled_shop()
    make_old_rule("web", "", 0.5)
    make_old_rule("web", "GET /cart", 0.1)
    page = read_page(client, WEB)
    assert read_line(page, "GET /cart") == (
        "GET /cart 10 % rule A rule for this operation says so."
        " Begin ≈ 100/s Sent 10/s Failed 1.0 % Change its rule GET /cart"
    )
    assert read_line(page, "POST /order") == (
        "POST /order 50 % as the whole service Begin ≈ 2/s Sent 1/s Failed 0 % Make a rule POST /order"
    )
    assert read_line(page, "GET /admin").startswith("GET /admin 50 % as the whole service Begin ≈ 2/h Sent 1/h")
    assert "4.02 a trace" in say(page)
    assert 'jaegerremote.New("web"' in html.unescape(page)


def test_a_rule_is_previewed_made_and_removed(client: Client) -> None:
    fill_sampled_shop()
    before = say(read_page(client, f"{WEB}&kind=share&share=10+%25"))
    assert (
        "Preview: 10 % Now Then Traces sent 11/s 1.1/s Of them failed 6/min 36/h Spans 44.2/s 4.42/s"
        " Kept a day 910.5 MB 91.1 MB Kept in all 6.2 GB 637.4 MB Operations seen less than once an hour 0 1"
    ) in before
    assert tell(DEFAULT_PROJECT, "web").probability == 1

    answer = post(client, f"{RULE}?{WINDOW}", service="web", kind="share", share="10 %")

    assert (answer.status_code, answer["Location"]) == (302, f"{WEB}&done=set")
    assert tell(DEFAULT_PROJECT, "web").probability == 0.1
    after = say(read_page(client, answer["Location"]))
    assert "The rule holds now. Processes ask once a minute" in after
    assert "It is told 10 % rule A rule for this service says so." in after
    assert "It was told something else in this time" in after
    assert "Traces that begin ≥" in after

    gone = client.post(RULE, {"service": "web", "operation": "", "kind": "none"}, follow=True)

    assert "The rule is removed." in say(gone.content.decode())
    assert list_rules(DEFAULT_PROJECT) == []


def test_a_rule_that_follows_the_load_sends_its_target_of_each_operation(client: Client) -> None:
    fill_sampled_shop()
    page = say(read_page(client, f"{WEB}&kind=target&target=0.5"))
    assert "Preview: follows the load, to 0.5/s of each operation Now Then Traces sent 11/s 1/s" in page
    limited = say(read_page(client, f"{WEB}&kind=rate&rate=2"))
    assert "Preview: at most 2/s a process Now Then Traces sent 11/s 2/s" in limited
    assert "This is what one process of each service sends" in limited


def test_where_the_load_decides_it_says_how_many_begin(client: Client) -> None:
    fill_sampled_shop()
    set_rule(DEFAULT_PROJECT, "web", "", RuleKind.ADAPTIVE, 2.0)
    known = Sampled(
        service="web",
        operation="GET /cart",
        arriving_per_second=120.0,
        sent_per_second=10.0,
        target_per_second=2.0,
        error_share=0.0,
        reason=Reason.LOWERED,
        told=(Told(since_s=THEN_S, probability=0.08),),
        seen_s=THEN_S,
        measured_s=THEN_S,
    )
    with get_store().writing():
        assert write_sampled(DEFAULT_PROJECT, [known], [], generation=0, now_s=THEN_S)
    page = read_page(client, f"{WEB}&kind=target&target=3")
    assert "Begin ≈ 120/s Sent 10/s" in read_line(page, "GET /cart")
    # Three of the carts; all orders, and all there is of the others.
    assert "Preview: follows the load, to 3/s of each operation Now Then Traces sent 11/s 4/s" in say(page)


def test_a_rule_for_every_service_is_for_those_without_one_of_their_own(client: Client) -> None:
    fill_sampled_shop()
    make_old_rule("cron", "", 0.5)
    page = say(read_page(client, f"{EVERY}&kind=share&share=50+%25"))
    assert "Of the 1 service that such a rule is for." in page
    assert "1 service will be told something else." in page
    removal = say(read_page(client, f"{EVERY}&kind=none"))
    assert "No service that began a trace in this time will be told anything else." in removal
    post(client, service="", kind="share", share="50 %")
    assert tell(DEFAULT_PROJECT, "web").probability == 0.5
    assert "For every service" in say(read_page(client, WEB))


def test_what_names_of_strangers_say_is_shown_and_nothing_else(client: Client) -> None:
    name = '"><script>alert(1)</script>\u202e\\ $(x)'
    count_spans(name, {"<b>\\": begun(600)})
    make_old_rule(name, "<b>\\", 0.5)
    for address in (LIST, EVERY):
        page = client.get(address, {"service": name, "operation": "<b>\\", "kind": "share", "share": "<i>"})
        text = page.content.decode()
        assert "<script>alert" not in text
        assert "\u202e" not in text.replace(f'value="{html.escape(name)}"', "")
        assert "<i>" not in text
        assert "<b>\\" not in text
    asking = html.unescape(client.get("/sampling/service", {"service": name}).content.decode())
    assert 'serviceName: "\\"><script>alert(1)</script>⟨U+202E⟩\\\\ $(x)",' in asking
    assert "JAEGER_SERVICE_NAME='\"><script>" in asking


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"kind": "share", "share": "110 %"}, "A probability is a number from 0 to 1."),
        ({"kind": "share", "share": "1,5 %"}, "is no number here: write “10 %” or “0.1”."),
        ({"kind": "rate", "rate": "3", "operation": "GET /"}, "Clients can limit the rate of a service, not of one"),
        ({"kind": "all"}, "Choose what the rule shall do."),
        ({"kind": "share", "service": "x" * 3_000}, "The name of the service is longer than 2,048 characters."),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_and_changes_nothing(
    client: Client, words: dict[str, str], said: str
) -> None:
    words = {"service": "web", **words}
    preview, made = client.get("/sampling/service", words), post(client, **words)
    assert (preview.status_code, made.status_code) == (400, 400)
    assert said in say(preview.content.decode())
    assert said in say(made.content.decode())
    assert list_rules(DEFAULT_PROJECT) == []


def test_rules_are_made_by_our_own_forms_alone(client: Client) -> None:
    assert Client(enforce_csrf_checks=True).post(RULE, {"kind": "share"}).status_code == 403
    assert client.get(RULE).status_code == 405
    assert post(client, LIST).status_code == 405
    # Without anything asked for, nothing is done.
    assert (post(client, service="web").status_code, list_rules(DEFAULT_PROJECT)) == (200, [])


def test_a_file_that_cannot_be_followed_is_said_on_both_pages(client: Client, settings: LazySettings) -> None:
    settings.SAMPLING_STRATEGIES_FILE = "/nowhere/strategies.json"
    for address in (LIST, WEB):
        assert "SAMPLING_STRATEGIES_FILE cannot be followed: No such file" in say(read_page(client, address))


def test_before_the_first_span_both_pages_are_there(client: Client) -> None:
    assert "No service is known yet" in say(read_page(client, LIST))
    assert "No trace began in it in this time, and" in say(read_page(client, WEB))
    preview = say(read_page(client, f"{WEB}&kind=share&share=10+%25"))
    assert "Preview: 10 % No trace was counted, so there is nothing to reckon with. Make this" in preview


def test_a_service_that_follows_says_who_decides(client: Client) -> None:
    fill_sampled_shop()
    make_old_rule("web", "", 0.01)
    for follower in ("pay", "mailer"):
        page = say(read_page(client, f"{EVERY}&service={follower}"))
        assert "Traces that reach it from elsewhere are decided on where they begin: web 1 %" in page
    assert "from elsewhere" not in say(read_page(client, WEB))


def test_after_a_rule_is_removed_nobody_says_what_was_left_out_before(client: Client) -> None:
    fill_sampled_shop()
    make_old_rule("web", "", 0.01)
    assert "Traces that begin ≈ 1,100/s" in say(read_page(client, WEB))
    assert post(client, service="web", kind="none").status_code == 302
    assert "Traces that begin ≥ 11/s" in say(read_page(client, WEB))
    assert list_rules(DEFAULT_PROJECT) == []
    set_rule(DEFAULT_PROJECT, "web", "", RuleKind.PROBABILISTIC, 0.5)
    assert [rule.param for rule in list_rules(DEFAULT_PROJECT)] == [0.5]


def test_a_removed_rule_is_forgotten_in_the_end(client: Client) -> None:
    for service in ("old", "new"):
        set_rule(DEFAULT_PROJECT, service, "", RuleKind.PROBABILISTIC, 0.5)
        assert remove_rule(DEFAULT_PROJECT, service, "")
        SamplingRule.objects.filter(service="old").update(changed_at=datetime.now(UTC) - timedelta(days=40))
    assert [row.service for row in SamplingRule.objects.all()] == ["new"]
    assert not remove_rule(DEFAULT_PROJECT, "new", "")


def test_the_filter_finds_names_in_either_case(client: Client) -> None:
    fill_sampled_shop()
    assert [line.split()[0] for line in read_lines(read_page(client, f"{LIST}&q=CRO"), "sampling-table")] == ["cron"]
    assert "No service is called that" in say(read_page(client, f"{LIST}&q=<zzz>"))


def test_a_page_asks_the_database_few_questions(client: Client, django_assert_max_num_queries: Queries) -> None:
    fill_sampled_shop()
    make_old_rule("cron", "", 0.5)
    for address in (LIST, WEB, f"{EVERY}&kind=none"):
        client.get(address)
    count_spans("web", {"one more": begun(1)})
    with django_assert_max_num_queries(22):
        read_page(client, LIST)
    with django_assert_max_num_queries(24):
        read_page(client, f"{WEB}&kind=share&share=1+%25")
    with django_assert_max_num_queries(24):
        read_page(client, f"{EVERY}&kind=share&share=1+%25")


def test_a_name_with_spaces_around_it_is_another_service(client: Client) -> None:
    set_rule(DEFAULT_PROJECT, " web", "", RuleKind.PROBABILISTIC, 0.25)
    assert 'name="service" value=" web"' in read_page(client, f"{EVERY}&service=+web")
    post(client, service=" web", operation=" GET / ", kind="share", share="5 %")
    assert [(rule.service, rule.operation) for rule in list_rules(DEFAULT_PROJECT)] == [(" web", ""), (" web", "GET /")]

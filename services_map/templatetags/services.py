"""What templates of services call."""

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from services_map.domain.calls.node_keys import spell_node
from services_map.domain.calls.nodes import Node
from services_map.pages.services.rows import window_words
from services_map.windows import DEFAULT_LOOKBACK, WindowForm, spell_second
from traces import words
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.domain.span import Operation, SpanKind, kind_name
from traces.forms import SearchForm

HALF_AN_HOUR_NS = 1_800 * NS_PER_SECOND
# An address says so much of a name; every character may take nine.
MAX_NAME_CHARS = 500

register = template.Library()


@register.simple_tag
def page_of(form: WindowForm, view: str, **fields: str) -> str:
    """`{% page_of window_form "service" service="shop" %}`: the address of another page for the same window."""
    return f"{reverse(f'services_map:{view}')}{form.link(**fields)}"


@register.simple_tag
def map_around(form: WindowForm, node: Node) -> str:
    """The map of what calls a node and what it calls."""
    return page_of(form, "map", focus=spell_node(node))


@register.simple_tag
def service_around(service: str, ns: int) -> str:
    """The page of a service for the hour around a moment."""
    asked = {"service": service, **window_words(Window(start_ns=ns - HALF_AN_HOUR_NS, end_ns=ns + HALF_AN_HOUR_NS))}
    return f"{reverse('services_map:service')}?{urlencode(asked)}"


@register.simple_tag
def operation_before(operation: Operation, until_ns: int) -> str:
    """The page of an operation for the day before a moment in whole seconds; of its service, if it cannot be named."""
    return f"{reverse('services_map:service')}?{urlencode(_words_before(operation, until_ns))}"


@register.simple_tag
def usual_before(operation: Operation, until_ns: int, duration_ns: int) -> str:
    """How a span of that operation compares with those of the day before, as a fragment; empty as above."""
    words = _words_before(operation, until_ns) | {"duration": f"{duration_ns}ns"}
    return f"{reverse('services_map:usual')}?{urlencode(words)}" if "operation" in words else ""


def _words_before(operation: Operation, until_ns: int) -> dict[str, str]:
    words = {"service": operation.service.name, "end": spell_second(until_ns // NS_PER_SECOND), "lookback": "24h"}
    if len(operation.name) > MAX_NAME_CHARS or operation.kind not in SpanKind._value2member_map_:
        return words
    return words | {"operation": operation.name, "kind": kind_name(operation.kind)}


@register.simple_tag
def service_of(search: SearchForm) -> str:
    """The page of the service that a search names, for the window of the search."""
    asked = {name: search.values[name] for name in ("service", "start", "end", "lookback")}
    usual = {"lookback": DEFAULT_LOOKBACK}
    said = {name: value for name, value in asked.items() if value and value != usual.get(name)}
    return f"{reverse('services_map:service')}?{urlencode(said)}"


@register.filter
def seconds_ago(second: int, now_ns: int) -> str:
    """`14 min ago`, of seconds since 1970."""
    return words.ago(second * NS_PER_SECOND, now_ns)

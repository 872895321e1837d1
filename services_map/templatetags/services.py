"""What templates of services call."""

from django import template
from django.urls import NoReverseMatch, reverse

from services_map.windows import WindowForm
from traces import words
from traces.domain.search_text import NS_PER_SECOND

register = template.Library()


@register.simple_tag
def page_of(form: WindowForm, view: str, **fields: str) -> str:
    """`{% page_of window_form "service" service="shop" %}`: the address of another page for the same window."""
    try:
        address = reverse(f"services_map:{view}")
    except NoReverseMatch:
        address = f"/{view}"
    return f"{address}{form.link(**fields)}"


@register.filter
def seconds_ago(second: int, now_ns: int) -> str:
    """`14 min ago`, of seconds since 1970."""
    return words.ago(second * NS_PER_SECOND, now_ns)

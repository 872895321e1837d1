"""What templates call: words and drawings."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from traces import waterfall, words
from traces.domain.span import kind_name, status_name

register = template.Library()

for _filter in (
    words.ago,
    words.count,
    words.duration,
    words.exact,
    words.iso,
    words.kind_glyph,
    words.letters,
    words.named,
    words.offset,
    words.visible,
    waterfall.share,
):
    register.filter(_filter)
register.filter("kind", kind_name)
register.filter("status", status_name)


@register.simple_tag(takes_context=True)
def moment(context: Context, ns: int, digits: int = 3) -> SafeString:
    """`{% moment ns digits=0 %}`: a <time> in the zone of the page, which static/js/moments.js can show in another."""
    zone = context.get("zone")
    there = words.moment(ns, zone.info if zone else UTC, digits)
    return format_html(
        '<time datetime="{}" title="{}" data-digits="{}"><span class="day">{}</span> <span class="clock">{}</span>'
        ' <span class="offset">{}</span></time>',
        words.iso(ns), words.iso(ns), digits, there.day, there.clock, there.offset,
    )  # fmt: skip


@register.filter
def hexed(value: bytes) -> str:
    """`4f2a…c9`: lower-case digits, two a byte."""
    return value.hex()


@register.filter
def of(things: Mapping[bytes, Any], key: bytes) -> Any:
    """`shapes|of:trace_id`; None if there is none."""
    return things.get(key)

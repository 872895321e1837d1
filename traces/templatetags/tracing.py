"""What templates call: words and drawings."""

from django import template

from traces import waterfall, words
from traces.domain.span import SpanFlag, SpanOutline, kind_name, status_name

register = template.Library()

for _filter in (
    words.ago,
    words.count,
    words.duration,
    words.exact,
    words.iso,
    words.kind_glyph,
    words.letters,
    words.moment,
    words.named,
    words.offset,
    words.visible,
    waterfall.share,
):
    register.filter(_filter)
register.filter("kind", kind_name)
register.filter("status", status_name)


@register.filter
def hexed(value: bytes) -> str:
    """`4f2a…c9`: lower-case digits, two a byte."""
    return value.hex()


@register.filter
def has(span: SpanOutline, flag: str) -> bool:
    """Whether the span has the SpanFlag of that name."""
    return SpanFlag[flag] in span.flags

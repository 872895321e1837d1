"""Spans under their resources and scopes, as OTLP nests them."""

from collections.abc import Iterable

from traces.domain.span import Resource, Scope, Span

Scoped = list[tuple[Scope, list[Span]]]


def group_spans(spans: Iterable[Span]) -> list[tuple[Resource, Scoped]]:
    """Resources, in each its scopes, in each its spans, all in the order met; equal ones are one group."""
    resources: dict[str, tuple[Resource, dict[str, tuple[Scope, list[Span]]]]] = {}
    # What was stored together shares its objects: each is written out once only.
    texts: dict[int, str] = {}
    for span in spans:
        _, scopes = resources.setdefault(_text_of(span.resource, texts), (span.resource, {}))
        _, of_scope = scopes.setdefault(_text_of(span.scope, texts), (span.scope, []))
        of_scope.append(span)
    return [(resource, list(scopes.values())) for resource, scopes in resources.values()]


def _text_of(thing: Resource | Scope, texts: dict[int, str]) -> str:
    """Unlike `==`, it tells 1 from True and from 1.0."""
    text = texts.get(id(thing))
    if text is None:
        text = texts[id(thing)] = repr(thing)
    return text

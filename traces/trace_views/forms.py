"""The forms of JSON that a trace's spans are shown and downloaded in. Who knows one registers it, as views are."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from traces.api.otlp import encode_request
from traces.domain.attributes import Json
from traces.domain.span import Span

OTLP = "otlp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """`encode` makes of a span, as it was sent, what its readers take; `find_address` is where a whole trace is."""

    name: str
    title: Promise | str
    encode: Callable[[Span], Json]
    find_address: Callable[[bytes], str]


_forms: dict[str, Form] = {}


def register_form(form: Form) -> None:
    _forms[form.name] = form


def list_forms() -> list[Form]:
    """In the order of their registration, OTLP first."""
    return sorted(_forms.values(), key=lambda form: form.name != OTLP)


def choose_form(name: str) -> Form:
    """That of the name, or OTLP."""
    return _forms.get(name, _forms[OTLP])


def register_otlp() -> None:
    """The body of a request that would send the span, or all of the trace."""
    register_form(
        Form(
            name=OTLP,
            title="OTLP",
            encode=encode_request,
            find_address=lambda trace_id: f"/api/v1/traces/{trace_id.hex()}/otlp",
        )
    )

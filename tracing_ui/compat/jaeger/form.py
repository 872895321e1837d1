"""Jaeger's JSON among the forms that a trace's page shows."""

from traces.domain.attributes import Json
from traces.domain.span import Span
from traces.trace_views.forms import Form, register_form
from tracing_ui.compat.jaeger.model_json import Processes, encode_span, format_trace_id


def register_jaeger() -> None:
    register_form(
        Form(
            name="jaeger",
            title="Jaeger",
            encode=encode_alone,
            find_address=lambda trace_id: f"/jaeger/api/traces/{trace_id.hex()}",
        )
    )


def encode_alone(span: Span) -> Json:
    """A trace, as it stands in a list `data`, with this span and its process."""
    trace_id, processes = format_trace_id(span.trace_id), Processes()
    encoded = encode_span(span, trace_id, processes.name(span.resource))
    return {"traceID": trace_id, "spans": [encoded], "processes": processes.encode()}

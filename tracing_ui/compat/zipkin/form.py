"""Zipkin's JSON among the forms that a trace's page shows."""

from traces.trace_views.forms import Form, register_form
from tracing_ui.compat.zipkin.model_json import encode_span


def register_zipkin() -> None:
    register_form(
        Form(
            name="zipkin",
            title="Zipkin v2",
            encode=encode_span,
            find_address=lambda trace_id: f"/zipkin/api/v2/trace/{trace_id.hex()}?raw=true",
        )
    )

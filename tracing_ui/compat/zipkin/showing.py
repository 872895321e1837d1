"""Spans of a whole trace as Zipkin's API shows them: names in lower case, the halves of a call as such. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from traces.domain.columns import SpanColumns
from traces.domain.shared_ids import Ids
from traces.domain.span import Span, SpanKind
from tracing_ui.compat.zipkin.model_json import JsonObject, encode_span, format_trace_id
from tracing_ui.compat.zipkin.pieces import order_fields
from tracing_ui.compat.zipkin.remote import find_answering, list_remote_names

_CALLERS = (SpanKind.CLIENT.value, SpanKind.PRODUCER.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSpan:
    """`fields` are Zipkin's, `sent` is what they were made of. `remote_names` are those of the other end."""

    fields: JsonObject
    sent: Span
    remote_names: Collection[str]


@dataclass(frozen=True, kw_only=True)
class Showing:
    """Shows the spans of `columns`, which are all of a trace; `told` are the ids of those that share theirs."""

    columns: SpanColumns
    told: Mapping[int, Ids] = field(default_factory=dict)

    def show(self, index: int, span: Span) -> ShownSpan:
        fields = encode_span(self._place(index, span))
        fields["traceId"] = format_trace_id(self.columns.trace_id)
        if self._is_half(index) and span.kind not in _CALLERS:
            fields["shared"] = True
        if "name" in fields:
            fields["name"] = str(fields["name"]).lower()
        _lower_service(fields, "localEndpoint")
        remote = _endpoint(fields, "remoteEndpoint")
        names = self._list_remote_names(span, str(remote.get("serviceName", "")))
        if names:
            fields["remoteEndpoint"] = {**remote, "serviceName": names[0]}
        return ShownSpan(fields=order_fields(fields), sent=span, remote_names=names)

    def _place(self, index: int, span: Span) -> Span:
        """The called half of a call stands where the calling one does."""
        if any(span.parent_span_id) or not self._is_half(index):
            return span
        return replace(span, parent_span_id=self._parents_of_callers.get(span.span_id) or b"")

    def _is_half(self, index: int) -> bool:
        return index in self.told and self.told[index].is_half

    def _list_remote_names(self, span: Span, told: str) -> list[str]:
        answering = self._answering.get(span.span_id, ()) if span.kind in _CALLERS else ()
        return [name.lower() for name in list_remote_names(span.kind, span.attributes, told, answering)]

    @cached_property
    def _answering(self) -> Mapping[bytes, Sequence[str]]:
        return find_answering(self.columns)

    @cached_property
    def _parents_of_callers(self) -> Mapping[bytes, bytes | None]:
        """The parents of callers whose callees share their ids."""
        shared = {ids.parent_span_id for ids in self.told.values() if ids.is_half}
        columns = self.columns
        return {
            span_id: columns.parent_span_ids[index]
            for index, span_id in enumerate(columns.span_ids)
            if span_id in shared and not self._is_half(index)
        }


def _lower_service(fields: JsonObject, name: str) -> None:
    endpoint = _endpoint(fields, name)
    if "serviceName" in endpoint:
        fields[name] = {**endpoint, "serviceName": str(endpoint["serviceName"]).lower()}


def _endpoint(fields: JsonObject, name: str) -> JsonObject:
    found = fields.get(name)
    return found if isinstance(found, dict) else {}

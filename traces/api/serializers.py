"""The shapes of the answers, for the schema only: encode.py makes them, and tests/api holds the two together."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from traces.domain.clock import Clock
from traces.domain.marks import MAX_EVENTS
from traces.domain.pin import MAX_NOTE_CHARS
from traces.domain.query import ATTRIBUTE_PLACES


@extend_schema_field({"type": "string", "pattern": "^[0-9]+$"})
class NanosecondsField(serializers.CharField):
    """Integer nanoseconds as digits."""


@extend_schema_field({"type": "string", "pattern": "^-?[0-9]+$"})
class OffsetField(serializers.CharField):
    """Integer nanoseconds as digits, with a minus before those that are less than 0."""


@extend_schema_field({"type": "string", "pattern": "^([0-9a-f]{2})*$"})
class HexField(serializers.CharField):
    """Bytes in lower-case hex."""


@extend_schema_field(
    {"description": "As proto3 JSON writes it: bytes in base64, NaN and integers beyond 2^53 as text."}
)
class ValueField(serializers.JSONField):
    """An attribute's value."""


class AttributeSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    type = serializers.ChoiceField(["string", "bool", "int", "double", "bytes", "array", "kvlist", "empty"])
    value = ValueField()


class ServiceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    slot = serializers.IntegerField(help_text="The service's colour, for ever.")


class SummaryServiceSerializer(ServiceSerializer):
    span_count = serializers.IntegerField()


class ServiceShareSerializer(SummaryServiceSerializer):
    error_count = serializers.IntegerField()


class TraceSummarySerializer(serializers.Serializer[Any]):
    trace_id = HexField()
    start_ns = NanosecondsField()
    duration_ns = NanosecondsField()
    span_count = serializers.IntegerField()
    error_count = serializers.IntegerField()
    root_service = serializers.CharField(allow_null=True, help_text="Null while no span without a parent has arrived.")
    root_operation = serializers.CharField(allow_null=True)
    services = SummaryServiceSerializer(many=True)
    matched_span_ids = serializers.ListField(child=HexField(), help_text="Some of the spans that satisfy the search.")


class TotalSerializer(serializers.Serializer[Any]):
    value = serializers.IntegerField()
    is_exact = serializers.BooleanField(help_text="False: there are more.")


class TracePageSerializer(serializers.Serializer[Any]):
    traces = TraceSummarySerializer(many=True)
    total = TotalSerializer()
    next_cursor = serializers.CharField(allow_null=True)
    is_complete = serializers.BooleanField(help_text="False: the search met its time limit.")


class EventSerializer(serializers.Serializer[Any]):
    time_ns = NanosecondsField()
    name = serializers.CharField()
    attributes = AttributeSerializer(many=True)
    dropped_attributes_count = serializers.IntegerField()


class LinkSerializer(serializers.Serializer[Any]):
    trace_id = HexField()
    span_id = HexField()
    trace_state = serializers.CharField()
    flags = serializers.IntegerField()
    attributes = AttributeSerializer(many=True)
    dropped_attributes_count = serializers.IntegerField()


class ResourceSerializer(serializers.Serializer[Any]):
    attributes = AttributeSerializer(many=True)
    dropped_attributes_count = serializers.IntegerField()
    schema_url = serializers.CharField()


class ScopeSerializer(ResourceSerializer):
    name = serializers.CharField()
    version = serializers.CharField()


class SpanSerializer(serializers.Serializer[Any]):
    span_id = HexField()
    parent_span_id = HexField(allow_null=True)
    depth = serializers.IntegerField()
    child_count = serializers.IntegerField()
    is_missing_parent = serializers.BooleanField()
    service = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    status_message = serializers.CharField()
    start_ns = NanosecondsField(help_text="Where it is filed and drawn.")
    duration_ns = NanosecondsField()
    sent_start_ns = NanosecondsField(help_text="As its sender said.")
    sent_end_ns = NanosecondsField(help_text="As its sender said.")
    trace_state = serializers.CharField()
    flags = serializers.IntegerField()
    marks = serializers.ListField(
        child=serializers.ChoiceField(
            ["clock_implausible", "ends_before_start", "unfinished", "parent_is_remote", "clock_corrected"]
        )
    )
    cuts = serializers.ListField(child=serializers.CharField(), help_text="What this server had to change.")
    attributes = AttributeSerializer(many=True)
    events = EventSerializer(many=True)
    links = LinkSerializer(many=True)
    dropped_attributes_count = serializers.IntegerField()
    dropped_events_count = serializers.IntegerField()
    dropped_links_count = serializers.IntegerField()


class TraceSpanSerializer(SpanSerializer):
    resource_index = serializers.IntegerField(help_text="Its place in `resources`.")
    scope_index = serializers.IntegerField(help_text="Its place in `scopes`.")


class TraceVersionSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    span_count = serializers.IntegerField()


class WholeSpanSerializer(SpanSerializer):
    trace_id = HexField()
    resource = ResourceSerializer()
    scope = ScopeSerializer()


class ClockCorrectionSerializer(serializers.Serializer[Any]):
    service = serializers.CharField()
    span_count = serializers.IntegerField(help_text="How many of its spans move.")
    lowest_offset_ns = OffsetField(help_text="What is added to their starts, at least.")
    highest_offset_ns = OffsetField(help_text="What is added to their starts, at most.")
    is_measured = serializers.BooleanField(help_text="False: they only move with the spans above them.")


class TraceSerializer(serializers.Serializer[Any]):
    trace_id = HexField()
    start_ns = NanosecondsField()
    duration_ns = NanosecondsField()
    span_count = serializers.IntegerField()
    error_count = serializers.IntegerField()
    depth = serializers.IntegerField()
    missing_parent_count = serializers.IntegerField()
    root_service = serializers.CharField(allow_null=True)
    root_operation = serializers.CharField(allow_null=True)
    root_span_id = HexField(allow_null=True)
    services = ServiceShareSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    clock = serializers.ChoiceField([clock.value for clock in Clock], help_text="As asked for.")
    clock_corrections = ClockCorrectionSerializer(
        many=True, help_text="Made in `corrected` times, possible in `sent` ones."
    )
    first = serializers.IntegerField()
    next_first = serializers.IntegerField(allow_null=True, help_text="Ask with this `first` for the next rows.")
    resources = ResourceSerializer(many=True)
    scopes = ScopeSerializer(many=True)
    spans = TraceSpanSerializer(many=True, help_text="In the order of the waterfall.")


@extend_schema_field(
    {
        "type": "array",
        "maxItems": MAX_EVENTS,
        "items": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "items": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
        },
    }
)
class EventMarksField(serializers.ListField):
    """[nanoseconds from the start of the trace, whether it is an exception] of each event."""


class SpanMarksSerializer(serializers.Serializer[Any]):
    events = EventMarksField()
    links = serializers.IntegerField(help_text="How many links the span has.")


class MarksSerializer(serializers.Serializer[Any]):
    build = serializers.CharField(help_text="The build whose rows these are.")
    marks = serializers.DictField(
        child=SpanMarksSerializer(), help_text="By row; rows without events and links are not in it."
    )


class LinkSourceSerializer(serializers.Serializer[Any]):
    trace_id = HexField()
    span_id = HexField()
    is_known = serializers.BooleanField(help_text="False: the trace has just been deleted, and the rest is null.")
    root_service = serializers.CharField(allow_null=True)
    root_operation = serializers.CharField(allow_null=True)
    start_ns = NanosecondsField(allow_null=True)
    duration_ns = NanosecondsField(allow_null=True)
    span_count = serializers.IntegerField(allow_null=True)
    error_count = serializers.IntegerField(allow_null=True)


class InboundLinksSerializer(serializers.Serializer[Any]):
    build = serializers.CharField(help_text="The build whose rows these are.")
    # `from` is a word of Python's.
    links = inline_serializer(
        "InboundLink",
        {
            "span_id": HexField(help_text="The span that is linked to, as sent."),
            "row": serializers.IntegerField(allow_null=True, help_text="Its first row; null if it is not here."),
            "from": LinkSourceSerializer(help_text="The span that has the link, and its trace."),
        },
        many=True,
    )
    is_complete = serializers.BooleanField(help_text="False: there are more.")


class ServicesSerializer(serializers.Serializer[Any]):
    services = ServiceSerializer(many=True)


class OperationSerializer(serializers.Serializer[Any]):
    service = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()


class OperationsSerializer(serializers.Serializer[Any]):
    operations = OperationSerializer(many=True)


class AttributeKeySerializer(serializers.Serializer[Any]):
    place = serializers.ChoiceField([place.value for place in ATTRIBUTE_PLACES])
    key = serializers.CharField()


class AttributeKeysSerializer(serializers.Serializer[Any]):
    attributes = AttributeKeySerializer(many=True)


class ValueCountSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(["string", "bool", "int", "double", "bytes", "array", "kvlist", "empty"])
    value = ValueField()
    count = serializers.IntegerField()


class AttributeValuesSerializer(serializers.Serializer[Any]):
    values = ValueCountSerializer(many=True)


class PinSerializer(serializers.Serializer[Any]):
    trace_id = HexField()
    note = serializers.CharField(allow_blank=True)
    pinned_ns = NanosecondsField()


class NoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(allow_blank=True, required=False, max_length=MAX_NOTE_CHARS)


class ShelvedTraceSerializer(PinSerializer):
    trace = inline_serializer(
        "PinnedTraceFacts",
        {
            "start_ns": NanosecondsField(),
            "duration_ns": NanosecondsField(),
            "span_count": serializers.IntegerField(),
            "error_count": serializers.IntegerField(),
            "root_service": serializers.CharField(allow_null=True),
            "root_operation": serializers.CharField(allow_null=True),
        },
        allow_null=True,
    )


class ShelfSerializer(serializers.Serializer[Any]):
    pins = ShelvedTraceSerializer(many=True)
    pin_count = serializers.IntegerField(help_text="How many traces are pinned.")
    max_pins = serializers.IntegerField(help_text="How many may be: PINNED_TRACES_MAX.")


class ErrorDetailSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(
        [
            "invalid_query",
            "parse_error",
            "not_found",
            "method_not_allowed",
            "build_changed",
            "too_many_pins",
            "too_large",
            "unsupported_media_type",
            "internal",
            "unavailable",
        ]
    )
    message = serializers.CharField(help_text="A sentence.")
    field = serializers.CharField(allow_null=True, help_text="The parameter or the path in the body that is at fault.")


class ErrorSerializer(serializers.Serializer[Any]):
    error = ErrorDetailSerializer()

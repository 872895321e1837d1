from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Completeness(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPLETE: _ClassVar[Completeness]
    PARTIAL: _ClassVar[Completeness]
COMPLETE: Completeness
PARTIAL: Completeness

class TraceResponse(_message.Message):
    __slots__ = ("trace", "metrics", "status", "message")
    TRACE_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    trace: bytes
    metrics: TraceMetrics
    status: Completeness
    message: str
    def __init__(self, trace: _Optional[bytes] = ..., metrics: _Optional[_Union[TraceMetrics, _Mapping]] = ..., status: _Optional[_Union[Completeness, str]] = ..., message: _Optional[str] = ...) -> None: ...

class TraceMetrics(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SearchResponse(_message.Message):
    __slots__ = ("traces", "metrics")
    TRACES_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    traces: _containers.RepeatedCompositeFieldContainer[FoundTrace]
    metrics: SearchMetrics
    def __init__(self, traces: _Optional[_Iterable[_Union[FoundTrace, _Mapping]]] = ..., metrics: _Optional[_Union[SearchMetrics, _Mapping]] = ...) -> None: ...

class FoundTrace(_message.Message):
    __slots__ = ("trace_id", "root_service_name", "root_trace_name", "start_time_unix_nano", "duration_ms", "span_set", "span_sets", "service_stats")
    class ServiceStatsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: ServiceStats
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[ServiceStats, _Mapping]] = ...) -> None: ...
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    ROOT_SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOT_TRACE_NAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    SPAN_SET_FIELD_NUMBER: _ClassVar[int]
    SPAN_SETS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_STATS_FIELD_NUMBER: _ClassVar[int]
    trace_id: str
    root_service_name: str
    root_trace_name: str
    start_time_unix_nano: int
    duration_ms: int
    span_set: SpanSet
    span_sets: _containers.RepeatedCompositeFieldContainer[SpanSet]
    service_stats: _containers.MessageMap[str, ServiceStats]
    def __init__(self, trace_id: _Optional[str] = ..., root_service_name: _Optional[str] = ..., root_trace_name: _Optional[str] = ..., start_time_unix_nano: _Optional[int] = ..., duration_ms: _Optional[int] = ..., span_set: _Optional[_Union[SpanSet, _Mapping]] = ..., span_sets: _Optional[_Iterable[_Union[SpanSet, _Mapping]]] = ..., service_stats: _Optional[_Mapping[str, ServiceStats]] = ...) -> None: ...

class SpanSet(_message.Message):
    __slots__ = ("spans", "matched")
    SPANS_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    spans: _containers.RepeatedCompositeFieldContainer[FoundSpan]
    matched: int
    def __init__(self, spans: _Optional[_Iterable[_Union[FoundSpan, _Mapping]]] = ..., matched: _Optional[int] = ...) -> None: ...

class FoundSpan(_message.Message):
    __slots__ = ("span_id", "name", "start_time_unix_nano", "duration_nanos", "attributes")
    SPAN_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_UNIX_NANO_FIELD_NUMBER: _ClassVar[int]
    DURATION_NANOS_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    span_id: str
    name: str
    start_time_unix_nano: int
    duration_nanos: int
    attributes: _containers.RepeatedCompositeFieldContainer[KeyValue]
    def __init__(self, span_id: _Optional[str] = ..., name: _Optional[str] = ..., start_time_unix_nano: _Optional[int] = ..., duration_nanos: _Optional[int] = ..., attributes: _Optional[_Iterable[_Union[KeyValue, _Mapping]]] = ...) -> None: ...

class KeyValue(_message.Message):
    __slots__ = ("key", "value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: AnyValue
    def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AnyValue, _Mapping]] = ...) -> None: ...

class AnyValue(_message.Message):
    __slots__ = ("string_value", "bool_value", "int_value", "double_value", "array_value", "kvlist_value", "bytes_value")
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    BOOL_VALUE_FIELD_NUMBER: _ClassVar[int]
    INT_VALUE_FIELD_NUMBER: _ClassVar[int]
    DOUBLE_VALUE_FIELD_NUMBER: _ClassVar[int]
    ARRAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    KVLIST_VALUE_FIELD_NUMBER: _ClassVar[int]
    BYTES_VALUE_FIELD_NUMBER: _ClassVar[int]
    string_value: str
    bool_value: bool
    int_value: int
    double_value: float
    array_value: ArrayValue
    kvlist_value: KeyValueList
    bytes_value: bytes
    def __init__(self, string_value: _Optional[str] = ..., bool_value: _Optional[bool] = ..., int_value: _Optional[int] = ..., double_value: _Optional[float] = ..., array_value: _Optional[_Union[ArrayValue, _Mapping]] = ..., kvlist_value: _Optional[_Union[KeyValueList, _Mapping]] = ..., bytes_value: _Optional[bytes] = ...) -> None: ...

class ArrayValue(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[AnyValue]
    def __init__(self, values: _Optional[_Iterable[_Union[AnyValue, _Mapping]]] = ...) -> None: ...

class KeyValueList(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[KeyValue]
    def __init__(self, values: _Optional[_Iterable[_Union[KeyValue, _Mapping]]] = ...) -> None: ...

class ServiceStats(_message.Message):
    __slots__ = ("span_count", "error_count")
    SPAN_COUNT_FIELD_NUMBER: _ClassVar[int]
    ERROR_COUNT_FIELD_NUMBER: _ClassVar[int]
    span_count: int
    error_count: int
    def __init__(self, span_count: _Optional[int] = ..., error_count: _Optional[int] = ...) -> None: ...

class SearchMetrics(_message.Message):
    __slots__ = ("inspected_traces", "inspected_bytes", "total_blocks", "completed_jobs", "total_jobs")
    INSPECTED_TRACES_FIELD_NUMBER: _ClassVar[int]
    INSPECTED_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BLOCKS_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_JOBS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_JOBS_FIELD_NUMBER: _ClassVar[int]
    inspected_traces: int
    inspected_bytes: int
    total_blocks: int
    completed_jobs: int
    total_jobs: int
    def __init__(self, inspected_traces: _Optional[int] = ..., inspected_bytes: _Optional[int] = ..., total_blocks: _Optional[int] = ..., completed_jobs: _Optional[int] = ..., total_jobs: _Optional[int] = ...) -> None: ...

class TagNames(_message.Message):
    __slots__ = ("tag_names", "metrics")
    TAG_NAMES_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    tag_names: _containers.RepeatedScalarFieldContainer[str]
    metrics: MetadataMetrics
    def __init__(self, tag_names: _Optional[_Iterable[str]] = ..., metrics: _Optional[_Union[MetadataMetrics, _Mapping]] = ...) -> None: ...

class TagScopes(_message.Message):
    __slots__ = ("scopes", "metrics")
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    scopes: _containers.RepeatedCompositeFieldContainer[TagScope]
    metrics: MetadataMetrics
    def __init__(self, scopes: _Optional[_Iterable[_Union[TagScope, _Mapping]]] = ..., metrics: _Optional[_Union[MetadataMetrics, _Mapping]] = ...) -> None: ...

class TagScope(_message.Message):
    __slots__ = ("name", "tags")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    name: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ...) -> None: ...

class TagTexts(_message.Message):
    __slots__ = ("tag_values", "metrics")
    TAG_VALUES_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    tag_values: _containers.RepeatedScalarFieldContainer[str]
    metrics: MetadataMetrics
    def __init__(self, tag_values: _Optional[_Iterable[str]] = ..., metrics: _Optional[_Union[MetadataMetrics, _Mapping]] = ...) -> None: ...

class TagValues(_message.Message):
    __slots__ = ("tag_values", "metrics")
    TAG_VALUES_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    tag_values: _containers.RepeatedCompositeFieldContainer[TagValue]
    metrics: MetadataMetrics
    def __init__(self, tag_values: _Optional[_Iterable[_Union[TagValue, _Mapping]]] = ..., metrics: _Optional[_Union[MetadataMetrics, _Mapping]] = ...) -> None: ...

class TagValue(_message.Message):
    __slots__ = ("type", "value")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    type: str
    value: str
    def __init__(self, type: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class MetadataMetrics(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

"""What Jaeger's clients read of an answer, as strictly as Go's does: an unknown key, a null or a rate that is no whole
number is an error. The numbers of fields are those of sampling.proto in jaeger-idl.
"""

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE: Final = "sampling_client"
_MESSAGES: Final[dict[str, list[tuple[str, int, int, str]]]] = {
    "Probabilistic": [("samplingRate", 1, _FIELD.TYPE_DOUBLE, "")],
    "RateLimiting": [("maxTracesPerSecond", 1, _FIELD.TYPE_INT32, "")],
    "Operation": [
        ("operation", 1, _FIELD.TYPE_STRING, ""),
        ("probabilisticSampling", 2, _FIELD.TYPE_MESSAGE, "Probabilistic"),
    ],
    "PerOperation": [
        ("defaultSamplingProbability", 1, _FIELD.TYPE_DOUBLE, ""),
        ("defaultLowerBoundTracesPerSecond", 2, _FIELD.TYPE_DOUBLE, ""),
        ("perOperationStrategies", 3, _FIELD.TYPE_MESSAGE, "Operation"),
        ("defaultUpperBoundTracesPerSecond", 4, _FIELD.TYPE_DOUBLE, ""),
    ],
    "Response": [
        ("strategyType", 1, _FIELD.TYPE_ENUM, "Type"),
        ("probabilisticSampling", 2, _FIELD.TYPE_MESSAGE, "Probabilistic"),
        ("rateLimitingSampling", 3, _FIELD.TYPE_MESSAGE, "RateLimiting"),
        ("operationSampling", 4, _FIELD.TYPE_MESSAGE, "PerOperation"),
    ],
    "Parameters": [("serviceName", 1, _FIELD.TYPE_STRING, "")],
}


def _describe() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    kinds = file.enum_type.add(name="Type")
    for number, name in enumerate(("PROBABILISTIC", "RATE_LIMITING")):
        kinds.value.add(name=name, number=number)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, type_, of in fields:
            is_list = field == "perOperationStrategies"
            label = _FIELD.LABEL_REPEATED if is_list else _FIELD.LABEL_OPTIONAL
            added = message.field.add(name=field, json_name=field, number=number, label=label)
            added.type = type_  # type: ignore[assignment]
            if of:
                added.type_name = f".{_PACKAGE}.{of}"
    return file


_pool = descriptor_pool.DescriptorPool()
_pool.Add(_describe())
Response, Parameters = (
    message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
    for name in ("Response", "Parameters")
)


def read_json(body: bytes) -> Any:
    """The answer over HTTP, with its enum as a text. Raises json_format.ParseError as Go's client would refuse it."""
    if b"null" in body or b'"strategyType":"' not in body:
        raise json_format.ParseError(body.decode())
    return spell(json_format.Parse(body, Response()))


def read_proto(body: bytes) -> Any:
    """The answer over gRPC. Fields that clients do not know are an error, too."""
    answer = Response.FromString(body)
    before = answer.ByteSize()
    answer.DiscardUnknownFields()
    if answer.ByteSize() != before:
        raise json_format.ParseError("an unknown field")
    return spell(answer)


def spell(answer: Any) -> Any:
    """Numbers that are 0 are there, messages that were not sent are not."""
    return json_format.MessageToDict(answer, always_print_fields_with_no_presence=True)

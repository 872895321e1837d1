from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROBABILISTIC: _ClassVar[Kind]
    RATE_LIMITING: _ClassVar[Kind]
PROBABILISTIC: Kind
RATE_LIMITING: Kind

class Asked(_message.Message):
    __slots__ = ("service",)
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    service: bytes
    def __init__(self, service: _Optional[bytes] = ...) -> None: ...

class Probability(_message.Message):
    __slots__ = ("rate",)
    RATE_FIELD_NUMBER: _ClassVar[int]
    rate: float
    def __init__(self, rate: _Optional[float] = ...) -> None: ...

class Rate(_message.Message):
    __slots__ = ("traces_per_second",)
    TRACES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    traces_per_second: int
    def __init__(self, traces_per_second: _Optional[int] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("name", "probability")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    probability: Probability
    def __init__(self, name: _Optional[str] = ..., probability: _Optional[_Union[Probability, _Mapping]] = ...) -> None: ...

class Operations(_message.Message):
    __slots__ = ("default_probability", "lower_bound_per_second", "operations")
    DEFAULT_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    LOWER_BOUND_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    default_probability: float
    lower_bound_per_second: float
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    def __init__(self, default_probability: _Optional[float] = ..., lower_bound_per_second: _Optional[float] = ..., operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ...) -> None: ...

class Told(_message.Message):
    __slots__ = ("kind", "probability", "rate", "operations")
    KIND_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    kind: Kind
    probability: Probability
    rate: Rate
    operations: Operations
    def __init__(self, kind: _Optional[_Union[Kind, str]] = ..., probability: _Optional[_Union[Probability, _Mapping]] = ..., rate: _Optional[_Union[Rate, _Mapping]] = ..., operations: _Optional[_Union[Operations, _Mapping]] = ...) -> None: ...

"""What a service is told about sampling, as Jaeger's clients read it.

Go's refuses unknown keys and takes the first it finds of operationSampling, probabilisticSampling and
rateLimitingSampling; JavaScript's wants the kind as a text and limits no rate; Java's asks over gRPC. So a probability
stands beside exceptions, never beside a rate, and nothing is null.
"""

from typing import Final

import orjson

from services_map.domain.sampling.strategy import Strategy
from traces.wire import jaeger_sampling_pb2 as wire

_PROBABILISTIC: Final = "PROBABILISTIC"
_RATE_LIMITING: Final = "RATE_LIMITING"


def encode_json(told: Strategy) -> bytes:
    """The answer over HTTP."""
    if told.traces_per_second is not None:
        rate = {"maxTracesPerSecond": int(told.traces_per_second)}
        return orjson.dumps({"strategyType": _RATE_LIMITING, "rateLimitingSampling": rate})
    answer: dict[str, object] = {
        "strategyType": _PROBABILISTIC,
        "probabilisticSampling": {"samplingRate": told.probability},
    }
    if _has_exceptions(told):
        answer["operationSampling"] = {
            "defaultSamplingProbability": told.probability,
            "defaultLowerBoundTracesPerSecond": told.lower_bound_per_second,
            "perOperationStrategies": [
                {"operation": each.operation, "probabilisticSampling": {"samplingRate": each.probability}}
                for each in told.operations
            ],
            "defaultUpperBoundTracesPerSecond": 0.0,
        }
    return orjson.dumps(answer)


def encode_proto(told: Strategy) -> bytes:
    """The answer over gRPC."""
    if told.traces_per_second is not None:
        rate = wire.Rate(traces_per_second=int(told.traces_per_second))
        return wire.Told(kind=wire.RATE_LIMITING, rate=rate).SerializeToString()
    answer = wire.Told(kind=wire.PROBABILISTIC, probability=wire.Probability(rate=told.probability))
    if _has_exceptions(told):
        operations = [
            wire.Operation(name=each.operation, probability=wire.Probability(rate=each.probability))
            for each in told.operations
        ]
        answer.operations.CopyFrom(
            wire.Operations(
                default_probability=told.probability,
                lower_bound_per_second=told.lower_bound_per_second,
                operations=operations,
            )
        )
    return answer.SerializeToString()


def _has_exceptions(told: Strategy) -> bool:
    """What a client must know beside one probability: exceptions, or that something of each operation is to be sent."""
    return bool(told.operations) or told.lower_bound_per_second > 0

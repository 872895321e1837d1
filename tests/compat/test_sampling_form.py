"""What is told about sampling is what Jaeger's clients can read."""

import json
from typing import Any

import pytest
from google.protobuf import json_format

from services_map.domain.sampling.strategy import OperationDecision, Source, Strategy
from tests.compat.sampling_client import read_json, read_proto
from tracing_ui.compat.jaeger.sampling_form import encode_json, encode_proto


def strategy(
    probability: float = 0.5,
    rate: float | None = None,
    operations: dict[str, float] | None = None,
    lower_bound: float = 0.0,
) -> Strategy:
    return Strategy(
        service="shop",
        probability=probability,
        traces_per_second=rate,
        operations=tuple(
            OperationDecision(operation=name, probability=value, source=Source.RULE, reason="")
            for name, value in (operations or {}).items()
        ),
        lower_bound_per_second=lower_bound,
        source=Source.RULE,
        reason="",
    )


def exceptions(default: float, lower_bound: float, operations: dict[str, float]) -> dict[str, Any]:
    return {
        "defaultSamplingProbability": default,
        "defaultLowerBoundTracesPerSecond": lower_bound,
        "perOperationStrategies": [
            {"operation": name, "probabilisticSampling": {"samplingRate": value}} for name, value in operations.items()
        ],
        "defaultUpperBoundTracesPerSecond": 0.0,
    }


PROBABILISTIC = {"strategyType": "PROBABILISTIC"}
HOSTILE = {'"}],"x":[{"': 1.0, "</script>\u2028\n": 0.0, "": 1e-5, "🛒": 0.1 + 0.2}
CASES: list[tuple[Strategy, dict[str, Any]]] = [
    (strategy(0.0), {**PROBABILISTIC, "probabilisticSampling": {"samplingRate": 0.0}}),
    (strategy(1e-5), {**PROBABILISTIC, "probabilisticSampling": {"samplingRate": 1e-5}}),
    (strategy(0.001, rate=5.0), {"strategyType": "RATE_LIMITING", "rateLimitingSampling": {"maxTracesPerSecond": 5}}),
    (
        strategy(0.5, operations=HOSTILE),
        {
            **PROBABILISTIC,
            "probabilisticSampling": {"samplingRate": 0.5},
            "operationSampling": exceptions(0.5, 0.0, HOSTILE),
        },
    ),
    (
        strategy(1.0, lower_bound=1 / 60),
        {
            **PROBABILISTIC,
            "probabilisticSampling": {"samplingRate": 1.0},
            "operationSampling": exceptions(1.0, 1 / 60, {}),
        },
    ),
]


@pytest.mark.parametrize(("told", "expected"), CASES)
def test_clients_read_the_same_over_http_and_grpc(told: Strategy, expected: dict[str, Any]) -> None:
    assert read_json(encode_json(told)) == expected
    assert read_proto(encode_proto(told)) == expected
    # Nothing in it but what is meant, either.
    assert json.loads(encode_json(told)) == expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"strategyType":"PROBABILISTIC","reason":"because"}',
        b'{"strategyType":0,"probabilisticSampling":{"samplingRate":0.5}}',
        b'{"strategyType":"PROBABILISTIC","probabilisticSampling":null}',
        b'{"strategyType":"CONST"}',
        b'{"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":0.5}}',
    ],
)
def test_the_client_of_these_tests_is_as_strict_as_gos(body: bytes) -> None:
    with pytest.raises(json_format.ParseError):
        read_json(body)

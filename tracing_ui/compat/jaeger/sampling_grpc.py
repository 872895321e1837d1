"""Where Jaeger's clients ask over gRPC how much to sample: `jaeger.api_v2.SamplingManager/GetSamplingStrategy`."""

from typing import Final

import grpc
import structlog
from django.db import close_old_connections
from google.protobuf.message import DecodeError

from services_map.sampling.telling import tell
from traces.domain.errors import StoreUnavailable
from traces.storage.base import DEFAULT_PROJECT
from traces.wire import jaeger_sampling_pb2 as wire
from tracing_ui.compat.jaeger.sampling_form import encode_proto

log = structlog.get_logger(__name__)

SERVICE: Final = "jaeger.api_v2.SamplingManager"
METHOD: Final = "GetSamplingStrategy"
# A question is one name; the port takes messages of spans as well, which are far larger.
_MAX_REQUEST_BYTES: Final = 64 * 1024


def make_sampling_service() -> "grpc.GenericRpcHandler[bytes, bytes]":
    """For a server that takes bytes."""
    return grpc.method_handlers_generic_handler(SERVICE, {METHOD: grpc.unary_unary_rpc_method_handler(_answer)})


def _answer(body: bytes, context: grpc.ServicerContext) -> bytes:
    """What the service is told. A thread's database connection is as old as a request's may be."""
    if len(body) > _MAX_REQUEST_BYTES:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"A question has at most {_MAX_REQUEST_BYTES:,} bytes.")
    close_old_connections()
    try:
        service = wire.Asked.FromString(body).service.decode(errors="replace")
        return encode_proto(tell(DEFAULT_PROJECT, service))
    except DecodeError:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The request is not the message that this method takes.")
    except StoreUnavailable as problem:
        context.abort(grpc.StatusCode.UNAVAILABLE, f"collector error: {problem}")
    except Exception as problem:
        log.error("what to sample could not be said", exc_info=problem)
        context.abort(grpc.StatusCode.INTERNAL, "Something went wrong here. The server's log says what.")
    finally:
        close_old_connections()

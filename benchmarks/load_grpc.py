"""The load client for OTLP/gRPC: bodies pass as bytes, so that the client costs little more than gRPC itself."""

import threading
import time
from itertools import islice
from pathlib import Path

import grpc

from benchmarks.bodies import map_records
from benchmarks.load import RETRY_AFTER_SECONDS, Load, Tally

_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_MAX_RETRIES = 300


def send(load: Load) -> Tally:
    """Send everything over channels to the ports, with `connections` calls under way at once."""
    requests = iter(list(islice(map_records(Path(load.path), load.first), load.count)))
    lock, tally = threading.Lock(), Tally()

    def send_all(port: int) -> None:
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            export = channel.unary_unary(_METHOD, request_serializer=bytes, response_deserializer=bytes)
            while True:
                with lock:
                    request = next(requests, None)
                if request is None:
                    return
                _send(export, request, tally, lock)

    senders = [
        threading.Thread(target=send_all, args=(load.ports[n % len(load.ports)],)) for n in range(load.connections)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return tally


def _send(
    export: "grpc.UnaryUnaryMultiCallable[memoryview, bytes]",
    request: tuple[int, memoryview],
    tally: Tally,
    lock: threading.Lock,
) -> None:
    for _ in range(_MAX_RETRIES):
        sent_at = time.perf_counter()
        try:
            export(request[1])
        except grpc.RpcError as problem:
            with lock:
                tally.statuses[problem.code().name] += 1
            time.sleep(RETRY_AFTER_SECONDS)
        else:
            with lock:
                tally.statuses["OK"] += 1
                tally.accept(time.perf_counter() - sent_at, request[0])
            return
    raise SystemExit(f"a call was refused {_MAX_RETRIES} times: {dict(tally.statuses)}")

"""JSON over HTTP, with the standard library only."""

import json
import signal
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from shop.telemetry import calling, note_response, serving, start_tracing

Answer = tuple[int, dict[str, Any]]
Route = Callable[[dict[str, Any]], Answer]


def post(url: str, body: Mapping[str, Any]) -> Answer:
    """Call another service; the status and body of its answer."""
    headers = {"Content-Type": "application/json"}
    with calling("POST", url, headers) as span:
        status, answer = send(url, body, headers)
        note_response(span, status, fails_from=400)
        return status, answer


def send(url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    """One POST, without a span."""
    request = urllib.request.Request(url, json.dumps(body).encode(), dict(headers), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def serve(service: str, routes: Mapping[str, Route], options: "ServiceOptions") -> None:
    """Answer POST requests until SIGTERM, each in a span; then send the spans that are left."""
    provider = start_tracing(service, options.seed)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), make_handler(routes))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)
    provider.shutdown()


def make_handler(routes: Mapping[str, Route]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with serving("POST", self.path, self.headers, self.server.server_port) as span:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = routes[self.path](body)
                note_response(span, status, fails_from=500)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


class ServiceOptions:
    """What a service is told when it is started."""

    def __init__(self) -> None:
        parser = ArgumentParser()
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--seed", type=int)
        parser.add_argument("--next", default="", help="the address of the service that this one calls")
        given = parser.parse_args()
        self.port: int = given.port
        self.seed: int | None = given.seed
        self.next: str = given.next

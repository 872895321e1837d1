"""Where a service asks what to sample, as the visitor of a page knows this server."""

import shlex
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.http import urlencode

from traces.words import visible

#: As a literal of Go or JavaScript spells it.
_IN_QUOTES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def describe_asking(request: HttpRequest, service: str) -> dict[str, object]:
    """Addresses; empty where the port is closed. With the sampling port closed, the web port is asked."""
    host, port = split_domain_port(request.get_host())
    own = f"http://{host}:{port}" if port else f"{request.scheme}://{host}"
    base = f"http://{host}:{settings.SAMPLING_PORT}" if settings.SAMPLING_PORT else ""
    address = f"{base}/sampling" if base else f"{own}/api/sampling"
    name = visible(service or "my-service")
    return {
        "address": address,
        "base": base or f"{own}/api",
        "grpc_address": f"http://{host}:{settings.JAEGER_GRPC_PORT}" if settings.JAEGER_GRPC_PORT else "",
        "grpc_target": f"{host}:{settings.JAEGER_GRPC_PORT}" if settings.JAEGER_GRPC_PORT else "",
        "service": name.translate(_IN_QUOTES),
        "shell_service": shlex.quote(name),
        "shell_address": shlex.quote(f"{address}?{urlencode({'service': name})}"),
    }

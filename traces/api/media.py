"""How the API reads and writes JSON: always JSON, always valid, never without bounds."""

import json
import re
from collections.abc import Callable, Mapping
from typing import IO, Any, Literal

import orjson
from django.http.response import HttpResponseBase
from rest_framework.decorators import (  # type: ignore[attr-defined]  # content_negotiation_class: not in the stubs
    api_view,
    content_negotiation_class,
    parser_classes,
    renderer_classes,
)
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from traces.api.errors import BodyTooLarge

MAX_BODY_BYTES = 256 * 1024

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class JsonRenderer(JSONRenderer):
    """JSON in UTF-8. A lone surrogate, which UTF-8 cannot say, becomes U+FFFD."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        try:
            return orjson.dumps(data)
        except orjson.JSONEncodeError:
            text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            return _LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text).encode()


class JsonParser(JSONParser):
    """JSON of at most MAX_BODY_BYTES, without NaN and infinities."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge(f"A body has at most {MAX_BODY_BYTES:,} bytes.")
        try:
            parsed: dict[str, Any] = json.loads(body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise ParseError("The body is not JSON.") from None
        return parsed


class AlwaysJson(DefaultContentNegotiation):
    """There is one form of answer: `Accept` and `?format=` choose nothing."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


_Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def json_view(*methods: _Method) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """`@api_view` that reads and writes JSON by the rules of this module; what knows GET knows HEAD.

    A view may answer with something else than JSON; its errors are JSON all the same.
    """
    known: list[_Method] = [*methods, "HEAD"] if "GET" in methods else [*methods]

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        strict = parser_classes([JsonParser])(content_negotiation_class(AlwaysJson)(view))
        return api_view(known)(renderer_classes([JsonRenderer])(strict))

    return decorate


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON.")

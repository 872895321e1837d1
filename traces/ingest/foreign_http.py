"""The frame of a door that takes another protocol over HTTP: 202 after the commit, every error a line of plain text."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog
from django.http import HttpRequest, HttpResponse

from traces.domain.errors import PayloadRejected, PayloadTooLarge, StoreUnavailable
from traces.domain.refusal import RefusalKind
from traces.ingest import metrics
from traces.ingest.body import read_http_body
from traces.ingest.handing_on import hand_on_noting
from traces.ingest.memory import get_memory
from traces.ingest.parsing import turn_to_parse
from traces.ingest.refusals import note_refusal
from traces.ingest.result import Translated

log = structlog.get_logger(__name__)
Translate = Callable[[bytes], Translated]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDoor:
    """`name` is that of metrics and refusals. No `media_types` are all.

    Sentences begin with what the protocol's own server says before them: of a body that cannot be unpacked or read, and
    of spans that cannot be kept now.
    """

    name: str
    media_types: Collection[str] = ()
    allowed: str = "POST"
    not_gzip: str = ""
    unreadable: str = ""
    unavailable: str = ""

    def receive(self, request: HttpRequest, translate: Translate) -> HttpResponse:
        """Take the spans of one request, or say why not."""
        response = self._answer(request, translate)
        metrics.REQUESTS.labels(self.name, str(response.status_code)).inc()
        return response

    def _refuse(self, request: HttpRequest, kind: RefusalKind, status: int, sentence: str) -> HttpResponse:
        """A browser that looks is no refused sender."""
        if request.method not in ("GET", "HEAD"):
            note_refusal(self.name, kind, str(status), f"{request.method} {request.path}", sentence)
        return _say(sentence, status)

    def _answer(self, request: HttpRequest, translate: Translate) -> HttpResponse:
        if request.method != "POST":
            sentence = f"Spans are sent with POST, not with {request.method}."
            response = self._refuse(request, RefusalKind.METHOD, 405, sentence)
            response["Allow"] = self.allowed
            return response
        if self.media_types and request.content_type not in self.media_types:
            sent = (request.content_type or "none")[:60]
            sentence = f"Unsupported content type: {sent}. It is one of {', '.join(self.media_types)}."
            return self._refuse(request, RefusalKind.MEDIA_TYPE, 400, sentence)
        try:
            self._take(request, translate)
        except PayloadTooLarge as problem:
            return self._refuse(request, RefusalKind.SIZE, 413, f"{self.unreadable}{problem}")
        except PayloadRejected as problem:
            return self._refuse(request, RefusalKind.BODY, 400, f"{self.unreadable}{problem}")
        except StoreUnavailable as problem:
            return self._come_again(str(problem), problem.retry_after_seconds)
        except Exception:
            # A client drops the spans on a 500; after a 503 many send them again.
            log.exception("a request with spans failed", door=self.name)
            return self._come_again("The server failed. Send the spans again later.", 5)
        return HttpResponse(status=202)

    def _take(self, request: HttpRequest, translate: Translate) -> None:
        with get_memory().hold(0) as held:
            body = self._read(request, held.add)
            with turn_to_parse(body):
                translated = translate(body)
            hand_on_noting(translated, self.name, "202", f"POST {request.path}")

    def _read(self, request: HttpRequest, hold: Callable[[int], None]) -> bytes:
        try:
            return read_http_body(request, hold)
        except PayloadTooLarge:
            raise
        except PayloadRejected as problem:
            is_gzip = "gzip" in request.headers.get("Content-Encoding", "").lower()
            raise PayloadRejected(f"{self.not_gzip if is_gzip else ''}{problem}") from None

    def _come_again(self, sentence: str, retry_after_seconds: int) -> HttpResponse:
        response = _say(f"{self.unavailable}{sentence}", 503)
        response["Retry-After"] = str(retry_after_seconds)
        return response


def _say(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")

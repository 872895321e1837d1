"""The body of an HTTP request, read to its end and unpacked, within a limit at every step.

Chunked requests have no Content-Length: `wsgi.input` is read until it ends, because Django would see 0 bytes and the
spans would be lost. Decompression runs in small steps, so that a few kilobytes cannot become a gigabyte.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import zstandard
from django.conf import settings
from django.http import HttpRequest

from traces.domain.errors import PayloadRejected, PayloadTooLarge

_READ_BYTES = 64 * 1024
# A kilobyte of deflate unpacks to a megabyte at most.
_GZIP_STEP_BYTES = 16 * 1024
# One kilobyte of zstd unpacks to 32 MiB at most (a block of 128 KiB takes 4 bytes).
_ZSTD_STEP_BYTES = 1024
_ZSTD_MAX_WINDOW = 128 * 1024 * 1024
# Gzip members or zstd frames: block compressors make one for 64 KiB.
_MAX_PARTS = 10_000
Hold = Callable[[int], None]


class Stream(Protocol):
    """`wsgi.input`."""

    def read(self, size: int, /) -> bytes: ...


class _Unpacker(Protocol):
    """One gzip member or zstd frame."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def read_http_body(request: HttpRequest, hold: Hold) -> bytes:
    """The body of a request as `read_body` reads it, at most INGEST_MAX_BODY_BYTES long."""
    length = request.META.get("CONTENT_LENGTH") or ""
    return read_body(
        request.META["wsgi.input"],
        int(length) if length.isdecimal() else None,
        request.headers.get("Content-Encoding", ""),
        settings.INGEST_MAX_BODY_BYTES,
        hold,
    )


def read_body(stream: Stream, content_length: int | None, encoding: str, limit: int, hold: Hold) -> bytes:
    """The whole body, unpacked from `encoding`.

    `hold` is told of every byte kept in memory and may raise. Raises PayloadTooLarge beyond `limit` bytes, packed or
    unpacked, and PayloadRejected for an encoding that is not known, broken, or a body that ends early.
    """
    unpack = _UNPACKERS.get(encoding.strip().lower())
    if unpack is None:
        raise PayloadRejected(f"unsupported Content-Encoding: {encoding[:40]}")
    if content_length is not None and content_length > limit:
        raise _too_large(limit)
    packed = _collect(_read(stream), limit, hold)
    if content_length is not None and len(packed) < content_length:
        raise PayloadRejected(f"The body ended after {len(packed)} of {content_length} bytes.")
    if unpack is _plain or not packed:
        return packed
    try:
        return _collect(unpack(packed), limit, hold)
    except (zlib.error, zstandard.ZstdError, EOFError) as problem:
        raise PayloadRejected(f"The body is not valid {encoding}: {str(problem) or 'it ends early'}.") from None


def _read(stream: Stream) -> Iterator[bytes]:
    while chunk := stream.read(_READ_BYTES):
        yield chunk


def _collect(chunks: Iterator[bytes], limit: int, hold: Hold) -> bytes:
    kept, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        hold(len(chunk))
        kept.append(chunk)
    return b"".join(kept)


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {limit:,} bytes (INGEST_MAX_BODY_BYTES).")


def _plain(packed: bytes) -> Iterator[bytes]:
    yield packed


def _gunzip(packed: bytes) -> Iterator[bytes]:
    """One gzip member after the other, as concatenated files have."""
    return _unpack_parts(packed, lambda: zlib.decompressobj(wbits=31), _GZIP_STEP_BYTES)


def _deflate(packed: bytes) -> Iterator[bytes]:
    """`deflate` means the zlib format (RFC 9110 §8.4.1.2); some clients send the bare stream."""
    is_zlib = len(packed) >= 2 and packed[0] & 0x0F == 8 and int.from_bytes(packed[:2], "big") % 31 == 0
    stream = zlib.decompressobj(wbits=15 if is_zlib else -15)
    for step in _steps(packed, _GZIP_STEP_BYTES):
        yield stream.decompress(step)
    if not stream.eof:
        raise EOFError


def _unzstd(packed: bytes) -> Iterator[bytes]:
    """One frame after the other."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_MAX_WINDOW)
    return _unpack_parts(packed, decompressor.decompressobj, _ZSTD_STEP_BYTES)


def _unpack_parts(packed: bytes, new_part: Callable[[], _Unpacker], step_bytes: int) -> Iterator[bytes]:
    """Every part in small steps: what is left after one is looked at again by the next, so it must be little."""
    part, parts = new_part(), 1
    for step in _steps(packed, step_bytes):
        rest = step
        while rest:
            if part.eof:
                part, parts = new_part(), parts + 1
            if parts > _MAX_PARTS:
                raise PayloadRejected(f"The body has more than {_MAX_PARTS:,} parts.")
            yield part.decompress(rest)
            rest = part.unused_data
    if not part.eof:
        raise EOFError


def _steps(packed: bytes, size: int) -> Iterator[bytes]:
    return (packed[at : at + size] for at in range(0, len(packed), size))


_UNPACKERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "": _plain,
    "identity": _plain,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "zlib": _deflate,
    "zstd": _unzstd,
}

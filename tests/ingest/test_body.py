"""Bodies as they come over the wire: whole or in chunks, packed in every way, and lying about it."""

import gzip
import io
import random
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import zstandard

from traces.domain.errors import PayloadRejected, PayloadTooLarge, StoreUnavailable
from traces.ingest.body import read_body

MIB = 1024 * 1024
LIMIT = 4 * MIB
TEXT = b"a span, and another; " * 20_000
NOISE = random.Random(5).randbytes(300_000)
Pack = Callable[[bytes], bytes]


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def zstd_without_size(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_content_size=False).compress(data)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def in_two(pack: Pack) -> Pack:
    """Both halves packed on their own, one after the other."""
    return lambda data: pack(data[: len(data) // 2]) + pack(data[len(data) // 2 :])


PACKINGS: list[tuple[str, Pack]] = [
    ("", bytes),
    ("identity", bytes),
    ("gzip", gzip.compress),
    ("GZIP", gzip.compress),
    (" gzip ", gzip.compress),
    ("x-gzip", gzip.compress),
    ("gzip", in_two(gzip.compress)),
    ("deflate", zlib.compress),
    ("zlib", zlib.compress),
    ("deflate", raw_deflate),
    ("zstd", zstd),
    ("zstd", zstd_without_size),
    ("zstd", in_two(zstd)),
    ("zstd", in_two(zstd_without_size)),
]
TRUNCATABLE = [packing for packing in PACKINGS if packing[0] not in ("", "identity")]


class Trickle:
    """A stream that gives a few bytes a time, whatever is asked."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._pieces: Iterator[bytes] = iter([data[at : at + piece] for at in range(0, len(data), piece)])

    def read(self, size: int, /) -> bytes:
        return next(self._pieces, b"")


def read(packed: bytes, encoding: str = "", *, limit: int = LIMIT) -> bytes:
    return read_body(io.BytesIO(packed), len(packed), encoding, limit, lambda _: None)


@pytest.mark.parametrize("data", [b"", b"x", TEXT, NOISE], ids=["nothing", "a byte", "text", "noise"])
@pytest.mark.parametrize(("encoding", "pack"), PACKINGS)
def test_a_packed_body_comes_out_as_it_went_in(encoding: str, pack: Pack, data: bytes) -> None:
    assert read(pack(data), encoding) == data


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate", "zstd"])
def test_an_empty_body_is_empty_in_every_encoding(encoding: str) -> None:
    assert read(b"", encoding) == b""


@pytest.mark.parametrize("piece", [1, 7, 1_000_000])
@pytest.mark.parametrize(("encoding", "pack"), [("", bytes), ("gzip", gzip.compress), ("zstd", zstd)])
def test_a_chunked_body_is_read_to_its_end(encoding: str, pack: Pack, piece: int) -> None:
    data = TEXT[:5_000]

    assert read_body(Trickle(pack(data), piece), None, encoding, LIMIT, lambda _: None) == data


@pytest.mark.parametrize("data", [TEXT, NOISE], ids=["text", "noise"])
@pytest.mark.parametrize("missing", [1, 5, 40])
@pytest.mark.parametrize(("encoding", "pack"), TRUNCATABLE)
def test_a_packed_body_that_ends_early_is_rejected(encoding: str, pack: Pack, missing: int, data: bytes) -> None:
    with pytest.raises(PayloadRejected, match="The body is not valid") as caught:
        read(pack(data)[:-missing], encoding)

    assert not isinstance(caught.value, PayloadTooLarge)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@pytest.mark.parametrize("packed", [b"{}", b"\0", b"\x1f", b"\x28\xb5", b"\x0a\x05hello", NOISE[:100]])
def test_a_body_that_is_not_packed_as_it_says_is_rejected(encoding: str, packed: bytes) -> None:
    with pytest.raises(PayloadRejected, match=f"The body is not valid {encoding}: "):
        read(packed, encoding)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd)])
def test_junk_after_a_packed_body_is_rejected(encoding: str, pack: Pack) -> None:
    with pytest.raises(PayloadRejected, match=f"The body is not valid {encoding}: "):
        read(pack(TEXT) + b"junk that is no frame", encoding)


@pytest.mark.parametrize("encoding", ["br", "snappy", "gzip, gzip", "\u00e9", "x" * 1_000])
def test_an_unknown_encoding_is_rejected_before_a_byte_is_read(encoding: str) -> None:
    stream = io.BytesIO(TEXT)

    with pytest.raises(PayloadRejected) as caught:
        read_body(stream, len(TEXT), encoding, LIMIT, lambda _: None)

    assert str(caught.value) == f"unsupported Content-Encoding: {encoding[:40]}"
    assert stream.tell() == 0


@pytest.mark.parametrize(("encoding", "pack"), PACKINGS)
def test_the_limit_is_inclusive_and_holds_after_unpacking(encoding: str, pack: Pack) -> None:
    packed = pack(TEXT)

    assert read(packed, encoding, limit=len(TEXT)) == TEXT
    with pytest.raises(PayloadTooLarge, match=rf"larger than {len(TEXT) - 1:,} bytes \(INGEST_MAX_BODY_BYTES\)"):
        read(packed, encoding, limit=len(TEXT) - 1)


def test_a_packed_body_beyond_the_limit_is_too_large_whatever_is_in_it() -> None:
    with pytest.raises(PayloadTooLarge):
        read_body(io.BytesIO(NOISE), None, "gzip", len(NOISE) - 1, lambda _: None)


def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_read() -> None:
    stream = io.BytesIO(b"short")

    with pytest.raises(PayloadTooLarge):
        read_body(stream, LIMIT + 1, "", LIMIT, lambda _: None)
    assert stream.tell() == 0


def test_a_body_shorter_than_its_length_is_rejected() -> None:
    """The connection broke: half a batch must not be answered with success."""
    with pytest.raises(PayloadRejected, match=r"The body ended after 5 of 9 bytes\."):
        read_body(io.BytesIO(b"short"), 9, "", LIMIT, lambda _: None)


def test_memory_is_claimed_for_what_was_read_and_what_was_unpacked() -> None:
    held: list[int] = []
    packed = gzip.compress(TEXT)

    read_body(io.BytesIO(packed), None, "gzip", LIMIT, held.append)

    assert sum(held) == len(packed) + len(TEXT)


@pytest.mark.parametrize(("encoding", "pack"), [("", bytes), ("gzip", gzip.compress), ("zstd", zstd)])
def test_a_claim_that_is_refused_stops_the_reading(encoding: str, pack: Pack) -> None:
    stream = io.BytesIO(pack(NOISE))
    claimed = 0

    def hold(size: int) -> None:
        nonlocal claimed
        claimed += size
        if claimed > 100_000:
            raise StoreUnavailable("full")

    with pytest.raises(StoreUnavailable, match="full"):
        read_body(stream, None, encoding, LIMIT, hold)
    assert stream.tell() == 2 * 64 * 1024


@contextmanager
def memory_below(ceiling: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < ceiling


def zstd_bomb(size: int) -> bytes:
    """Blocks that say "one byte, 128 KiB times": 4 bytes each. No size in the header."""
    block = 128 * 1024
    blocks = [struct.pack("<I", block << 3 | 1 << 1)[:3] + b"\0" for _ in range(size // block)]
    blocks[-1] = bytes([blocks[-1][0] | 1]) + blocks[-1][1:]
    return struct.pack("<IBB", 0xFD2FB528, 0, 0x38) + b"".join(blocks)


def zstd_bomb_that_says_it_is_small(size: int) -> bytes:
    """The same with a content size of 1,000 in its header."""
    return struct.pack("<IBBH", 0xFD2FB528, 0x40, 0x38, 1_000 - 256) + zstd_bomb(size)[6:]


@pytest.mark.parametrize(
    ("encoding", "build", "packed_size"),
    [
        ("zstd", lambda: zstd_bomb(1024 * MIB), range(32_000, 34_000)),
        ("zstd", lambda: zstd(bytes(128 * MIB)), range(4_000, 25_000)),
        ("gzip", lambda: gzip.compress(bytes(128 * MIB)), range(100_000, 150_000)),
        ("gzip", lambda: gzip.compress(bytes(3 * MIB)) * 32, range(90_000, 150_000)),
        ("deflate", lambda: zlib.compress(bytes(128 * MIB)), range(100_000, 150_000)),
        ("deflate", lambda: raw_deflate(bytes(128 * MIB)), range(100_000, 150_000)),
    ],
    ids=["zstd of a gibibyte", "zstd", "gzip", "gzip in parts", "zlib", "deflate"],
)
def test_a_bomb_does_not_go_off(encoding: str, build: Callable[[], bytes], packed_size: range) -> None:
    bomb = build()
    assert len(bomb) in packed_size

    with memory_below(LIMIT + 70 * MIB), pytest.raises(PayloadTooLarge):
        read(bomb, encoding)


def test_a_frame_that_lies_about_its_size_is_rejected() -> None:
    with memory_below(LIMIT + 70 * MIB), pytest.raises(PayloadRejected):
        read(zstd_bomb_that_says_it_is_small(1024 * MIB), "zstd")


def test_a_frame_that_asks_for_a_window_of_gigabytes_is_rejected() -> None:
    frame = struct.pack("<IBB", 0xFD2FB528, 0, 0xA8) + b"\x09\0\0a"

    with pytest.raises(PayloadRejected, match="The body is not valid zstd"):
        read(frame, "zstd")


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd)])
def test_a_million_empty_frames_are_refused_at_once(encoding: str, pack: Pack) -> None:
    """Looking for the next frame in all that is left would take hours."""
    packed = pack(b"") * (8 * MIB // len(pack(b"")))
    started = time.monotonic()

    with pytest.raises(PayloadRejected, match="The body has more than 10,000 parts"):
        read(packed, encoding, limit=64 * MIB)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd)])
def test_a_body_in_thousands_of_parts_is_read(encoding: str, pack: Pack) -> None:
    """As block compressors write them, one part for 64 KiB."""
    parts = [random.Random(number).randbytes(200) for number in range(3_000)]

    assert read(b"".join(pack(part) for part in parts), encoding) == b"".join(parts)

"""What may be raised over a value of a file, which anybody can have written, and what is said of it then."""

from collections.abc import Iterator
from contextlib import contextmanager

from traces.domain.errors import PayloadRejected
from traces.ingest.json_fields import Unreadable
from traces.ingest.json_pieces import NotPlainJson, TooLargePiece

# A number beyond every type, half a surrogate pair where text is encoded, more lists in lists than there may be.
UNREADABLE = (PayloadRejected, ValueError, TypeError, OverflowError, RecursionError)
_SAY_WHY = (PayloadRejected, Unreadable, TooLargePiece)
_NO_JSON = "it is not JSON"
_IMPOSSIBLE = "it holds a value that cannot be kept: a number or text beyond what its type allows"


def say_why(problem: Exception) -> str:
    """A clause about one of UNREADABLE. Python's own words are for programmers, and may quote the whole value."""
    if isinstance(problem, _SAY_WHY):
        return str(problem)
    return _NO_JSON if isinstance(problem, NotPlainJson) else _IMPOSSIBLE


@contextmanager
def reading() -> Iterator[None]:
    """Raises Unreadable with its reason for whatever is wrong with a value."""
    try:
        yield
    except UNREADABLE as problem:
        raise Unreadable(say_why(problem)) from None

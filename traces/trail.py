"""What the line above a trace says: which search it was opened from, and whether it may still be arriving."""

from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse

from traces.domain.trace import Trace
from traces.forms import WORDS, SearchForm, read_search

# A link says so much of a search; a longer one is not carried along.
MAX_SEARCH_CHARS = 2_000
# The search that asks for nothing, said aloud: an empty parameter would be dropped from an address.
EVERYTHING = "lookback=1h"
# Exporters send every few seconds.
RECEIVING_NS = 30 * 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """`search` is the query string of the result page, without `?`; `address` leads there, to the trace's line."""

    search: str
    address: str


def name_results(form: SearchForm) -> str | None:
    """The search of a result page as `results=` says it in the address of a trace; None if it is too long for one."""
    search = form.address().removeprefix("?") or EVERYTHING
    return search if len(search) <= MAX_SEARCH_CHARS else None


def find_trail(data: QueryDict, trace_id: bytes, now_ns: int) -> Trail | None:
    """The search that `results=` of an address names, or None.

    It is read as a search and written anew: the address is ours whatever the parameter says.
    """
    named = data.get("results")
    if named is None or len(named) > MAX_SEARCH_CHARS or named.count("&") > len(WORDS):
        return None
    search = name_results(read_search(QueryDict(named), now_ns))
    if search is None:
        return None
    return Trail(search=search, address=f"{reverse('traces:search')}?{search}#t-{trace_id.hex()}")


def is_receiving(trace: Trace, now_ns: int) -> bool:
    """Whether the newest span ended so lately that others may follow. A clock that runs ahead does not count."""
    return 0 <= now_ns - (trace.start_ns + trace.duration_ns) < RECEIVING_NS

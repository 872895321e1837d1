"""Zipkin's search on our store.

The store finds traces with one span that satisfies one expression; Zipkin's conditions may hold on several. So the
store is asked for the clause that fewest traces satisfy, newest trace first, and what it finds is read and judged.
Where many are read in vain, the other clauses say which need not be.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from django.conf import settings

from traces import reading
from traces.domain.errors import TooBusy
from traces.domain.ids import list_halves, shorten
from traces.domain.query import MAX_LIMIT, And, Expression, Or, TracePage, TraceQuery, Window
from traces.domain.span import MAX_NS
from traces.storage.base import DEFAULT_PROJECT
from tracing_ui.compat.zipkin.catalogue import spell_names
from tracing_ui.compat.zipkin.clauses import Clause, bound_service, make_clauses
from tracing_ui.compat.zipkin.judging import Judge
from tracing_ui.compat.zipkin.query import ZipkinQuery

#: Zipkin has no limit; here it bounds an answer.
MAX_TRACES = 10_000
# Spans of a trace that start before it, or after the time that is searched, are looked for so far.
_SLACK_NS = 60 * 10**9
_LEAST_PAGE, _MOST_PAGE = 20, 500
# Clauses that are tried out, and traces that each is tried with.
_MOST_TRIED, _TRIED_TRACES = 4, 20
# After so many traces that do not match it is worth to ask for the other clauses, so many pages of each.
_READ_IN_VAIN = 50
_PAGES_A_CLAUSE = 2


def find(query: ZipkinQuery) -> list[bytes]:
    """The ids of the newest `limit` traces that satisfy the query, at most MAX_TRACES, newest first.

    Raises TooBusy where SEARCH_TIMEOUT_SECONDS were too few to know which those are.
    """
    start_ns, end_ns = max(0, query.start_ns - _SLACK_NS), min(MAX_NS, query.end_ns + _SLACK_NS)
    spelled = spell_names(query)
    if start_ns >= end_ns or (query.service is not None and not spelled.services):
        return []
    clauses = make_clauses(query, spelled)
    of_service: Expression = And() if query.service is None else bound_service(spelled.services)
    check_time = _limit_time()
    search = _Search(query, Judge(query, clauses, check_time), Window(start_ns=start_ns, end_ns=end_ns), check_time)
    return _join(search.run(_bound(clauses, of_service), sum(clause.is_cheap for clause in clauses)))


def _bound(clauses: Sequence[Clause], of_service: Expression) -> list[Expression]:
    """What the store is to look for, one for each clause, those first that it finds quickly; at least one."""
    ordered = sorted(clauses, key=lambda clause: not clause.is_cheap)
    return [Or((And((of_service, clause.bound)), clause.elsewhere)) for clause in ordered] or [of_service]


def _limit_time() -> Callable[[], None]:
    seconds = settings.SEARCH_TIMEOUT_SECONDS
    deadline = time.monotonic() + seconds

    def check_time() -> None:
        if time.monotonic() > deadline:
            raise TooBusy(f"the search took longer than {seconds:g} seconds (SEARCH_TIMEOUT_SECONDS): narrow it")

    return check_time


class _Search:
    def __init__(self, query: ZipkinQuery, judge: Judge, window: Window, check_time: Callable[[], None]) -> None:
        self.limit = min(query.limit, MAX_TRACES)
        self.judge = judge
        self.window = window
        self.check_time = check_time

    def run(self, bounds: Sequence[Expression], cheap: int) -> list[bytes]:
        """The traces that match; the first `cheap` of the bounds may be tried out."""
        where = self._choose(bounds[:cheap]) if cheap > 1 else bounds[0]
        others = [bound for bound in bounds if bound is not where]
        among: list[Collection[bytes]] | None = None
        found: list[bytes] = []
        in_vain = 0
        asked = self._ask_for(where, min(max(2 * self.limit, _LEAST_PAGE), _MOST_PAGE))
        while True:
            page = self._search(asked)
            for summary in page.traces:
                self.check_time()
                if not self.judge.may_start_in_time(summary):
                    continue
                if in_vain == _READ_IN_VAIN and among is None:
                    among = self._list_traces(others)
                if among and not all(shorten(summary.trace_id) in ids for ids in among):
                    continue
                if self.judge.matches(summary):
                    found.append(summary.trace_id)
                    if len(found) == self.limit:
                        return found
                else:
                    in_vain += 1
            if page.next_cursor is None or not page.traces or page.traces[-1].start_ns < self.window.start_ns:
                return found
            asked = replace(asked.next_page(page.next_cursor), limit=_MOST_PAGE)

    def _ask_for(self, where: Expression, limit: int) -> TraceQuery:
        return TraceQuery(window=self.window, where=where, limit=limit)

    def _search(self, asked: TraceQuery) -> TracePage:
        page = reading.search(DEFAULT_PROJECT, asked)
        if not page.is_complete:
            raise TooBusy("the search did not end in time (SEARCH_TIMEOUT_SECONDS): narrow it")
        self.check_time()
        return page

    def _choose(self, bounds: Sequence[Expression]) -> Expression:
        """The bound that fewest of the newest traces satisfy: so many of these reach back furthest."""
        return min(bounds[:_MOST_TRIED], key=self._reach_back)

    def _reach_back(self, bound: Expression) -> int:
        page = self._search(self._ask_for(bound, _TRIED_TRACES))
        return page.traces[-1].start_ns if page.next_cursor and page.traces else -1

    def _list_traces(self, bounds: Sequence[Expression]) -> list[Collection[bytes]]:
        """For each bound that few traces satisfy, those: shortened, because a trace may have ids of two kinds."""
        listed = (self._list_traces_of(bound) for bound in bounds[:_MOST_TRIED])
        return [ids for ids in listed if ids is not None]

    def _list_traces_of(self, bound: Expression) -> Collection[bytes] | None:
        asked = self._ask_for(bound, MAX_LIMIT)
        found: set[bytes] = set()
        for _ in range(_PAGES_A_CLAUSE):
            page = self._search(asked)
            found |= {shorten(summary.trace_id) for summary in page.traces}
            if page.next_cursor is None:
                return found
            asked = asked.next_page(page.next_cursor)
        return None


def _join(found: list[bytes]) -> list[bytes]:
    """Without traces of 64-bit ids that stand there under their 128-bit ids, too."""
    halves = list_halves(found)
    return [trace_id for trace_id in found if trace_id not in halves]

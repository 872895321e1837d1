"""The text of a query becomes its tree."""

from traces.domain.traceql.conditions import parse_filter
from traces.domain.traceql.cursor import Cursor
from traces.domain.traceql.errors import NotEvaluatedYet, TraceQLError
from traces.domain.traceql.lexer import Token
from traces.domain.traceql.query_tree import Query
from traces.domain.traceql.tree import Filter


def parse(text: str) -> Query:
    """The tree of a query. Raises TraceQLError: the first thing that is wrong."""
    cursor = Cursor(text)
    if cursor.peek().token is Token.END:
        raise TraceQLError("The query is empty.", cursor.peek().at, "{ }")
    if not cursor.is_at("{"):
        raise TraceQLError("A query begins with { }.", cursor.peek().at, "{ }")
    body, _ = parse_filter(cursor)
    if cursor.peek().token is not Token.END:
        raise TraceQLError(f'Nothing can follow here, and "{cursor.peek().text}" does.', cursor.peek().at)
    return Query(body)


def find_first_unserved(query: Query) -> str | None:
    """The first part of the query, as it is written, that is not evaluated yet."""
    return None if isinstance(query.body, Filter) else "this"


def get_filter(query: Query) -> Filter:
    """The one filter that the query is. Raises NotEvaluatedYet if it is more."""
    if isinstance(query.body, Filter):
        return query.body
    raise NotEvaluatedYet(find_first_unserved(query) or "query")

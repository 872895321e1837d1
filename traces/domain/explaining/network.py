"""Time on the critical path that a client waited while its server did not work at the request: network, or a queue."""

from traces.domain.explaining.by_row import ByRow
from traces.domain.explaining.findings import Finding, Rule
from traces.domain.explaining.main_path import MainPath

LEAST_SHARE = 0.2
LEAST_NS = 5_000_000


def find(spans: ByRow, path: MainPath) -> list[Finding]:
    """One a client operation: its own time on the path, where all it has below it is a server in another service.

    All its calls together make LEAST_SHARE of the root's time and LEAST_NS. `gap_ns` is that time, `calls` how many;
    `row` is the call that lost most, `server` the row of its server. A server that goes on after its client gave up
    says nothing of the network.
    """
    found = []
    own_ns = spans.trace.critical_path.own_ns
    for each in path.operations:
        if path.share(each.own_ns) < LEAST_SHARE:
            break
        rows = [
            row
            for row in each.rows
            if (server := spans.find_server(row)) is not None and spans.ends_ns[server] <= spans.ends_ns[row]
        ]
        gap_ns = sum(map(own_ns.__getitem__, rows))
        if gap_ns < LEAST_NS or path.share(gap_ns) < LEAST_SHARE:
            continue
        row = max(rows, key=own_ns.__getitem__)
        found.append(
            Finding(
                rule=Rule.NETWORK,
                row=row,
                rows=rows,
                weight=0.75 * path.share(gap_ns),
                numbers={"gap_ns": gap_ns, "calls": len(rows), "server": spans.callees[row]},
            )
        )
    return found

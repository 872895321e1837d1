"""When a duration is unusual."""

from traces.domain.usual import Usual

# Below, no interval of a 95th percentile is closed: it may be anything.
FEWEST_SPANS = 72


def is_unusual(usual: Usual | None, duration_ns: float) -> bool:
    """Longer than 19 of 20; never where fewer than FEWEST_SPANS are known."""
    if usual is None or usual.span_count < FEWEST_SPANS:
        return False
    p95_ns = usual.find_percentile_ns(0.95)
    return p95_ns is not None and duration_ns > p95_ns


def is_short(usual: Usual | None, duration_ns: int) -> bool:
    """Shorter than 19 of 20; never where fewer than FEWEST_SPANS are known."""
    return usual is not None and usual.span_count >= FEWEST_SPANS and usual.rank(duration_ns) < 0.05


def list_usual_numbers(usual: Usual | None) -> dict[str, int]:
    """`usual_ns` is the median, `usual_p95_ns` what 19 of 20 do not exceed; nothing where too little is known."""
    if usual is None or usual.span_count < FEWEST_SPANS:
        return {}
    p50_ns, p95_ns = usual.find_percentile_ns(0.5), usual.find_percentile_ns(0.95)
    if p50_ns is None or p95_ns is None:
        return {}
    return {"usual_ns": round(p50_ns), "usual_p95_ns": round(p95_ns), "usual_count": usual.span_count}

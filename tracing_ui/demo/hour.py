"""The whole hour: what visitors did, what became of their orders, and the incidents."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tracing_ui.demo import broken, large, pages, trouble
from tracing_ui.demo.calls import Call
from tracing_ui.demo.orders import check_out, pick_orders, send_mail, sent_by
from tracing_ui.demo.world import World

TRACES = 2_000
BATCH_SPANS = 50_000
_ORDERS_A_PICK = 8
# Page and how often it is asked for.
_PAGES: tuple[tuple[Callable[[World], Call], int], ...] = (
    (pages.view_product, 34),
    (pages.view_home, 16),
    (pages.search_products, 16),
    (pages.view_cart, 13),
    (pages.add_to_cart, 10),
    (pages.log_in, 5),
)
_CHECKOUTS_IN_100 = 7


@dataclass(frozen=True, slots=True)
class Incident:
    """Something to be found: `name` is the value of `demo.incident` on the roots of its traces."""

    name: str
    title: str
    tell: Callable[[World], None]


def list_incidents(batch_spans: int = BATCH_SPANS) -> tuple[Incident, ...]:
    """All incidents, in the order in which docs/demo.md explains them."""
    return (
        Incident("n-plus-one", "N+1 queries", trouble.tell_n_plus_one),
        Incident("retry-storm", "A retry storm", trouble.tell_retry_storm),
        Incident("slow-database", "Waiting for a lock", trouble.tell_slow_database),
        Incident("slow-deploy", "A deploy that got slower", trouble.tell_slow_deploy),
        Incident("client-timeout", "The client gives up, the server goes on", trouble.tell_client_timeouts),
        Incident("exceptions", "Exceptions in four languages", trouble.tell_exceptions),
        Incident("cache-stampede", "A cache stampede", trouble.tell_cache_stampede),
        Incident("fraud-check", "A timeline of events", large.tell_fraud_check),
        Incident("order-events", "Links: an order and its mail", broken.tell_async_orders),
        Incident("warehouse-batch", "Links: a batch of 20 orders", broken.tell_warehouse_batches),
        Incident("missing-parents", "Missing parents", broken.tell_missing_parents),
        Incident("clock-skew", "Clock skew", broken.tell_clock_skew),
        Incident("unfinished", "Spans without an end", broken.tell_unfinished),
        Incident("several-roots", "Several roots", broken.tell_several_roots),
        Incident("assistant", "A language model and its tools", large.tell_conversations),
        Incident("long-values", "Long values", large.tell_long_values),
        Incident(
            "nightly-batch",
            f"A nightly batch of {batch_spans:,} spans",
            partial(large.tell_nightly_batch, span_count=batch_spans),
        ),
    )


def tell_hour(seed: int, now_ns: int, traces: int = TRACES, batch_spans: int = BATCH_SPANS) -> World:
    """The world after its hour: about `traces` traces, of which the incidents are always all there."""
    world = World(seed, now_ns)
    for incident in list_incidents(batch_spans):
        incident.tell(world)
    # Every order brings a mail, and some together a pick of the warehouse.
    visits = (traces - world.trace_count) * 100 // (101 + _CHECKOUTS_IN_100)
    _tell_visits(world, max(0, visits))
    return world


def _tell_visits(world: World, count: int) -> None:
    choices = [page for page, weight in _PAGES for _ in range(weight)]
    waiting: list[Call] = []
    for started_ns in world.moments(count):
        world.moment_ns = started_ns
        if not world.chance(_CHECKOUTS_IN_100 / 100):
            world.tell(world.pick(choices)(world), started_ns)
            continue
        for root, at_ns in _check_out(world, started_ns, waiting):
            world.tell(root, at_ns)


def _check_out(world: World, started_ns: int, waiting: list[Call]) -> Iterator[tuple[Call, int]]:
    """An order and what follows from it; each is told before the next is made, which may link to it."""
    root = check_out(world, is_declined=world.chance(0.04))
    yield root, started_ns
    sent = sent_by(root)
    if sent is None:
        return
    waiting.append(sent)
    yield send_mail(world, sent)
    if len(waiting) >= _ORDERS_A_PICK:
        yield pick_orders(world, list(waiting)), sent.end_ns + 2 * 10**9
        waiting.clear()

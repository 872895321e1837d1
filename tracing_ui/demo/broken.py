"""Traces as they come from real systems: with gaps, wrong clocks, no end, more than one beginning."""

from tracing_ui.demo.calls import Call, Kind, Moment
from tracing_ui.demo.fleet import SERVICES
from tracing_ui.demo.orders import check_out, pick_orders, send_mail, sent_by
from tracing_ui.demo.pages import view_home, view_product
from tracing_ui.demo.protocols import fetch
from tracing_ui.demo.world import World, tags


def _all_calls(root: Call) -> list[Call]:
    found = [root]
    for call in found:
        found.extend(call.calls)
    return found


def tell_missing_parents(world: World) -> None:
    """A pod of the gateway was killed for want of memory before it could export: its spans never came."""
    for _ in range(8):
        root = view_product(world)
        for call in _all_calls(root):
            call.is_lost = call.service == "api-gateway"
        world.tell(root, world.at(25 + 2 * world.random.random()), "missing-parents")


def tell_clock_skew(world: World) -> None:
    """One host of shipping runs 180 ms ahead, one of currency 180 ms behind: their spans stick out of their callers."""
    for index in range(6):
        root = check_out(world)
        for call in _all_calls(root):
            service = SERVICES[call.service]
            call.pod = service.pods if service.clock_offset_ms else None
        world.tell(root, world.at(4 + 9 * index), "clock-skew")


def tell_unfinished(world: World) -> None:
    """A warehouse worker was killed in the middle: what it had begun was exported without an end."""
    sent = [call for call in (_order_placed(world, 16.0 + index / 10) for index in range(6)) if call]
    root = pick_orders(world, sent)
    root.never_ends = True
    write = root.calls[-2]
    write.never_ends = True
    write.events.append(Moment(at=0.4, name="SIGTERM received", attributes=tags(process__signal="SIGTERM")))
    root.calls.pop()
    world.tell(root, world.at(13), "unfinished")


def tell_async_orders(world: World) -> None:
    """An order, the mail about it and the warehouse that picks it: three traces, joined by links."""
    for index in range(3):
        placed = check_out(world)
        world.tell(placed, world.at(9 + 12 * index), "order-events")
        sent = sent_by(placed)
        if sent:
            mail, started = send_mail(world, sent)
            world.tell(mail, started, "order-events")


def tell_warehouse_batches(world: World) -> None:
    """The warehouse takes 5 to 20 orders at once: one span links to the event of each."""
    for index, count in enumerate((20, 5, 12)):
        minutes_ago = 50 - 15 * index
        sent = [call for call in (_order_placed(world, minutes_ago + 1 + n / 30) for n in range(count)) if call]
        world.tell(pick_orders(world, sent), world.at(minutes_ago), "warehouse-batch")


def _order_placed(world: World, minutes_ago: float) -> Call | None:
    root = check_out(world)
    world.tell(root, world.at(minutes_ago))
    return sent_by(root)


def tell_several_roots(world: World) -> None:
    """A browser gives its page load and the beacons of that page one trace, and nobody is the parent of all."""
    for index in range(4):
        page = view_home(world)
        document = fetch(world, "browser", page)
        document.name, document.library = "documentFetch", "app"
        load = Call(
            service="browser", name="documentLoad", own_ms=world.ms(420), calls=[document], pod=index % 3,
            attributes=tags(url__full="https://shop.example/", browser__navigation="navigate"),
            events=[
                Moment(at=at, name=name)
                for at, name in (
                    (0.0, "fetchStart"), (0.35, "domInteractive"), (0.5, "firstContentfulPaint"),
                    (0.62, "domContentLoadedEventEnd"), (0.97, "domComplete"), (0.99, "loadEventEnd"),
                )
            ],
        )  # fmt: skip
        vitals = Call(
            service="browser", name="web vitals", own_ms=1.2, waits_ms=800.0, has_no_parent=True, is_detached=True,
            attributes=tags(web_vital__lcp_ms=world.ms(1_400), web_vital__cls=0.04, web_vital__inp_ms=world.ms(90)),
        )  # fmt: skip
        beacon = Call(
            service="storefront", name="POST /beacon", kind=Kind.SERVER, library="http", own_ms=world.ms(3),
            waits_ms=950.0, has_no_parent=True, is_detached=True, attributes=tags(http__route="/beacon"),
            trace_state="rum=sampled:1,shop=b7ad6b7169203331",
        )  # fmt: skip
        load.calls += [vitals, beacon]
        world.tell(load, world.at(7 + 13 * index), "several-roots")

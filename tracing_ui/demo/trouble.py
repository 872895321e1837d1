"""Incidents with a cause that a developer looks for: queries, retries, locks, exceptions, a deploy, timeouts."""

from tracing_ui.demo import stack_traces, statements
from tracing_ui.demo.calls import MS, Call, Moment
from tracing_ui.demo.fleet import DEPLOYED_MINUTES_AGO
from tracing_ui.demo.orders import charge, check_out, reserve_stock
from tracing_ui.demo.pages import behind_gateway, sku, view_cart, view_product
from tracing_ui.demo.protocols import ask_database, ask_redis, exception, fetch, serve, visit
from tracing_ui.demo.world import World, tags


def tell_n_plus_one(world: World) -> None:
    """The catalogue asks for each item of a cart on its own: 12 to 47 statements where one would do."""
    for items in (47, 12, *(world.number(13, 46) for _ in range(10))):
        reads = [
            ask_database("catalog", "SELECT product", statements.PRODUCT, world.ms(3.2, 0.4), rows=1)
            for _ in range(items)
        ]
        world.tell(view_cart(world, items, reads), world.at(world.number(3, 55)), "n-plus-one")


def tell_retry_storm(world: World) -> None:
    """A carrier's API is down for three minutes: shipping answers 503, 503, then 200, and checkout backs off."""
    for _ in range(25):
        started = world.at(38 + 3 * world.random.random())
        world.tell(check_out(world, shipping=_quote_shipping_with_retries(world)), started, "retry-storm")


def _quote_shipping_with_retries(world: World) -> Call:
    attempts = []
    for attempt, status in enumerate((503, 503, 200)):
        server = serve(
            world, "shipping", "POST", "/quotes", own_ms=world.ms(35 if status == 503 else 16), status=status,
            attributes=tags(shipping__carrier="ParcelFox", shipping__breaker="open" if status == 503 else "half-open"),
        )  # fmt: skip
        if status == 503:
            message = "carrier api.parcelfox.example: connection refused (os error 111)"
            server.events.append(Moment(at=0.9, name="exception", attributes={
                "exception.type": "shipping::carrier::Unavailable", "exception.message": message,
            }))  # fmt: skip
        client = fetch(world, "checkout", server, waits_ms=world.ms(200 * 2**attempt, 0.1) if attempt else 0.0)
        if attempt:
            client.attributes["http.request.resend_count"] = attempt
        attempts.append(client)
    retries = [
        Moment(at=at, name="retry scheduled", attributes=tags(retry__attempt=number, retry__backoff_ms=200 * 2**number))
        for number, at in ((1, 0.08), (2, 0.42))
    ]
    return Call(service="checkout", name="quote shipping", own_ms=world.ms(1), calls=attempts, events=retries)


def tell_slow_database(world: World) -> None:
    """A migration holds a lock on the stock table for a minute; whoever orders meanwhile waits for it, or gives up."""
    began_ns, held_ms = world.at(48), 58_000.0
    alter = ask_database(
        "inventory", "ALTER TABLE stock", statements.ADD_COLUMN, held_ms,
        attributes=tags(db__collection__name="stock", db__lock__mode="AccessExclusiveLock"),
        events=[Moment(at=0.01, name="lock acquired", attributes=tags(db__lock__mode="AccessExclusiveLock"))],
    )  # fmt: skip
    migration = Call(
        service="inventory", name="migrate 0042_bin_location", own_ms=900.0, calls=[alter],
        attributes=tags(app__migration__name="0042_bin_location", app__job="deploy-inventory-2.6.1"),
    )  # fmt: skip
    for order in reversed(range(11)):
        waited_ms = 4_000.0 + 1_000 * order
        wait = tags(db__lock__wait_ms=int(waited_ms), db__lock__relation="stock", db__lock__blocking_pid=7_411)
        update = ask_database(
            "inventory", "UPDATE stock", statements.RESERVE, waited_ms + world.ms(4), rows=1, attributes=wait,
            events=[Moment(at=0.002, name="waiting for lock"), Moment(at=0.997, name="lock acquired")],
        )  # fmt: skip
        if waited_ms >= 13_000:
            _time_out(update)
        # Whoever does not give up goes on when the migration is done.
        started_ns = began_ns + int((held_ms - waited_ms) * MS) + 330 * MS
        world.tell(check_out(world, reserve=reserve_stock(world, update)), started_ns, "slow-database")
    world.tell(migration, began_ns, "slow-database")


def _time_out(update: Call) -> None:
    message = "canceling statement due to lock timeout"
    update.attributes.pop("db.response.returned_rows")
    update.fail(message, error__type="psycopg.errors.LockNotAvailable", db__response__status_code="55P03")
    update.events[-1] = exception(0.999, "psycopg.errors.LockNotAvailable", message, stack_traces.PYTHON_LOCK)


def tell_exceptions(world: World) -> None:
    """Bugs in four languages, each with the stack trace that its runtime prints."""
    for make in (_panic_in_go, _decline_in_java, _raise_in_python, _throw_in_javascript):
        for _ in range(4):
            world.tell(make(world), world.at(2 + 55 * world.random.random()), "exceptions")


def _panic_in_go(world: World) -> Call:
    message = "runtime error: invalid memory address or nil pointer dereference"
    build = Call(
        service="checkout", name="order.Builder.Build", own_ms=world.ms(2),
        attributes={"code.function.name": "shop.example/checkout/internal/order.(*Builder).applyVoucher",
                    "code.file.path": "/src/internal/order/builder.go", "code.line.number": 214,
                    "app.voucher.code": "WELCOME10"},
        events=[exception(0.9, "runtime.Error", message, stack_traces.GO)],
    ).fail(message, error__type="runtime.Error")  # fmt: skip
    server = serve(world, "checkout", "POST", "/orders", [build], own_ms=world.ms(3), status=500)
    return visit(world, "POST", "/checkout", [behind_gateway(world, server)], status=500)


def _decline_in_java(world: World) -> Call:
    return check_out(world, is_declined=True)


def _raise_in_python(world: World) -> Call:
    root = view_product(world)
    rank = next(call for call in _walk(root) if call.name == "rank candidates")
    message = "no embedding for 'SKU-48213' in snapshot 2026-11-02"
    rank.events.append(exception(0.8, "recommendation.errors.EmbeddingMissing", message, stack_traces.PYTHON))
    rank.fail(message, error__type="recommendation.errors.EmbeddingMissing", app__model__snapshot="2026-11-02")
    server = next(call for call in _walk(root) if call.name == "GET /recommendations")
    server.fail("", error__type="500", http__response__status_code=500)
    return root


def _throw_in_javascript(world: World) -> Call:
    root = view_cart(world)
    message = "Cannot read properties of undefined (reading 'toFixed')"
    render = root.calls[-1]
    render.events.append(exception(0.7, "TypeError", message, stack_traces.JAVASCRIPT))
    render.fail(message, error__type="TypeError", app__locale="pl-PL")
    return root.fail("", error__type="500", http__response__status_code=500)


def _walk(root: Call) -> list[Call]:
    found = [root]
    for call in found:
        found.extend(call.calls)
    return found


def tell_slow_deploy(world: World) -> None:
    """Since 1.42.0 pricing reads all rules for every quote: its slowest are three times as slow as before."""
    for index in range(8):
        started = world.at((DEPLOYED_MINUTES_AGO - 2) * (index + 1) / 9)
        world.tell(check_out(world, is_price_slow=True), started, "slow-deploy")


def tell_client_timeouts(world: World) -> None:
    """Checkout gives up on payment after two seconds; payment goes on, and the card is charged for nothing."""
    for index in range(6):
        pay = charge(world, world.next_order(), bank_ms=world.ms(4_200, 0.15))
        server = pay.calls[0]
        server.attributes["app.client.disconnected"] = True
        server.events.append(Moment(at=0.46, name="client disconnected"))
        pay.gives_up_ms = 2_000.0
        pay.attributes.pop("http.response.status_code")
        pay.fail("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", error__type="timeout")
        pay.attributes["http.request.timeout_ms"] = 2_000
        world.tell(check_out(world, payment=pay), world.at(6 + 8 * index + world.random.random()), "client-timeout")


def tell_cache_stampede(world: World) -> None:
    """A popular product leaves the cache, and eight visitors rebuild it at the same instant."""
    started, item = world.at(19.5), sku(world)
    for index in range(8):
        reads = [
            ask_redis(world, "catalog", "GET", f"product:{item}"),
            ask_database("catalog", "SELECT product", statements.PRODUCT, world.ms(900 + 70 * index, 0.1), rows=1),
            ask_redis(world, "catalog", "SETEX", f"product:{item} 600 …"),
        ]
        catalog = serve(
            world, "catalog", "GET", "/products/{sku}", reads, own_ms=world.ms(4), path=f"/products/{item}",
            attributes=tags(app__product__sku=item, app__cache__hit=False, app__cache__stampede=True),
        )  # fmt: skip
        root = visit(world, "GET", "/product/{sku}", [behind_gateway(world, catalog)], path=f"/product/{item}")
        world.tell(root, started + index * 7_000_000, "cache-stampede")

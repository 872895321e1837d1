"""From the checkout page to the warehouse: what becomes of an order, in several traces that link to each other."""

from tracing_ui.demo import stack_traces, statements
from tracing_ui.demo.calls import MS, Call, Moment
from tracing_ui.demo.pages import behind_gateway, quote, sku
from tracing_ui.demo.protocols import (
    ask_database,
    ask_redis,
    call_grpc,
    exception,
    fetch,
    process_message,
    receive_batch,
    send_message,
    serve,
    visit,
)
from tracing_ui.demo.values import Value
from tracing_ui.demo.world import World, tags

TOPIC = "order-events"


def check_out(
    world: World,
    *,
    shipping: Call | None = None,
    payment: Call | None = None,
    reserve: Call | None = None,
    is_price_slow: bool = False,
    is_declined: bool = False,
) -> Call:
    """A visitor buys; the parts given replace those of an ordinary order."""
    order, items = world.next_order(), world.number(1, 6)
    cart = serve(world, "cart", "GET", "/carts/{id}", [ask_redis(world, "cart", "HGETALL", "cart:…")], own_ms=2.0)
    shipping = shipping or quote_shipping(world)
    gather = Call(
        service="checkout", name="gather", own_ms=world.ms(1), is_parallel=True,
        calls=[quote(world, "checkout", items, is_price_slow), shipping],
    )  # fmt: skip
    reserve = reserve or reserve_stock(world)
    payment = payment or charge(world, order, is_declined=is_declined)
    calls = [fetch(world, "checkout", cart), gather, reserve, payment]
    has_failed = any(call.is_error for call in (shipping, reserve, payment))
    if not has_failed:
        calls += _place(world, order, items)
    server = serve(
        world, "checkout", "POST", "/orders", calls, own_ms=world.ms(5),
        status=(402 if is_declined else 503) if has_failed else 201,
        attributes=tags(app__order__id=order, app__cart__item_count=items, app__order__total_cents=items * 2_495),
    )  # fmt: skip
    status = (402 if is_declined else 500) if has_failed else 303
    return visit(
        world, "POST", "/checkout", [behind_gateway(world, server)], status=status, attributes={"app.order.id": order}
    )


def sent_by(root: Call) -> Call | None:
    """The order event that a checkout sent, if it came so far."""
    stack = [root]
    while stack:
        call = stack.pop()
        if call.name == f"send {TOPIC}":
            return call
        stack.extend(call.calls)
    return None


def _place(world: World, order: str, items: int) -> list[Call]:
    event: dict[str, Value] = {"type": "order.placed", "order": order, "lines": items, "channel": "web"}
    transaction = Call(
        service="checkout",
        name="place order",
        own_ms=world.ms(1),
        calls=[
            ask_database("checkout", "INSERT order", statements.INSERT_ORDER, world.ms(2.2), rows=1),
            ask_database(
                "checkout", "INSERT order_line", statements.INSERT_LINES, world.ms(2.8), rows=items,
                attributes={"db.operation.batch.size": items} if items > 1 else {},
            ),
        ],
        events=[
            Moment(at=0.02, name="transaction began", attributes=tags(db__isolation="read committed")),
            Moment(at=0.98, name="transaction committed"),
        ],
    )  # fmt: skip
    return [transaction, send_message(world, "checkout", TOPIC, order, event)]


def quote_shipping(world: World) -> Call:
    carrier = world.pick(["ParcelFox", "Nordpost", "RoadRunner"])
    server = serve(
        world, "shipping", "POST", "/quotes", own_ms=world.ms(14, 0.4),
        attributes=tags(shipping__carrier=carrier, shipping__zone=f"DE-{world.number(1, 9)}"),
    )  # fmt: skip
    return fetch(world, "checkout", server)


def reserve_stock(world: World, update: Call | None = None) -> Call:
    update = update or ask_database("inventory", "UPDATE stock", statements.RESERVE, world.ms(3.5), rows=1)
    status = 503 if update.is_error else 200
    server = serve(
        world, "inventory", "POST", "/reservations", [update], own_ms=world.ms(3), status=status,
        attributes=tags(app__product__sku=sku(world)),
    )  # fmt: skip
    return fetch(world, "checkout", server)


def charge(world: World, order: str, *, is_declined: bool = False, bank_ms: float = 0.0) -> Call:
    """A card is charged at the bank; the exception of a declined one is recorded where it was thrown."""
    bank = serve(
        world, "bank", "POST", "/v2/charges", own_ms=bank_ms or world.ms(120, 0.45), status=402 if is_declined else 201,
        attributes=tags(bank__decision__code="51" if is_declined else "00"),
    )  # fmt: skip
    authorize = Call(
        service="payment",
        name="authorize card",
        own_ms=world.ms(3),
        calls=[fetch(world, "payment", bank)],
        attributes=tags(payment__card__network=world.pick(["visa", "mastercard", "girocard"]), app__order__id=order)
        | {"code.function.name": "com.example.shop.payment.CardGateway.charge", "thread.name": "virtual-117"},
    )
    if is_declined:
        message = "issuer declined the card: insufficient_funds"
        type_name = "com.example.shop.payment.CardDeclinedException"
        authorize.fail(message, error__type=type_name).events.append(
            exception(0.97, type_name, message, stack_traces.JAVA)
        )
    server = serve(
        world, "payment", "POST", "/charges", [authorize], own_ms=world.ms(4), status=402 if is_declined else 201
    )
    return fetch(world, "checkout", server)


def send_mail(world: World, sent: Call) -> tuple[Call, int]:
    """The confirmation of an order, and when it begins: some moments after it was placed."""
    relay = Call(
        service="notification", name="smtp.send", own_ms=world.ms(90, 0.5),
        attributes={"server.address": "smtp.internal", "server.port": 587, "app.mail.template": "order-confirmation"},
        events=[Moment(at=0.3, name="STARTTLS"), Moment(at=0.9, name="250 accepted")],
    )  # fmt: skip
    render = Call(service="notification", name="render mail", own_ms=world.ms(12))
    root = process_message(world, "notification", TOPIC, sent, [render, relay], own_ms=world.ms(3))
    return root, sent.end_ns + int(world.ms(300, 0.8) * MS)


def pick_orders(world: World, sent: list[Call]) -> Call:
    """The warehouse takes the orders of the last minutes at once."""
    plan = [
        Call(
            service="warehouse", name="plan route", own_ms=world.ms(3, 0.5),
            attributes={"app.order.id": str(call.attributes["messaging.kafka.message.key"])},
        )
        for call in sent
    ]  # fmt: skip
    write = ask_database("warehouse", "INSERT pick_list", statements.PICK_LIST, world.ms(14), rows=3 * len(sent))
    confirm = call_grpc(world, "warehouse", "inventory", "shop.inventory.v1.Stock/Commit", own_ms=world.ms(8))
    return receive_batch(world, "warehouse", TOPIC, sent, [*plan, write, confirm])

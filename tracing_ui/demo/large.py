"""What is large: a nightly batch, values of many kilobytes, a conversation with a language model."""

import json

from tracing_ui.demo import statements
from tracing_ui.demo.calls import Call, Kind, Moment, walk
from tracing_ui.demo.orders import charge
from tracing_ui.demo.pages import behind_gateway, search_products, search_server, sku
from tracing_ui.demo.protocols import ask_database, call_grpc, exception, fail_grpc, fetch, send_message, serve, visit
from tracing_ui.demo.values import Value
from tracing_ui.demo.world import World, tags

_REGIONS = ("at", "ch", "cz", "de", "dk", "fr", "it", "nl", "pl", "se")
_MOST_MERCHANTS_A_REGION = 20
_SPANS_A_MERCHANT = 250
_SPANS_A_PAYMENT = 5


def tell_nightly_batch(world: World, span_count: int) -> None:
    """All payments of the day are settled in one trace of exactly `span_count` spans, at least 500."""
    root = Call(service="settlement", name="nightly settlement", own_ms=900.0, attributes=tags(app__job="settlement"))
    merchants = _list_merchants(root, span_count)
    for region in root.calls:
        statement = serve(world, "bank", "GET", "/v2/statements", own_ms=world.ms(700, 0.3))
        report = send_message(world, "settlement", "settlement-reports", str(region.attributes["app.region"]), {})
        region.calls = [fetch(world, "settlement", statement), *region.calls, report]
    left = span_count - len(walk(root)) - len(merchants)
    shares = [left // len(merchants) + (index < left % len(merchants)) for index in range(len(merchants))]
    for merchant, share in zip(merchants, shares, strict=True):
        _settle(world, merchant, share)
    world.tell(root, world.at(58), "nightly-batch")


def _list_merchants(root: Call, span_count: int) -> list[Call]:
    """The spans of merchants, below those of their regions: so many that each has a list of payments."""
    a_region = max(1, min(_MOST_MERCHANTS_A_REGION, span_count // len(_REGIONS) // _SPANS_A_MERCHANT))
    for region in _REGIONS:
        of_region = Call(service="settlement", name="settle region", own_ms=40.0, attributes=tags(app__region=region))
        of_region.calls = [
            Call(
                service="settlement", name="settle merchant", own_ms=3.0,
                attributes=tags(app__merchant__id=f"M-{region}-{number:03}"),
            )
            for number in range(a_region)
        ]  # fmt: skip
        root.calls.append(of_region)
    return [merchant for region in root.calls for merchant in region.calls]


def _settle(world: World, merchant: Call, spans: int) -> None:
    """A merchant's payments, each of five spans; what is left over are checks of one span."""
    payments, rest = divmod(spans, _SPANS_A_PAYMENT)
    merchant.calls.append(ask_database("settlement", "SELECT payment", statements.SETTLED, world.ms(9), rows=payments))
    merchant.calls += [_settle_payment(world, number) for number in range(payments)]
    merchant.calls += [Call(service="settlement", name="check totals", own_ms=world.ms(0.3)) for _ in range(rest)]


def _settle_payment(world: World, number: int) -> Call:
    cents = world.number(499, 48_000)
    write = ask_database("ledger", "INSERT posting", statements.POSTING, world.ms(1.2, 0.5), rows=2)
    book = call_grpc(
        world, "settlement", "ledger", "shop.ledger.v1.Ledger/Book", [write], own_ms=world.ms(0.7, 0.5),
        attributes=tags(ledger__amount_cents=cents),
    )  # fmt: skip
    check = Call(service="settlement", name="match payment", own_ms=world.ms(0.4, 0.5))
    payment = Call(
        service="settlement", name="settle payment", own_ms=world.ms(0.5, 0.4), calls=[check, book],
        attributes=tags(payment__id=f"P-{world.number(10**8, 10**9)}", payment__amount_cents=cents),
    )  # fmt: skip
    if world.chance(0.004):
        fail_grpc(book, "FAILED_PRECONDITION", "account is frozen")
        write.fail('new row violates check constraint "account_is_open"', db__response__status_code="23514")
        payment.fail("account is frozen", error__type="FAILED_PRECONDITION").events.append(
            Moment(at=0.98, name="set aside", attributes=tags(app__queue="manual-review", app__position=number))
        )
    return payment


def tell_conversations(world: World) -> None:
    """Somebody asks the shop's assistant; the model calls tools, and one answer is cut off by the token limit."""
    for index in range(5):
        model = [_ask_model(world, 640, 58, "tool_calls"), _use_tool(world), _ask_model(world, 2_310, 412, "stop")]
        if index == 3:
            model[-1] = _ask_model(world, 2_310, 1_024, "length")
        agent = Call(
            service="assistant", name="invoke_agent shop-assistant", library="gen_ai", own_ms=world.ms(6), calls=model,
            attributes={
                "gen_ai.operation.name": "invoke_agent", "gen_ai.provider.name": "openai",
                "gen_ai.agent.name": "shop-assistant", "gen_ai.conversation.id": f"conv-{world.number(10**5, 10**6)}",
            },
        )  # fmt: skip
        server = serve(world, "assistant", "POST", "/chat", [agent], own_ms=world.ms(4))
        root = visit(world, "POST", "/assistant", [behind_gateway(world, server)])
        world.tell(root, world.at(5 + 10 * index), "assistant")


def _ask_model(world: World, input_tokens: int, output_tokens: int, finish: str) -> Call:
    asked = [{"role": "user", "parts": [{"type": "text", "content": "Which rain jacket fits a small backpack?"}]}]
    answer = [
        {"role": "assistant", "parts": [{"type": "text", "content": "The Drizzle 2 packs to the size of a fist."}]}
    ]
    attributes: dict[str, Value] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.response.model": "gpt-5-mini-2025-08-07",
        "gen_ai.response.id": f"chatcmpl-{world.number(10**9, 10**10)}",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.max_tokens": 1_024,
        "gen_ai.usage.input_tokens": input_tokens,
        "gen_ai.usage.output_tokens": output_tokens,
        "gen_ai.response.finish_reasons": [finish],
        "gen_ai.input.messages": json.dumps(asked),
        "gen_ai.output.messages": json.dumps(answer),
        "server.address": "api.openai.example",
        "server.port": 443,
    }
    return Call(
        service="assistant", name="chat gpt-5-mini", kind=Kind.CLIENT, library="gen_ai",
        own_ms=world.ms(9.0 * output_tokens, 0.2), attributes=attributes,
        events=[Moment(at=0.15, name="first token")],
    )  # fmt: skip


def _use_tool(world: World) -> Call:
    arguments = json.dumps({"query": "rain jacket", "filters": {"weight_g": {"max": 300}, "in_stock": True}})
    found = [{"sku": sku(world), "price_cents": 8_990}, {"sku": sku(world), "price_cents": 12_900}]
    server = search_server(world, "rain jacket", took_ms=world.ms(30))
    return Call(
        service="assistant", name="execute_tool search_products", library="gen_ai", own_ms=world.ms(3),
        calls=[fetch(world, "assistant", server)],
        attributes={
            "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search_products",
            "gen_ai.tool.type": "function", "gen_ai.tool.call.id": f"call_{world.number(10**8, 10**9)}",
            "gen_ai.tool.call.arguments": arguments, "gen_ai.tool.call.result": json.dumps(found),
        },
    )  # fmt: skip


def tell_long_values(world: World) -> None:
    """A search with every facet of the shop: its query alone is more than eight kilobytes of JSON."""
    facets = [f"attribute_{number:03}_{world.pick(['colour', 'width', 'fabric'])}" for number in range(110)]
    for index in range(3):
        root = search_products(world, "trail shoes", facets, took_ms=world.ms(1_900, 0.1))
        root.attributes["http.request.header.accept-language"] = ["de-DE", "de;q=0.9", "en;q=0.7"]
        root.attributes["app.ui.state"] = json.dumps({"open": facets, "view": {"columns": 4, "order": "relevance"}})
        world.tell(root, world.at(11 + 14 * index), "long-values")


def tell_fraud_check(world: World) -> None:
    """A charge that a rule stopped: a timeline of events tells what was decided when."""
    for index in range(2):
        decisions = (
            (0.04, "velocity rule", "passed"), (0.2, "address rule", "passed"), (0.45, "device rule", "suspicious"),
            (0.8, "manual list", "found"), (0.96, "decision", "refused"),
        )  # fmt: skip
        pay = charge(world, world.next_order(), bank_ms=world.ms(30))
        message = "the charge was refused by rule device/42"
        score = Call(
            service="payment", name="score charge", own_ms=world.ms(240),
            attributes=tags(fraud__score=0.93, fraud__rule="device/42"),
            events=[Moment(at=at, name=name, attributes=tags(fraud__result=result)) for at, name, result in decisions],
        )  # fmt: skip
        score.events.append(exception(0.97, "com.example.shop.payment.ChargeRefused", message, ""))
        score.fail(message, error__type="com.example.shop.payment.ChargeRefused")
        pay.calls[0].calls = [score]
        pay.calls[0].attributes["http.response.status_code"] = 403
        server = serve(world, "checkout", "POST", "/orders", [pay], own_ms=world.ms(4), status=403)
        root = visit(world, "POST", "/checkout", [behind_gateway(world, server)], status=403)
        world.tell(root, world.at(17 + 20 * index), "fraud-check")

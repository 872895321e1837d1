"""The storefront: takes carts and orders from customers, and asks the checkout."""

from opentelemetry import baggage, context, trace
from opentelemetry.trace import Link, SpanContext

from shop.telemetry import tracer
from shop.web import Answer, ServiceOptions, post, serve

options = ServiceOptions()
carts: dict[str, tuple[list[dict[str, object]], SpanContext]] = {}


def fill_cart(body: dict) -> Answer:
    """Keep what a customer wants, and the span that it was said in."""
    span = trace.get_current_span()
    span.set_attribute("cart.id", body["cart"])
    span.set_attribute("cart.items", [item["name"] for item in body["items"]])
    carts[body["cart"]] = (body["items"], span.get_span_context())
    return 200, {"cart": body["cart"]}


def place_order(body: dict) -> Answer:
    """Buy what is in a cart. The cart was filled in a trace of its own: a link leads there."""
    items, filled_in = carts.pop(body["cart"])
    token = context.attach(baggage.set_baggage("shop.customer.tier", body["tier"]))
    link = Link(filled_in, {"shop.link": "the cart was filled here"})
    try:
        with tracer.start_as_current_span("place order", links=[link]) as span:
            span.set_attribute("order.id", body["order"])
            span.set_attribute("order.express", body["express"])
            span.add_event("cart loaded", {"cart.size": len(items)})
            status, answer = post(f"{options.next}/checkout", {**body, "items": items})
            if status != 200:
                span.set_status(trace.StatusCode.ERROR, answer["error"])
    finally:
        context.detach(token)
    trace_id = trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)
    return (200 if status == 200 else 502), {**answer, "trace_id": trace_id}


if __name__ == "__main__":
    serve("storefront", {"/cart": fill_cart, "/orders": place_order}, options)

"""The payment service: charges cards one by one, and settles with the bank for many orders at once."""

import time

from opentelemetry import baggage, trace
from opentelemetry.trace import Link, SpanContext, SpanKind

from shop.telemetry import tracer
from shop.web import Answer, ServiceOptions, serve

options = ServiceOptions()
charged: list[tuple[str, SpanContext]] = []


class CardDeclined(Exception):
    """The bank says no."""


def charge(body: dict) -> Answer:
    """Take the money for one order; 402 if its card has expired."""
    try:
        with tracer.start_as_current_span("charge card") as span:
            span.set_attribute("payment.amount", float(body["total"]))
            span.set_attribute("shop.customer.tier", str(baggage.get_baggage("shop.customer.tier")))
            time.sleep(0.004)
            if body["card"]["expired"]:
                raise CardDeclined(f"The card ending in {body['card']['last']} has expired.")
            span.add_event("bank agreed", {"bank.attempts": 1})
    except CardDeclined as problem:
        return 402, {"error": str(problem)}
    charged.append((body["order"], trace.get_current_span().get_span_context()))
    return 200, {}


def settle(body: dict) -> Answer:
    """One batch for everything charged so far, linked to each of the orders."""
    links = [Link(span, {"order.id": order}) for order, span in charged]
    with tracer.start_as_current_span("settle batch", kind=SpanKind.CONSUMER, links=links) as span:
        span.set_attribute("messaging.batch.message_count", len(links))
        span.set_attribute("messaging.system", "example")
        time.sleep(0.005)
    charged.clear()
    return 200, {"settled": len(links)}


if __name__ == "__main__":
    serve("payment", {"/charge": charge, "/settle": settle}, options)

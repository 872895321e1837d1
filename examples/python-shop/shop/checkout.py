"""The checkout: adds up what an order costs, and asks for the money."""

import time

from opentelemetry import trace

from shop.telemetry import tracer
from shop.web import Answer, ServiceOptions, post, serve

options = ServiceOptions()


def check_out(body: dict) -> Answer:
    """Charge an order."""
    total = add_up(body["items"], body["express"])
    status, answer = post(f"{options.next}/charge", {"order": body["order"], "total": total, "card": body["card"]})
    if status != 200:
        trace.get_current_span().add_event("order given up", {"order.id": body["order"]})
        return 502, answer
    reserve(body["items"])
    return 200, {"order": body["order"], "total": total}


def add_up(items: list[dict], express: bool) -> float:
    with tracer.start_as_current_span("add up") as span:
        time.sleep(0.002 * len(items))
        total = round(sum(item["price"] * item["count"] for item in items) + (9.5 if express else 0.0), 2)
        span.set_attribute("order.total", total)
        span.set_attribute("order.item_count", sum(item["count"] for item in items))
        span.set_attribute("order.prices", [float(item["price"]) for item in items])
        return total


def reserve(items: list[dict]) -> None:
    """What a database client would record."""
    statement = "UPDATE stock SET reserved = reserved + ? WHERE name = ?"
    with tracer.start_as_current_span("UPDATE stock", kind=trace.SpanKind.CLIENT) as span:
        span.set_attribute("db.system.name", "sqlite")
        span.set_attribute("db.query.text", statement)
        span.set_attribute("db.operation.batch.size", len(items))
        time.sleep(0.003)


if __name__ == "__main__":
    serve("checkout", {"/checkout": check_out}, options)

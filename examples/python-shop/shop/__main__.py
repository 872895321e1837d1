"""`python -m shop`: starts the three services, buys a few things, prints the traces and ends."""

import argparse
import random
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

from shop.web import send

GOODS = {"tea": 4.2, "coffee": 7.9, "mug": 12.0, "kettle": 39.5, "sugar": 1.3}


def main() -> None:
    options = read_options()
    with ExitStack() as services:
        payment = start("payment", options.seed, services)
        checkout = start("checkout", options.seed, services, payment)
        storefront = start("storefront", options.seed, services, checkout)
        chance = random.Random(options.seed)
        for number in range(1, options.orders + 1):
            print(buy(storefront, number, chance), flush=True)
        send(f"{payment}/settle", {}, {})


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m shop", description=__doc__)
    parser.add_argument("--orders", type=int, default=5, help="how many (5)")
    parser.add_argument("--seed", type=int, help="the same orders and the same ids in every run with this number")
    return parser.parse_args()


def start(service: str, seed: int | None, services: ExitStack, calls: str = "") -> str:
    """Start a service as a process of its own that ends with ours; its address once it answers."""
    port = find_free_port()
    command = [sys.executable, "-m", f"shop.{service}", "--port", str(port), "--next", calls]
    process = subprocess.Popen(command + ([] if seed is None else ["--seed", str(seed)]))
    services.callback(process.wait, 30)
    services.callback(process.terminate)
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return f"http://127.0.0.1:{port}"
        time.sleep(0.02)
    raise SystemExit(f"The {service} did not start.")


def buy(storefront: str, number: int, chance: random.Random) -> str:
    """One order, and a line about it. Every third customer's card has expired."""
    cart = f"cart-{number}"
    names = chance.sample(sorted(GOODS), chance.randint(1, 3))
    items = [{"name": name, "price": GOODS[name], "count": chance.randint(1, 4)} for name in names]
    order = {
        "order": f"order-{number}",
        "cart": cart,
        "tier": chance.choice(["basic", "gold"]),
        "express": chance.random() < 0.5,
        "card": {"last": f"{chance.randint(0, 9999):04}", "expired": number % 3 == 0},
    }
    send(f"{storefront}/cart", {"cart": cart, "items": items}, {})
    status, answer = send(f"{storefront}/orders", order, {})
    return f"order-{number}  trace {answer['trace_id']}  {'placed' if status == 200 else answer['error']}"


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()

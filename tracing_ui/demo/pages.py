"""What visitors do when nothing goes wrong, page by page: each function is one visit of the storefront."""

from tracing_ui.demo import statements
from tracing_ui.demo.calls import Call, Kind, Moment
from tracing_ui.demo.fleet import DEPLOYED_MINUTES_AGO
from tracing_ui.demo.protocols import ask_database, ask_redis, call_grpc, fail_grpc, fetch, serve, visit
from tracing_ui.demo.world import World, tags

_WORDS = ("rain jacket", "espresso cups", "usb-c hub", "trail shoes", "desk lamp", "łóżko", "毛布", "gift card")
_FACETS = ["brand", "colour", "size", "material"]


def sku(world: World) -> str:
    return f"SKU-{world.number(10_000, 60_000)}"


def behind_gateway(world: World, server: Call, **more: str) -> Call:
    """A call of the storefront through the gateway, which asks who the visitor is."""
    token = call_grpc(
        world, "api-gateway", "auth", "shop.auth.v1.Tokens/Verify", [ask_redis(world, "auth", "GET", "token:…")],
        own_ms=world.ms(0.8),
    )  # fmt: skip
    asked = server.attributes
    gateway = serve(
        world,
        "api-gateway",
        str(asked["http.request.method"]),
        f"/api{asked['http.route']}",
        [token, fetch(world, "api-gateway", server)],
        own_ms=world.ms(1.4),
        path=f"/api{asked['url.path']}",
        status=int(str(asked["http.response.status_code"])),
        attributes=tags(gateway__route=server.service, gateway__plan="public") | more,
    )
    return fetch(world, "storefront", gateway)


def view_product(world: World) -> Call:
    item = sku(world)
    reads = [ask_redis(world, "catalog", "GET", f"product:{item}")]
    if world.chance(0.3):
        reads.append(ask_database("catalog", "SELECT product", statements.PRODUCT, world.ms(3), rows=1))
        reads.append(ask_redis(world, "catalog", "SETEX", f"product:{item} 600 …"))
    is_hit = len(reads) == 1
    catalog = serve(
        world, "catalog", "GET", "/products/{sku}", reads, own_ms=world.ms(4), path=f"/products/{item}",
        attributes=tags(app__product__sku=item, app__cache__hit=is_hit),
    )  # fmt: skip
    beside = [behind_gateway(world, catalog), _recommend(world, item), _advertise(world)]
    body = Call(service="storefront", name="load product page", own_ms=world.ms(2), calls=beside, is_parallel=True)
    return visit(world, "GET", "/product/{sku}", [body, _render("product")], path=f"/product/{item}")


def _recommend(world: World, item: str) -> Call:
    reads = [
        ask_database("recommendation", "SELECT order_line", statements.RELATED, world.ms(11, 0.5), rows=12),
        Call(
            service="recommendation", name="rank candidates", own_ms=world.ms(9, 0.5),
            attributes=tags(app__model__name="two-tower", app__candidates=world.number(40, 400)),
            events=[_flag("recommendation-model", world.pick(["two-tower", "baseline"]))],
        ),
    ]  # fmt: skip
    server = serve(
        world, "recommendation", "GET", "/recommendations", reads, own_ms=world.ms(2), path=f"/recommendations/{item}"
    )
    return fetch(world, "storefront", server)


def _advertise(world: World) -> Call:
    call = call_grpc(world, "storefront", "ad", "shop.ad.v1.Ads/Choose", own_ms=world.ms(5, 0.6))
    return fail_grpc(call, "UNAVAILABLE", "no healthy upstream") if world.chance(0.015) else call


def _flag(key: str, variant: str) -> Moment:
    return Moment(
        at=0.05,
        name="feature_flag.evaluation",
        attributes={
            "feature_flag.key": key,
            "feature_flag.result.variant": variant,
            "feature_flag.provider.name": "flagd",
        },
    )


def _render(page: str) -> Call:
    return Call(service="storefront", name=f"render {page}", own_ms=6.0, attributes=tags(app__template=f"{page}.njk"))


def view_home(world: World) -> Call:
    tiles = [
        behind_gateway(
            world,
            serve(
                world, "catalog", "GET", "/collections/{name}",
                [ask_redis(world, "catalog", "MGET", f"collection:{name} …")],
                own_ms=world.ms(3), path=f"/collections/{name}",
            ),
        )
        for name in ("new", "bestsellers")
    ]  # fmt: skip
    body = Call(
        service="storefront", name="load home page", own_ms=world.ms(2), calls=[*tiles, _advertise(world)],
        is_parallel=True,
    )  # fmt: skip
    return visit(world, "GET", "/", [body, _render("home")])


def search_products(world: World, words: str = "", facets: list[str] | None = None, took_ms: float = 0.0) -> Call:
    words = words or world.pick(_WORDS)
    server = search_server(world, words, facets, took_ms)
    calls = [behind_gateway(world, server), _render("results")]
    return visit(
        world, "GET", "/search", calls, attributes={"url.query": f"q={words}"}, status=500 if server.is_error else 200
    )


def search_server(world: World, words: str, facets: list[str] | None = None, took_ms: float = 0.0) -> Call:
    """The search service; a few of its queries fail, unless one is told how long it takes."""
    is_failing = not took_ms and world.chance(0.006)
    query = Call(
        service="search",
        name="search products",
        kind=Kind.CLIENT,
        library="elasticsearch",
        own_ms=took_ms or world.ms(22, 0.6),
        attributes={
            "db.system.name": "elasticsearch",
            "db.operation.name": "search",
            "db.collection.name": "products",
            "db.query.text": statements.search_query(words, facets or _FACETS),
            "http.request.method": "POST",
            "url.full": "https://es.internal:9200/products/_search",
            "server.address": "es.internal",
            "server.port": 9200,
            "http.response.status_code": 503 if is_failing else 200,
        },
    )
    if is_failing:
        query.fail("all shards failed", error__type="search_phase_execution_exception")
    return serve(
        world, "search", "GET", "/search", [query], own_ms=world.ms(5), status=503 if is_failing else 200,
        attributes=tags(app__search__words=words, app__search__hits=0 if is_failing else world.number(0, 400)),
    )  # fmt: skip


def view_cart(world: World, items: int = 0, catalog_calls: list[Call] | None = None) -> Call:
    """The cart's products come from the catalogue in one statement, unless told otherwise."""
    items = items or world.number(1, 6)
    many = f"{statements.PRODUCT.replace('= $1', '= ANY($1)')}"
    reads = catalog_calls or [ask_database("catalog", "SELECT product", many, world.ms(4), rows=items)]
    catalog = serve(world, "catalog", "POST", "/products/by-id", reads, own_ms=world.ms(3))
    cart = serve(
        world, "cart", "GET", "/carts/{id}",
        [ask_redis(world, "cart", "HGETALL", "cart:…"), fetch(world, "cart", catalog), quote(world, "cart", items)],
        own_ms=world.ms(3), path=f"/carts/{world.number(10**6, 10**7)}", attributes=tags(app__cart__item_count=items),
    )  # fmt: skip
    calls = [behind_gateway(world, cart), _render("cart")]
    return visit(world, "GET", "/cart", calls, attributes=tags(app__cart__item_count=items))


def quote(world: World, caller: str, items: int, is_slow: bool = False) -> Call:
    """A price for a cart. Since version 1.42.0 the rules are read for every quote instead of once a minute."""
    is_slow = is_slow or world.moment_ns > world.at(DEPLOYED_MINUTES_AGO)
    rules = ask_database("pricing", "SELECT price_rule", statements.PRICE_RULES, world.ms(4), rows=38)
    if is_slow:
        rules = ask_database("pricing", "SELECT price_rule", statements.PRICE_RULES, world.ms(10, 0.4), rows=1140)
    evaluate = Call(
        service="pricing", name="evaluate rules", own_ms=world.ms(12 if is_slow else 4, 0.4),
        attributes=tags(pricing__rules__evaluated=1140 if is_slow else 38, app__cache__hit=not is_slow),
    )  # fmt: skip
    calls = [rules, evaluate] if is_slow or world.chance(0.15) else [evaluate]
    convert = call_grpc(
        world, "pricing", "currency", "shop.currency.v1.Currency/Convert", own_ms=world.ms(0.6),
        attributes=tags(app__currency__code=world.pick(["EUR", "EUR", "PLN", "GBP", "SEK"])),
    )  # fmt: skip
    server = serve(
        world, "pricing", "POST", "/quote", [*calls, convert], own_ms=world.ms(2),
        attributes=tags(app__cart__item_count=items),
    )  # fmt: skip
    return fetch(world, caller, server)


def add_to_cart(world: World) -> Call:
    item = sku(world)
    inventory = serve(
        world, "inventory", "GET", "/stock/{sku}",
        [ask_database("inventory", "SELECT stock", statements.AVAILABLE, world.ms(2.5), rows=1)],
        own_ms=world.ms(3), path=f"/stock/{item}",
    )  # fmt: skip
    cart = serve(
        world, "cart", "POST", "/carts/{id}/items",
        [fetch(world, "cart", inventory), ask_redis(world, "cart", "HSET", f"cart:… {item} 1")],
        own_ms=world.ms(2.5), status=201, attributes=tags(app__product__sku=item),
    )  # fmt: skip
    return visit(world, "POST", "/cart/items", [behind_gateway(world, cart)], status=303)


def log_in(world: World) -> Call:
    is_wrong = world.chance(0.12)
    check = Call(
        service="auth", name="verify password", own_ms=world.ms(62, 0.1),
        attributes=tags(app__auth__algorithm="argon2id"),
    )  # fmt: skip
    calls = [ask_database("auth", "SELECT account", statements.USER, world.ms(2), rows=1), check]
    if not is_wrong:
        calls.append(ask_redis(world, "auth", "SETEX", "session:… 86400 …"))
    # A wrong password is no failure of the server: by the conventions 4xx leaves its status unset.
    server = serve(world, "auth", "POST", "/sessions", calls, own_ms=world.ms(2), status=401 if is_wrong else 201)
    return visit(world, "POST", "/login", [behind_gateway(world, server)], status=401 if is_wrong else 303)

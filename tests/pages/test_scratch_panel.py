import pytest
from tests.builders import MS, make_event, make_link
from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID, make_span, span_id

PAGE = f"/trace/{TRACE_ID}"
JAVA = """\
shop.payment.DeclinedException: card declined (code 51)
\tat shop.payment.Gateway.charge(Gateway.java:88)
\tat shop.payment.PaymentController.post(PaymentController.java:41)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)
\tat org.springframework.aop.support.AopUtils.invokeJoinpoint(AopUtils.java:354)
\tat org.springframework.aop.framework.ReflectiveMethodInvocation.proceed(ReflectiveMethodInvocation.java:196)
\tat shop.payment.Gateway$$SpringCGLIB$$0.charge(<generated>)
Caused by: java.net.SocketTimeoutException: Read timed out
\tat java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:288) ~[?:?]
\t... 12 more"""

def fill(send):
    send(make_span(1, name="POST /checkout", kind=2, duration_ns=100 * MS), service="checkout")
    failure = {"exception.type": "shop.payment.DeclinedException", "exception.message": "card declined (code 51)", "exception.stacktrace": JAVA}
    send(
        make_span(2, 1, name="POST /charge", kind=2, status=2, status_message="card declined", duration_ns=61 * MS,
            attributes={"http.request.method": "POST", "http.route": "/charge", "http.response.status_code": 502, "url.full": "https://pay.example/charge?order=7&note=caf%C3%A9%20au%20lait",
                "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64)", "payload": '{"items":[{"sku":"a","n":2}],"total":12.50}', "caller.trace": "4bf92f3577b34da6a3ce929d0e0e4736", "shop.cart.size": 3, "thread.name": "worker-7", "body": "x" * 5000},
            events=[make_event("exception", HALF_A_MINUTE_AGO + 43 * MS, failure), make_event("retry", HALF_A_MINUTE_AGO + 20 * MS, {"attempt": 1, "wait": "20ms"}), make_event("retry", HALF_A_MINUTE_AGO + 30 * MS, {"attempt": 2})],
            links=[make_link(7, 1, {"why": "batch"}), make_link(9, 9)]),
        make_span(3, 2, name="SELECT cards", kind=3, duration_ns=9 * MS, attributes={"db.system": "postgresql", "db.query.text": "SELECT c.id, c.owner FROM cards c LEFT JOIN owners o ON o.id = c.owner WHERE c.number = $1 AND c.blocked = false ORDER BY c.id LIMIT 1", "server.address": "db1", "server.port": 5432}),
        *(make_span(n, 2, name=f"step {n}", duration_ns=5 * MS, attributes={"n": n, "http.route": "/x"}) for n in range(4, 60)),
        service="payment", resource={"host.name": "n1", "telemetry.sdk.language": "java"})
    send(make_span(1, trace=7, name="nightly batch", duration_ns=900 * MS, links=[make_link(int(TRACE_ID, 16), 2)]), service="batch")

@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_shots(send, open_page, scheme, width):
    fill(send)
    page = open_page("/", color_scheme=scheme, width=width)
    page.on("response", lambda r: print(r.status, r.url))
    page.on("pageerror", lambda r: print(r))
    page.goto(f"{PAGE}?span={span_id(2)}")
    page.wait_for_selector("[data-ready]")
    page.screenshot(path=f"/tmp/w/panel_shots/{scheme}-{width}.png")
    page.locator("#details").evaluate("e => e.scrollTop = 600")
    page.screenshot(path=f"/tmp/w/panel_shots/{scheme}-{width}-b.png")
    page.locator("#details").evaluate("e => e.scrollTop = 1300")
    page.screenshot(path=f"/tmp/w/panel_shots/{scheme}-{width}-c.png")
    page.keyboard.press("j")
    page.wait_for_timeout(600)
    page.locator("#details").evaluate("e => e.scrollTop = 0")
    if width > 1000:
        page.locator("[data-key='server.port']").hover()
    page.screenshot(path=f"/tmp/w/panel_shots/{scheme}-{width}-d.png")
    if width > 1000:
        page.locator("[data-do=dock]").click()
        page.screenshot(path=f"/tmp/w/panel_shots/{scheme}-{width}-e.png")

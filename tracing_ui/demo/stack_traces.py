"""What the languages of the shop print when something breaks."""

GO = """goroutine 8817 [running]:
runtime/debug.Stack()
\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e
shop.example/checkout/internal/httpx.Recover.func1.1()
\t/src/internal/httpx/recover.go:31 +0x4a
panic({0xb2c3a0?, 0x11d6e90?})
\t/usr/local/go/src/runtime/panic.go:783 +0x132
shop.example/checkout/internal/order.(*Builder).applyVoucher(0xc0004d2140, {0xc0001f7c20, 0x9})
\t/src/internal/order/builder.go:214 +0x2f
shop.example/checkout/internal/order.(*Builder).Build(0xc0004d2140, {0xcf4a28, 0xc0003b6f30})
\t/src/internal/order/builder.go:96 +0x1d8
shop.example/checkout/internal/api.(*Server).placeOrder(0xc00012e000, {0xcf2e10, 0xc0005280e0}, 0xc000492500)
\t/src/internal/api/orders.go:71 +0x31c
net/http.HandlerFunc.ServeHTTP(0xc000010f40?, {0xcf2e10?, 0xc0005280e0?}, 0x0?)
\t/usr/local/go/src/net/http/server.go:2322 +0x29
created by net/http.(*Server).Serve in goroutine 1
\t/usr/local/go/src/net/http/server.go:3493 +0x485
"""

JAVA = """com.example.shop.payment.CardDeclinedException: issuer declined the card: insufficient_funds
\tat com.example.shop.payment.CardGateway.charge(CardGateway.java:142)
\tat com.example.shop.payment.PaymentService.authorize(PaymentService.java:88)
\tat com.example.shop.payment.PaymentController.post(PaymentController.java:51)
\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)
\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:885)
\tat org.apache.tomcat.util.net.NioEndpoint$SocketProcessor.doRun(NioEndpoint.java:1740)
\tat java.base/java.lang.VirtualThread.run(VirtualThread.java:309)
Caused by: com.example.bank.client.BankResponseException: 402 from POST /v2/charges (code=51)
\tat com.example.bank.client.BankClient.exchange(BankClient.java:203)
\tat com.example.bank.client.BankClient.charge(BankClient.java:97)
\tat com.example.shop.payment.CardGateway.charge(CardGateway.java:131)
\t... 6 more
"""

PYTHON = """Traceback (most recent call last):
  File "/srv/recommendation/features.py", line 58, in load_embedding
    return self._vectors[product_id]
           ~~~~~~~~~~~~~^^^^^^^^^^^^
KeyError: 'SKU-48213'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/recommendation/app.py", line 91, in recommend
    ranked = rank(user, candidates, model=self.model)
  File "/srv/recommendation/ranking.py", line 34, in rank
    matrix = numpy.stack([features.load_embedding(item) for item in candidates])
  File "/srv/recommendation/features.py", line 60, in load_embedding
    raise EmbeddingMissing(product_id, self.snapshot) from None
recommendation.errors.EmbeddingMissing: no embedding for 'SKU-48213' in snapshot 2026-11-02
"""

JAVASCRIPT = """TypeError: Cannot read properties of undefined (reading 'toFixed')
    at formatPrice (file:///srv/storefront/dist/server/price.js:18:31)
    at renderRow (file:///srv/storefront/dist/server/cart/row.js:44:17)
    at Array.map (<anonymous>)
    at renderCart (file:///srv/storefront/dist/server/cart/page.js:92:28)
    at async Object.handler (file:///srv/storefront/dist/server/routes/cart.js:27:18)
    at async Server.handle (file:///srv/storefront/node_modules/@shop/http/lib/server.mjs:211:5)
"""

PYTHON_LOCK = """Traceback (most recent call last):
  File "/srv/inventory/reservations.py", line 73, in reserve
    await connection.execute(RESERVE, (quantity, sku, warehouse))
  File "/usr/lib/python3.13/site-packages/psycopg/connection_async.py", line 309, in execute
    raise ex.with_traceback(None)
psycopg.errors.LockNotAvailable: canceling statement due to lock timeout
CONTEXT:  while updating tuple (1184,27) in relation "stock"
"""

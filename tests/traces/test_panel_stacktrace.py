"""Stack traces of five languages: whose each frame is."""

import pytest

from traces.panel.stacktrace import Origin, StackPart, split_stack

JAVA = """\
shop.payment.DeclinedException: card declined (code 51)
\tat shop.payment.Gateway.charge(Gateway.java:88)
\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)
\tat org.springframework.aop.support.AopUtils.invokeJoinpoint(AopUtils.java:354)
\tat shop.payment.Gateway$$SpringCGLIB$$0.charge(<generated>)
Caused by: java.net.SocketTimeoutException: Read timed out
\tat java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:288) ~[?:?]
\t... 12 more"""
PYTHON = """\
Traceback (most recent call last):
  File "/app/shop/cart.py", line 42, in checkout
    total = prices[sku]
            ~~~~~~^^^^^
  File "/usr/lib/python3.11/collections/__init__.py", line 1015, in __getitem__
    raise KeyError(key)
  File "/app/.venv/lib/python3.11/site-packages/django/core/handlers/base.py", line 197, in _get_response
    response = wrapped_callback(request)
  File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed
  [Previous line repeated 990 more times]
KeyError: 'sku-7'"""
GO = """\
panic: runtime error: index out of range [3] with length 3

goroutine 18 [running]:
runtime.gopanic({0x104a2c0?, 0x140001})
\t/usr/local/go/src/runtime/panic.go:770 +0x124
main.(*Cart).Total(0x14000124000, {0x1, 0x2})
\t/src/shop/cart.go:31 +0x44
github.com/gorilla/mux.(*Router).ServeHTTP(0x1, {0x2})
\t/root/go/pkg/mod/github.com/gorilla/mux@v1.8.1/mux.go:212 +0x1c
created by net/http.(*Server).Serve in goroutine 1
\tnet/http/server.go:3285 +0x4b4"""
JAVASCRIPT = """\
TypeError: Cannot read properties of undefined (reading 'price')
    at total (/app/src/cart.js:12:31)
    at async Promise.all (index 0)
    at Array.map (<anonymous>)
    at Layer.handle [as handle_request] (/app/node_modules/express/lib/router/layer.js:95:5)
    at file:///app/src/server.mjs:7:3
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)"""
FIREFOX = """\
total@https://shop.example/static/cart.js:12:31
handle@https://shop.example/node_modules/react-dom/index.js:1:2
@https://shop.example/static/main.js:3:9"""
DOTNET = """\
System.InvalidOperationException: Sequence contains no elements
   at System.Linq.ThrowHelper.ThrowNoElementsException()
   at Shop.Cart.Cart.<TotalAsync>d__5.MoveNext() in /src/Shop/Cart.cs:line 31
--- End of stack trace from previous location ---
   at Microsoft.AspNetCore.Mvc.Infrastructure.ActionMethodExecutor.Execute(ActionContext context, Object[] arguments)"""

TEXT, OWN, LIBRARY = Origin.TEXT, Origin.OWN, Origin.LIBRARY


@pytest.mark.parametrize(
    ("stack", "parts"),
    [
        (JAVA, [(TEXT, 0), (OWN, 1), (LIBRARY, 2), (OWN, 1), (TEXT, 0), (LIBRARY, 1)]),
        (PYTHON, [(TEXT, 0), (OWN, 1), (LIBRARY, 3), (TEXT, 0)]),
        (GO, [(TEXT, 0), (LIBRARY, 1), (OWN, 1), (LIBRARY, 2)]),
        (JAVASCRIPT, [(TEXT, 0), (OWN, 1), (LIBRARY, 3), (OWN, 1), (LIBRARY, 1)]),
        (FIREFOX, [(OWN, 1), (LIBRARY, 1), (OWN, 1)]),
        (DOTNET, [(TEXT, 0), (LIBRARY, 1), (OWN, 1), (TEXT, 0), (LIBRARY, 1)]),
    ],
    ids=["java", "python", "go", "javascript", "firefox", "dotnet"],
)
def test_own_frames_are_told_from_those_of_libraries(stack: str, parts: list[tuple[Origin, int]]) -> None:
    assert [(part.origin, part.frame_count) for part in split_stack(stack)] == parts


@pytest.mark.parametrize("stack", [JAVA, PYTHON, GO, JAVASCRIPT, FIREFOX, DOTNET, "", "at", "no trace\nat all", "\n\n"])
def test_no_line_is_lost_or_moved(stack: str) -> None:
    assert "\n".join(part.text for part in split_stack(stack)) == "\n".join(stack.splitlines())


def test_the_lines_under_a_frame_go_with_it() -> None:
    assert split_stack(PYTHON)[1] == StackPart(
        origin=OWN,
        text=('  File "/app/shop/cart.py", line 42, in checkout\n    total = prices[sku]\n            ~~~~~~^^^^^'),
        frame_count=1,
    )
    assert split_stack(GO)[2].text == "main.(*Cart).Total(0x14000124000, {0x1, 0x2})\n\t/src/shop/cart.go:31 +0x44"


@pytest.mark.parametrize(
    ("frame", "origin"),
    [
        ("\tat kotlinx.coroutines.BuildersKt.launch(Builders.kt:1)", LIBRARY),
        ("\tat app//shop.Main.main(Main.java)", OWN),
        ("\tat shop.Main.main(Native Method)", OWN),
        ("   at Shop.Program.Main(String[] args)", OWN),
        ("   at Npgsql.NpgsqlCommand.ExecuteReader(CommandBehavior behavior) in /_/src/NpgsqlCommand.cs:line 1", OWN),
        ("    at new Cart (C:\\shop\\cart.js:1:2)", OWN),
        ("    at C:\\shop\\node_modules\\pg\\index.js:1:2", LIBRARY),
        ('  File "C:\\Python311\\Lib\\json\\decoder.py", line 1, in decode', LIBRARY),
    ],
)
def test_a_frame_is_judged_by_its_place(frame: str, origin: Origin) -> None:
    assert [part.origin for part in split_stack(frame)] == [origin]


def test_go_files_of_trimmed_paths_are_known_by_their_module() -> None:
    stack = "a.B(0x1)\n\tgithub.com/a/b@v1.2.3/b.go:1\nshop/cart.Total(0x1)\n\tshop/cart/total.go:2"
    assert [part.origin for part in split_stack(stack)] == [LIBRARY, OWN]


@pytest.mark.parametrize(
    "line",
    [
        "at " + "/" * 997,
        "at " + "a" * 990 + "(",
        "at " + " (" * 490,
        "at x(" + ")" * 990,
        "x" * 500 + "@" * 400,
        "a.b()" * 200,
    ],
)
def test_no_line_keeps_a_pattern_busy(line: str) -> None:
    """A thousand characters of anything: one that goes back and forth over them would not end today."""
    stack = "\n".join([line] * 20)
    assert "\n".join(part.text for part in split_stack(stack)) == stack

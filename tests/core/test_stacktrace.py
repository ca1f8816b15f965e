from __future__ import annotations

from itertools import pairwise
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.stacktrace import Whose, causes_of, runs_of

# A mark before each line: > the program's own, . a library's, ! another exception begins.
PYTHON = """
    !Traceback (most recent call last):
    .  File "/app/.venv/lib/python3.12/site-packages/django/core/handlers/base.py", line 197, in _get_response
    .    response = wrapped_callback(request)
    .               ^^^^^^^^^^^^^^^^^^^^^^^^^
    >  File "/app/shop/payment.py", line 42, in charge
    >    answer = client.post(url)
    .  File "/usr/lib/python3.12/socket.py", line 707, in readinto
    .    raise timeout
    >TimeoutError: timed out
    >
    !The above exception was the direct cause of the following exception:
    >
    !Traceback (most recent call last):
    >  File "/app/shop/checkout.py", line 17, in checkout
    >shop.PaymentFailed: no answer
"""
JAVA = """
    >com.acme.PaymentException: charge failed
    >\tat com.acme.PaymentService.charge(PaymentService.java:88)
    .\tat org.springframework.aop.Invocation.proceed(Invocation.java:186)
    .\tat java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1136)
    !Caused by: java.net.SocketTimeoutException: Read timed out
    .\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)
    .\t... 12 more
"""
NODE = """
    >Error: charge failed
    >    at charge (/app/src/payment.js:42:11)
    .    at Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)
    .    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
    !  [cause]: Error: socket hang up
"""
DOTNET = """
    >Shop.PaymentException: charge failed
    ! ---> System.TimeoutException: The operation has timed out.
    .   at System.Net.Http.HttpClient.SendAsync(HttpRequestMessage request)
    !   --- End of inner exception stack trace ---
    >   at Shop.Payment.Charge(Order order) in /src/Payment.cs:line 42
"""
GO = """
    !goroutine 1 [running]:
    .net/http.(*conn).serve(0xc0000a0000)
    .\t/usr/local/go/src/net/http/server.go:1995 +0x123
    >main.charge(0x2a)
    >\t/app/payment.go:42 +0x1d
"""
PHP = """
    >#0 /var/www/src/Payment.php(42): charge()
    .#1 /var/www/vendor/symfony/http-kernel/HttpKernel.php(181): handle()
    .#2 [internal function]: main()
"""
RUBY = """
    >/app/lib/payment.rb:12:in `charge'
    ./usr/lib/ruby/gems/3.3.0/gems/rack-3.0/lib/rack.rb:5:in `call'
"""
MARKS = {">": Whose.OWN, ".": Whose.LIBRARY, "!": Whose.CAUSE}


@pytest.mark.parametrize("drawing", [PYTHON, JAVA, NODE, DOTNET, GO, PHP, RUBY])
def test_own_code_libraries_and_causes_are_told_apart(drawing: str) -> None:
    lines = dedent(drawing).strip("\n").split("\n")
    text = "\n".join(line[1:] for line in lines)
    found = [(run.whose, line) for run in runs_of(text) for line in run.text.removesuffix("\n").split("\n")]
    assert found == [(MARKS[line[0]], line[1:]) for line in lines]


def test_lines_of_one_kind_that_follow_each_other_are_one_run() -> None:
    runs = runs_of("\n".join(line[5:] for line in PYTHON.strip("\n").split("\n")))
    assert [(run.whose.value, run.length) for run in runs][:4] == [
        ("cause", "1 line"),
        ("library", "3 lines"),
        ("own", "2 lines"),
        ("library", "2 lines"),
    ]


@pytest.mark.parametrize(
    ("drawing", "causes"),
    [
        (JAVA, ["java.net.SocketTimeoutException: Read timed out"]),
        (NODE, ["Error: socket hang up"]),
        (DOTNET, ["System.TimeoutException: The operation has timed out."]),
        (PYTHON, []),
    ],
)
def test_causes_are_named_where_the_trace_says_them_in_a_line(drawing: str, causes: list[str]) -> None:
    assert causes_of("\n".join(line[5:] for line in drawing.split("\n"))) == causes


@given(st.text() | st.text('\n\t "at Fil./', max_size=200))
def test_runs_are_the_text_again(text: str) -> None:
    runs = runs_of(text)
    assert "".join(run.text for run in runs) == text
    assert all(before.whose != after.whose for before, after in pairwise(runs))

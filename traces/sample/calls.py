"""Ways to call others, each with the attributes that OpenTelemetry's conventions want on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Link, SpanContext, SpanKind

from traces.core.timescale import MILLISECOND
from traces.sample.work import Attributes, Story, Value, Work

_GIVEN_UP = "timeout"


class Answer:
    """What the server will say. `server` is its span; the client's where it has none."""

    def __init__(self, server: Work) -> None:
        self.server = server
        self.code: int | str = 200

    def says(self, code: int | str) -> None:
        self.code = code


@contextmanager
def request(story: Story, method: str, route: str, path: str, attributes: Attributes | None = None) -> Iterator[Answer]:
    """A customer's request, as the storefront sees it: the root of a trace."""
    customer = story.customer
    about = {
        "http.request.method": method,
        "http.route": route,
        "url.path": path,
        "url.scheme": "https",
        "server.address": "shop.example",
        "user_agent.original": customer.agent,
        "user.id": customer.id,
        "session.id": f"{story.rng.getrandbits(64):016x}",
        "app.user.tier": customer.tier,
        **(attributes or {}),
    }
    with story.begins("storefront", f"{method} {route}", SpanKind.SERVER, story.at_ns, about) as server:
        answer = Answer(server)
        server.spend(1.5)
        yield answer
        server.spend(2)
        _http_ends(server, answer, is_server=True)


@contextmanager
def http(
    caller: Work,
    service: str,
    method: str,
    route: str,
    *,
    path: str = "",
    attributes: Attributes | None = None,
    timeout_ms: float = 30_000,
    hop: bool = False,
) -> Iterator[Answer]:
    """Client and server. What takes longer than the timeout goes on, but the caller does not wait for it.

    `path` is what was asked for; without `route` it names the spans, as careless programs do.
    """
    path = path or route
    url = {"http.request.method": method, "url.full": f"http://{service}.shop.internal{path}"}
    with caller.span(f"{method} {route or path}", SpanKind.CLIENT, url | {"server.address": service}) as client:
        client.spend(0.4)
        about = {"http.request.method": method, "url.path": path, "url.scheme": "http", **(attributes or {})}
        about |= {"http.route": route} if route else {}
        with client.elsewhere(service, f"{method} {route or path}", SpanKind.SERVER, about, hop=hop) as server:
            answer = Answer(server)
            server.spend(0.6)
            yield answer
            _http_ends(server, answer, is_server=True)
        given_up_ns = client.began_ns + int(timeout_ms * MILLISECOND)
        if server.at_ns > given_up_ns:
            client.wait_until(given_up_ns)
            client.fail(_GIVEN_UP, f"no answer from {service} within {timeout_ms:g} ms")
            answer.says(_GIVEN_UP)
        else:
            client.wait_until(server.at_ns)
            client.spend(0.4)
            _http_ends(client, answer, is_server=False)


def _http_ends(work: Work, answer: Answer, *, is_server: bool) -> None:
    if answer.code == _GIVEN_UP:
        answer.code = 504
    work.set("http.response.status_code", answer.code)
    if int(answer.code) >= (500 if is_server else 400):
        work.fail(str(answer.code))


@contextmanager
def outside(caller: Work, method: str, host: str, path: str, query: str = "") -> Iterator[Answer]:
    """A call to somebody who sends no spans; what it takes is spent on the client's."""
    about = {"http.request.method": method, "url.full": f"https://{host}{path}{query}", "server.address": host}
    with caller.span(f"{method} {path}", SpanKind.CLIENT, about) as client:
        answer = Answer(client)
        yield answer
        _http_ends(client, answer, is_server=False)


@contextmanager
def grpc(caller: Work, service: str, method: str, *, deadline_ms: float = 30_000) -> Iterator[Answer]:
    """`method` is the whole name, `shop.Inventory/Reserve`."""
    about = {"rpc.system.name": "grpc", "rpc.method": method}
    with caller.span(method, SpanKind.CLIENT, about | {"server.address": service, "server.port": 50051}) as client:
        client.spend(0.3)
        with client.elsewhere(service, method, SpanKind.SERVER, about) as server:
            answer = Answer(server)
            answer.code = "OK"
            server.spend(0.3)
            yield answer
            _grpc_ends(server, answer)
        given_up_ns = client.began_ns + int(deadline_ms * MILLISECOND)
        if server.at_ns > given_up_ns:
            client.wait_until(given_up_ns)
            answer.says("DEADLINE_EXCEEDED")
        else:
            client.wait_until(server.at_ns)
            client.spend(0.3)
        _grpc_ends(client, answer)


def _grpc_ends(work: Work, answer: Answer) -> None:
    work.set("rpc.response.status_code", answer.code)
    if answer.code != "OK":
        work.fail(str(answer.code), str(answer.code).replace("_", " ").lower())


@contextmanager
def query(caller: Work, summary: str, text: str, median_ms: float = 2.5) -> Iterator[Work]:
    """A statement at the service's own PostgreSQL; `summary` is `SELECT products`."""
    operation, _, table = summary.partition(" ")
    about: Attributes = {
        "db.system.name": "postgresql",
        "db.namespace": caller.instance.service.replace("-", "_"),
        "db.operation.name": operation,
        "db.collection.name": table,
        "db.query.summary": summary,
        "db.query.text": text,
        "server.address": f"pg-{caller.instance.service}.shop.internal",
    }
    with caller.span(summary, SpanKind.CLIENT, about) as client:
        client.spend(median_ms, 0.45)
        yield client


def ask(caller: Work, summary: str, text: str, median_ms: float = 2.5) -> None:
    """A statement of which nothing more is to be said."""
    with query(caller, summary, text, median_ms):
        pass


@contextmanager
def redis(caller: Work, command: str, key: str) -> Iterator[Work]:
    about: Attributes = {
        "db.system.name": "redis",
        "db.operation.name": command,
        "db.query.text": f"{command} {key}",
        "server.address": "redis.shop.internal",
        "server.port": 6379,
    }
    with caller.span(command, SpanKind.CLIENT, about) as client:
        client.spend(0.5)
        yield client


def ask_redis(caller: Work, command: str, key: str) -> None:
    with redis(caller, command, key):
        pass


def send(caller: Work, queue: str, message_id: str) -> SpanContext:
    """Puts a message into a queue; what it returns goes with the message."""
    about = _message("send", queue, message_id)
    with caller.span(f"send {queue}", SpanKind.PRODUCER, about) as producer:
        producer.spend(2.2)
        return producer.remote_context()


@contextmanager
def receive(
    story: Story, service: str, queue: str, message_id: str, at_ns: int, *sent: SpanContext, attempt: int = 1
) -> Iterator[Work]:
    """A consumer's work: a trace of its own that links to whoever sent the messages."""
    about = _message("process", queue, message_id) | {"messaging.consumer.group.name": service}
    if len(sent) == 1:
        about |= {"app.delivery.attempt": attempt, "user.id": story.customer.id}
    else:
        del about["messaging.message.id"]
        about["messaging.batch.message_count"] = len(sent)
    links = [Link(context, {"messaging.destination.name": queue}) for context in sent]
    with story.begins(service, f"process {queue}", SpanKind.CONSUMER, at_ns, about, links=links) as consumer:
        consumer.spend(1)
        yield consumer
        consumer.spend(0.5)


def _message(operation: str, queue: str, message_id: str) -> dict[str, Value]:
    return {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": queue,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.message.id": message_id,
        "server.address": "rabbitmq.shop.internal",
    }

"""A tree's node in, its span's name and own attributes out, as bytes.

What never changes of an operation is encoded once; the rest is a handful of pieces joined.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from random import Random

from bench.protobuf import attribute, attributes, int_field, text_field, text_prefix
from bench.shop import CURRENCIES, SERVICES, STATEMENTS, USER_AGENTS
from bench.trees import CLIENT, CONSUMER, INTERNAL, PRODUCER, SERVER, Node

ATTRIBUTE = 9  # Span.attributes
_DOUBLE = struct.Struct("<d")
_ADDRESSES = [f"10.8.{net}.{host}" for net in range(16) for host in range(1, 251)]
_TOTAL = attribute(ATTRIBUTE, "app.order.total", 0.0)[: -_DOUBLE.size]
_PRODUCT = text_prefix(ATTRIBUTE, "app.product.id", 6)


def _naming(name: str, kind: int) -> bytes:
    return text_field(5, name) + int_field(6, kind)


def _status(rng: Random, node: Node) -> bytes:
    code = 500 if node.error else 404 if rng.random() < 0.025 else 200
    return attribute(ATTRIBUTE, "http.response.status_code", code)


def _an_address(rng: Random, key: str) -> bytes:
    return attribute(ATTRIBUTE, key, _ADDRESSES[int(rng.random() * len(_ADDRESSES))])


Form = tuple[bytes, bytes]  # name and kind; the attributes of this span alone


def _server(rng: Random, node: Node, number: int, user: str) -> Form:
    naming, constant, (before, hole, after), flags = _server_constants(node.service, node.choice, node.kind)
    return naming, b"".join((
        constant, before, _filling(hole, number, user), after,
        _status(rng, node),
        _an_address(rng, "client.address"),
        attribute(ATTRIBUTE, "user_agent.original", USER_AGENTS[int(rng.random() * 4)]),
        attribute(ATTRIBUTE, "http.response.body.size", int(rng.random() * 90_000) + 120),
        attribute(ATTRIBUTE, "app.feature_flag", flags[int(rng.random() * 3)]),
    ))  # fmt: skip


@cache
def _server_constants(service: int, choice: int, kind: int) -> tuple[bytes, bytes, Hole, list[str]]:
    name, route = SERVICES[service].name, SERVICES[service].routes[choice]
    constant = attributes(ATTRIBUTE, {
        "http.request.method": route.method,
        "http.route": route.path,
        "url.scheme": "http",
        "server.address": f"{name}.shop.svc",
        "server.port": 8080,
        "network.protocol.version": "1.1",
    })  # fmt: skip
    flags = [f"new-{route.function}-{variant}" for variant in range(3)]
    return _naming(f"{route.method} {route.path}", kind), constant, _hole("url.path", "", route.path), flags


def _client(rng: Random, node: Node, number: int, user: str) -> Form:
    if node.callee < 0:
        return _database(rng, node)
    naming, constant, (before, hole, after) = _client_constants(node.callee, node.choice, node.kind)
    return naming, b"".join((
        constant, before, _filling(hole, number, user), after,
        _status(rng, node),
        _an_address(rng, "network.peer.address"),
        attribute(ATTRIBUTE, "http.request.resend_count", int(rng.random() * 2)),
    ))  # fmt: skip


@cache
def _client_constants(callee: int, choice: int, kind: int) -> tuple[bytes, bytes, Hole]:
    name, route = SERVICES[callee].name, SERVICES[callee].routes[choice]
    constant = attributes(ATTRIBUTE, {
        "peer.service": name,
        "http.request.method": route.method,
        "server.address": f"{name}.shop.svc",
        "server.port": 8080,
        "network.protocol.version": "1.1",
    })  # fmt: skip
    return (
        _naming(route.method, kind),
        constant,
        _hole("url.full", f"http://{name}.shop.svc:8080", route.path),
    )


def _database(rng: Random, node: Node) -> Form:
    naming, constant = _database_constants(node.service, node.choice, node.instance)
    rows = attribute(ATTRIBUTE, "db.response.returned_rows", int(rng.random() * 50))
    return naming, constant + rows + attribute(ATTRIBUTE, "app.cache.hit", rng.random() < 0.25)


@cache
def _database_constants(service: int, choice: int, instance: int) -> tuple[bytes, bytes]:
    statement, system = STATEMENTS[choice], SERVICES[service].database
    constant = attributes(ATTRIBUTE, {
        "db.system.name": system,
        "db.namespace": SERVICES[service].name.removesuffix("-service"),
        "db.operation.name": statement.operation,
        "db.collection.name": statement.table,
        "db.query.text": statement.text,
        "server.address": f"{system}-{instance}.db.internal",
        "server.port": 5432,
        "db.client.connection.pool.name": "primary",
    })  # fmt: skip
    return _naming(f"{statement.operation} {statement.table}", CLIENT), constant


def _internal(rng: Random, node: Node, number: int, _user: str) -> Form:
    naming, constant = _internal_constants(node.service, node.choice)
    random = rng.random
    return naming, b"".join((
        constant,
        attribute(ATTRIBUTE, "code.line.number", int(random() * 600) + 1),
        attribute(ATTRIBUTE, "app.cart.items", int(random() * 12)),
        _TOTAL + _DOUBLE.pack(int(random() * 50_000) / 100),
        attribute(ATTRIBUTE, "app.currency", CURRENCIES[int(random() * 4)]),
        attribute(ATTRIBUTE, "app.cache.hit", random() < 0.5),
        _PRODUCT, b"%d" % number,
        attribute(ATTRIBUTE, "app.feature_flag", f"exp-{int(random() * 8)}"),
    ))  # fmt: skip


@cache
def _internal_constants(service: int, choice: int) -> tuple[bytes, bytes]:
    name, function = SERVICES[service].name, SERVICES[service].routes[choice].function
    code = {
        "code.function.name": f"com.shop.{name}.{function}",
        "code.file.path": f"src/{name}/{function}.java",
    }
    return _naming(function, INTERNAL), attributes(ATTRIBUTE, {**code})


Hole = tuple[bytes, str, bytes]  # an attribute's bytes before what varies, what varies, the rest


def _hole(key: str, origin: str, path: str) -> Hole:
    before, brace, rest = path.partition("{")
    name, _, after = rest.partition("}")
    size = len(_filling(name, 100_000, "u-00000")) if brace else 0
    prefix = text_prefix(ATTRIBUTE, key, len(origin) + len(before) + size + len(after))
    return prefix + (origin + before).encode(), name, after.encode()


def _filling(hole: str, number: int, user: str) -> bytes:
    """Always of one length for one hole: the lengths around it are encoded already."""
    if hole == "id":
        return b"%d" % number
    if hole == "sku":
        return b"SKU-%05d" % (number % 40_000)
    return user.encode() if hole == "user" else b""


FORMS: dict[int, Callable[[Random, Node, int, str], Form]] = {
    SERVER: _server,
    CONSUMER: _server,
    CLIENT: _client,
    PRODUCER: _client,
    INTERNAL: _internal,
}

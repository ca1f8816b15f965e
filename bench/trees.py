"""A random source in, a trace's spans out: who called whom, when, and what failed. No bytes yet."""

from __future__ import annotations

import math
from random import Random

from bench.shop import INSTANCES, SERVICES, SHIPPING, STATEMENTS

INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER = 1, 2, 3, 4, 5
ROUTES = 5
MAX_DEPTH = 25
MAX_SPANS = 1000


class Node:
    """A span to be. `choice` is a route's place in its service or, for a database call, a statement's."""

    __slots__ = (
        "callee", "children", "choice", "depth", "end", "error", "id", "index", "instance", "kind", "origin",
        "parent", "service", "start",
    )  # fmt: skip

    def __init__(self, index: int, parent: int, depth: int, service: int, kind: int, choice: int) -> None:
        self.index, self.parent, self.depth = index, parent, depth
        self.service, self.kind, self.choice = service, kind, choice
        self.instance = 0
        self.callee = -1  # the service called; -1 for none, or the database
        self.children: list[Node] = []
        self.error = self.origin = False
        self.start = self.end = 0
        self.id = b""


def trace_size(rng: Random) -> int:
    """25 on average, half of them below 14, one in a hundred above 170."""
    return max(1, min(int(math.exp(rng.gauss(2.614, 1.1))), MAX_SPANS))


def grow(rng: Random, size: int) -> list[Node]:
    """`size` spans, parents before their children, without times."""
    nodes: list[Node] = []
    root = _add(rng, nodes, None, int(rng.random() * 2), SERVER, int(rng.random() * ROUTES))
    parents = [root]
    while len(nodes) < size:
        _add_children(rng, nodes, _a_parent(rng, parents), parents, room=size - len(nodes))
    return nodes


def _a_parent(rng: Random, parents: list[Node]) -> Node:
    if rng.random() < 1 / 3:
        return parents[-1]
    parent = parents[int(rng.random() * len(parents))]
    return parent if parent.depth < MAX_DEPTH else parents[0]


def _add_children(rng: Random, nodes: list[Node], parent: Node, parents: list[Node], room: int) -> None:
    kind = rng.random()
    if kind < 0.45 and room >= 2:
        parents.append(_add_call(rng, nodes, parent))
    elif kind < 0.8:
        _add(rng, nodes, parent, parent.service, CLIENT, int(rng.random() * len(STATEMENTS)))
    else:
        parents.append(_add(rng, nodes, parent, parent.service, INTERNAL, int(rng.random() * ROUTES)))


def _add_call(rng: Random, nodes: list[Node], parent: Node) -> Node:
    calls = SERVICES[parent.service].calls
    callee = calls[int(rng.random() * len(calls))]
    route = int(rng.random() * ROUTES)
    queued = callee == SHIPPING and rng.random() < 1 / 3
    client = _add(rng, nodes, parent, parent.service, PRODUCER if queued else CLIENT, route)
    client.callee = callee
    return _add(rng, nodes, client, callee, CONSUMER if queued else SERVER, route)


def _add(rng: Random, nodes: list[Node], parent: Node | None, service: int, kind: int, choice: int) -> Node:
    if parent is None:
        node = Node(0, -1, 0, service, kind, choice)
    else:
        node = Node(len(nodes), parent.index, parent.depth + 1, service, kind, choice)
        parent.children.append(node)
    same_process = parent is not None and parent.service == service
    node.instance = parent.instance if parent and same_process else int(rng.random() * INSTANCES)
    node.id = rng.getrandbits(64).to_bytes(8, "big")
    nodes.append(node)
    return node


def schedule(rng: Random, nodes: list[Node], start_ns: int) -> None:
    """Gives every span its times: within its parent's, by its subtree's size, some siblings overlapping."""
    typical = 14.4e6 * math.sqrt(len(nodes) + 4)
    nodes[0].start = start_ns
    nodes[0].end = start_ns + max(int(typical * math.exp(rng.gauss(0, 0.8))), 200_000)
    subtree = [1] * len(nodes)
    for node in reversed(nodes):
        if node.index:
            subtree[node.parent] += subtree[node.index]
    for node in nodes:
        if node.children:
            _schedule_children(rng, node, subtree)


def _schedule_children(rng: Random, node: Node, subtree: list[int]) -> None:
    random, duration, siblings = rng.random, node.end - node.start, len(node.children)
    at = 0.01 + 0.02 * random()
    share = (0.97 - at) / (subtree[node.index] - 1)
    for child in node.children:
        slot = share * subtree[child.index]
        width = slot * (0.9 + 0.09 * random() if siblings == 1 else 0.45 + 0.5 * random())
        if siblings > 4 and random() < 1 / 3:
            width = slot * (1 + 2 * random())
        child.start = node.start + int(duration * at)
        child.end = min(child.start + max(int(duration * min(width, 0.99 - at)), 1), node.end)
        at += slot


def fail(rng: Random, nodes: list[Node]) -> None:
    """One span fails, and its callers with it, until one of them copes."""
    node = nodes[int(rng.random() * len(nodes))]
    node.origin = node.error = True
    while node.index and rng.random() >= 0.15:
        node = nodes[node.parent]
        node.error = True

"""In: a `Trace`. Out: its services and who called whom in it, laid out in layers from the caller to the called.

A service stands right of all that called it before it first appeared; a call back to an earlier one is drawn as such,
and moves nothing. At most MOST_SERVICES, the first and those with most spans; the rest is one node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.columns import STAND_IN
from traces.core.self_time import self_times_of
from traces.core.span import Kind, Status
from traces.core.statistics import percentile
from traces.core.timeline import parents_of
from traces.core.trace import Trace

MOST_SERVICES = 30
REST = ""  # the name of the node that stands for all others
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 176, 48, 104, 24, 24


class Node(NamedTuple):
    """A service, or the rest; where its box lies, in pixels."""

    service: str
    services: int  # more than one: the rest
    spans: int
    errors: int
    self_ns: int
    x: int
    y: int


class Edge(NamedTuple):
    """Calls from one service to another: spans whose parent is of another service."""

    caller: int  # number of its node
    called: int
    calls: int
    errors: int
    p50_ns: int
    path: str  # SVG
    label_x: int
    label_y: int
    is_back: bool  # to a service that appeared earlier


@dataclass(frozen=True, slots=True)
class ServiceGraph:
    nodes: Sequence[Node]  # in the order in which they first appear
    edges: Sequence[Edge]
    width: int
    height: int


class _Counts(NamedTuple):
    spans: list[int]
    errors: list[int]
    self_ns: list[int]
    calls: dict[tuple[int, int], list[int]]  # durations
    failed: dict[tuple[int, int], int]


def service_graph_of(trace: Trace) -> ServiceGraph:
    names, of_operations, services = _numbered(trace)
    counts = _count(trace, of_operations, len(names))
    layers = _layers(len(names), counts.calls)
    places = _placed(layers, counts.calls)
    nodes = [
        Node(name, services if name == REST else 1, counts.spans[n], counts.errors[n], counts.self_ns[n], *places[n])
        for n, name in enumerate(names)
    ]
    edges = [
        _edge(nodes, pair, sorted(durations), counts.failed.get(pair, 0), is_back=layers[pair[0]] >= layers[pair[1]])
        for pair, durations in counts.calls.items()
    ]
    width = max((node.x + BOX_WIDTH for node in nodes), default=0) + MARGIN
    below = [MARGIN + GAP_Y] if any(edge.is_back for edge in edges) else [MARGIN]
    return ServiceGraph(nodes, edges, width, max((node.y + BOX_HEIGHT for node in nodes), default=0) + below[0])


def _numbered(trace: Trace) -> tuple[list[str], list[int], int]:
    """Names of the nodes by first appearance, each operation's node, and how many services the rest has."""
    columns = trace.columns
    counts = Counter(columns.operation_places)
    spans: dict[str, int] = {}
    for place in dict.fromkeys(map(columns.operation_places.__getitem__, trace.order)):
        if place != STAND_IN:
            service = columns.operations[place].service
            spans[service] = spans.get(service, 0) + counts[place]
    entry = next(iter(spans), "")
    shown = set(sorted(spans, key=lambda service: (service != entry, -spans[service]))[:MOST_SERVICES])
    numbers: dict[str, int] = {}
    of_services = {name: numbers.setdefault(name if name in shown else REST, len(numbers)) for name in spans}
    of_operations = [of_services.get(operation.service, 0) for operation in columns.operations]
    return list(numbers), of_operations, len(spans) - len(shown)


def _count(trace: Trace, of_operations: Sequence[int], nodes: int) -> _Counts:
    columns, parents, own_ns = trace.columns, parents_of(trace), self_times_of(trace)
    counts = _Counts([0] * nodes, [0] * nodes, [0] * nodes, {}, {})
    of_places: list[int] = []
    for place, row in enumerate(trace.order):
        operation = columns.operation_places[row]
        node = STAND_IN if operation == STAND_IN else of_operations[operation]
        of_places.append(node)
        if node == STAND_IN:
            continue
        error = columns.statuses[row] == Status.ERROR
        counts.spans[node] += 1
        counts.errors[node] += error
        counts.self_ns[node] += own_ns[place]
        above = of_places[parents[place]] if parents[place] >= 0 else STAND_IN
        if above not in (node, STAND_IN):
            error = error or _failed_for_caller(trace, parents[place])
            counts.calls.setdefault((above, node), []).append(columns.durations_ns[row])
            counts.failed[above, node] = counts.failed.get((above, node), 0) + error
    return counts


def _failed_for_caller(trace: Trace, place: int) -> bool:
    """Whether the caller's own span of the call says so, as after a timeout of which the called knows nothing."""
    columns, row = trace.columns, trace.order[place]
    is_call = columns.operation(row).kind in (Kind.CLIENT, Kind.PRODUCER)
    return is_call and columns.statuses[row] == Status.ERROR


def _layers(nodes: int, calls: Mapping[tuple[int, int], object]) -> list[int]:
    """The longest way to each node over calls to services that appear later than their caller: those have no cycle."""
    layers = [0] * nodes
    for caller, called in sorted(calls):
        if caller < called:
            layers[called] = max(layers[called], layers[caller] + 1)
    return layers


def _placed(layers: Sequence[int], calls: Mapping[tuple[int, int], object]) -> list[tuple[int, int]]:
    """Each layer is a column, in it each node near the middle of its callers."""
    columns: dict[int, list[int]] = {}
    for node, layer in enumerate(layers):
        columns.setdefault(layer, []).append(node)
    highest, heights = max(map(len, columns.values()), default=0), [0.0] * len(layers)
    for layer in sorted(columns):
        callers = {node: [heights[a] for a, b in calls if b == node and layers[a] < layer] for node in columns[layer]}
        wanted = {node: sum(above) / len(above) if above else highest / 2 for node, above in callers.items()}
        first = (highest - len(columns[layer])) / 2
        for index, node in enumerate(sorted(columns[layer], key=lambda node: (wanted[node], node))):
            heights[node] = first + index
    step_x, step_y = BOX_WIDTH + GAP_X, BOX_HEIGHT + GAP_Y
    return [
        (MARGIN + layer * step_x, MARGIN + round(height * step_y))
        for layer, height in zip(layers, heights, strict=True)
    ]


def _edge(nodes: Sequence[Node], pair: tuple[int, int], durations: list[int], errors: int, *, is_back: bool) -> Edge:
    start, end = nodes[pair[0]], nodes[pair[1]]
    path, x, y = _path_back(start, end) if is_back else _path(start, end)
    return Edge(*pair, len(durations), errors, percentile(durations, 50), path, x, y, is_back)


def _path(start: Node, end: Node) -> tuple[str, int, int]:
    """To the next box, and where its label goes: in the gap before the called one."""
    x, y = start.x + BOX_WIDTH, start.y + BOX_HEIGHT // 2
    to_x, to_y = end.x - 6, end.y + BOX_HEIGHT // 2
    bend = GAP_X // 2
    return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}", to_x - 4, to_y - 6


def _path_back(start: Node, end: Node) -> tuple[str, int, int]:
    """Below the boxes, from the middle of one to the middle of the other."""
    x, to_x = start.x + BOX_WIDTH // 2, end.x + BOX_WIDTH // 2 + 16
    y, to_y = start.y + BOX_HEIGHT, end.y + BOX_HEIGHT + 6
    low = max(y, to_y) + GAP_Y
    return f"M{x} {y}C{x} {low} {to_x} {low} {to_x} {to_y}", to_x + 36, to_y + 10

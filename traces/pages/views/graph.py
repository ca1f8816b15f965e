"""In: a layout. Out: its services as a graph of who called whom, and the same as a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from traces.core.layout import counted
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.service_graph import BOX_HEIGHT, BOX_WIDTH, MOST_SERVICES, REST, Edge, Node, service_graph_of
from traces.core.timescale import duration_text, exact_text
from traces.pages.layouts import Layout
from traces.pages.view import View
from traces.pages.views.common import can_be_said

DENSE_FROM = 40  # calls: from here on their lines are drawn faintly


@dataclass(frozen=True, slots=True)
class Box:
    """A service in words."""

    x: int
    y: int
    text_x: int
    colour: str
    name: str
    said: str
    errors: str
    wrong: str  # the same as a number alone
    title: str
    href: str  # the table of its spans; empty where no address can say which


@dataclass(frozen=True, slots=True)
class Call:
    """An edge in words."""

    caller: str
    caller_colour: str
    called: str
    called_colour: str
    count: str
    errors: str
    p50: str
    p50_exact: str
    path: str
    label_x: int
    label_y: int
    is_back: bool


def graph_part(layout: Layout, view: View) -> dict[str, object]:
    graph = service_graph_of(layout.trace)
    edges = sorted(graph.edges, key=lambda edge: (edge.is_back, edge.caller, edge.called))
    calls = [_call(edge, graph.nodes[edge.caller], graph.nodes[edge.called]) for edge in edges]
    rest = [node for node in graph.nodes if node.service == REST and node.services != 1]
    orphans = layout.trace.orphans
    notes = []
    if rest:
        notes.append(f"The {MOST_SERVICES} services with most spans are shown one by one, the others as one.")
    if orphans:
        notes.append(
            f"Who called {counted(orphans, 'span', 'spans')} isn't known: "
            f"{'its parent' if orphans == 1 else 'their parents'} didn't arrive."
        )
    return {
        "graph": graph,
        "box_width": BOX_WIDTH,
        "box_height": BOX_HEIGHT,
        "boxes": [_box(node, view) for node in graph.nodes],
        "calls": calls,
        "is_dense": len(calls) > DENSE_FROM,
        "notes": notes,
        "zoomed": view.stretch is not None,
    }


def _box(node: Node, view: View) -> Box:
    table = replace(view, name="table", options=(("service", node.service),), stretch=None)
    name, self_time = _name(node), f"self {duration_text(node.self_ns)}"
    spans = counted(node.spans, "span", "spans")
    errors = counted(node.errors, "error", "errors") if node.errors else ""
    return Box(
        x=node.x,
        y=node.y,
        text_x=node.x + 12,
        colour=_colour(node),
        name=name,
        said=f"{spans} · {self_time}",
        errors=errors,
        wrong=f"{node.errors:,}",
        title="\n".join(filter(None, [name, f"{spans}, {self_time}", errors])),
        href=table.query() if can_be_said(node.service) else "",
    )


def _call(edge: Edge, caller: Node, called: Node) -> Call:
    return Call(
        caller=_name(caller),
        caller_colour=_colour(caller),
        called=_name(called),
        called_colour=_colour(called),
        count=f"{edge.calls:,}",
        errors=f"{edge.errors:,}" if edge.errors else "",
        p50=duration_text(edge.p50_ns),
        p50_exact=exact_text(edge.p50_ns),
        path=edge.path,
        label_x=edge.label_x,
        label_y=edge.label_y,
        is_back=edge.is_back,
    )


def _name(node: Node) -> str:
    return f"{node.services} more services" if node.service == REST else printable(node.service)


def _colour(node: Node) -> str:
    return "rest" if node.service == REST else colour_class(node.service)

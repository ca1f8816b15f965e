"""In: a drawing of spans. Out: the spans; and back, a tree as a drawing.

Indent is the parent, a column is a millisecond, from bar's `|` to bar's `|`; a lone `|` takes no time:

    checkout      |==================|
      auth        |==|
"""

from __future__ import annotations

from textwrap import dedent

from traces.core.span import Kind, Resource, Span, Status
from traces.core.timescale import MILLISECOND
from traces.core.trace import MISSING_PARENT, Node, Trace

TRACE_ID = bytes.fromhex("7c0e4d1f9a3b4c5d8e6f00112233aabb")


def span_id(name: str) -> bytes:
    """The id that a drawing's span gets from its name."""
    return name.encode()[:8].ljust(8, b"_")


def a_span(label: str, parent: str | None = None, start: int = 0, length: int = 1, **fields: object) -> Span:
    """A span with times in milliseconds."""
    span = Span(
        trace_id=TRACE_ID,
        span_id=span_id(label),
        parent_span_id=span_id(parent) if parent else None,
        start_ns=start * MILLISECOND,
        duration_ns=length * MILLISECOND,
        service=label,
        name=label,
        kind=Kind.INTERNAL,
        status=Status.UNSET,
    )
    return span._replace(**fields)  # type: ignore[arg-type]


def spans_of(drawing: str) -> list[Span]:
    """The drawing's spans, top to bottom; time 0 is the leftmost bar's start."""
    lines = [line for line in dedent(drawing).splitlines() if line.strip()]
    origin = min(line.index("|") for line in lines)
    above: list[tuple[int, str]] = []
    spans = []
    for line in lines:
        indent, name = len(line) - len(line.lstrip()), line[: line.index("|")].strip()
        above = [(depth, parent) for depth, parent in above if depth < indent]
        start, end = line.index("|"), line.rindex("|")
        spans.append(a_span(name, above[-1][1] if above else None, start - origin, end - start))
        above.append((indent, name))
    return spans


def calls_of(drawing: str) -> list[Span]:
    """The same with labels `id service kind name`, where it matters who calls whom. An `!` at the end is an error;
    `service@2` an instance with a clock of its own:

        a  checkout   client  Charge!  |=======|
          b  payment@2  server  Charge   |===|
    """
    return [_call(span) for span in spans_of(drawing)]


def _call(span: Span) -> Span:
    id, service, kind, name = span.name.split(maxsplit=3)
    parent = span.parent_span_id
    service, _, instance = service.partition("@")
    return span._replace(
        span_id=span_id(id),
        parent_span_id=span_id(parent.decode().split()[0]) if parent else None,
        service=service,
        name=name.rstrip("!"),
        kind=Kind[kind.upper()],
        status=Status.ERROR if name.endswith("!") else Status.UNSET,
        resource=Resource({"service.name": service, "service.instance.id": instance}),
    )


def drawn(trace: Trace) -> str:
    """The tree's names, indented."""
    return "\n".join("  " * node.depth + _name(node) for node in trace.nodes)


def _name(node: Node) -> str:
    return node.span.name if node.span else f"{MISSING_PARENT} {node.span_id.decode().strip('_')}"

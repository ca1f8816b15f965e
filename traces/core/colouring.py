"""In: what rows are coloured by, and what a row has of it. Out: its colour, what to say of it, and the legend.

The same value has the same colour always and everywhere; what has no value is grey.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.columns import Operation
from traces.core.minimap import Paint, by_service
from traces.core.palette import colour_class
from traces.core.span import Kind
from traces.core.trace import Trace

KIND, ERROR = "kind", "error"  # all else is an attribute's key; nothing is the service
MOST_VALUES = 12  # more than hues, so some share one even so
PLAIN, FAILED = "plain", "failed"
_KINDS: dict[int, tuple[str, str]] = {
    Kind.SERVER: ("c7", "server"),
    Kind.CLIENT: ("c3", "client"),
    Kind.PRODUCER: ("c0", "producer"),
    Kind.CONSUMER: ("c9", "consumer"),
    Kind.INTERNAL: ("c11", "internal"),
}


class Colour(NamedTuple):
    """A CSS class, and the words for it."""

    css: str
    value: str


SEVERAL = Colour(PLAIN, "several spans in one row")


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours mean: with how many rows have them, where that is known."""

    entries: Sequence[tuple[Colour, str]]
    note: str


def kind_colour(kind: int) -> Colour:
    return Colour(*_KINDS.get(kind, (PLAIN, "unspecified")))


def error_colour(*, is_error: bool) -> Colour:
    return Colour(FAILED, "error") if is_error else Colour(PLAIN, "no error")


def value_colour(value: str | None) -> Colour:
    """Of an attribute; None where the span hasn't got it."""
    return Colour(PLAIN, "absent") if value is None else Colour(colour_class(value), value)


def kind_legend(trace: Trace) -> Legend:
    """The kinds in all of the trace."""
    kinds = sorted({operation.kind for operation in trace.columns.operations}, reverse=True)
    return Legend(list(dict.fromkeys((kind_colour(kind), "") for kind in kinds)), "")


def error_legend(trace: Trace) -> Legend:
    """Of all of the trace."""
    errors = len(trace.errors)
    counts = (error_colour(is_error=True), errors), (error_colour(is_error=False), trace.span_count - errors)
    return Legend([(colour, f"{count:,}") for colour, count in counts if count], "")


def marks_by(colouring: str) -> Paint:
    """How the minimap is painted: what isn't known of all spans leaves it grey, beside the marks of its errors."""
    if colouring == KIND:
        return _by_kind
    return _plain if colouring else by_service


def _by_kind(operation: Operation) -> str:
    return kind_colour(operation.kind).css


def _plain(operation: Operation) -> str:
    return PLAIN


def value_legend(colours: Iterable[Colour]) -> Legend:
    """Those of the rows that are drawn: of others nothing was read."""
    counts = Counter(colours)
    absent = value_colour(None)
    ranked = sorted(counts, key=lambda colour: (colour in (absent, SEVERAL), -counts[colour], colour.value))
    note = f"in the {sum(counts.values()):,} rows drawn here"
    if (more := len(ranked) - MOST_VALUES) > 0:
        note = f"and {more:,} other values, {note}"
    return Legend([(colour, f"{counts[colour]:,}") for colour in ranked[:MOST_VALUES]], note)

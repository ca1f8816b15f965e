"""In: rows' details and what somebody wants to see of them. Out: cells of extra columns, colours, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from traces.core.colouring import (
    ERROR,
    KIND,
    SEVERAL,
    Colour,
    Legend,
    error_colour,
    error_legend,
    kind_colour,
    kind_legend,
    value_colour,
    value_legend,
)
from traces.core.columns import STAND_IN
from traces.core.layout import Details
from traces.core.printable import printable
from traces.core.span import Status
from traces.core.trace import Trace
from traces.core.values import key_text
from traces.pages.values import value_text
from traces.pages.view import View

LONGEST_CELL = 80  # more never fits; the whole is in its title


@dataclass(frozen=True, slots=True)
class Cell:
    """An attribute of a row's span: what fits, and all of it."""

    text: str
    title: str


def wanted_attributes(view: View) -> list[str]:
    """What has to be read of the rows, as stored keys."""
    keys = [*view.cols, view.colour] if view.colour not in ("", KIND, ERROR) else view.cols
    return list(dict.fromkeys(map(key_text, keys)))


def cells_of(view: View, details: Details) -> list[Cell]:
    """One a column; empty where the span hasn't got it."""
    texts = [_text(details, key) or "" for key in view.cols]
    return [
        Cell(text[:LONGEST_CELL], f"{printable(key)}: {text}" if text else "")
        for key, text in zip(view.cols, texts, strict=True)
    ]


def colour_of(trace: Trace, place: int, view: View, details: Details, folded: Sequence[int] = ()) -> Colour | None:
    """None where it's coloured as always: by service, or as a stand-in. `folded`: repeats that the row stands for."""
    columns, row = trace.columns, trace.order[place]
    if not view.colour or columns.operation_places[row] == STAND_IN:
        return None
    if view.colour == KIND:
        return kind_colour(columns.operation(row).kind)
    if view.colour == ERROR:
        rows = [trace.order[one] for one in folded] or [row]
        return error_colour(is_error=any(columns.statuses[one] == Status.ERROR for one in rows))
    if folded:
        return SEVERAL
    return value_colour(_text(details, view.colour))


def legend_of(trace: Trace, view: View, colours: Sequence[Colour]) -> Legend | None:
    """None where the services in the header are it."""
    if not view.colour:
        return None
    if view.colour == KIND:
        return kind_legend(trace)
    return error_legend(trace) if view.colour == ERROR else value_legend(colours)


def _text(details: Details, key: str) -> str | None:
    stored = key_text(key)
    return value_text(details.values[stored]) if stored in details.values else None

"""In: a list's address and its traces. Out: a column for each attribute the address names, and the way to another."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from traces import queries
from traces.core.printable import printable
from traces.core.values import to_python
from traces.pages.form import PLACE, address, without
from traces.pages.narrowing import Word, can_be_said, more
from traces.pages.results import Cell, Column, Results
from traces.search import opposite_of
from traces.search.columns import columns_text

MOST_OFFERED = 200
SHOWN_LENGTH = 100


def with_columns(
    results: Results, traces: Sequence[queries.TraceSummary], keys: Sequence[str], params: Mapping[str, str]
) -> Results:
    """The same rows with their traces' values of these keys."""
    if not keys:
        return results
    columns = [Column(printable(key), _address(params, [other for other in keys if other != key])) for key in keys]
    chosen = queries.chosen_values(traces, keys)
    if chosen is None:
        late = [Cell("?", "Not known: reading it takes too long")] * len(keys)
        return results.with_columns(columns, [late] * len(traces))
    return results.with_columns(columns, [_cells(one, keys, params) for one in chosen])


def with_added(params: Mapping[str, str]) -> dict[str, str]:
    """What the form for one more column submits, `col`, as part of `cols`."""
    added = [text for name in ("cols", "col") if (text := params.get(name, "").strip())]
    return without(params, "col", "cols") | {"cols": columns_text(added)} if added else without(params, "col")


def offered_columns() -> list[str]:
    """The most frequent keys, to choose from."""
    return [printable(key.name) for key in queries.attribute_keys("", most=MOST_OFFERED) if "," not in key.name]


def _address(params: Mapping[str, str], keys: Sequence[str]) -> str:
    kept = without(params, "cols", *PLACE)
    return address(kept | {"cols": columns_text(keys)} if keys else kept)


def _cells(chosen: queries.Chosen, keys: Sequence[str], params: Mapping[str, str]) -> list[Cell]:
    return [_cell(key, value, chosen, params) for key, value in zip(keys, chosen.values, strict=True)]


def _cell(key: str, value: Any, chosen: queries.Chosen, params: Mapping[str, str]) -> Cell:
    if isinstance(value, queries.Cut):
        return Cell(printable(value.json[:SHOWN_LENGTH]) + "…", "Its beginning")
    if value is None:
        return Cell("") if chosen.complete else Cell("?", "Not on the root, and not all of the other spans were read")
    plain = to_python(value)
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, default=str)
    shown = printable(text[:SHOWN_LENGTH]) + ("…" if len(text) > SHOWN_LENGTH else "")
    word = Word(key, text)
    if not isinstance(plain, str | int | float) or not can_be_said(word):
        return Cell(shown, printable(text))
    return Cell(shown, printable(text), more(params, word.condition), more(params, opposite_of(word.condition)))

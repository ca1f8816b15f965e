"""In: a search and a key (`group=user.id` in the address). Out: a row for each value, with an address of its traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces import queries
from traces.core.printable import printable
from traces.core.timescale import duration_text
from traces.core.value_groups import ORDERS, Group, groups_of
from traces.pages.addresses import present
from traces.pages.form import address, without
from traces.pages.narrowing import Word, can_be_said, excluded, has, toggled
from traces.pages.overview import error_text
from traces.pages.too_large import without_words
from traces.search import Search

SHOWN = 100
LABELS = {"traces": "Traces", "errors": "With an error", "p50": "p50", "p95": "p95", "max": "Longest",
          "total": "Total time"}  # fmt: skip
NAMES = {"service": "service of the root", "name": "operation of the root"}


class Column(NamedTuple):
    label: str
    address: str
    is_current: bool


class Row(NamedTuple):
    """No addresses where no search can ask for the value; the second is of the traces without it."""

    text: str
    address: str
    excluded: str
    is_none: bool
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Groups:
    key: str
    summary: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    left: str
    back: str


def grouped_list(search: Search, params: Mapping[str, str]) -> Groups:
    key, order = params["group"], params.get("order", "")
    order = order if order in ORDERS else "traces"
    found = queries.grouped(search, key)
    groups = groups_of(found.traces, by=order)
    here, weighted = without(present(params), "order"), any(group.numbers.weighted for group in groups)
    left = len(groups) - SHOWN
    return Groups(
        key=printable(NAMES.get(key, key)),
        summary=_summary(found, sum(group.value is not None for group in groups), weighted=weighted),
        columns=[Column(label, address(here if name == "traces" else here | {"order": name}), name == order)
                 for name, label in LABELS.items()],
        rows=[_row(group, key, search, params) for group in groups[:SHOWN]],
        left=f"and {left:,} more values" if left > 0 else "",
        back=address(without(here, "group")),
    )  # fmt: skip


def _row(group: Group, key: str, search: Search, params: Mapping[str, str]) -> Row:
    numbers = group.numbers
    lengths = (numbers.p50_ns, numbers.p95_ns, group.max_ns, group.total_ns)
    cells = [f"{round(numbers.weight):,}", error_text(numbers), *map(duration_text, lengths)]
    if group.value is None:
        return Row("(none)", "", "", is_none=True, cells=cells)
    addresses = _addresses(Word(key, group.value.text), search, params) if group.value.is_scalar else ("", "")
    return Row(printable(group.value.text) or "(empty)", *addresses, is_none=False, cells=cells)


def _addresses(word: Word, search: Search, params: Mapping[str, str]) -> tuple[str, str]:
    """The list of what has the value, of this page's search where that asks for it already; the groups without it."""
    ungrouped = without(present(params), "group", "order")
    if has(search, word):
        return address(ungrouped), ""
    return (toggled(search, word, ungrouped), excluded(search, word, params)) if can_be_said(word) else ("", "")


def _summary(found: queries.Grouped, values: int, *, weighted: bool) -> str:
    if not found.traces and not found.complete and not found.too_large:
        return "not known: looking takes too long"
    number = f"{len(found.traces):,}"
    read = f"all {number} traces" if found.complete else f"the newest {number} traces, there was no time for more"
    read = f"{number} traces, {without_words(found.too_large)}" if found.too_large else read
    sampled = "; weighted, for some were sampled" if weighted else ""
    return f"{values:,} {'value' if values == 1 else 'values'} in {read}{sampled}"

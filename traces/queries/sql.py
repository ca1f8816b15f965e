"""Pieces of SQL with their values, and what they are together. Values are always bound.

A piece may be null where it isn't true: nothing here, and no `where`, tells the two apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Sql(NamedTuple):
    """A condition, with a value for each of its holes."""

    text: str
    params: tuple[object, ...] = ()


ALWAYS, NEVER = Sql("true"), Sql("false")
# Of a span `s`: it is of the trace `t`, and so in that part of the table.
OF_TRACE = "s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns"


def all_sql(items: Iterable[Sql]) -> Sql:
    kept = [item for item in items if item != ALWAYS]
    return NEVER if NEVER in kept else _joined(" and ", kept, ALWAYS)


def any_sql(items: Iterable[Sql]) -> Sql:
    kept = [item for item in items if item != NEVER]
    return ALWAYS if ALWAYS in kept else _joined(" or ", kept, NEVER)


def not_sql(item: Sql) -> Sql:
    if item in (ALWAYS, NEVER):
        return NEVER if item == ALWAYS else ALWAYS
    return Sql(f"({item.text}) is not true", item.params)


def between(item: Sql, first_ns: int, last_ns: int) -> Sql:
    """The same of traces whose spans all start within this time: planned for these partitions alone."""
    return Sql(item.text.replace(OF_TRACE, f"{OF_TRACE} and s.start_ns between {first_ns} and {last_ns}"), item.params)


def since(text: str, start_ns: int | None) -> str:
    """The same of traces that all start then or later: planned without the partitions before."""
    return text if start_ns is None else text.replace(OF_TRACE, f"{OF_TRACE} and s.start_ns >= {start_ns}")


def _joined(word: str, items: list[Sql], none: Sql) -> Sql:
    if len(items) <= 1:
        return items[0] if items else none
    return Sql(
        word.join(f"({item.text})" for item in items),
        tuple(param for item in items for param in item.params),
    )

"""What several views share: which spans they speak of, as their addresses say it, and that in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from traces.core.layout import kind_text
from traces.core.printable import printable
from traces.core.ruler import stretch_text
from traces.core.selection import Selection
from traces.core.span import Kind, Status
from traces.pages.view import View

# A longer address is more than some servers and browsers take.
MOST_NAME_LENGTH = 500
NARROWING = ("service", "operation", "kind", "status")


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition, and the address without it."""

    text: str
    without: str


def selection_of(view: View) -> Selection:
    options = dict(view.options)
    return Selection(
        service=options.get("service"),
        name=options.get("operation"),
        kind=_number(Kind, options.get("kind")),
        status=_number(Status, options.get("status")),
        stretch=view.stretch,
    )


def chips_of(view: View) -> list[Chip]:
    """What narrows the selection."""
    chips = [
        Chip(f"{name} = {printable(view.option(name))}", view.with_options(**{name: None}, page=None).query())
        for name in NARROWING
        if view.option(name)
    ]
    return chips + stretch_chip(view.with_options(page=None))


def stretch_chip(view: View) -> list[Chip]:
    """The zoom, where there is one."""
    return [Chip(f"within {stretch_text(view.stretch)}", view.query(stretch=None))] if view.stretch else []


def _number(words: type[IntEnum], word: str | None) -> int | None:
    return next((known.value for known in words if known.name.lower() == word), None)


def kind_name(kind: int) -> str:
    """With a word for those that say none."""
    return kind_text(kind) or ("internal" if kind == Kind.INTERNAL else "unspecified")


def can_be_said(text: str) -> bool:
    """Whether it can stand in an address and come out the same."""
    return bool(text) and len(text) <= MOST_NAME_LENGTH and printable(text) == text

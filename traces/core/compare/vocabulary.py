"""In: operations and attributes as traces have them. Out: numbers for them that all traces of a comparison share.

A path is how an operation was reached: root, …, span, each by service, name (ids in it templated) and kind.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from traces.core.name_templates import templated

TOP = -1  # above all roots
UNLISTED = -3  # all paths that were met after so many others: never a row of their own, as which they are is chance
MOST_PATHS = 50_000
LONGEST_VALUE = 200
# A key of more values is an id, and of no use; so is one of more keys.
MOST_VALUES, MOST_KEYS = 10_000, 2_000
TOO_MANY, MORE_KEYS = "\0too many", "more keys"  # no value of the database has a NUL

Value = str | int | float


class Step(NamedTuple):
    """The last span of a path, and the path to its parent."""

    parent: int
    service: str
    name: str
    kind: int
    is_left_alone: bool  # nobody waited for it, or for something above it
    depth: int


class Fact(NamedTuple):
    """An attribute of some span of a trace. `scope` is root, resource or span."""

    scope: str
    key: str
    value: Value


class Vocabulary:
    """Paths and facts that were met, by number; the more traces are read, the more it knows."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.facts: list[Fact] = []
        self._steps: dict[tuple[int, str, str, int, bool], int] = {}
        self._facts: dict[tuple[str, str, bool, Value], int] = {}
        self._values: dict[tuple[str, str], int] = {}  # how many a key has
        self._templates: dict[str, str] = {}

    def path(self, parent: int, service: str, name: str, kind: int, *, is_left_alone: bool) -> int:
        key = parent, service, name, kind, is_left_alone
        number = self._steps.get(key)
        if number is None:
            if parent == UNLISTED or len(self.steps) >= MOST_PATHS:
                return UNLISTED
            above = self.steps[parent] if parent >= 0 else None
            alone = is_left_alone or (above is not None and above.is_left_alone)
            number = self._steps[key] = len(self.steps)
            depth = above.depth + 1 if above else 0
            self.steps.append(Step(parent, service, name, kind, alone, depth))
        return number

    def fact(self, scope: str, key: str, value: object) -> int:
        """The attribute's number; one number for all values of a key, and for all keys, that are too many."""
        plain = plain_value(value)
        # 1 and "1" differ, and so do numbers and what Python takes for them.
        known = scope, key, isinstance(plain, str), plain
        number = self._facts.get(known)
        if number is not None:
            return number
        of_key = self._values.get((scope, key), 0)
        if not of_key and len(self._values) >= MOST_KEYS:
            return self._beyond(scope, MORE_KEYS)
        if of_key >= MOST_VALUES:
            return self._beyond(scope, key)
        self._values[scope, key] = of_key + 1
        number = self._facts[known] = len(self.facts)
        self.facts.append(Fact(scope, key, plain))
        return number

    def _beyond(self, scope: str, key: str) -> int:
        known = scope, key, False, TOO_MANY
        if known not in self._facts:
            self._facts[known] = len(self.facts)
            self.facts.append(Fact(scope, key, TOO_MANY))
        return self._facts[known]

    def templated(self, name: str) -> str:
        """Remembered, as names come again and again."""
        if (template := self._templates.get(name)) is None:
            template = self._templates[name] = templated(name)
        return template


def plain_value(value: object) -> Value:
    """What can be counted: text and numbers as they are, all else as JSON; long text is cut."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"

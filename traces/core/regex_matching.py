"""In: a parsed regular expression, and texts. Out: whether it matches them.

All states at once, character by character: time grows with the text times the expression, whatever the two are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from traces.core.regex_classes import Ranges
from traces.core.regex_tree import Chain, Chars, Choice, Edge, Node, Repeat


class _Split(NamedTuple):
    ways: tuple[int, ...]


class _Edge(NamedTuple):
    edge: Edge
    then: int


class _Take(NamedTuple):
    ranges: Ranges
    then: int


_Step: TypeAlias = _Split | _Edge | _Take | None
_DONE = 0


class Matcher:
    def __init__(self, node: Node) -> None:
        self._steps: list[_Step] = [None]
        self._first = self._add(node, _DONE)

    def search(self, text: str) -> bool:
        """Somewhere in the text."""
        return self._run(text, anywhere=True)

    def fullmatch(self, text: str) -> bool:
        return self._run(text, anywhere=False)

    def _run(self, text: str, *, anywhere: bool) -> bool:
        waiting: Iterable[int] = (self._first,)
        for at, character in enumerate(text):
            taking, done = self._reached(waiting, text, at)
            if done and anywhere:
                return True
            code = ord(character)
            waiting = [step.then for step in taking if _is_in(code, step.ranges)]
            if anywhere:
                waiting.append(self._first)
            elif not waiting:
                return False
        return self._reached(waiting, text, len(text))[1]

    def _reached(self, waiting: Iterable[int], text: str, at: int) -> tuple[list[_Take], bool]:
        """What takes the character here, and whether the end is reached without one."""
        stack, seen = list(waiting), set()
        taking: list[_Take] = []
        while stack:
            number = stack.pop()
            if number in seen:
                continue
            seen.add(number)
            step = self._steps[number]
            if isinstance(step, _Take):
                taking.append(step)
            elif isinstance(step, _Split):
                stack += step.ways
            elif step is not None and _is_at(step.edge, text, at):
                stack.append(step.then)
        return taking, _DONE in seen

    def _add(self, node: Node, then: int) -> int:
        """Steps for a node that go on with `then`; where they begin. Nests as deep as the pattern's groups."""
        if isinstance(node, Chars):
            return self._step(_Take(node.ranges, then))
        if isinstance(node, Edge):
            return self._step(_Edge(node, then))
        if isinstance(node, Choice):
            return self._step(_Split(tuple(self._add(item, then) for item in node.items)))
        if isinstance(node, Chain):
            for item in reversed(node.items):
                then = self._add(item, then)
            return then
        return self._add_repeat(node, then)

    def _add_repeat(self, node: Repeat, then: int) -> int:
        if node.most is None:
            loop = self._step(None)
            self._steps[loop] = _Split((self._add(node.item, loop), then))
            then = loop
        else:
            after = then
            for _ in range(node.most - node.least):
                then = self._step(_Split((self._add(node.item, then), after)))
        for _ in range(node.least):
            then = self._add(node.item, then)
        return then

    def _step(self, step: _Step) -> int:
        self._steps.append(step)
        return len(self._steps) - 1


def _is_in(code: int, ranges: Ranges) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _is_at(edge: Edge, text: str, at: int) -> bool:
    if edge is Edge.START:
        return at == 0
    if edge is Edge.END:
        return at == len(text)
    is_word = (at > 0 and _is_word(text[at - 1])) != (at < len(text) and _is_word(text[at]))
    return is_word == (edge is Edge.WORD)


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")

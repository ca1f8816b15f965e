"""What a regular expression means, as a tree: as deep as its groups are nested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from traces.core.regex_classes import Ranges


class Edge(Enum):
    """A place between characters; a word's are those of [0-9A-Za-z_]."""

    START = "start"
    END = "end"
    WORD = "word"
    NOT_WORD = "not word"


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of these code points."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Chain:
    """One after the other."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    item: Node
    least: int
    most: int | None


Node: TypeAlias = Chars | Edge | Chain | Choice | Repeat


def states(node: Node) -> int:
    """About how many steps it has with its repeats written out."""
    if isinstance(node, Chars | Edge):
        return 1
    if isinstance(node, Repeat):
        return 1 + states(node.item) * max(node.most or 0, node.least, 1)
    return 1 + sum(map(states, node.items))


def is_empty(node: Node) -> bool:
    """Whether it takes up no character, ever."""
    if isinstance(node, Chain | Choice):
        return all(map(is_empty, node.items))
    return isinstance(node, Edge) or (isinstance(node, Repeat) and is_empty(node.item))

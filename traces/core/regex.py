"""In: a regular expression in RE2's syntax. Out: what it means, as records; or `BadRegex`, which says what isn't done.

https://github.com/google/re2/wiki/Syntax without: Unicode classes (`\\pL`), `\\C`, octal escapes, the flags m and U,
and (?i) where a letter beyond ASCII stands. Greed is read and forgotten: whether there is a match doesn't depend on it.
"""

from __future__ import annotations

import re

from traces.core.regex_classes import BadRegex, Ranges, bracketed, complement, escaped_class, folded, single
from traces.core.regex_tree import Chain, Chars, Choice, Edge, Node, Repeat, is_empty, states

MOST_CHARACTERS, MOST_NESTED, MOST_REPEATS, MOST_STATES = 1_000, 50, 255, 10_000
_REPEAT = re.compile(r"\{(\d{1,4})(,(\d{1,4})?)?\}", re.ASCII)
_GROUP = re.compile(r"\?(?:P?<(\w+)>|([a-zA-Z]*)(-[a-zA-Z]*)?([:)]))", re.ASCII)
_EVERYTHING: Ranges = ((0, 0x10FFFF),)
_EDGES = {"A": "START", "z": "END", "b": "WORD", "B": "NOT_WORD"}


def parse_regex(pattern: str) -> Node:
    """Raises BadRegex."""
    if len(pattern) > MOST_CHARACTERS:
        raise BadRegex(f"has more than {MOST_CHARACTERS:,} characters")
    parser = _Parser(pattern)
    node = parser.choice(fold=False, dot_all=False, depth=0)
    if parser.at < len(pattern):
        raise BadRegex(f"unexpected ) at character {parser.at + 1}")
    if states(node) > MOST_STATES:
        raise BadRegex("repeats too much")
    return node


class _Parser:
    """Reads from left to right. Flags hold from where they stand to the end of their group."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0

    def choice(self, *, fold: bool, dot_all: bool, depth: int) -> Node:
        """Up to the end, or to the ) of its group."""
        if depth > MOST_NESTED:
            raise BadRegex(f"has groups nested deeper than {MOST_NESTED}")
        branches: list[list[Node]] = [[]]
        while self.at < len(self.pattern) and not self._sees(")"):
            if self._eats("|"):
                branches.append([])
            elif self._eats("("):
                flags, is_group = self._group(fold, dot_all)
                if not is_group:
                    fold, dot_all = flags
                    continue
                node = self.choice(fold=flags[0], dot_all=flags[1], depth=depth + 1)
                if not self._eats(")"):
                    raise BadRegex("a ( has no )")
                branches[-1].append(self._repeated(node))
            elif self.pattern.startswith(r"\Q", self.at):
                branches[-1] += self._quoted(fold)
            else:
                branches[-1].append(self._repeated(self._atom(fold, dot_all)))
        chains: list[Node] = [items[0] if len(items) == 1 else Chain(tuple(items)) for items in branches]
        return chains[0] if len(chains) == 1 else Choice(tuple(chains))

    def _sees(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def _eats(self, text: str) -> bool:
        """Goes on behind the text, where it stands here."""
        found = self._sees(text)
        self.at += len(text) if found else 0
        return found

    def _group(self, fold: bool, dot_all: bool) -> tuple[tuple[bool, bool], bool]:
        """Behind a (. The flags inside, and whether it is a group and not flags alone."""
        if not self._sees("?"):
            return (fold, dot_all), True
        found = _GROUP.match(self.pattern, self.at)
        if not found:
            raise BadRegex(f"({self.pattern[self.at : self.at + 3]} isn't supported: no looking ahead or back")
        self.at = found.end()
        on, off = found[2] or "", found[3] or ""
        if off == "-" or set(on + off) - set("is-"):
            raise BadRegex(f"({found[0]} isn't supported: the flags are i and s")
        return ("i" in on or (fold and "i" not in off), "s" in on or (dot_all and "s" not in off)), found[4] != ")"

    def _quoted(self, fold: bool) -> list[Node]:
        """From \\Q to \\E."""
        text, ends, _ = self.pattern[self.at + 2 :].partition(r"\E")
        self.at += 2 + len(text) + len(ends)
        nodes: list[Node] = [Chars(folded(single(character), fold)) for character in text]
        if nodes:
            nodes.append(self._repeated(nodes.pop()))
        return nodes

    def _atom(self, fold: bool, dot_all: bool) -> Node:
        character = self.pattern[self.at]
        if character in "*+?" or _REPEAT.match(self.pattern, self.at):
            raise BadRegex(f"{character} at character {self.at + 1} has nothing to repeat")
        if character == "[":
            ranges, self.at = bracketed(self.pattern, self.at, fold)
            return Chars(ranges)
        if character == "\\":
            edge = _EDGES.get(self.pattern[self.at + 1 : self.at + 2])
            if edge:
                self.at += 2
                return Edge[edge]
            ranges, self.at = escaped_class(self.pattern, self.at, fold)
            return Chars(ranges)
        self.at += 1
        if character in "^$":
            return Edge.START if character == "^" else Edge.END
        if character == ".":
            return Chars(_EVERYTHING if dot_all else complement(single("\n")))
        return Chars(folded(single(character), fold))

    def _repeated(self, node: Node) -> Node:
        bounds = self._bounds()
        if bounds is None:
            return node
        self._eats("?")
        if self._bounds() is not None:
            raise BadRegex(f"two repeats in a row before character {self.at + 1}")
        least, most = bounds
        if max(least, most or 0) > MOST_REPEATS or (most is not None and most < least):
            raise BadRegex(f"repeats go up to {MOST_REPEATS}, the smaller number first")
        if is_empty(node):
            return node if least else Chain()
        return Repeat(node, least, most)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._eats(sign):
                return bounds
        found = _REPEAT.match(self.pattern, self.at)
        if not found:
            return None
        self.at = found.end()
        return int(found[1]), int(found[3]) if found[3] else None if found[2] else int(found[1])

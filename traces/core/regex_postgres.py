"""In: a parsed regular expression. Out: the same in PostgreSQL's own syntax, to be bound to `~`.

https://www.postgresql.org/docs/15/functions-matching.html#POSIX-SYNTAX-DETAILS. Nothing is left to a locale or an
option: classes are spelled out, a dot says whether it takes a line's end, a word's edge is made of looking around.
"""

from __future__ import annotations

from traces.core.regex_classes import Ranges, complement
from traces.core.regex_tree import Chain, Chars, Choice, Edge, Node, Repeat

_WORD = "[0-9A-Za-z_]"
_AT_WORD = f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))"
_WITHIN = f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))"
_EDGES = {Edge.START: r"\A", Edge.END: r"\Z", Edge.WORD: _AT_WORD, Edge.NOT_WORD: _WITHIN}
# Of no character at all: nothing matches.
_NEVER = r"(?!)"
_LAST = 0x10FFFF


def to_postgres(node: Node, *, whole: bool = False) -> str:
    """With `whole` the text has to match from its start to its end."""
    # The director keeps a pattern from being read as another dialect or as options.
    return "***:" + (rf"\A(?:{_text(node)})\Z" if whole else _text(node))


def _text(node: Node) -> str:
    if isinstance(node, Chars):
        return _class(node.ranges)
    if isinstance(node, Edge):
        return _EDGES[node]
    if isinstance(node, Chain):
        return "".join(_grouped(item) if isinstance(item, Choice) else _text(item) for item in node.items) or "(?:)"
    if isinstance(node, Choice):
        return "|".join(map(_text, node.items))
    return f"(?:{_text(node.item)}){_bounds(node)}"


def _grouped(node: Node) -> str:
    return f"(?:{_text(node)})"


def _bounds(node: Repeat) -> str:
    if node.most is None:
        return {0: "*", 1: "+"}.get(node.least, f"{{{node.least},}}")
    return f"{{{node.least},{node.most}}}"


def _class(ranges: Ranges) -> str:
    if not ranges:
        return _NEVER
    if ranges == ((0, _LAST),):
        return r"(?:.|\n)"
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _character(ranges[0][0])
    if ranges[-1][1] == _LAST:
        return f"[^{_listed(complement(ranges))}]"
    return f"[{_listed(ranges)}]"


def _listed(ranges: Ranges) -> str:
    return "".join(_character(a) if a == b else f"{_character(a)}-{_character(b)}" for a, b in ranges)


def _character(code: int) -> str:
    """Escaped unless it is a letter or a digit. There is no NUL in PostgreSQL's text: the next one stands for it."""
    if chr(code).isascii() and chr(code).isalnum():
        return chr(code)
    return f"\\u{max(code, 1):04x}" if code <= 0xFFFF else f"\\U{code:08x}"

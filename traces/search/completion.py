"""A query that is being typed -> the word at the caret, in parts: what is to be completed, and what that replaces.

Reads what is no query yet, so it is no parser: a word ends at a space or bracket outside of quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from traces.search.names import BOUNDS, RESERVED

LONGEST = 2_000
OPERATORS = {
    "=": "is",
    "!=": "is there and another",
    ">": "is more than",
    ">=": "is at least",
    "<": "is less than",
    "<=": "is at most",
    "~": "matches a regular expression",
    "!~": "is there and doesn't match",
    ":": "contains, in any case of letters",
}
OF_NUMBERS = ("=", "!=", ">", ">=", "<", "<=")
OF_TEXTS = ("=", "!=", "~", "!~", ":")
# What isn't an attribute: what it is, its operators.
INTRINSICS = {
    "service": ("of the span", OF_TEXTS),
    "name": ("of the span: its operation", OF_TEXTS),
    "kind": ("of the span", ("=", "!=")),
    "status": ("of the span", ("=", "!=")),
    "status_message": ("of the span", OF_TEXTS),
    "duration": ("of the span", OF_NUMBERS),
    "self_time": ("of the span, without its children", OF_NUMBERS),
    "trace.duration": ("what the root took", OF_NUMBERS),
    "trace.extent": ("earliest start to latest end", OF_NUMBERS),
    "trace.spans": ("how many", OF_NUMBERS),
    "trace.errors": ("how many spans with one", OF_NUMBERS),
    "trace.services": ("how many", OF_NUMBERS),
    "trace.orphans": ("how many spans without their parent", OF_NUMBERS),
    "trace.root_service": ("of the root", OF_TEXTS),
    "trace.root_name": ("of the root: its operation", OF_TEXTS),
}
_BREAKS = frozenset(" \t\r\n{}()|&,")
_WORD_PARTS = re.compile(r'(-?)([^\s="{}()<>~!:&|,`]*)(=~|!=|>=|<=|!~|=|>|<|~|:)?(.*)', re.DOTALL)
_END = re.compile(r"[^\s{}()|&,]*")
_KEY = re.compile(r'[^\s="{}()<>~!:&|,`.-][^\s="{}()<>~!:&|,`]*')
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_/][\w./@-]*")


@dataclass(frozen=True, slots=True)
class Partial:
    """The word at the caret: `text[start:end]`. Without an operator the key itself is being typed."""

    text: str
    start: int
    end: int
    minus: str
    key: str
    operator: str
    value: str

    def completed(self, word: str) -> tuple[str, int]:
        """The whole text with this word instead, and where the caret goes."""
        before = self.text[: self.start] + self.minus + word
        return before + self.text[self.end :], len(before)


def partial_at(text: str, at: int) -> Partial:
    text = text[:LONGEST]
    at = max(0, min(at, len(text)))
    start, in_quotes, escaped = 0, False, False
    for place, character in enumerate(text[:at]):
        if escaped or (in_quotes and character == "\\"):
            escaped = not escaped
        elif character == '"':
            in_quotes = not in_quotes
        elif not in_quotes and character in _BREAKS:
            start = place + 1
    minus, key, operator, value = _WORD_PARTS.fullmatch(text[start:at]).groups()  # type: ignore[union-attr]
    return Partial(text, start, _end(text, at, in_quotes=in_quotes), minus, key, operator or "", _bare(value))


_OTHERWISE_MEANT = (RESERVED | BOUNDS.keys()) - {"true", "false"}


def can_complete(key: str) -> bool:
    """Keys with spaces, quotes or operators in them aren't offered."""
    return _KEY.fullmatch(key) is not None and key not in INTRINSICS


def value_text(value: str) -> str:
    """As it stands in a query, in quotes where it has to."""
    is_word = _PLAIN_VALUE.fullmatch(value) and value not in _OTHERWISE_MEANT
    if is_word or re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
        return value
    return '"' + re.sub(r'([\\"])', r"\\\1", value) + '"'


def _end(text: str, at: int, *, in_quotes: bool) -> int:
    if in_quotes:
        closing = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL).match(text, at)
        return closing.end() if closing else len(text)
    return _END.match(text, at).end()  # type: ignore[union-attr]


def _bare(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:].removesuffix('"')) if value.startswith('"') else value

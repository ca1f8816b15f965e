"""What is typed to be found inside a trace -> what is meant: `key=value` words, and a text. All on one span."""

from __future__ import annotations

import re
from typing import NamedTuple

from traces.search import BadQuery, Word, parse_words

_WORD = re.compile(r'(?<!\S)[^\s="{}]+=(?:"(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)')
LONGEST = 500


class Find(NamedTuple):
    """A span fulfils all words, and has the text in its service, name, status message, attributes or events."""

    words: tuple[Word, ...]
    text: str

    def __bool__(self) -> bool:
        return bool(self.words or self.text)


def parse_find(typed: str) -> Find:
    """Whatever is no word is text: nothing that is typed makes no sense."""
    typed = typed.strip()[:LONGEST]
    try:
        words = parse_words(" ".join(_WORD.findall(typed)))
    except BadQuery:
        return Find((), typed)
    text = " ".join(_WORD.sub(" ", typed).split())
    return Find(words, text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text)

"""In: text as someone sent it. Out: text that a page can carry, whatever is in it."""

from __future__ import annotations

import re

# Control characters vanish in HTML, lone surrogates can't be encoded at all.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def printable(text: str) -> str:
    """Escapes stand for what would be lost: `\\u0000`. Tabs and line ends stay. Not escaped for HTML."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)

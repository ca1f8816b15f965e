"""In: a character class of a regular expression in RE2's syntax. Out: its code points, as sorted ranges apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
_LAST = 0x10FFFF
_PERL = {"d": "0-9", "s": "\t\n\f\r ", "w": "0-9A-Za-z_"}
_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": "\x00-\x7f", "blank": "\t ", "cntrl": "\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@[-`{-~", "space": "\t\n\v\f\r ",
    "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_HEX = re.compile(r"x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})")
_NAMED = re.compile(r"\[:(\^?)(\w+):\]")
# Letters beyond ASCII that are an ASCII letter in another case.
_FOLDS_TO_ASCII = {"k": "\u212a", "s": "\u017f"}


class BadRegex(ValueError):
    """What is wrong with a regular expression, or isn't supported."""


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def complement(ranges: Ranges) -> Ranges:
    found, at = [], 0
    for first, last in ranges:
        if at < first:
            found.append((at, first - 1))
        at = last + 1
    return (*found, (at, _LAST)) if at <= _LAST else tuple(found)


def single(character: str) -> Ranges:
    return ((ord(character), ord(character)),)


def folded(ranges: Ranges, fold: bool) -> Ranges:
    """With the other case of each letter."""
    if not fold:
        return ranges
    more = list(ranges)
    for first, last in ranges:
        if last > 0x7F and not _has_no_case(first, last):
            raise BadRegex("(?i) with letters beyond ASCII isn't supported; write both cases in brackets")
        for letter in map(chr, range(first, min(last, 0x7F) + 1)):
            more += ((ord(other), ord(other)) for other in letter.swapcase() + _FOLDS_TO_ASCII.get(letter.lower(), ""))
    return merged(more)


def _has_no_case(first: int, last: int) -> bool:
    """All there is has every case; a short stretch is looked through."""
    return (first <= 0x41 and last == _LAST) or (
        last - first < 256
        and all(chr(c).lower() == chr(c).upper() == chr(c) for c in range(max(first, 0x80), last + 1))
    )


def escaped_class(pattern: str, at: int, fold: bool) -> tuple[Ranges, int]:
    """`\\d` or one character, at a backslash; and where it ends. The complement is of both cases."""
    letter = pattern[at + 1 : at + 2]
    if letter and letter in "dswDSW":
        ranges = folded(_spelled(_PERL[letter.lower()]), fold)
        return (ranges if letter.islower() else complement(ranges)), at + 2
    character, at = _escaped(pattern, at)
    return folded(single(character), fold), at


def bracketed(pattern: str, at: int, fold: bool) -> tuple[Ranges, int]:
    """`[…]`, at its bracket; and where it ends. Its complement is taken when both cases are in it."""
    at += 1
    negated = pattern.startswith("^", at)
    at += negated
    found: list[tuple[int, int]] = []
    first = True
    while first or not pattern.startswith("]", at):
        if at >= len(pattern):
            raise BadRegex("a [ has no ]")
        ranges, at = _item(pattern, at, fold)
        found += ranges
        first = False
    return (complement(merged(found)) if negated else merged(found)), at + 1


def _item(pattern: str, at: int, fold: bool) -> tuple[Ranges, int]:
    """A class, a character, or a range of characters."""
    if named := _NAMED.match(pattern, at):
        if named[2] not in _POSIX:
            raise BadRegex(f"{named[0]} is no class of characters")
        ranges = folded(_spelled(_POSIX[named[2]]), fold)
        return (complement(ranges) if named[1] else ranges), named.end()
    if pattern[at] == "\\" and pattern[at + 1 : at + 2] in set("dswDSW"):
        return escaped_class(pattern, at, fold)
    low, at = _character(pattern, at)
    high = low
    if pattern.startswith("-", at) and not pattern.startswith("-]", at):
        high, at = _character(pattern, at + 1)
    if high < low:
        raise BadRegex(f"the range {low}-{high} goes backwards")
    return folded(((ord(low), ord(high)),), fold), at


def _character(pattern: str, at: int) -> tuple[str, int]:
    if at >= len(pattern):
        raise BadRegex("a [ has no ]")
    return _escaped(pattern, at) if pattern[at] == "\\" else (pattern[at], at + 1)


def _escaped(pattern: str, at: int) -> tuple[str, int]:
    letter = pattern[at + 1 : at + 2]
    if letter in _CONTROLS:
        return _CONTROLS[letter], at + 2
    if (found := _HEX.match(pattern, at + 1)) and (code := int(found[1] or found[2], 16)) <= _LAST:
        return chr(code), found.end()
    if letter and letter.isascii() and not letter.isalnum():
        return letter, at + 2
    if letter.isdigit():
        raise BadRegex(f"\\{letter} isn't supported: there is no going back to a group, and no octal")
    if letter in ("p", "P"):
        raise BadRegex(f"\\{letter} isn't supported: write the letters in brackets")
    raise BadRegex(f"\\{letter} isn't supported")


def _spelled(text: str) -> Ranges:
    """`0-9a` as ranges; for our own tables."""
    return merged((ord(low), ord(high or low)) for low, high in re.findall(r"(.)(?:-(.))?", text, re.DOTALL))

"""In: where reading a query failed. Out: a BadQuery that says where, and what would be right."""

from __future__ import annotations

import re

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from traces.search import BadQuery

_CONDITION = 'key=value such as user.id=42, or key="a value with spaces"'
_LONGEST, _LONGEST_END = 240, 160
_COMPARE = re.compile(r"\|\s*compare\s*\(\s*$")
_ARITHMETIC = re.compile(r"[+*/^%]|-\s")


def refusal(text: str, error: UnexpectedInput) -> BadQuery:
    at = len(text) if _is_end(error) else error.pos_in_stream or 0
    expected = _expected(error)
    if at >= len(text.rstrip()):
        return BadQuery("q", f"ends too early: expected {_wanted(expected)}")
    rest = text[at : at + 40]
    return BadQuery("q", f"at {rest!r}: {_reason(text, at, expected)}")


def shortened(message: str) -> str:
    """Whatever was typed, a message is one to read; what would be right stands at its end."""
    start = _LONGEST - _LONGEST_END
    return message if len(message) <= _LONGEST else f"{message[:start]}…{message[-_LONGEST_END:]}"


def _is_end(error: UnexpectedInput) -> bool:
    return isinstance(error, UnexpectedToken) and error.token.type == "$END"


def _expected(error: UnexpectedInput) -> set[str]:
    if isinstance(error, UnexpectedToken):
        return set(error.accepts or error.expected)
    return set(error.allowed or ()) if isinstance(error, UnexpectedCharacters) else set()


def _reason(text: str, at: int, expected: set[str]) -> str:
    here = text[at]
    if here == '"':
        return 'the quoted value should end with "'
    if here in ")}" and not {"RPAR", "RBRACE"} & expected:
        return f"this {here} closes nothing"
    if here == "=" and "VALUE" in expected:
        return "one = is enough; a value that begins with = stands in quotes"
    if _ARITHMETIC.match(text, at):
        return "arithmetic isn't supported; text stands in quotes"
    if _COMPARE.search(text, 0, at):
        return "compare() isn't supported; two searches are compared on a page of their own"
    return f"expected {_wanted(expected)}"


def _wanted(expected: set[str]) -> str:
    if expected & {"VALUE", "ITEM"}:
        return 'a value, such as 42 or "two words"'
    if expected & {"ARGUMENT"}:
        return "an attribute's name"
    if {"FUNCTION", "LBRACE"} >= expected - {"QUOTED_ARGUMENT"} and "FUNCTION" in expected:
        return "a function such as count() > 3, or { … }"
    if "OPERATOR" in expected:
        return "a comparison, such as > 3"
    if "RBRACE" in expected and not expected & {"KEY", "WORD"}:
        return "a } for the {"
    closing = [f" or {sign}" for name, sign in (("RBRACE", "}"), ("RPAR", ")")) if name in expected]
    return _CONDITION + "".join(closing)

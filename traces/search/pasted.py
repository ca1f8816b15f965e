"""A text that somebody pasted -> the ids that may stand in it. No SQL here: the store knows which of them it has.

An id alone in any spelling, or inside a `traceparent`, B3, X-Ray, Cloud Trace or Jaeger header, a log line, JSON, an
SQL comment, the address of another viewer. Rather an id too many than one too few: asking costs next to nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from traces.core.meaning import And, Attribute, Condition, Not, Or, Some, Text
from traces.core.subjects import Op
from traces.search import BadQuery, parse

MOST_CHARACTERS = 100_000
MOST_IDS = 50
_TOKEN = re.compile(
    r"""(?<![0-9a-z])(?:
        (?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})
      | (?P<xray>1-[0-9a-f]{8}-[0-9a-f]{24})
      | (?P<long>[0-9a-f]{32})
      | (?P<short>[0-9a-f]{16})
      | (?P<decimal>\d{12,20})
    )(?![0-9a-z])""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
# Jaeger's own header leaves out leading zeros.
_JAEGER = re.compile(r"(?<![0-9a-z])([0-9a-f]{8,32}):([0-9a-f]{1,16}):[0-9a-f]{1,16}:[0-9a-f]{1,2}(?![0-9a-z])", re.I)
_PARENT_BEFORE = re.compile(r"parent[-_. ]?(?:span)?[-_. ]?(?:id)?[\"']?\s*[:=]\s*[\"']?$", re.I)
_TRACE_KEY = re.compile(r"trace|b3", re.I)
_QUOTED = re.compile(r'\s*"[^"]*"\s*')
_ADDRESS = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.I)


class Pasted(NamedTuple):
    """Ids in hex, of 32 and 16 digits, the likeliest first."""

    traces: tuple[str, ...]
    spans: tuple[str, ...]


def read_pasted(text: str) -> Pasted:
    """All ids in the text. One of 64 bits is a trace's, padded with zeros, as well as a span's."""
    text = unquote(text[:MOST_CHARACTERS])
    traces: list[str] = []
    spans: list[str] = []
    parents: list[str] = []
    for found in _JAEGER.finditer(text):
        traces.append(found[1])
        spans.append(found[2])
    for found in _TOKEN.finditer(text):
        whole, halves = _ids(found)
        traces += whole
        (parents if _PARENT_BEFORE.search(text, max(0, found.start() - 24), found.start()) else spans).extend(halves)
    return Pasted(_distinct(traces, 32), _distinct([*spans, *parents], 16))


def is_search(text: str) -> bool:
    """Whether it is a query, or nothing, and none of it, such as `trace_id=…`, speaks of a trace."""
    if not text.strip():
        return True
    return is_query(text) and not any(_TRACE_KEY.search(leaf.key.name) for leaf in _attributes(text))


def is_query(text: str) -> bool:
    """Whether it is a query with more in it than words of text.

    A time of day, an address and JSON have colons too, so those don't make a query of what has an id in it.
    """
    if _QUOTED.fullmatch(text):
        return True
    if _ADDRESS.match(text) or _is_json(text):
        return False
    try:
        leaves = list(_leaves(parse(text)))
    except BadQuery:
        return False
    contains = [leaf for leaf in leaves if isinstance(leaf, Attribute) and leaf.op is Op.CONTAINS]
    others = [leaf for leaf in leaves if not isinstance(leaf, Text) and leaf not in contains]
    return bool(others) or (bool(contains) and not any(read_pasted(text)))


def _attributes(text: str) -> list[Attribute]:
    return [] if _QUOTED.fullmatch(text) else [leaf for leaf in _leaves(parse(text)) if isinstance(leaf, Attribute)]


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case And(items) | Or(items):
            for item in items:
                yield from _leaves(item)
        case Not(item) | Some(item):
            yield from _leaves(item)
        case _:
            yield condition


def _ids(found: re.Match[str]) -> tuple[list[str], list[str]]:
    """What a token can be: trace ids, span ids."""
    token = found[0].lower()
    if found["decimal"] or (found["short"] and token.isdecimal()):
        number = f"{int(token):x}"
        both = [number] if len(number) <= 16 else []
        return ([token, *both], [token, *both]) if found["short"] else (both, both)
    if found["short"]:
        return [token], [token]
    return [token.removeprefix("1-").replace("-", "") if found["xray"] else token.replace("-", "")], []


def _distinct(ids: list[str], digits: int) -> tuple[str, ...]:
    """Padded, each once; all zeros is no id."""
    padded = dict.fromkeys(id.lower().zfill(digits) for id in ids if id.strip("0"))
    return tuple(padded)[:MOST_IDS]

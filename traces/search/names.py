"""In: a key as it is written in a query. Out: what it speaks of; and back."""

from __future__ import annotations

import re
from typing import TypeAlias

from traces.core.subjects import Fact, Field, Key, Place
from traces.search import BadQuery

Named: TypeAlias = Key | Field | Fact
SPELLINGS: dict[str, Named] = {
    **{field.value: field for field in Field},
    **{fact.value: fact for fact in Fact},
    "span:name": Field.NAME,
    "span:kind": Field.KIND,
    "span:status": Field.STATUS,
    "span:statusMessage": Field.STATUS_MESSAGE,
    "statusMessage": Field.STATUS_MESSAGE,
    "span:duration": Field.DURATION,
    "instrumentation:name": Field.SCOPE_NAME,
    "instrumentation:version": Field.SCOPE_VERSION,
    "scope.name": Field.SCOPE_NAME,
    "scope.version": Field.SCOPE_VERSION,
    "instrumentation.name": Field.SCOPE_NAME,
    "instrumentation.version": Field.SCOPE_VERSION,
    "event.name": Field.EVENT_NAME,
    "traceDuration": Fact.DURATION,
    "trace:duration": Fact.DURATION,
    "rootServiceName": Fact.ROOT_SERVICE,
    "trace:rootService": Fact.ROOT_SERVICE,
    "rootName": Fact.ROOT_NAME,
    "trace:rootName": Fact.ROOT_NAME,
    "trace:id": Fact.ID,
}
_SCOPES = {**{place.value: place for place in Place}, "instrumentation": Place.SCOPE}
_UNSUPPORTED = re.compile(
    r"parent(\..*)?|childCount|span:childCount|nestedSet\w+|event:timeSinceStart|trace\..*|[a-z]+:.*"
)
_PLAIN = re.compile(r"""[^\s="{}()<>~!:&|,`.-][^\s="{}()<>~!:&|,`]*""")
# What has a colon behind it in TraceQL's own names, span:duration.
SCOPES = frozenset({"span", "trace", "event", "link", "scope", "instrumentation"})
# TraceQL's names for the least and the greatest whole number.
BOUNDS = {"minInt": str(-(1 << 63)), "maxInt": str((1 << 63) - 1)}
# What needs quotes to be a key or a value.
RESERVED = SCOPES | {"and", "or", "not", "exists", "true", "false", "nil"}


def named(text: str) -> Named:
    """What a key speaks of. In quotes it is always an attribute."""
    text = str(text)  # a token of the grammar is a string that knows its place; a name doesn't
    if text.endswith('"'):
        before, _, quoted = text.partition('"')
        scope, dot, start = before.removesuffix(".").partition(".")
        return Key(start + dot + unquoted(quoted[:-1]), _place(scope, text))
    if found := SPELLINGS.get(text):
        return found
    if _UNSUPPORTED.fullmatch(text):
        name = text[:40]
        raise BadQuery("q", f'{name} isn\'t supported; an attribute of that name stands in quotes: "{name}"')
    scope, dot, name = text.partition(".")
    if not dot or scope not in _SCOPES:
        return Key(text)
    if not name:
        raise BadQuery("q", f"{text}: expected an attribute's name behind the point")
    return Key(name, _SCOPES[scope])


def _place(scope: str, text: str) -> Place:
    if scope not in _SCOPES:
        expected = ", ".join(f"{scope}." for scope in _SCOPES if scope)
        raise BadQuery("q", f"{text}: expected one of {expected} before the quotes")
    return _SCOPES[scope]


def name_text(subject: Named) -> str:
    """What `named` reads as this."""
    if not isinstance(subject, Key):
        return subject.value
    scope = f"{subject.place}." if subject.place else ""
    if _PLAIN.fullmatch(subject.name) and _reads_back(scope + subject.name, subject):
        return scope + subject.name
    return scope + quoted(subject.name)


def _reads_back(text: str, subject: Key) -> bool:
    try:
        return text.lower() not in RESERVED and named(text) == subject
    except BadQuery:
        return False


def quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def unquoted(text: str) -> str:
    """What stands between quotes: a backslash takes what follows for itself."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def unquoted_pattern(text: str) -> str:
    r"""The same for a regular expression, whose own backslashes needn't be doubled: "\d" and "\\d" are one."""
    return re.sub(r'\\([\\"])', r"\1", text)

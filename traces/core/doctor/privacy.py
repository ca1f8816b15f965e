"""In: a case. Out: a finding about attributes that likely hold personal data or secrets. No value is ever repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from traces.core.doctor.case import Case
from traces.core.doctor.finding import Finding
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.values import Value

MOST_KEYS, MOST_CHARACTERS = 5, 2_000
# A sample has some 20; whoever sends thousands doesn't keep a reader waiting.
MOST_VALUES = 50_000
_SECRET_KEY = re.compile(
    r"(?:^|[._-])(?:password|passwd|passphrase|pwd|secret|api[_-]?key|(?:access|refresh|auth|id|session)[_-]?token|"
    r"client[_-]?secret|private[_-]?key|authorization|set-cookie|cookie)$",
    re.IGNORECASE,
)
_PHONE_KEY = re.compile(r"(?:^|[._-])(?:phone|mobile|msisdn|tel|telephone)(?:[._-]?(?:number|no))?$", re.IGNORECASE)
_ID_KEY = re.compile(r"(?:^|[._-])(?:id|uuid|ids|timestamp|time|offset|hash|etag)$", re.IGNORECASE)
# Addresses in form only: ids of messages, versions of packages, stack traces.
_EXEMPT = re.compile(r"message[._]id$|^exception\.|^code\.|^telemetry\.|^otel\.|user_agent", re.IGNORECASE)
# Somebody took care already.
_MASKED = re.compile(
    r"[\s*.x•<\[({?]*(?:redacted|masked|filtered|removed|hidden|scrubbed|none|null|true|false)?[\s*.x•>\])}?]*",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"(?P<a_secret_in_an_address>://[^\s/:@]{1,64}:(?!\*)[^\s/@]{1,128}@"
    r"|[?&](?:[\w-]{0,24}token|api_?key|password|passwd|secret|sig(?:nature)?)=(?!\*|\{|%2A|\[|REDACTED|&)[^&\s]{6})"
    r"|(?P<a_token>(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{0,1000}|\bBearer [\w.~+/-]{16,}|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_\w{30,}|\b[sr]k_live_\w{16,}|\bxox[abprs]-[\w-]{10,})"
    r"|(?P<a_private_key>-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)"
    r"|(?P<an_email_address>(?<![\w.+/:@-])(?!git@|noreply@|no-reply@)[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}"
    r"\.(?!(?:png|jpe?g|gif|svg|webp|js|css|json|internal|local|svc)\b)[A-Za-z]{2,24}(?![\w-]))"
)
_HINTS = ("@", "://", "=", "eyJ", "Bearer ", "AKIA", "gh", "k_live_", "xox", "-----")
_GROUPED_CARD = re.compile(r"(?<![\w.-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -])\d{6}\2\d{5})(?![\w.-])")
_BARE_CARD = re.compile(r"(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12})")
_PHONE = re.compile(r"\+\d{1,3}[ ()./-]?(?:\d[ ()./-]{0,2}){6,13}\d")


class _Found(NamedTuple):
    kind: str
    characters: int
    places: list[int]


def personal_data(case: Case) -> Iterator[Finding]:
    found = _found(case)
    if not found:
        return
    parts = [
        f"{printable(key[:60])} ({one.kind}, {counted(one.characters, 'character', 'characters')})"
        for key, one in list(found.items())[:MOST_KEYS]
    ]
    more = (
        f" and {counted(len(found) - MOST_KEYS, 'other attribute', 'other attributes')}"
        if len(found) > MOST_KEYS
        else ""
    )
    yield case.finding(
        "personal_data",
        sorted({place for one in found.values() for place in one.places}),
        f"Likely personal data or secrets in {', '.join(parts)}{more}.",
        "Whoever can read traces can read it. Don't record it, or let the sender or a Collector hash or remove it "
        "(processors attributes, redaction, transform). A secret that was sent should be changed.",
    )


def _found(case: Case) -> dict[str, _Found]:
    """By key, in the order of the spans."""
    found: dict[str, _Found] = {}
    seen: set[tuple[str, str]] = set()
    told = sorted(case.facts.told.items())
    values = ((place, key, text) for place, one in told for key, text in _texts(one.attributes))
    for place, key, text in islice(values, MOST_VALUES):
        if key in found:
            if found[key].places[-1] != place:
                found[key].places.append(place)
        elif (key, text) not in seen:
            seen.add((key, text))
            if kind := kind_of(key, text):
                found[key] = _Found(kind, len(text), [place])
    return found


def _texts(attributes: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for key, value in attributes.items():
        if isinstance(value, str):
            yield key, value[:MOST_CHARACTERS]
        elif isinstance(value, list):
            yield from ((key, one[:MOST_CHARACTERS]) for one in value[:20] if isinstance(one, str))
        elif isinstance(value, int) and value > 10**14:
            yield key, str(value)


def looks_private(key: str, text: str) -> bool:
    """Whether a value is better not shown where nobody asked for it; under a secret's name, any."""
    return bool(_SECRET_KEY.search(key) or kind_of(key, text))


def kind_of(key: str, text: str) -> str:
    """What a value likely is; empty for nothing to worry about."""
    if len(text) < 6 or _EXEMPT.search(key):
        return ""
    if _SECRET_KEY.search(key):
        return "" if _MASKED.fullmatch(text[:64]) else "by its name a secret"
    if any(hint in text for hint in _HINTS) and (match := _SHAPES.search(text)):
        return (match.lastgroup or "").replace("_", " ").replace("email", "e-mail")
    if any(map(str.isdigit, text)):
        return _kind_of_number(key, text)
    return ""


def _kind_of_number(key: str, text: str) -> str:
    if (match := _GROUPED_CARD.search(text)) and _passes_luhn(match[0]):
        return "a card number"
    if not _ID_KEY.search(key) and _BARE_CARD.fullmatch(text) and _passes_luhn(text):
        return "a card number"
    digits = sum(map(str.isdigit, text[:40]))
    if (_PHONE_KEY.search(key) and 7 <= digits <= 15) or (len(text) < 30 and _PHONE.fullmatch(text)):
        return "a phone number"
    return ""


def _passes_luhn(text: str) -> bool:
    digits = [int(one) for one in reversed(text) if one.isascii() and one.isdigit()]
    return not (sum(digits[::2]) + sum(sum(divmod(2 * one, 10)) for one in digits[1::2])) % 10

"""What was typed of a key or a value -> the known ones that it may become, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from traces.core.values import key_from_text, key_text
from traces.queries.reading import fetch

# The bits of `attribute_key.types`, as the store writes them.
TYPES = ("string", "bool", "int", "double", "bytes", "array", "map")
KEYS = """
select key, bit_or(types), sum(seen) as seen from attribute_key
where project = %s and strpos(lower(key), lower(%s)) > 0
group by key order by not starts_with(lower(key), lower(%s)), sum(seen) desc, key limit %s"""
VALUES = """
select value, sum(n::int)::int from attribute_key, jsonb_each_text(samples) as s (value, n)
where project = %s and key = %s and strpos(lower(value), lower(%s)) > 0
group by value order by not starts_with(lower(value), lower(%s)), sum(n::int) desc, value limit %s"""
KNOWN = "select exists (select from attribute_key where project = %s and key = any(%s) and samples ?| %s::text[])"
ONE = "select bit_or(types) from attribute_key where project = %s and key = %s"
OPERATION_NAMES = """
select o.name from operation o join service s on s.id = o.service_id
where s.project = %s and strpos(lower(o.name), lower(%s)) > 0
group by o.name order by not starts_with(lower(o.name), lower(%s)), o.name limit %s"""


class AttributeKey(NamedTuple):
    """A key that spans or resources have, the types of its values, and on how many of those looked at, roughly."""

    name: str
    types: tuple[str, ...]
    seen: int


class AttributeValue(NamedTuple):
    text: str
    seen: int


def attribute_keys(typed: str, *, most: int, project: int = 1) -> list[AttributeKey]:
    """Those with this text in them; first those that begin with it, then the most frequent."""
    text = key_text(typed)
    rows = fetch(KEYS, (project, text, text, most))
    return [AttributeKey(key_from_text(key), _types(bits), int(seen)) for key, bits, seen in rows]


def attribute_types(key: str, *, project: int = 1) -> tuple[str, ...] | None:
    """None: no span is known to have it."""
    bits = fetch(ONE, (project, key_text(key)))[0][0]
    return None if bits is None else _types(bits)


def values_of_key(key: str, typed: str, *, most: int, project: int = 1) -> list[AttributeValue]:
    text = key_text(typed)
    return [AttributeValue(*row) for row in fetch(VALUES, (project, key_text(key), text, text, most))]


def is_known_value(keys: Iterable[str], values: Iterable[str], *, project: int = 1) -> bool:
    """Whether one of the values is among those kept of one of the keys: the frequent ones are."""
    return bool(fetch(KNOWN, (project, list(map(key_text, keys)), list(map(key_text, values))))[0][0])


def operation_names(typed: str, *, most: int, project: int = 1) -> list[str]:
    """Of all services."""
    text = key_text(typed)
    return [key_from_text(name) for (name,) in fetch(OPERATION_NAMES, (project, text, text, most))]


def _types(bits: int) -> tuple[str, ...]:
    return tuple(name for place, name in enumerate(TYPES) if bits & 1 << place)

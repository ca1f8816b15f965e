"""A key and a value -> what the word `key=value` of a query means; and a query's words, one by one."""

from __future__ import annotations

from traces.core.meaning import And, Attribute, Condition, Intrinsic, Not, Some
from traces.core.span import Kind, Status
from traces.core.subjects import Field, Key, Op

_CHOICES = {"status": (Field.STATUS, Status), "kind": (Field.KIND, Kind)}


def word(key: str, value: str) -> Condition:
    """Of `service`, `name`, `status` and `kind` the span's own; any other key is an attribute's."""
    if key in ("service", "name"):
        return Some(Intrinsic(Field(key), Op.EQUAL, (value,)))
    if key in _CHOICES:
        field, choices = _CHOICES[key]
        if value.upper() in choices.__members__:
            return Some(Intrinsic(field, Op.EQUAL, (choices[value.upper()],)))
    return attribute_is(key, value)


def attribute_is(key: str, value: str) -> Condition:
    """Some span, or its resource, has this attribute with this value."""
    return Some(Attribute(Key(key), Op.EQUAL, (value,)))


def opposite_of(condition: Condition) -> Condition:
    """No span has it; of such a condition, that some span has."""
    return condition.item if isinstance(condition, Not) else Not(condition)


def words_of(query: Condition | None) -> tuple[Condition, ...]:
    """The conditions that all have to hold; `core.meaning.all_of` of them is the query again."""
    if query is None:
        return ()
    return query.items if isinstance(query, And) else (query,)

"""The conditions of a search -> SQL on one span, each with what an index can do for it.

A condition holds for a trace when some span fulfils it. `span_found_by` is a GIN index over the attributes and over
the numbers of operation and (negated) resource, so all but the status are found through it.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import NamedTuple

from traces.core.span import Kind, Status
from traces.core.values import double_value, from_python, key_text
from traces.queries.reading import fetch
from traces.search import Search, Word

OPERATIONS = """
select o.id, o.name is null from operation o join service s on s.id = o.service_id
where (%(service)s::text is null or md5(s.name) = md5(%(service)s::text))
  and (%(name)s::text is null or o.name is null or md5(o.name) = md5(%(name)s::text))
  and (%(kind)s::int is null or o.kind = %(kind)s::int)"""
RESOURCES = "select -id from resource where attributes @> any(%s::jsonb[])"
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_STATUS = {"error": Status.ERROR, "ok": Status.OK, "unset": Status.UNSET}
_KINDS = {kind.name.lower(): kind for kind in Kind}


class Condition(NamedTuple):
    """What one span `s` has to fulfil: SQL with its values, and the words for a person."""

    sql: str
    params: tuple[object, ...]
    text: str
    # Whether an index finds the spans; if not, only walking over traces does.
    indexed: bool = True


NEVER = "false"


def conditions(search: Search) -> list[Condition]:
    """One for service, operation and status together, one for each word."""
    found = [_word(word) for word in search.words]
    if search.service or search.operation or search.status:
        words = [f"{name} {value}" for name, value in (("service", search.service), ("operation", search.operation),
                                                       ("status", search.status)) if value]  # fmt: skip
        found.insert(0, _span(search.service, search.operation, search.status, ", ".join(words)))
    return found


def _word(word: Word) -> Condition:
    text = f"{word.key}={word.value}"
    if word.key == "service":
        return _span(word.value, "", "", text)
    if word.key == "name":
        return _span("", word.value, "", text)
    if word.key == "status" and word.value.lower() in _STATUS:
        return _span("", "", word.value.lower(), text)
    if word.key == "kind" and word.value.lower() in _KINDS:
        return _origin(_operations(kind=_KINDS[word.value.lower()]), text)
    return _attribute(word, text)


def _span(service: str, operation: str, status: str, text: str) -> Condition:
    """One span of this service, operation and status."""
    condition = Condition("true", (), text, indexed=False)
    if service or operation:
        condition = _origin(_operations(service=service or None, name=operation or None), text)
        if operation and condition.sql != NEVER:
            rest = [id for id, is_rest in _operations(service=service or None, name=operation) if is_rest]
            sql = f"{condition.sql} and (s.name = %s or (s.name is null and not s.operation_id = any(%s::int[])))"
            condition = condition._replace(sql=sql, params=(*condition.params, key_text(operation), rest))
    if status and condition.sql != NEVER:
        # A literal, so that the planner sees that the index on errors serves.
        sql = f"s.status = {int(_STATUS[status])}"
        condition = condition._replace(sql=f"{condition.sql} and {sql}", indexed=condition.indexed or status == "error")
    return condition


def _operations(
    *, service: str | None = None, name: str | None = None, kind: int | None = None
) -> list[tuple[int, bool]]:
    """Ids of the operations, and whether each is the one for names beyond the limit."""
    query = OPERATIONS.replace("%(service)s", "%s").replace("%(name)s", "%s").replace("%(kind)s", "%s")
    service, name = service and key_text(service), name and key_text(name)
    return fetch(query, (service, service, name, name, kind, kind))


def _origin(operations: list[tuple[int, bool]], text: str) -> Condition:
    ids = [id for id, _ in operations]
    return Condition(
        "array[s.operation_id, -s.resource_id] && %s::int[]" if ids else NEVER, (ids,) if ids else (), text
    )


def _attribute(word: Word, text: str) -> Condition:
    """`key=value` on the span or its resource; 42 means the number and the string, true the boolean too."""
    maps = [json.dumps({key_text(word.key): value}) for value in meanings(word.value)]
    resources = [id for (id,) in fetch(RESOURCES, (maps,))]
    parts = ["s.attributes @> %s::jsonb"] * len(maps)
    params: list[object] = list(maps)
    if resources:
        parts.append("array[s.operation_id, -s.resource_id] && %s::int[]")
        params.append(resources)
    return Condition(f"({' or '.join(parts)})", tuple(params), text)


def _equal_numbers(number: float) -> list[float]:
    """What is kept under other forms than this number's own, though it's the same: zeros and huge ones."""
    if 0 < abs(number) < 1e15:
        return [number]
    return [same for same in (float(number), int(number)) if same == number] if isfinite(number) else []


def meanings(value: str) -> list[object]:
    """What an attribute with this value may hold, in JSON form: the text, the number, the boolean."""
    found: list[object] = [from_python(value)]
    if _NUMBER.fullmatch(value):
        found += map(from_python, _equal_numbers(json.loads(value)))
    if value in ("NaN", "Infinity", "-Infinity"):
        found.append(double_value(float(value)))
    if value in ("true", "false"):
        found.append(value == "true")
    return found

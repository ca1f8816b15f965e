"""Which services and operations there are."""

from __future__ import annotations

from typing import NamedTuple

from traces.core.values import key_from_text, key_text
from traces.queries.reading import fetch

SERVICES = "select name from service where project = %s order by name"
OPERATIONS = """
select o.name, o.kind from operation o join service s on s.id = o.service_id
where s.project = %s and md5(s.name) = md5(%s) and o.name is not null order by o.name, o.kind"""


class Operation(NamedTuple):
    name: str
    kind: int


def services(*, project: int = 1) -> list[str]:
    return [key_from_text(name) for (name,) in fetch(SERVICES, (project,))]


def operations(service: str, *, project: int = 1) -> list[Operation]:
    """By name and kind. Beyond the limit of a service names are not listed, but found all the same."""
    rows = fetch(OPERATIONS, (project, key_text(service)))
    return [Operation(key_from_text(name), kind) for name, kind in rows]

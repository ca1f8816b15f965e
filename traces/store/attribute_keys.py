"""Spans on their way in -> which keys attributes have, and some of their values: what a query bar completes.

Rough on purpose, so that it costs next to nothing: a few spans of each batch are looked at, their counts gathered here
and added to the table now and then. A frequent value is kept, a rare one may not be; neither is one that looks secret.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import psycopg

from traces.core.doctor.privacy import looks_private
from traces.core.project import PROJECT
from traces.core.span import NO_ATTRIBUTES, Span
from traces.core.values import EncodedMap, Value

logger = logging.getLogger(__name__)

SPAN, RESOURCE = 0, 1
# The bits of `types`, from the lowest.
TYPES = ("string", "bool", "int", "double", "bytes", "array", "map")
MOST_KEYS, MOST_VALUES = 2_000, 20
LONGEST_KEY, LONGEST_VALUE = 200, 100
# Spans of a batch that are looked at, of a large one every so-manieth. A batch that comes sooner after the last one
# that was looked at is left out, until so many spans have passed: the busier it is, the less each span costs.
FEW, EVERY = 4, 256
SOON_AFTER_S = 0.02
# What is new is stored after the first, all else after the second.
SOON_S, LATER_S = 1.0, 10.0

_BITS = {name: 1 << place for place, name in enumerate(TYPES)}
_PLAIN = {str: _BITS["string"], bool: _BITS["bool"], int: _BITS["int"], float: _BITS["double"], list: _BITS["array"]}
_TAGGED = {"$bytes": "bytes", "$double": "double", "$int": "int", "$text": "string"}
_decode = msgspec.json.Decoder().decode

# Halved now and then, so that what is no longer sent makes room.
MERGE = f"""
insert into attribute_key as k (project, scope, key, types, seen, last_seen_s, samples)
select %s, n.scope, n.key, n.types, n.seen, %s, n.samples
from unnest(%s::smallint[], %s::text[], %s::smallint[], %s::int[], %s::jsonb[]) as n (scope, key, types, seen, samples)
where (select count(*) from attribute_key) < {MOST_KEYS}
    or exists (select from attribute_key o where (o.project, o.scope, o.key) = (%s, n.scope, n.key))
order by n.scope, n.key
on conflict (project, scope, key) do update set
    types = k.types | excluded.types,
    seen = k.seen / (case when k.seen > 10000 then 2 else 1 end) + excluded.seen,
    last_seen_s = greatest(k.last_seen_s, excluded.last_seen_s),
    samples = (select coalesce(jsonb_object_agg(value, n), '{{}}') from (
        select value, sum(n) as n from (
            select key as value, value::int / (case when k.seen > 10000 then 2 else 1 end) as n
            from jsonb_each_text(k.samples)
            union all select key, value::int from jsonb_each_text(excluded.samples)) as both_of_them
        group by value having sum(n) > 0 order by sum(n) desc, value limit {MOST_VALUES}) as most)"""
SEEN_BEFORE = "delete from attribute_key where last_seen_s < %s"
WITHOUT_TRACES = "delete from attribute_key where not exists (select from trace)"
STORED = f"""
select s.attributes::text, r.attributes::text from unnest(array[0, 1, 6, 24, 168]) as hours
cross join lateral (select trace_id, start_ns, end_ns from trace
    where project = {PROJECT} and start_ns < (extract(epoch from now())::bigint + 60 - hours * 3600) * 1000000000
    order by start_ns desc, trace_id desc limit 200) as t
cross join lateral (select attributes, resource_id from span
    where trace_id = t.trace_id and start_ns between t.start_ns and t.end_ns limit 10) as s
join resource r on r.id = s.resource_id"""


@dataclass(slots=True)
class _Seen:
    count: int = 0
    types: int = 0
    samples: dict[str, int] = field(default_factory=dict)


class AttributeKeys:
    """What was seen since it was last stored. Not safe for several threads: its one writer owns it."""

    def __init__(self, *, project: int = PROJECT) -> None:
        self._project = project
        self._stored_at = 0.0
        self._looked_at = 0.0
        self._passed = self._offset = 0
        self._known: set[tuple[int, str]] = set()
        self._clear()

    def _clear(self) -> None:
        self._of_spans: dict[str, _Seen] = {}
        self._of_resources: dict[str, _Seen] = {}
        self._has_news = False

    def look(self, batch: Sequence[Span]) -> None:
        """At a few of these spans, at others each time; where much comes, at none of most batches."""
        now_s = time.monotonic()
        self._passed += len(batch)
        if now_s - self._looked_at < SOON_AFTER_S and self._passed < EVERY:
            return
        self._looked_at, self._passed = now_s, 0
        step = max(1, min(len(batch) // FEW, EVERY))
        self._offset = (self._offset + 1) % step
        for span in batch[self._offset :: step]:
            self._add(SPAN, self._of_spans, span.attributes)
        self._add(RESOURCE, self._of_resources, batch[self._offset].resource.attributes)

    def look_at_each_operation(self, batch: Iterable[Span]) -> None:
        """For batches with something new in them: rare operations have keys of their own."""
        for span in {(span.service, span.name): span for span in batch}.values():
            self.look_at(span.attributes, span.resource.attributes)

    def look_at(self, attributes: Mapping[str, Value], of_resource: Mapping[str, Value]) -> None:
        self._add(SPAN, self._of_spans, attributes)
        self._add(RESOURCE, self._of_resources, of_resource)

    def _add(self, scope: int, keys: dict[str, _Seen], attributes: Mapping[str, Value]) -> None:
        if attributes is NO_ATTRIBUTES:
            return
        for key, value in (_decode(attributes.json) if isinstance(attributes, EncodedMap) else attributes).items():
            seen = keys.get(key)
            if seen is None:
                if len(keys) >= MOST_KEYS or len(key) > LONGEST_KEY:
                    continue
                seen = keys[key] = _Seen()
                self._has_news = self._has_news or (scope, key) not in self._known
            seen.count += 1
            seen.types |= _PLAIN.get(value.__class__) or _type_of(value)
            text = value if value.__class__ is str else _text(value)
            if text in seen.samples:
                seen.samples[text] += 1
            elif len(seen.samples) < MOST_VALUES and 0 < len(text) <= LONGEST_VALUE and not looks_private(key, text):
                seen.samples[text] = 1

    def is_due(self) -> bool:
        passed_s = time.monotonic() - self._stored_at
        return passed_s > LATER_S or (self._has_news and passed_s > SOON_S)

    def store(self, cursor: psycopg.Cursor[Any]) -> None:
        """In a transaction of its own. What can't be stored is dropped: spans are worth more."""
        found = [(SPAN, key, seen) for key, seen in self._of_spans.items()]
        found += [(RESOURCE, key, seen) for key, seen in self._of_resources.items()]
        found.sort(key=lambda one: one[:2])
        self._stored_at = time.monotonic()
        self._clear()
        self._known = {found_key[:2] for found_key in found} | (self._known if len(self._known) < MOST_KEYS else set())
        scopes, keys = [scope for scope, _, _ in found], [key for _, key, _ in found]
        types, counts = [seen.types for _, _, seen in found], [seen.count for _, _, seen in found]
        samples = [msgspec.json.encode(seen.samples).decode() for _, _, seen in found]
        try:
            with cursor.connection.transaction():
                now_s = int(time.time())
                cursor.execute(MERGE, (self._project, now_s, scopes, keys, types, counts, samples, self._project))
        except psycopg.Error as error:
            logger.warning("keys of attributes: %s", str(error).strip().split("\n")[0])


def fill(cursor: psycopg.Cursor[Any]) -> None:
    """From at most 10,000 stored spans: of the newest 200 traces, and those an hour, a day, a week before now."""
    keys = AttributeKeys()
    for attributes, resource in cursor.execute(STORED).fetchall():
        keys.look_at(EncodedMap(attributes.encode()), EncodedMap(resource.encode()))
    keys.store(cursor)


def _type_of(value: Value) -> int:
    if not isinstance(value, dict):
        return 0
    tag = next(iter(value)) if len(value) == 1 else ""
    return _BITS[_TAGGED.get(tag, "map")]


def _text(value: Value) -> str:
    """As it is typed into a query; nothing for what can't be."""
    if value is True or value is False:
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else ""

"""Spans for tests of storing and querying: by hand, by chance, and as wild as a sender can make them."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterable
from secrets import token_bytes

from hypothesis import strategies as st

from traces.core.span import Event, Kind, Link, Resource, Scope, Span, Status
from traces.core.values import EncodedMap, from_python, key_text

# 2026-03-02 09:15 UTC. A whole second, so that fractions are seen.
START_NS = 1_772_442_900_000_000_000
MILLISECOND = 1_000_000


def id_bytes(number: int, size: int) -> bytes:
    """Ids above half are negative in the database."""
    return number.to_bytes(size)


def a_span(trace: int | bytes = 1, span: int = 1, parent: int | None = None, start: int = 0, length: int = 1,
           **fields: object) -> Span:  # fmt: skip
    """A span with times in milliseconds after START_NS."""
    made = Span(
        trace if isinstance(trace, bytes) else id_bytes(trace, 16),
        id_bytes(span, 8),
        None if parent is None else id_bytes(parent, 8),
        START_NS + start * MILLISECOND,
        length * MILLISECOND,
        "shop",
        "GET /",
        kind=Kind.SERVER,
    )
    return made._replace(**fields)  # type: ignore[arg-type]


def many_spans(count: int, *, traces: int, seed: int = 1) -> list[Span]:
    """Spans of traces that nobody else has, in any order; a fifth of them are errors."""
    chance = random.Random(seed)
    ids = [token_bytes(16) for _ in range(traces)]
    spans = [
        a_span(
            ids[n % traces],
            chance.getrandbits(64) or 1,
            parent=None if n < traces else 1,
            start=chance.randrange(1_000),
            length=chance.randrange(1_000),
            service=f"service-{n % 7}",
            name=f"operation {n % 5}",
            status=Status.ERROR if n % 5 == 0 else Status.UNSET,
        )
        for n in range(count)
    ]
    chance.shuffle(spans)
    return spans


def like_python(span: Span) -> Span:
    """The span with its attributes as plain dicts, so that two can be compared."""
    return span._replace(
        attributes=dict(span.attributes),
        resource=span.resource._replace(attributes=dict(span.resource.attributes)),
        scope=span.scope._replace(attributes=dict(span.scope.attributes)),
    )


def float32(number: float) -> float:
    """As a `real` keeps it."""
    found: float = struct.unpack("!f", struct.pack("!f", number))[0]
    return found


# Surrogates are in `characters` only when asked for; NUL always is.
texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
times = st.integers(0, (1 << 62) - 1)
counts = st.integers(0, (1 << 32) - 1)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 70), 1 << 70), st.floats(width=64), texts, st.binary(max_size=12)
)
python_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
values = python_values.map(from_python)


def _encoded(items: dict[str, object]) -> EncodedMap:

    return EncodedMap(json.dumps(items).encode())


maps = st.dictionaries(texts.map(key_text), values, max_size=4)
attribute_maps = maps | maps.map(_encoded)
events = st.builds(Event, times, texts, maps, counts)
links = st.builds(Link, st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8), texts, counts, maps,
                  counts)  # fmt: skip
wild_spans = st.builds(
    Span,
    trace_id=st.binary(min_size=16, max_size=16),
    span_id=st.binary(min_size=8, max_size=8),
    parent_span_id=st.none() | st.binary(min_size=8, max_size=8).filter(any),
    start_ns=st.integers(0, START_NS),
    duration_ns=times,
    service=texts.filter(bool),
    name=texts,
    kind=st.sampled_from(Kind),
    status=st.sampled_from(Status),
    status_message=texts,
    attributes=attribute_maps,
    events=st.lists(events, max_size=2).map(tuple),
    links=st.lists(links, max_size=2).map(tuple),
    resource=st.builds(Resource, attribute_maps, counts, texts),
    scope=st.builds(Scope, texts, texts, attribute_maps, counts, texts),
    trace_state=texts,
    flags=counts,
    dropped_attributes=counts,
    dropped_events=counts,
    dropped_links=counts,
    notes=st.lists(texts, max_size=2).map(tuple),
)


def batches(spans: Iterable[Span], chance: random.Random) -> list[list[Span]]:
    """The spans in any order, in batches of any size."""
    rest = list(spans)
    chance.shuffle(rest)
    found = []
    while rest:
        size = chance.randint(1, len(rest))
        found.append(rest[:size])
        rest = rest[size:]
    return found

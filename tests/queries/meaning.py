"""What a search means, in plain Python: spans and a search in, the trace ids that match in the list's order out."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from tests.spans import MILLISECOND, START_NS, a_span, id_bytes
from tests.stored import extent
from traces.core.evaluation import SpansAtHand, evaluate
from traces.core.meaning import Condition, all_of
from traces.core.span import Kind, Resource, Span, Status
from traces.core.values import from_python, key_text
from traces.search import SORTS, Search, word

SERVICES = ("shop", "payment", "mail'; --", "a\x00b", "%s")
OPERATIONS = ("GET /", "POST /pay", 'say "hi"', "100%", "\\")
KEYS = ("user.id", "ok", "http.route", 'a"b', "$text:x")
VALUES = (
    "42",
    42,
    42.5,
    "42.5",
    True,
    "true",
    False,
    None,
    "",
    "a b",
    "%",
    "'",
    '"',
    "\\",
    "\x00",
    "é",
    -1,
    1e16,
    10**16,
)
ATTRIBUTES = [(key, value) for key in KEYS for value in VALUES]


def chance_spans(traces: int, seed: int) -> list[Span]:
    """Traces of one to six spans; some have no root, many share their times."""
    chance = random.Random(seed)
    return [
        _chance_span(chance, trace, n, rootless=trace % 7 == 0)
        for trace in range(1, traces + 1)
        for n in range(1, chance.randint(2, 7))
    ]


def _chance_span(chance: random.Random, trace: int, n: int, *, rootless: bool) -> Span:
    def attributes() -> dict[str, object]:
        return {key_text(key): from_python(value) for key, value in chance.sample(ATTRIBUTES, chance.randint(0, 3))}

    return a_span(
        trace,
        n,
        parent=1 if n > 1 or rootless else None,
        start=trace // 2 + chance.randint(0, 3),
        length=chance.choice((0, 1, 5, 50)),
        service=chance.choice(SERVICES),
        name=chance.choice(OPERATIONS),
        kind=chance.choice(list(Kind)),
        status=chance.choice((Status.UNSET, Status.UNSET, Status.OK, Status.ERROR)),
        attributes=attributes(),
        resource=Resource(attributes()),
    )


def chance_search(chance: random.Random, traces: int) -> Search:
    def maybe(value: object, blank: object = "") -> object:
        return value if chance.random() < 0.25 else blank

    start_ns = START_NS + chance.randint(-2, traces // 2 + 4) * MILLISECOND
    words = tuple(_chance_word(chance) for _ in range(chance.choice((0, 0, 1, 1, 2))))
    fields = {
        "start_ns": maybe(start_ns, None),
        "end_ns": maybe(start_ns + chance.randint(0, traces) * MILLISECOND, None),
        "service": maybe(chance.choice((*SERVICES, "nobody"))),
        "operation": maybe(chance.choice((*OPERATIONS, "nothing"))),
        "status": maybe(chance.choice(("error", "ok", "unset"))),
        "min_duration_ns": maybe(chance.choice((0, 1, 5)) * MILLISECOND, None),
        "max_duration_ns": maybe(chance.choice((0, 5, 50)) * MILLISECOND, None),
    }
    return Search(condition=all_of(*words) if words else None, sort=chance.choice(SORTS), limit=1_000, **fields)  # type: ignore[arg-type]


def _chance_word(chance: random.Random) -> Condition:
    special = [word("service", chance.choice(SERVICES)), word("name", chance.choice(OPERATIONS)),
               word("status", chance.choice(("error", "OK", "other"))), word("kind", "server")]  # fmt: skip
    key, value = chance.choice(ATTRIBUTES)
    text = value if isinstance(value, str) else json.dumps(value)
    return chance.choice([*special, *[word(key, text)] * 6])


def matching(spans: Iterable[Span], search: Search) -> list[bytes]:
    traces: dict[bytes, list[Span]] = defaultdict(list)
    for span in spans:
        traces[span.trace_id].append(span)
    found = [(_place(trace, search.sort), id) for id, trace in traces.items() if _matches(trace, search)]
    return [id for _, id in sorted(found, reverse=True)]


def _head(trace: list[Span]) -> Span | None:
    return min((s for s in trace if s.parent_span_id is None), key=lambda s: (s.start_ns, s.span_id), default=None)


def _duration_ns(trace: list[Span]) -> int:
    head, (start_ns, end_ns) = _head(trace), extent(trace)
    return head.duration_ns if head else end_ns - start_ns


def _place(trace: list[Span], sort: str) -> int:
    if sort == "errors":
        return sum(span.status == Status.ERROR for span in trace)
    return {"start": extent(trace)[0], "duration": _duration_ns(trace), "spans": len(trace)}[sort]


def _matches(trace: list[Span], search: Search) -> bool:
    start_ns, duration_ns = extent(trace)[0], _duration_ns(trace)
    return (
        (search.start_ns is None or start_ns >= search.start_ns)
        and (search.end_ns is None or start_ns < search.end_ns)
        and (search.min_duration_ns is None or duration_ns >= search.min_duration_ns)
        and (search.max_duration_ns is None or duration_ns <= search.max_duration_ns)
        and any(_is(span, search.service, search.operation, search.status) for span in trace)
        and (search.condition is None or evaluate(search.condition, SpansAtHand(trace)).satisfied)
    )


def _is(span: Span, service: str, operation: str, status: str) -> bool:
    said = service in ("", span.service), operation in ("", span.name)
    return all(said) and status in ("", Status(span.status).name.lower())


def means(text: str, value: object) -> bool:
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, int | float):
        number = re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text)
        return number is not None and value == (Fraction(text) if isinstance(value, int) else float(text))
    return isinstance(value, str) and text == value


def trace_ids(numbers: Iterable[int]) -> list[bytes]:
    return [id_bytes(number, 16) for number in numbers]

"""What the doctor has to know of a trace beside its columns: which spans to look into, and what was read of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from traces.core.columns import STAND_IN
from traces.core.doctor.finding import Elsewhere
from traces.core.outcome import TELLING
from traces.core.span import NO_ATTRIBUTES, Attributes, Kind, Status
from traces.core.trace import Trace

# Whole attributes are read of the first spans of each operation: instrumentation does the same each time.
SAMPLES_EACH, MOST_SAMPLES = 5, 1_000
# Beyond these, in the order of their start, spans are read for their samples alone.
MOST_SPANS, MOST_ERRORS = 20_000, 2_000

RESENT = ("http.request.resend_count", "http.resend_count")
DELIVERED = (
    "messaging.gcp_pubsub.message.delivery_attempt",
    "messaging.servicebus.message.delivery_count",
    "messaging.message.delivery_attempt",
    "messaging.message.delivery_count",
    "messaging.message.redelivered",
    "messaging.rabbitmq.message.redelivered",
)
HTTP_STATUS = ("http.response.status_code", "http.status_code")
ADDRESS = ("url.full", "http.url")
# What is read of spans that are no samples: of all that have one of these, and of errors.
ALWAYS_TELLING = (*RESENT, *DELIVERED)
READ = (*ALWAYS_TELLING, *TELLING, *ADDRESS, "db.response.status_code")


class Told(NamedTuple):
    """What was read of a span."""

    attributes: Attributes = NO_ATTRIBUTES
    is_whole: bool = False  # all attributes, not only those of READ
    status_message: str = ""
    exceptions: tuple[Attributes, ...] = ()  # of an error's events; only what tells something
    dropped: tuple[int, int, int] = (0, 0, 0)  # attributes, events, links
    notes: tuple[str, ...] = ()
    trace_state: str = ""


class Answer(NamedTuple):
    """What is known of the server side of a call that has none in its trace."""

    service: str
    elsewhere: tuple[Elsewhere, ...] = ()  # what looks like it, in other traces
    shared_key: str = ""  # an attribute that both sides have, with the same value


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read. Places are those of the trace; what isn't in `told` has nothing to tell, or wasn't looked at."""

    told: Mapping[int, Told] = field(default_factory=dict)
    answers: Mapping[int, Answer] = field(default_factory=dict)
    age_ns: int | None = None  # since the latest span ended; None: not known


def samples_of(trace: Trace, calls: Sequence[int]) -> list[int]:
    """Places of the spans whose attributes are read as a whole, MOST_SAMPLES at most: the first of every operation
    before the second of any; of the unanswered calls those whose like were answered elsewhere in the trace; and what
    was called after the same call had failed."""
    seen: Counter[int] = Counter()
    ranks: list[list[int]] = [[] for _ in range(SAMPLES_EACH)]
    wanted = trace.columns.operation_places
    for place, row in enumerate(trace.order):
        operation = wanted[row]
        if (rank := seen[operation]) < SAMPLES_EACH and operation != STAND_IN:
            seen[operation] = rank + 1
            ranks[rank].append(place)
    chosen = dict.fromkeys(ranks[0])
    for places in (_exceptional(trace, calls), _after_failures(trace), *ranks[1:]):
        chosen |= dict.fromkeys(places)
    return list(chosen)[:MOST_SAMPLES]


def unanswered(trace: Trace) -> list[int]:
    """Places of client spans under which nothing of another service hangs, nor anything that isn't here."""
    operations = trace.columns.operations
    is_client = [operation.kind == Kind.CLIENT for operation in operations]
    if not any(is_client):
        return []
    is_client.append(False)  # found by the number of a stand-in
    by_row = trace.columns.operation_places
    by_place = [by_row[row] for row in trace.order]
    crossed = list(accumulate(_crossings(trace, by_place), initial=0))
    return [
        place
        for place, (operation, size) in enumerate(zip(by_place, trace.sizes, strict=True))
        if is_client[operation] and crossed[place + size] == crossed[place + 1]
    ]


def _crossings(trace: Trace, by_place: Sequence[int]) -> Iterator[bool]:
    """By place: whether a span is of another service than its parent, or a server's, or not here."""
    numbers: dict[str, int] = {}
    services = [numbers.setdefault(operation.service, len(numbers)) for operation in trace.columns.operations]
    is_server = [operation.kind == Kind.SERVER for operation in trace.columns.operations]
    services.append(-1)  # a stand-in's
    is_server.append(True)
    above = [-1] * (trace.levels + 1)
    for operation, depth in zip(by_place, trace.depths, strict=True):
        above[depth] = service = services[operation]
        yield is_server[operation] or service != above[depth - 1]


def _exceptional(trace: Trace, calls: Sequence[int]) -> list[int]:
    if not calls:
        return []
    by_row, order = trace.columns.operation_places, trace.order
    silent = Counter(by_row[order[place]] for place in calls)
    total = Counter(by_row)
    return [place for place in calls if silent[by_row[order[place]]] < total[by_row[order[place]]]][: MOST_SAMPLES // 4]


def _after_failures(trace: Trace) -> list[int]:
    """Siblings right after an error, of the same operation: were they to do the same?"""
    by_row, order, depths = trace.columns.operation_places, trace.order, trace.depths
    pairs = [(place, place + trace.sizes[place]) for place in trace.errors[:MOST_ERRORS]]
    siblings = [pair for pair in pairs if pair[1] < len(trace) and depths[pair[0]] == depths[pair[1]]]
    alike = [after for place, after in siblings if by_row[order[place]] == by_row[order[after]]]
    return [after for after in alike if not is_error(trace, after)][: MOST_SAMPLES // 4]


def read_until(trace: Trace) -> tuple[int, int]:
    """Up to which start, in ns, spans are read for what always tells, and errors for what they say."""
    starts_ns = trace.columns.starts_ns
    spans_until = starts_ns[min(trace.span_count, MOST_SPANS) - 1] if trace.span_count else 0
    if len(trace.errors) <= MOST_ERRORS:
        return spans_until, trace.end_ns
    rows = sorted(trace.order[place] for place in trace.errors)
    return spans_until, starts_ns[rows[MOST_ERRORS - 1]]


def is_error(trace: Trace, place: int) -> bool:
    return trace.columns.statuses[trace.order[place]] == Status.ERROR

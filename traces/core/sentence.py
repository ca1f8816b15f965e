"""In: a trace's critical path and what it was spent on. Out: one sentence that says where the time went.

    1.52 s: 58 % in payment (POST /charges, tried 3 times), 30 % waiting between attempts.

Shares are of the root's duration. Said are the largest, three at most, none below SMALLEST_SHARE but the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from traces.core.causes import Cause, Part, causes_of
from traces.core.printable import printable
from traces.core.time_spent import Pieces
from traces.core.timeline import NO_KIND, NOBODY, Timeline
from traces.core.timescale import duration_text

MOST_CHARACTERS = 120
MOST_CAUSES, SMALLEST_SHARE = 3, 0.1
MOST_OPERATIONS, SMALLEST_OPERATION = 2, 0.25  # named of a service, and their share of its time
REPEATED = 5  # spans of one operation are worth a number
_LONGEST_NAME = 36


@dataclass(slots=True)
class _Share:
    """What goes together in the sentence: a service with its operations, or a kind of waiting."""

    duration_ns: int = 0
    operations: dict[str, _Operation] = field(default_factory=dict)


@dataclass(slots=True)
class _Operation:
    duration_ns: int = 0
    places: set[int] = field(default_factory=set)
    remarks: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # how long each was true


def sentence_of(timeline: Timeline, pieces: Pieces) -> str:
    """At most MOST_CHARACTERS, and the same for the same spans; empty of a trace without spans."""
    if not len(timeline):
        return ""
    if not len(pieces):
        return "No time passed between its root's start and end."
    total_ns = sum(pieces.durations_ns())
    text = duration_text(total_ns) + (" without a root" if _has_no_root(timeline, pieces.path.places[0]) else "")
    separator = ": "
    for wordings in _phrases(_shares(causes_of(timeline, pieces)), total_ns):
        room = MOST_CHARACTERS - len(text) - len(separator) - 1
        fitting = next((words for words in wordings if len(words) <= room), None)
        if fitting is None:
            break
        text += separator + fitting
        separator = ", "
    return f"{text}."


def _has_no_root(timeline: Timeline, place: int) -> bool:
    while timeline.parents[place] != NOBODY:
        place = timeline.parents[place]
    return timeline.kinds[place] == NO_KIND


def _shares(causes: Mapping[Cause, Part]) -> dict[str, _Share]:
    shares: dict[str, _Share] = defaultdict(_Share)
    for cause, part in causes.items():
        share = shares[_short(cause.where)]
        share.duration_ns += part.duration_ns
        operation = share.operations.setdefault(_short(cause.operation), _Operation())
        operation.duration_ns += part.duration_ns
        operation.places |= part.places
        operation.remarks[cause.remark] += part.duration_ns
    return shares


def _phrases(shares: dict[str, _Share], total_ns: int) -> Iterator[list[str]]:
    """What can be said of each, from the longest to the shortest; the largest first, equal ones by time."""
    ranked = sorted(shares.items(), key=lambda item: -item[1].duration_ns)
    for number, (where, share) in enumerate(ranked[:MOST_CAUSES]):
        if number and share.duration_ns < SMALLEST_SHARE * total_ns:
            return
        percent = (200 * share.duration_ns + total_ns) // (2 * total_ns)
        words = f"all {where}" if percent == 100 else f"{max(percent, 1)} % {where}"
        details = _details(share)
        yield [f"{words} ({', '.join(details[:count])})" for count in range(len(details), 0, -1)] + [words]


def _details(share: _Share) -> list[str]:
    ranked = sorted(share.operations.items(), key=lambda item: -item[1].duration_ns)
    large = [
        _operation_text(name, operation)
        for name, operation in ranked[:MOST_OPERATIONS]
        if operation.duration_ns >= SMALLEST_OPERATION * share.duration_ns
    ]
    return [text for text in large if text]


def _operation_text(name: str, operation: _Operation) -> str:
    remark = max(operation.remarks, key=operation.remarks.__getitem__)
    times = f" ×{len(operation.places):,}" if name and not remark and len(operation.places) >= REPEATED else ""
    return ", ".join(part for part in (name + times, remark) if part)


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"

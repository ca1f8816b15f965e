"""In: a trace's analysis. Out: where its time went, in words and shares: what the page says above the waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from traces.core.analysis import Analysis
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import percent
from traces.core.time_spent import Piece, SpentOn
from traces.core.timescale import duration_text

MOST_PIECES = 12
_MEANINGS = {
    SpentOn.COMPUTE: "own work of spans, and whatever waiting no span shows",
    SpentOn.NETWORK: "between a client and its server, both ways",
    SpentOn.DEPENDENCY: "calls to what sends no spans here: databases, caches, others",
    SpentOn.QUEUE: "until a consumer took the message",
    SpentOn.WAITING: "gaps between children, and answers that came after their caller had gone",
}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the critical path."""

    name: str
    title: str
    duration: str
    width: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the longest pieces of the path."""

    span_id: str  # empty where the span isn't here
    service: str
    name: str
    colour: str
    spent_on: str
    duration: str
    width: str


@dataclass(frozen=True, slots=True)
class Account:
    sentence: str
    kinds: Sequence[Share]
    services: Sequence[Share]
    steps: Sequence[Step]  # in the order of time
    pieces: str  # how many there are in all, where these are not all


def account_of(analysis: Analysis) -> Account:
    total_ns = sum(analysis.critical_path.durations_ns())
    pieces = sorted(analysis.critical_path, key=lambda piece: -piece.duration_ns)
    longest = sorted(pieces[:MOST_PIECES], key=lambda piece: piece.start_ns)
    return Account(
        sentence=analysis.sentence,
        kinds=[
            Share(kind, _MEANINGS[kind], duration_text(ns), percent(ns, total_ns))
            for kind, ns in sorted(analysis.spent.items(), key=lambda item: -item[1])
        ],
        services=_services(analysis, total_ns),
        steps=[_step(analysis, piece, total_ns) for piece in longest],
        pieces=f"{len(pieces):,}" if len(pieces) > len(longest) else "",
    )


def _services(analysis: Analysis, total_ns: int) -> list[Share]:
    shares = []
    for service, spent in analysis.spent_by_service.items():
        own_ns = sum(spent.values())
        name = printable(service) if service else "a span that isn't here"
        shares.append(Share(name, "", duration_text(own_ns), percent(own_ns, total_ns), colour_class(service)))
    return shares


def _step(analysis: Analysis, piece: Piece, total_ns: int) -> Step:
    operation = analysis.timeline.operation(piece.place)
    return Step(
        span_id=analysis.trace.nodes[piece.place].span_id.hex() if operation else "",
        service=printable(operation.service) if operation else "",
        name=printable(operation.name) if operation else "a span that isn't here",
        colour=colour_class(operation.service) if operation else "missing",
        spent_on=_spent_text(analysis, piece),
        duration=duration_text(piece.duration_ns),
        width=percent(piece.duration_ns, total_ns),
    )


def _spent_text(analysis: Analysis, piece: Piece) -> str:
    following = analysis.timeline.operation(piece.before) if piece.before >= 0 else None
    if piece.spent_on is SpentOn.WAITING and following:
        return f"waiting before {printable(following.name)}"
    return str(piece.spent_on)

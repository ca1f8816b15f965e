"""In: a `Trace`, and what its spans say. Out: what of it takes part in a comparison, by path.

The times of a profile are those on the critical path; they add up to the duration of the trace exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from traces.core.compare.vocabulary import TOP, Vocabulary
from traces.core.critical_path import Path, critical_path
from traces.core.skew import offsets_ns, skew_of
from traces.core.span import Status
from traces.core.timeline import NO_KIND, NOBODY, Timeline, blocking, timeline_of
from traces.core.trace import Trace

UNEXPLAINED = -2  # a duration that no span accounts for: spans not read, or no root here


class Profile(NamedTuple):
    """A trace, by path: what it waited for, what it called, what failed. Paths without any are left out."""

    trace_id: bytes
    duration_ns: int
    weight: float
    has_error: bool
    waited_ns: Mapping[int, int]  # on the critical path
    calls: Mapping[int, int]
    errors: Mapping[int, int]
    retries: Mapping[int, int]  # calls after one that failed, under the same parent
    repeated: frozenset[int]  # called more than once under one parent
    alone_ns: int  # durations of what nobody waited for, added up
    root: int  # the path of the first root
    facts: Sequence[int]  # attributes; each once
    thrown: Sequence[tuple[str, str]]  # service and type of exceptions; each once
    is_described: bool  # facts and exceptions are those of the trace; else they are not known

    @property
    def is_read(self) -> bool:
        return bool(self.calls)


def profile_of(
    trace: Trace,
    vocabulary: Vocabulary,
    *,
    duration_ns: int | None = None,
    weight: float = 1.0,
    facts: Iterable[int] | None = None,
    thrown: Iterable[tuple[str, str]] = (),
) -> Profile:
    """Linear but for the critical path's sorting. `duration_ns` is what the path covers where not said; without
    facts, nothing is known of attributes and exceptions."""
    timeline, blocks, path = _waited_for(trace)
    paths = _paths(timeline, blocks, vocabulary)
    waited = _waited_ns(path, paths)
    covered_ns = sum(waited.values())
    duration_ns = covered_ns if duration_ns is None else duration_ns
    if duration_ns != covered_ns:
        waited[UNEXPLAINED] = duration_ns - covered_ns
    parents = timeline.parents
    alone = [place for place, blocked in enumerate(blocks) if not blocked and parents[place] != NOBODY]
    return Profile(
        trace.columns.trace_id,
        duration_ns,
        weight,
        bool(trace.errors),
        waited,
        *_calls(timeline, paths),
        alone_ns=sum(timeline.ends_ns[place] - timeline.starts_ns[place] for place in alone),
        root=paths[0] if paths else TOP,
        facts=list(dict.fromkeys(facts or ())),
        thrown=sorted(set(thrown)),
        is_described=facts is not None,
    )


def unread(trace_id: bytes, *, duration_ns: int, weight: float, has_error: bool) -> Profile:
    """Of a trace whose spans nobody looks at: all of its time is unexplained."""
    waited = {UNEXPLAINED: duration_ns} if duration_ns else {}
    return Profile(trace_id, duration_ns, weight, has_error, waited, {}, {}, {}, frozenset(), 0, TOP, (), (), False)


def _waited_for(trace: Trace) -> tuple[Timeline, Sequence[bool], Path]:
    """By corrected clocks, as on the page of the trace."""
    recorded = timeline_of(trace)
    skew = skew_of(recorded)
    timeline = recorded.shifted(offsets_ns(recorded, skew)) if skew else recorded
    blocks = blocking(timeline)
    return timeline, blocks, critical_path(timeline, blocks)


def _paths(timeline: Timeline, blocks: Sequence[bool], vocabulary: Vocabulary) -> list[int]:
    """By place."""
    columns, order = timeline.trace.columns, timeline.trace.order
    names = [
        (operation.service, vocabulary.templated(operation.name), operation.kind) for operation in columns.operations
    ]
    names.append(("", "spans that are missing", NO_KIND))  # where STAND_IN, as an index, points to
    found: list[int] = []
    for place, parent in enumerate(timeline.parents):
        above, alone = (TOP, False) if parent == NOBODY else (found[parent], not blocks[place])
        service, name, kind = names[columns.operation_places[order[place]]]
        found.append(vocabulary.path(above, service, name, kind, is_left_alone=alone))
    return found


def _waited_ns(path: Path, paths: Sequence[int]) -> dict[int, int]:
    waited: dict[int, int] = {}
    for number, place in enumerate(path.places):
        of = paths[place]
        waited[of] = waited.get(of, 0) + path.bounds_ns[number + 1] - path.bounds_ns[number]
    return waited


def _calls(
    timeline: Timeline, paths: Sequence[int]
) -> tuple[dict[int, int], dict[int, int], dict[int, int], frozenset[int]]:
    """Calls, errors and retries by path, and the paths that were repeated."""
    trace, parents = timeline.trace, timeline.parents
    statuses, order = trace.columns.statuses, trace.order
    calls, errors, retries, repeated = dict[int, int](), dict[int, int](), dict[int, int](), set[int]()
    failed: dict[tuple[int, int], bool] = {}  # by parent and path: whether the latest sibling did
    for place, path in enumerate(paths):
        calls[path] = calls.get(path, 0) + 1
        sibling = parents[place], path
        before = failed.get(sibling)
        if before is not None and sibling[0] != NOBODY:
            repeated.add(path)
            if before:
                retries[path] = retries.get(path, 0) + 1
        failed[sibling] = statuses[order[place]] == Status.ERROR
        if failed[sibling]:
            errors[path] = errors.get(path, 0) + 1
    return calls, errors, retries, frozenset(repeated)

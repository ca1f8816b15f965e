"""In: a comparison. Out: traces that are ordinary on their side, and the pair that shows the difference best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from traces.core.compare.comparison import Comparison
from traces.core.compare.profiles import Profile
from traces.core.statistics import percentile

MOST = 3
MOST_PATHS = 20  # those in which the sides differ most tell how ordinary a trace is


class _Middle(NamedTuple):
    """Medians of a side, each by itself."""

    duration_ns: int
    waited_ns: Mapping[int, int]


class Examples(NamedTuple):
    a: Sequence[Profile]
    b: Sequence[Profile]
    pair: tuple[Profile, Profile] | None  # of one operation


def examples_of(comparison: Comparison) -> Examples:
    """Those whose duration, and whose times on the critical path, are closest to the medians of their side."""
    paths = [row.path for row in comparison.contributions if row.path is not None][:MOST_PATHS]
    sides = comparison.sides.read()
    nearest_a, nearest_b = (_nearest(profiles, _middle(profiles, paths)) for profiles in (sides.a, sides.b))
    return Examples(nearest_a[:MOST], nearest_b[:MOST], _pair(comparison, nearest_a, sides.b, paths))


def _middle(profiles: Sequence[Profile], paths: Sequence[int]) -> _Middle:
    if not profiles:
        return _Middle(0, {})
    waited = {path: _median(profile.waited_ns.get(path, 0) for profile in profiles) for path in paths}
    return _Middle(_median(profile.duration_ns for profile in profiles), waited)


def _median(numbers: Iterable[int]) -> int:
    return percentile(sorted(numbers), 50)


def _nearest(profiles: Sequence[Profile], middle: _Middle) -> list[Profile]:
    return sorted(profiles, key=lambda profile: (_distance(profile, middle), profile.trace_id))


def _distance(profile: Profile, middle: _Middle) -> int:
    """The duration twice, as else the shortest would be closest where each trace waits for something else."""
    apart = sum(abs(profile.waited_ns.get(path, 0) - ns) for path, ns in middle.waited_ns.items())
    return apart + 2 * abs(profile.duration_ns - middle.duration_ns)


def _pair(
    comparison: Comparison, nearest_a: Sequence[Profile], b: Sequence[Profile], paths: Sequence[int]
) -> tuple[Profile, Profile] | None:
    """Of B the trace that has most of what is claimed and least of anything else; of A the most ordinary one."""
    claimed = {row.path: row.delta_mean_ns > 0 for row in comparison.contributions if row.claimed}
    usual: dict[int, Profile] = {}
    for profile in nearest_a:
        usual.setdefault(profile.root, profile)
    candidates = [profile for profile in b if profile.root in usual]
    if not claimed or not candidates:
        return None

    def shows_ns(profile: Profile) -> int:
        own = usual[profile.root].waited_ns
        shown = 0
        for path in paths:
            more_ns = profile.waited_ns.get(path, 0) - own.get(path, 0)
            shown += (more_ns if claimed[path] else -more_ns) if path in claimed else -abs(more_ns)
        return shown

    found = max(candidates, key=lambda profile: (shows_ns(profile), profile.trace_id))
    return usual[found.root], found

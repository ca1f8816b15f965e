"""In: a comparison. Out: where the time goes, as a waterfall from the mean of A to that of B, in finished geometry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from traces.core.compare import Comparison
from traces.core.compare.contributions import Contribution, Part
from traces.core.compare.report import within_text
from traces.core.compare.words import calls_text, operation_text
from traces.core.layout import counted
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import percent
from traces.core.span import Kind
from traces.core.timescale import duration_text, exact_text, offset_text

MOST_TIMES = 12
MOST_STEPS = 20  # of a path
_PARTS = 100_000


@dataclass(frozen=True, slots=True)
class Time:
    """A step of the waterfall from the mean of A to that of B."""

    colour: str
    service: str
    name: str
    hover: str
    x: str
    width: str
    longer: bool
    delta: str
    claimed: bool
    is_whole: bool = False
    within: str = ""
    calls: str = ""
    calls_hover: str = ""
    beside: str = ""
    chance: str = ""


def times_of(comparison: Comparison) -> list[Time]:
    """From the mean of A, row by row, to that of B."""
    a_ns, b_ns = comparison.durations.a.mean_ns, comparison.durations.b.mean_ns
    rows = [row for row in comparison.contributions if row.part != Part.ALONE]
    shown, rest = rows[:MOST_TIMES], rows[MOST_TIMES:]
    steps = [row.delta_mean_ns for row in shown] + [sum(row.delta_mean_ns for row in rest)]
    reached, at_ns = [a_ns], a_ns
    for step in steps:
        at_ns += step
        reached.append(at_ns)
    low_ns, high_ns = _axis([*reached, b_ns])
    scale = _Scale(low_ns, high_ns)
    found = [_whole("A", a_ns, scale)]
    found += [_time(comparison, row, scale.bar(*reached[n : n + 2])) for n, row in enumerate(shown)]
    if rest:
        words = counted(sum(row.operations for row in rest), "more operation", "more operations")
        found.append(_step("", words, scale.bar(*reached[len(shown) : len(shown) + 2]), steps[-1]))
    return [*found, _whole("B", b_ns, scale)]


def alone_of(comparison: Comparison) -> str:
    """Beside the sums: what nobody waited for."""
    row = next((row for row in comparison.contributions if row.part == Part.ALONE), None)
    if row is None:
        return ""
    alone = counted(row.operations, "operation", "operations")
    rates = f"{row.rates.a_calls:.2g} spans a trace in A, {row.rates.b_calls:.2g} in B"
    return (
        f"Beside all that ran {alone} that nobody waited for: {rates}; {offset_text(round(row.delta_mean_ns))} a trace."
    )


def path_text(comparison: Comparison, path: int) -> list[str]:
    """From the root to the operation; of a long way the end."""
    found: list[str] = []
    while path >= 0:
        if len(found) == MOST_STEPS:
            return ["…", *found[::-1]]
        step = comparison.vocabulary.steps[path]
        kind = Kind(step.kind).name.lower() if step.kind in set(Kind) and step.kind else ""
        found.append(" ".join(part for part in (step.service, step.name, f"({kind})" if kind else "") if part))
        path = step.parent
    return found[::-1]


def chance_text(p: float) -> str:
    """`p < 0.0001`, corrected."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}" if p < 0.995 else "p = 1"


@dataclass(frozen=True, slots=True)
class _Scale:
    low_ns: float
    high_ns: float

    def bar(self, from_ns: float, to_ns: float) -> tuple[str, str]:
        """x and width."""
        whole = self.high_ns - self.low_ns
        start, end = sorted((from_ns - self.low_ns, to_ns - self.low_ns))
        parts = round(_PARTS * start / whole), round(_PARTS * max(end - start, 0.002 * whole) / whole)
        return percent(parts[0], _PARTS), percent(parts[1], _PARTS)


def _axis(reached_ns: Sequence[float]) -> tuple[float, float]:
    """From zero, unless the steps would then be too small to be seen."""
    low_ns, high_ns = min(reached_ns), max(reached_ns)
    if high_ns - low_ns >= 0.2 * high_ns:
        return min(low_ns, 0.0), max(high_ns, 1.0)
    room_ns = max((high_ns - low_ns) * 0.5, 1.0)
    return max(low_ns - room_ns, 0.0), high_ns + room_ns * 0.2


def _whole(side: str, mean_ns: float, scale: _Scale) -> Time:
    x, width = scale.bar(scale.low_ns, mean_ns)
    text, hover = duration_text(round(mean_ns)), "from zero" if not scale.low_ns else "the axis doesn’t begin at zero"
    return Time("", "", f"{side} on average", hover, x, width, side == "B", text, claimed=True, is_whole=True)


def _step(service: str, name: str, bar: tuple[str, str], delta_ns: float) -> Time:
    colour = colour_class(service) if service else ""
    delta = offset_text(round(delta_ns))
    return Time(colour, printable(service), printable(name), "", *bar, delta_ns > 0, delta, claimed=False)


def _time(comparison: Comparison, row: Contribution, bar: tuple[str, str]) -> Time:
    service, name, path = "", operation_text(comparison, row), ""
    if row.path is not None:
        step = comparison.vocabulary.steps[row.path]
        service, name, path = step.service, step.name, " → ".join(path_text(comparison, row.path))
    sums = f"waited for {exact_text(row.a_sum_ns)} in all traces of A, {exact_text(row.b_sum_ns)} in those of B"
    return Time(
        colour_class(service) if service else "",
        printable(service),
        printable(name),
        printable(f"{path}\n{sums}" if path else sums),
        *bar,
        row.delta_mean_ns > 0,
        offset_text(round(row.delta_mean_ns)),
        row.claimed,
        within=within_text(round(row.low_ns), round(row.high_ns)) if isfinite(row.high_ns - row.low_ns) else "",
        calls=_rate(row.rates.a_calls, row.rates.b_calls) if calls_text(row) else "",
        calls_hover=calls_text(row),
        beside=", ".join(_beside(row)),
        chance=chance_text(row.p_value),
    )


def _beside(row: Contribution) -> Iterator[str]:
    rates = row.rates
    for what, a, b in (("errors", rates.a_errors, rates.b_errors), ("retries", rates.a_retries, rates.b_retries)):
        if max(a, b) >= 0.005:
            yield f"{what} {_rate(a, b)}"


def _rate(a: float, b: float) -> str:
    return " → ".join(f"{rate:.2g}" if rate < 10 else f"{rate:.0f}" for rate in (a, b))

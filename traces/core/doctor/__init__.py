"""In: a trace and what was read of its spans. Out: what is wrong with it or with its instrumentation, in words.

A family of findings is a module; each finding is a function of the case, registered here. All of them together are
linear in the number of spans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from traces.core.doctor import errors, losses, messages, names, privacy, propagation, repetition, structure, timing
from traces.core.doctor.case import Case, case_of
from traces.core.doctor.clocks import skewed_clocks
from traces.core.doctor.facts import MOST_ERRORS, MOST_SPANS, Facts
from traces.core.doctor.finding import Finding, ordered
from traces.core.layout import counted
from traces.core.trace import Trace

__all__ = ["LOOKED_FOR", "Facts", "Finding", "examine", "looked_at", "skewed_clocks"]

LOOKED_FOR = (
    "timeouts, retries, dead letters and redeliveries, calls repeated for each item, calls without their server side, "
    "missing parents and roots, times that can't be right, clocks that differ, spans with one id, spans that outlive "
    "their parents, "
    "failed calls without an error, errors without a reason, likely personal data and secrets, ids in names, "
    "floods of tiny spans, what was dropped, cut or sampled"
)

FINDINGS: tuple[Callable[[Case], Iterable[Finding]], ...] = (
    errors.timeouts,
    errors.silent_errors,
    errors.statuses_not_set,
    repetition.retries,
    repetition.repeated_calls,
    messages.dead_letters,
    messages.redeliveries,
    propagation.broken_propagation,
    structure.missing_parents,
    structure.several_roots,
    structure.cycles,
    structure.shared_ids,
    structure.still_arriving,
    timing.negative_durations,
    timing.unended,
    timing.outlives_parent,
    timing.tiny_spans,
    timing.zero_lengths,
    names.ids_in_names,
    privacy.personal_data,
    losses.dropped,
    losses.cut,
    losses.sampled,
)


def examine(trace: Trace, facts: Facts, *, more: Iterable[Finding] = ()) -> list[Finding]:
    """All findings, those that matter most in an incident first; `more` are those of others, as of skewed clocks."""
    case = case_of(trace, facts)
    return ordered([*more, *(finding for find in FINDINGS for finding in find(case))])


def looked_at(trace: Trace, facts: Facts) -> list[str]:
    """What was looked at, in sentences, and what wasn't."""
    whole = sum(told.is_whole for told in facts.told.values())
    said = [
        f"The times, names and parents of {counted(trace.span_count, 'span', 'spans')} were looked at, and all "
        f"attributes of {whole:,} of them: the first of each service and operation."
    ]
    if trace.span_count > MOST_SPANS:
        said.append(
            f"Redeliveries, repeated requests and failed calls without an error were looked for in the first "
            f"{MOST_SPANS:,} spans only."
        )
    if len(trace.errors) > MOST_ERRORS:
        said.append(f"Of {len(trace.errors):,} errors the first {MOST_ERRORS:,} were looked into.")
    return said

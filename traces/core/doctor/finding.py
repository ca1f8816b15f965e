"""What the doctor says of a trace: a finding in words, and how much each kind of finding matters."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

MOST_IDS = 20


class Severity(IntEnum):
    """The smaller, the more it matters to somebody in an incident."""

    TROUBLE = 0  # something went wrong, or takes time for nothing
    GAP = 1  # the trace doesn't show all that happened, or shows it wrongly
    FLAW = 2  # the instrumentation should be better
    NOTE = 3  # good to know while reading


# Every kind of finding; within a severity, the first matter most.
CODES: dict[str, Severity] = {
    "timeout": Severity.TROUBLE,
    "retries": Severity.TROUBLE,
    "dead_letter": Severity.TROUBLE,
    "redelivery": Severity.TROUBLE,
    "repeated_calls": Severity.TROUBLE,
    "broken_propagation": Severity.GAP,
    "clock_skew": Severity.GAP,
    "no_root": Severity.GAP,
    "missing_parent": Severity.GAP,
    "several_roots": Severity.GAP,
    "negative_duration": Severity.GAP,
    "unended": Severity.GAP,
    "cycle": Severity.GAP,
    "shared_id": Severity.GAP,
    "dropped": Severity.GAP,
    "status_not_set": Severity.FLAW,
    "personal_data": Severity.FLAW,
    "silent_error": Severity.FLAW,
    "outlives_parent": Severity.FLAW,
    "ids_in_names": Severity.FLAW,
    "tiny_spans": Severity.FLAW,
    "zero_lengths": Severity.FLAW,
    "still_arriving": Severity.NOTE,
    "cut": Severity.NOTE,
    "sampled": Severity.NOTE,
}
_RANKS = {code: rank for rank, code in enumerate(CODES)}


class Elsewhere(NamedTuple):
    """A span of another trace."""

    trace_id: bytes
    span_id: bytes


class Finding(NamedTuple):
    """`span_ids` are the first MOST_IDS of those it is about; how many there are stands in the message."""

    code: str
    span_ids: tuple[bytes, ...]
    message: str
    mend: str
    severity: Severity
    elsewhere: tuple[Elsewhere, ...] = ()


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """What matters most first; otherwise as they came."""
    return sorted(findings, key=lambda finding: (finding.severity, _RANKS.get(finding.code, len(_RANKS))))

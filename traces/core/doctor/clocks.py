"""Clocks that seem to be wrong, as findings."""

from __future__ import annotations

from traces.core.columns import Instance, id_bytes
from traces.core.doctor.finding import CODES, MOST_IDS, Finding
from traces.core.layout import counted
from traces.core.skew import PairOffset, Skew
from traces.core.timescale import duration_text
from traces.core.trace import Trace


def skewed_clocks(trace: Trace, skew: Skew) -> list[Finding]:
    """One for each two instances whose calls fit only when one clock is moved."""
    return [
        Finding(
            "clock_skew",
            _spans_of(trace, pair.server),
            f"The clock of {_named(pair.server)} seems to run {_off(pair)} that of {_named(pair.client)}: moved by so "
            f"much, {counted(pair.fitting, 'call', 'calls')} of {pair.calls:,} between them fit.",
            "Let the hosts of both set their clocks by the same source (NTP). Until then the waterfall draws the spans "
            f"of {pair.server.service} corrected, with a dashed outline where they were recorded.",
            CODES["clock_skew"],
        )
        for pair in skew.pairs
    ]


def _named(instance: Instance) -> str:
    which = instance.id or instance.host
    return f"{instance.service} ({which})" if which else instance.service


def _off(pair: PairOffset) -> str:
    return f"{duration_text(abs(pair.offset_ns))} {'behind' if pair.offset_ns > 0 else 'ahead of'}"


def _spans_of(trace: Trace, instance: Instance) -> tuple[bytes, ...]:
    columns = trace.columns
    wanted = {place for place, one in enumerate(columns.resources) if one == instance}
    rows = (row for row, place in enumerate(columns.resource_places) if place in wanted)
    return tuple(id_bytes(columns.span_ids[row]) for row, _ in zip(rows, range(MOST_IDS), strict=False))

"""Traces in, what must be found afterwards out: counts, and samples to search for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bench.bodies import Frame
from bench.spans import Trace

SAMPLES = 200
RARE_USERS = 100


class Summary:
    """Of a part of a load, or of several added up."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(
            ("spans", "traces", "error_traces", "error_spans", "max_trace", "bodies", "bytes"), 0
        )
        self.traces_of_25: list[str] = []
        self.error_trace_ids: list[str] = []
        self.users: dict[str, list[dict[str, Any]]] = {}

    def count(self, trace: Trace) -> None:
        counts, trace_id = self.counts, trace.id.hex()
        counts["spans"] += len(trace.nodes)
        counts["traces"] += 1
        counts["error_traces"] += trace.error
        counts["error_spans"] += sum(node.error for node in trace.nodes)
        counts["max_trace"] = max(counts["max_trace"], len(trace.nodes))
        found = {"trace": trace_id, "spans": len(trace.nodes), "services": trace.services}
        self.users.setdefault(trace.user, []).append(found)
        if trace.error:
            self.error_trace_ids.append(trace_id)
        elif len(trace.nodes) == 25:
            self.traces_of_25.append(trace_id)

    def count_bodies(self, frames: Iterable[Frame]) -> None:
        for body, _ in frames:
            self.counts["bodies"] += 1
            self.counts["bytes"] += len(body)

    def add(self, other: Summary) -> None:
        largest = max(self.counts["max_trace"], other.counts["max_trace"])
        self.counts = {name: count + other.counts[name] for name, count in self.counts.items()}
        self.counts["max_trace"] = largest
        self.traces_of_25 += other.traces_of_25
        self.error_trace_ids += other.error_trace_ids
        for user, traces in other.users.items():
            self.users.setdefault(user, []).extend(traces)

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.counts,
            "distinct_users": len(self.users),
            "traces_of_25": self.traces_of_25[:SAMPLES],
            "error_trace_ids": self.error_trace_ids[:SAMPLES],
            "expected_by_user": self._rare_users(),
        }

    def _rare_users(self) -> dict[str, list[dict[str, Any]]]:
        """Users of one to six traces."""
        rare = [user for user, traces in self.users.items() if len(traces) <= 6]
        return {user: self.users[user] for user in sorted(rare)[:: max(1, len(rare) // RARE_USERS)][:RARE_USERS]}

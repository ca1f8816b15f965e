"""How many traces a sampled one stands for, from its trace state.

https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/: `ot=th:8` rejects half of all, so
what is left counts twice.
"""

from __future__ import annotations

import re

_THRESHOLD = re.compile(r"(?:^|,)\s*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})(?:[;,]|\s*$)")
_ALL = 1 << 56


def weight(trace_state: str) -> float:
    """1.0 where nothing is said; else 2^56 / (2^56 - threshold)."""
    found = _THRESHOLD.search(trace_state)
    return _ALL / (_ALL - int(found[1].ljust(14, "0"), 16)) if found else 1.0

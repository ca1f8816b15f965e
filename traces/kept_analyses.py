"""In: a trace and the stamp of its state. Out: its analysis, made once and kept in this process while there is room."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from traces.core.analysis import Analysis, analyse
from traces.core.trace import Trace

# Of all traces that are kept; a span takes about 300 bytes.
MOST_SPANS = 400_000
MOST_TRACES = 100  # each may keep its layout's file open

_kept: OrderedDict[tuple[bytes, str], Analysis] = OrderedDict()
_lock, _computing = Lock(), Lock()


def kept_analysis(trace_id: bytes, stamp: str) -> Analysis | None:
    with _lock:
        found = _kept.get((trace_id, stamp))
        if found is not None:
            _kept.move_to_end((trace_id, stamp))
    return found


def analysis_of(trace: Trace, stamp: str) -> Analysis:
    trace_id = trace.columns.trace_id
    found = kept_analysis(trace_id, stamp)
    if found is None:
        # A page asks for several things that need it, at once.
        with _computing:
            found = kept_analysis(trace_id, stamp)
            if found is None:
                found = analyse(trace)
                _keep((trace_id, stamp), found)
    return found


def _keep(key: tuple[bytes, str], analysis: Analysis) -> None:
    with _lock:
        _kept[key] = analysis
        while len(_kept) > 1 and (len(_kept) > MOST_TRACES or _spans_kept() > MOST_SPANS):
            _kept.popitem(last=False)


def _spans_kept() -> int:
    return sum(len(one.trace) for one in _kept.values())

"""In: a layout. Out: the analysis of its trace, kept in this process as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from traces.core.analysis import Analysis, analyse
from traces.pages.layouts import Layout

# Analysed before the page is answered; larger ones follow, so that their rows don't wait.
AT_ONCE = 3_000
# Beyond this it is done only for who asks: it takes seconds.
UNASKED = 300_000
# Of all traces that are kept; a span takes about 300 bytes.
MOST_SPANS = 400_000
MOST_TRACES = 100  # each may keep its layout's file open

_kept: OrderedDict[tuple[bytes, str], Analysis] = OrderedDict()
_lock, _computing = Lock(), Lock()


def analysis_of(layout: Layout) -> Analysis:
    found = analysis_at_hand(layout)
    if found is None:
        # A page asks for several things that need it, at once.
        with _computing:
            found = analysis_at_hand(layout)
            if found is None:
                found = analyse(layout.trace)
                _keep(layout, found)
    return found


def analysis_at_hand(layout: Layout) -> Analysis | None:
    """Without much work: kept, or of a small trace."""
    with _lock:
        found = _kept.get(_key(layout))
        if found is not None:
            _kept.move_to_end(_key(layout))
    if found is None and len(layout.trace) <= AT_ONCE:
        found = analyse(layout.trace)
        _keep(layout, found)
    return found


def _keep(layout: Layout, analysis: Analysis) -> None:
    with _lock:
        _kept[_key(layout)] = analysis
        while len(_kept) > 1 and (len(_kept) > MOST_TRACES or _spans_kept() > MOST_SPANS):
            _kept.popitem(last=False)


def _spans_kept() -> int:
    return sum(len(one.trace) for one in _kept.values())


def _key(layout: Layout) -> tuple[bytes, str]:
    return layout.trace.columns.trace_id, layout.stamp

"""In: an address. Out: what of two traces' diff is in view; and back. What makes no sense in an address is left out.

    from     the first row drawn                     span       the row whose panel is open: a. or b. and a span's id
    only     1: rows without a difference are hidden t0, t1     the stretch of time, in ns
    percent  what differs by less is the same        least      what differs by less is the same: 1ms
    v        the stamps of both drawings

And where to draw from, in an address that the page asks for: `row` (so manieth visible row), `top` (around this one),
`rows` (so many).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from traces.core.diff import Tolerance
from traces.core.ruler import Stretch, stretch_within
from traces.core.timescale import MICROSECOND, MILLISECOND
from traces.pages.view import number
from traces.search import duration_ns

DEFAULT = Tolerance()
MOST_PERCENT = 1_000


@dataclass(frozen=True, slots=True)
class DiffView:
    stamp: str = ""
    start: int = 0
    only: bool = False
    tolerance: Tolerance = DEFAULT
    ref: str = ""
    stretch: Stretch | None = None

    def params(self, **changes: object) -> dict[str, object]:
        view = replace(self, **changes)  # type: ignore[arg-type]
        tolerance = view.tolerance
        said = {
            "v": view.stamp,
            "only": 1 if view.only else "",
            "percent": tolerance.percent if tolerance.percent != DEFAULT.percent else "",
            "least": least_text(tolerance) if tolerance.least_ns != DEFAULT.least_ns else "",
            "t0": view.stretch.start_ns if view.stretch else "",
            "t1": view.stretch.end_ns if view.stretch else "",
            "from": view.start or "",
            "span": view.ref,
        }
        return {name: value for name, value in said.items() if value != ""}

    def query(self, **changes: object) -> str:
        """`?only=1`; `?` where nothing is to be said, which as a link leads to the bare page."""
        return f"?{urlencode(self.params(**changes))}"

    def prefix(self, name: str, **changes: object) -> str:
        """The beginning of links that differ in their last parameter."""
        params = self.params(**changes)
        return f"?{urlencode(params)}&{name}=" if params else f"?{name}="


def view_of(params: dict[str, str], extent_ns: int) -> DiffView:
    percent, least_ns = number(params.get("percent")), duration_ns(params.get("least", "").strip())
    start_ns, end_ns = number(params.get("t0")), number(params.get("t1"))
    stretch = None
    if start_ns is not None or end_ns is not None:
        stretch = stretch_within(extent_ns, start_ns or 0, extent_ns if end_ns is None else end_ns)
    return DiffView(
        stamp=params.get("v", ""),
        start=number(params.get("from")) or 0,
        only=params.get("only") == "1",
        tolerance=Tolerance(
            DEFAULT.percent if percent is None else min(percent, MOST_PERCENT),
            DEFAULT.least_ns if least_ns is None else least_ns,
        ),
        ref=params.get("span", ""),
        stretch=stretch,
    )


def least_text(tolerance: Tolerance) -> str:
    """As it is read again."""
    for unit_ns, unit in ((MILLISECOND, "ms"), (MICROSECOND, "us")):
        if tolerance.least_ns % unit_ns == 0:
            return f"{tolerance.least_ns // unit_ns}{unit}"
    return f"{tolerance.least_ns}ns"

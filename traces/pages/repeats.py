"""In: a layout, what is in view of it, and a row. Out: what the row says as one of repeats, folded or not."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from traces.core.analysis import Analysis
from traces.core.repeated_row import repeated_row, times_of
from traces.core.ruler import Scale
from traces.pages.layouts import Layout
from traces.pages.scene import folds, is_among
from traces.pages.view import View


@dataclass(slots=True)
class RepeatsInView:
    """Asked row by row."""

    layout: Layout
    view: View
    stretch: Scale
    analysis: Analysis | None
    _apart: Sequence[Sequence[int]] = field(init=False)

    def __post_init__(self) -> None:
        view, trace = self.view, self.layout.trace
        heads = view.shown.heads_apart(trace) if view.shown.repeats and not view.only else ()
        self._apart = [self.layout.repeats.headed_by(head) for head in heads]

    def said_of(self, place: int, row: dict[str, object]) -> dict[str, object]:
        """What is said in another way than of a span that stands for itself."""
        if folded := self.folded(place):
            return self._folded_row(folded, row)
        group = next((group for group in self._apart if is_among(group, place)), ())
        return {"is_repeat": True, "below": row["below"] or place == group[0]} if group else {}

    def any_of(self, places: Sequence[int], place: int) -> bool:
        """Whether one of these, ascending, is folded into this row."""
        folded = self.folded(place) if places else ()
        if not folded:
            return False
        near = places[bisect_left(places, folded[0]) : bisect_right(places, folded[-1])]
        return not set(near).isdisjoint(folded)

    def folded(self, place: int) -> Sequence[int]:
        """The repeats that this row stands for; empty where it stands for itself."""
        is_leaf = self.layout.trace.sizes[place] == 1
        group = self.layout.repeats.headed_by(place) if is_leaf else ()
        return group if folds(self.layout, self.view, group) else ()

    def _folded_row(self, group: Sequence[int], row: dict[str, object]) -> dict[str, object]:
        trace, analysis, view = self.layout.trace, self.analysis, self.view
        corrected = analysis if analysis and view.skew and analysis.skew else None
        path = analysis.stretches_of(group) if analysis and view.path else ()
        said = repeated_row(
            f"{row['service']} {row['name']}",
            self.layout.summary(group),
            times_ns=times_of(trace, group, corrected.offsets_ns if corrected else ()),
            zero_ns=trace.start_ns,
            stretch=self.stretch,
            path_ns=path,
        )
        classes = str(row["classes"]).replace(" error", "")
        return {**said._asdict(), "below": True, "hides": said.repeats, "classes": f"{classes} repeats"}

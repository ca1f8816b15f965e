"""In: a trace, what is collapsed, and what else a reader wants left out. Out: the places of the rows to be seen.

Beside levels: repeated siblings are one row unless that row is unfolded (`apart`), short spans and services may be
filtered out. A folded row stands for all its spans, and goes when the filter leaves none of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

from traces.core.columns import id_bytes
from traces.core.filtering import NO_FILTER, Filter
from traces.core.folding import MOST_EXCEPTIONS
from traces.core.repeats import Repeats
from traces.core.trace import Trace


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a trace is shown, however it is collapsed. The ids are those of the heads of repeats."""

    repeats: bool = True  # as one row
    apart: frozenset[int] = frozenset()
    filter: Filter = NO_FILTER

    def folds(self, trace: Trace, group: Sequence[int]) -> bool:
        """Whether these repeats are one row."""
        return self.repeats and bool(group) and _id_at(trace, group[0]) not in self.apart

    def toggled(self, trace: Trace, group: Sequence[int]) -> Shown:
        """With this row unfolded, or folded again, as long as another exception finds room."""
        changed = replace(self, apart=self.apart ^ {_id_at(trace, group[0])})
        return changed if len(changed.apart) <= MOST_EXCEPTIONS else self

    def revealing(self, trace: Trace, group: Sequence[int]) -> Shown:
        """With these repeats as single rows; all of them where there are too many exceptions."""
        if not self.folds(trace, group):
            return self
        changed = self.toggled(trace, group)
        return replace(self, repeats=False, apart=frozenset()) if changed == self else changed

    def heads_apart(self, trace: Trace) -> list[int]:
        """The places of the rows that are unfolded, as far as they are here."""
        places = [trace.place_of(id_bytes(span_id)) for span_id in self.apart]
        return [place for place in places if place is not None]


BY_DEFAULT = Shown()


def shown_places(
    trace: Trace, visible: Sequence[int], repeats: Repeats, shown: Shown, left: Sequence[int]
) -> Sequence[int]:
    """Those of the `visible` places, and of those that a filter has `left`, that aren't folded into another's row.

    Linear; with nothing folded or filtered it costs nothing.
    """
    folded = repeats if shown.repeats else None
    if not (folded or shown.filter):
        return visible
    mask = _mask(len(trace), left) if shown.filter else bytearray(b"\1") * len(trace)
    if folded:
        apart = [group for head in shown.heads_apart(trace) if (group := folded.headed_by(head))]
        singly = [[mask[place] for place in group] for group in apart]
        _fold_into(mask, folded, is_filtered=bool(shown.filter))
        for group, single in zip(apart, singly, strict=True):
            for place, is_left in zip(group, single, strict=True):
                mask[place] = is_left
    wanted = mask if isinstance(visible, range) else map(mask.__getitem__, visible)
    return array("i", compress(visible, wanted))


def _fold_into(mask: bytearray, repeats: Repeats, *, is_filtered: bool) -> None:
    """Leaves of each group its head, where there is anything left of it."""
    heads = list(repeats.heads())
    if is_filtered:
        heads = [group[0] for group in repeats if any(mask[one] for one in group)]
    for place in repeats.members:
        mask[place] = 0
    for head in heads:
        mask[head] = 1


def _mask(length: int, places: Sequence[int]) -> bytearray:
    mask = bytearray(length)
    for place in places:
        mask[place] = 1
    return mask


def _id_at(trace: Trace, place: int) -> int:
    return trace.columns.span_ids[trace.order[place]]

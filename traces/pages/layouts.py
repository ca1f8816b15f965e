"""In: a trace's id. Out: its layout, built once and kept in a file that all processes of this machine map.

A layout belongs to the stamp of the trace it was built from: its rows, their order and its picture stay as they are
while more spans arrive.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import re
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import random
from threading import Lock
from typing import Any

from django.conf import settings

from traces import queries
from traces.core.colouring import marks_by
from traces.core.filtering import Filter, Left, left_by
from traces.core.folding import Fold, visible_places
from traces.core.idle import idle_gaps
from traces.core.matching import places_of, with_ancestors
from traces.core.minimap import minimap_of
from traces.core.packing import pack, unpack
from traces.core.repeated_row import Summary, summary_of
from traces.core.repeats import NO_REPEATS, Repeats, repeats_of
from traces.core.ruler import Scale, Stretch
from traces.core.shown import BY_DEFAULT, Shown, shown_places
from traces.core.trace import Trace
from traces.core.tree import trace_of
from traces.search.within import parse_find

logger = logging.getLogger(__name__)

MOST_BYTES = 256 << 20
MOST_FILES = 2_000
# An older layout is built anew, so that what the retention has removed meanwhile isn't shown for long.
MAX_AGE_S = 3600
MOST_OPEN = 8  # by a process; mapped, not read
SWEEPS = 1 / 16  # of the times that a small layout is kept
_COMPUTED = 8  # remembered of an open layout: what is visible, what matches
_STAMP = re.compile(r"\d{1,10}-(\d{1,10})-[0-9a-f]{8}", re.ASCII)


@dataclass(slots=True)
class Layout:
    """A trace as it was when it had this stamp, and the picture of all of it."""

    stamp: str
    trace: Trace
    minimap: dict[str, Any]
    built_s: float
    repeats: Repeats = NO_REPEATS
    gaps: Sequence[Stretch] = ()  # idle ones, by recorded clocks
    _summaries: dict[int, Summary] = field(default_factory=dict)
    _computed: OrderedDict[object, Any] = field(default_factory=OrderedDict)

    def visible(self, fold: Fold, shown: Shown = BY_DEFAULT) -> Sequence[int]:
        """Places of the rows that are not hidden."""

        def places() -> Sequence[int]:
            return self._shown(visible_places(self.trace, fold), self.repeats, shown)

        found: Sequence[int] = self._once((fold, shown), places)
        return found

    def left(self, wanted: Filter) -> Left:
        """What a filter leaves."""
        found: Left = self._once(wanted, lambda: left_by(self.trace, wanted))
        return found

    def summary(self, group: Sequence[int]) -> Summary:
        """Of repeats; sorting them is done once."""
        found = self._summaries.get(group[0])
        if found is None:
            found = self._summaries[group[0]] = summary_of(self.trace, group)
        return found

    def idle_gaps(self, offsets_ns: Sequence[int] | None) -> Sequence[Stretch]:
        """Of the recorded clocks, or of those corrected by the offsets of this layout's analysis."""
        if offsets_ns is None:
            return self.gaps
        found: Sequence[Stretch] = self._once("corrected gaps", lambda: idle_gaps(self.trace, offsets_ns))
        return found

    def minimap_on(self, scale: Scale, colouring: str) -> dict[str, Any]:
        """The picture of all of it, on the scale of all of it."""
        if not scale.gaps and not colouring:
            return self.minimap
        paint = marks_by(colouring)
        found: dict[str, Any] = self._once((scale.corners, paint), lambda: minimap_of(self.trace, scale, paint))
        return found

    def matches(self, typed: str) -> tuple[Sequence[int], bool]:
        """Places of the spans that are looked for, and whether all of the trace was looked through."""
        found: tuple[Sequence[int], bool] = self._once(("matches", typed), lambda: self._matches(typed))
        if not found[1]:
            self._computed.pop(("matches", typed), None)  # the database may be quicker the next time
        return found

    def only_matches(self, typed: str, shown: Shown = BY_DEFAULT) -> Sequence[int]:
        """Places of these spans and of all above them, as far as they aren't filtered out; each has its own row."""

        def places() -> Sequence[int]:
            return self._shown(with_ancestors(self.trace, self.matches(typed)[0]), NO_REPEATS, shown)

        found: Sequence[int] = self._once(("only", typed, shown.filter), places)
        return found

    def _shown(self, places: Sequence[int], repeats: Repeats, shown: Shown) -> Sequence[int]:
        left = self.left(shown.filter).places if shown.filter else ()
        return shown_places(self.trace, places, repeats, shown, left)

    def _matches(self, typed: str) -> tuple[Sequence[int], bool]:
        found = queries.matching_spans(self.trace.columns.trace_id, parse_find(typed))
        return places_of(self.trace, found.keys), found.complete

    def _once(self, key: object, compute: Callable[[], Any]) -> Any:
        found = self._computed.get(key)
        if found is None:
            found = self._computed[key] = compute()
            if len(self._computed) > _COMPUTED:
                with contextlib.suppress(KeyError):  # another thread was faster
                    self._computed.popitem(last=False)
        return found


_open: OrderedDict[Path, Layout] = OrderedDict()
_lock = Lock()


def layout_of(trace_id: bytes, stamp: str) -> Layout:
    """The layout with this stamp where it is kept, else one of what is stored now."""
    return kept_layout(trace_id, stamp) or _build(trace_id)


def kept_layout(trace_id: bytes, stamp: str) -> Layout | None:
    """The layout with this stamp, unless it has been dropped. The stamp may be anything that somebody sent."""
    if not _STAMP.fullmatch(stamp):
        return None
    file = _file(trace_id, stamp)
    with _lock:
        layout = _open.get(file)
        if layout is not None and not _is_old(layout):
            _open.move_to_end(file)
            return layout
        _open.pop(file, None)  # made again meanwhile, perhaps: the file says so
    layout = _read(file, stamp)
    if layout is None or _is_old(layout):
        return None
    with _lock:
        _open[file] = layout
        if len(_open) > MOST_OPEN:
            _open.popitem(last=False)
    return layout


def _is_old(layout: Layout) -> bool:
    return time.time() - layout.built_s >= MAX_AGE_S


def spans_said(stamp: str) -> int | None:
    """How many spans the trace had when it had this stamp."""
    found = _STAMP.fullmatch(stamp)
    return int(found[1]) if found else None


def _build(trace_id: bytes) -> Layout:
    stamp, columns = queries.trace_columns(trace_id)
    trace = trace_of(columns)
    layout = Layout(stamp, trace, minimap_of(trace), time.time(), repeats_of(trace), idle_gaps(trace))
    try:
        _keep(_file(trace_id, stamp), layout)
    except OSError as error:
        logger.warning("The layout of a trace can't be kept, and will be made again for each request: %s", error)
    return layout


def _file(trace_id: bytes, stamp: str) -> Path:
    return _folder() / f"{trace_id.hex()}.{stamp}"


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "layouts"


def _read(file: Path, stamp: str) -> Layout | None:
    """Maps the file. A damaged one is as good as none."""
    try:
        with file.open("rb") as opened:
            built_s = os.fstat(opened.fileno()).st_mtime
            mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        trace, repeats, extra = unpack(memoryview(mapped))
    except (OSError, ValueError) as error:
        if not isinstance(error, FileNotFoundError):
            logger.warning("%s is not used: %s", file, error)
        return None
    gaps = [Stretch(*gap) for gap in extra["gaps"]]
    return Layout(stamp, trace, extra["minimap"], built_s, repeats, gaps)


def _keep(file: Path, layout: Layout) -> None:
    """Whole or not at all, for this user's eyes only."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as new:
            new.writelines(pack(layout.trace, layout.repeats, {"minimap": layout.minimap, "gaps": layout.gaps}))
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
    if len(layout.trace) > 20_000 or random() < SWEEPS:
        sweep(file.parent)


def sweep(folder: Path) -> None:
    """Removes what is too old, and then the oldest until the rest is within its bounds."""
    files = []
    for entry in os.scandir(folder):
        with contextlib.suppress(FileNotFoundError):
            found = entry.stat()
            files.append((found.st_mtime, found.st_size, entry.path))
    oldest_s, left, bytes_left = time.time() - MAX_AGE_S, len(files), sum(size for _, size, _ in files)
    for built_s, size, path in sorted(files):
        if built_s > oldest_s and left <= MOST_FILES and bytes_left <= MOST_BYTES:
            break
        left, bytes_left = left - 1, bytes_left - size
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

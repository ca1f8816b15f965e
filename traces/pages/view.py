"""In: an address. Out: what of a trace is in view; and back. Whatever makes no sense in an address is left out.

    from     place of the first row drawn            span       the span whose panel is open
    depth    how many levels are shown               t0, t1     the stretch of time, in ns after the trace's start
    open     ids of rows open despite `depth`        v          the stamp of the layout that places belong to
    shut     ids of rows collapsed one by one        find       what is looked for among the spans
    only     1: rows without a match below are hidden path, skew 0: no critical path, clocks as recorded
    usual    1: with how long each span usually takes
    root     only this span and what is under it is shown
    repeat   0: repeated siblings as rows of their own apart      ids of rows of repeats that are unfolded
    min      spans that are shorter are hidden         hide       so are those of these services
    squeeze  1: idle gaps are drawn narrow
    colour   kind, error or an attribute's key     cols       keys of attributes, with commas between them
    view     another view than the waterfall, with OPTIONS of its own

A link may carry a command beside that, which becomes another state before anything is shown:

    row      draw from the so manieth visible row on  toggle     collapse or expand the row of this span
    top      draw around this place                  fit        zoom to this span
    error    go to the next error after this place    match      go to the next match after this place
    prior    go to the last match before this place   rows       draw so many, for a tall screen
    column   another column, of this attribute
    at       this is the place that a command led to  into     show this span and what is under it alone
    gap      go to this one of the longest waits
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from django.http import HttpRequest

from traces.core.columns import id_bytes, signed_id
from traces.core.filtering import Filter
from traces.core.folding import ALL_OPEN, MOST_EXCEPTIONS, Fold
from traces.core.ruler import Stretch, stretch_within
from traces.core.shown import BY_DEFAULT, Shown
from traces.pages.ids import SPAN_ID_DIGITS, canonical_id
from traces.search.durations import duration_ns, typed_duration
from traces.search.within import LONGEST

COMMANDS = ("row", "top", "error", "match", "prior", "toggle", "fit", "into", "gap", "column")
OTHERS = ("flame", "table", "statistics", "graph", "events")
OPTIONS = ("by", "sort", "page", "after", "service", "operation", "kind", "status", "focus")
# What each part of the page is asked for in its links; all else it takes from the page as it is by now.
_OWN = {
    "panel": {"span"},
    "news": {"v"},
    "analysis": {"v"},
    "rows": {"from", "row", "rows", "at", "v"},
    "view": {"t0", "t1", "v", *OPTIONS},
    "waterfall": {
        "depth",
        "open",
        "shut",
        "t0",
        "t1",
        "v",
        "find",
        "only",
        "root",
        "usual",
        "path",
        "skew",
        "repeat",
        "apart",
        "min",
        "hide",
        "squeeze",
        "colour",
        "cols",
        "rows",
        "at",
        *COMMANDS,
    },
}
MOST_HIDDEN = 40  # services
MAX_NS = (1 << 63) - 1
# A link beside the waterfall, which doesn't know what has become of it, says nothing but this.
_ADDS = {"column", "v", "top", "rows"}
MOST_COLUMNS, LONGEST_KEY = 6, 100
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class View:
    """A screen that can be shown again."""

    stamp: str = ""  # of the layout; empty for the newest
    start: int = 0  # place of the first row drawn
    fold: Fold = ALL_OPEN
    stretch: Stretch | None = None  # None: all of the trace
    span_id: str = ""
    find: str = ""
    only: bool = False  # only what is found
    root: str = ""  # id of the span whose subtree is shown; empty for all
    path: bool = True  # with the critical path
    skew: bool = True  # with clocks corrected
    squeeze: bool = False  # with idle gaps drawn narrow
    colour: str = ""  # kind, error or an attribute's key; empty for the service
    cols: tuple[str, ...] = ()  # keys of the attributes shown in columns
    usual: bool = False  # with how long spans usually take
    name: str = ""  # one of OTHERS; empty for the waterfall
    options: tuple[tuple[str, str], ...] = ()  # of OPTIONS
    shown: Shown = BY_DEFAULT

    def option(self, name: str) -> str:
        return dict(self.options).get(name, "")

    def with_options(self, **changes: object) -> View:
        """None takes one away."""
        options = {name: str(value) for name, value in (dict(self.options) | changes).items() if value is not None}
        return replace(self, options=tuple(options.items()))

    def query(self, **changes: object) -> str:
        """`?depth=2&…`; empty where nothing is to be said."""
        params = self.params(**changes)
        return f"?{urlencode(params, safe=',')}" if params else ""

    def prefix(self, name: str, **changes: object) -> str:
        """The beginning of links that differ in their last parameter."""
        query = self.query(**changes)
        return f"{query}&{name}=" if query else f"?{name}="

    def params(self, **changes: object) -> dict[str, object]:
        view = replace(self, **changes)  # type: ignore[arg-type]
        said = {
            "v": view.stamp,
            "depth": view.fold.levels or "",
            "open": _ids_text(view.fold.opened),
            "shut": _ids_text(view.fold.shut),
            "t0": view.stretch.start_ns if view.stretch else "",
            "t1": view.stretch.end_ns if view.stretch else "",
            "find": view.find,
            "only": 1 if view.only else "",
            "root": view.root,
            "repeat": "" if view.shown.repeats else 0,
            "apart": _ids_text(view.shown.apart),
            "min": typed_duration(view.shown.filter.min_ns) if view.shown.filter.min_ns else "",
            "hide": _names_text(view.shown.filter.services),
            "path": "" if view.path else 0,
            "skew": "" if view.skew else 0,
            "squeeze": 1 if view.squeeze else "",
            "colour": view.colour,
            "cols": ",".join(view.cols),
            "usual": 1 if view.usual else "",
            "from": view.start or "",
            "span": view.span_id,
            "view": view.name,
            **(dict(view.options) if view.name else {}),
        }
        return {name: value for name, value in said.items() if value != ""}


def asked(request: HttpRequest, target: str | None) -> dict[str, str]:
    """The parameters that count for this part of the page (None: for all of it)."""
    own = request.GET.dict()
    if target not in _OWN:
        return own
    current = _current(request)
    names = _ADDS if target == "waterfall" and "column" in own else _OWN[target]
    return {name: value for name, value in current.items() if name not in names} | {
        name: value for name, value in own.items() if name in names
    }


def _current(request: HttpRequest) -> dict[str, str]:
    """The parameters of the page that asks; the header may hold anything."""
    try:
        return dict(parse_qsl(urlsplit(request.headers.get("HX-Current-URL", "")).query))
    except ValueError:
        return {}


def view_of(params: dict[str, str], extent_ns: int) -> View:
    levels = number(params.get("depth"))
    opened, shut = _ids(params.get("open")), _ids(params.get("shut"))
    start_ns, end_ns = number(params.get("t0")), number(params.get("t1"))
    stretch = None
    if start_ns is not None or end_ns is not None:
        stretch = stretch_within(extent_ns, start_ns or 0, extent_ns if end_ns is None else end_ns)
    name = params.get("view", "")
    find = params.get("find", "").strip()[:LONGEST]
    return View(
        stamp=params.get("v", ""),
        start=number(params.get("from")) or 0,
        fold=Fold(levels or None, opened if levels else frozenset(), shut),
        stretch=stretch,
        span_id=canonical_id(params.get("span", ""), SPAN_ID_DIGITS) or "",
        find=find,
        only=bool(find) and params.get("only") == "1",
        root=canonical_id(params.get("root", ""), SPAN_ID_DIGITS) or "",
        path=params.get("path") != "0",
        skew=params.get("skew") != "0",
        squeeze=params.get("squeeze") == "1",
        colour=_key(params.get("colour", "")),
        cols=columns_said(f"{params.get('cols', '')},{params.get('column', '')}"),
        usual=params.get("usual") == "1",
        name=name if name in OTHERS else "",
        options=tuple((option, params[option]) for option in OPTIONS if params.get(option)) if name in OTHERS else (),
        shown=_shown(params),
    )


def _shown(params: dict[str, str]) -> Shown:
    repeats = params.get("repeat") != "0"
    least_ns = min(duration_ns(params.get("min", "")) or 0, MAX_NS)
    names = [unquote(name) for name in params.get("hide", "").split(",")[:MOST_HIDDEN] if name]
    return Shown(repeats, _ids(params.get("apart")) if repeats else frozenset(), Filter(least_ns, frozenset(names)))


def _names_text(names: frozenset[str]) -> str:
    """With commas between them; one in a name is escaped."""
    return ",".join(sorted(name.replace("%", "%25").replace(",", "%2C") for name in names))


def columns_said(text: str) -> tuple[str, ...]:
    """Different keys, as many as there is room for."""
    keys = dict.fromkeys(map(_key, text.split(",")))
    return tuple(key for key in keys if key)[:MOST_COLUMNS]


def _key(text: str) -> str:
    return text.strip()[:LONGEST_KEY].strip()


def number(text: str | None) -> int | None:
    return int(text) if text and _NUMBER.fullmatch(text) else None


def _ids(text: str | None) -> frozenset[int]:
    """Those that are ids, as many as an address may hold."""
    ids = [canonical_id(word, SPAN_ID_DIGITS) for word in (text or "").split(",")[:MOST_EXCEPTIONS]]
    return frozenset(signed_id(bytes.fromhex(id)) for id in ids if id)


def _ids_text(ids: frozenset[int]) -> str:
    return ",".join(sorted(id_bytes(id).hex() for id in ids))

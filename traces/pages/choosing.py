"""In: a layout and what of it is drawn. Out: the tools that choose among its rows: repeats, short spans, services, and
the way to the next wait; all are links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from traces.core.analysis import Analysis
from traces.core.filtering import NO_FILTER, Filter, choices_ns
from traces.core.gaps import gaps_of, number_at
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.shown import Shown
from traces.core.timescale import duration_text
from traces.core.trace import Trace
from traces.pages.layouts import Layout
from traces.pages.view import View


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether something is shown, and the link to the other way round."""

    is_on: bool
    url: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """The longest waits of the critical path, and the link to the next of them."""

    next: str
    count: str
    at: str  # which of them one is at, if one is
    duration: str  # of that one


@dataclass(frozen=True, slots=True)
class Short:
    """How long the shortest span shown is, and other choices: words and a link, which the present one lacks."""

    text: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Spans that a filter hides, and the link to show them."""

    text: str
    url: str


def choosing_part(layout: Layout, view: View) -> dict[str, object]:
    return {
        "repeats": _repeats(view) if len(layout.repeats) and not view.only else None,
        "short": _short(layout.trace, view),
        "hidden": _hidden(layout, view),
        "all_url": with_filter(view, NO_FILTER),
    }


def gaps_part(trace: Trace, view: View, analysis: Analysis | None) -> dict[str, object]:
    """None where there is nothing to go to, or nothing known of it yet."""
    gaps = gaps_of(analysis.critical_path) if analysis else []
    at = number_at(gaps, view.stretch, trace.start_ns, trace.extent_ns)
    if not gaps:
        return {"gaps": None}
    if at is None:
        return {"gaps": Gaps(view.prefix("gap") + "0", f"{len(gaps):,}", "", "")}
    following = view.prefix("gap") + str((at + 1) % len(gaps))
    return {"gaps": Gaps(following, f"{len(gaps):,}", f"{at + 1:,}", duration_text(gaps[at].duration_ns))}


def with_filter(view: View, wanted: Filter) -> str:
    """The link to the same with another filter."""
    return _with_shown(view, replace(view.shown, filter=wanted))


def _repeats(view: View) -> Switch:
    shown = view.shown
    return Switch(shown.repeats, _with_shown(view, replace(shown, repeats=not shown.repeats, apart=frozenset())))


def _short(trace: Trace, view: View) -> Short | None:
    wanted, choices = view.shown.filter, choices_ns(trace.extent_ns)
    if not choices and not wanted.min_ns:
        return None
    offered = sorted({0, wanted.min_ns, *choices})
    urls = [with_filter(view, replace(wanted, min_ns=ns)) if ns != wanted.min_ns else "" for ns in offered]
    return Short(_at_least(wanted.min_ns), list(zip(map(_at_least, offered), urls, strict=True)))


def _at_least(duration_ns: int) -> str:
    return f"spans ≥ {duration_text(duration_ns)}" if duration_ns else "all durations"


def _hidden(layout: Layout, view: View) -> list[Hidden]:
    """What each part of the filter hides, in the whole trace."""
    wanted, hidden = view.shown.filter, list[Hidden]()
    if wanted.min_ns:
        short = counted(layout.left(wanted).short, "span", "spans")
        url = with_filter(view, replace(wanted, min_ns=0))
        hidden.append(Hidden(f"{short} shorter than {duration_text(wanted.min_ns)} hidden", url))
    if wanted.services:
        spans = counted(layout.left(wanted).of_services, "span", "spans")
        names = ", ".join(printable(name) for name in sorted(wanted.services))
        hidden.append(Hidden(f"{spans} of {names} hidden", with_filter(view, replace(wanted, services=frozenset()))))
    return hidden


def _with_shown(view: View, shown: Shown) -> str:
    return view.query(shown=shown) or "?"

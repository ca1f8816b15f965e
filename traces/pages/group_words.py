"""In: a comparison, and the address it was asked for with. Out: its rows in words, with bars as finished geometry."""

from __future__ import annotations

from dataclasses import dataclass

from traces.core.compare import Comparison
from traces.core.compare.attributes import Difference as AttributeDifference
from traces.core.compare.attributes import number_text
from traces.core.compare.durations import Difference
from traces.core.compare.report import UNKNOWN, interval_text, within_text
from traces.core.compare.sides import Shares
from traces.core.compare.structure import Kind, Trait
from traces.core.compare.vocabulary import LONGEST_VALUE
from traces.core.compare.words import share_text
from traces.core.printable import printable
from traces.core.ruler import percent
from traces.core.timescale import duration_text, exact_text, offset_text
from traces.pages.group_form import Asked
from traces.pages.group_times import chance_text, path_text
from traces.pages.narrowing import LONGEST
from traces.search.sides import can_be_word, is_query, word_text

MOST_TRAITS, MOST_ATTRIBUTES, MOST_OF_KEY = 12, 16, 3
MOST_UNSURE = 8
_PARTS = 100_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table of durations."""

    name: str
    a: str
    b: str
    difference: str
    within: str
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that so many traces of each side have."""

    kind: str
    text: str
    hover: str
    a: str
    b: str
    a_width: str
    b_width: str
    more: str  # the side that has it more often
    chance: str
    claimed: bool
    add_a: str = ""
    add_b: str = ""


def figures_of(durations: Difference) -> list[Figure]:
    a, b = durations.a, durations.b
    counts = [
        Figure("traces", f"{a.traces:,}", f"{b.traces:,}", "", ""),
        Figure("errors", f"{a.errors:,} ({share_text(a.error_share)})", f"{b.errors:,} ({share_text(b.error_share)})",
               "", ""),
    ]  # fmt: skip
    if not durations.percentiles:
        return counts
    means, low_high = (round(a.mean_ns), round(b.mean_ns)), UNKNOWN
    if min(a.traces, b.traces) > 1:
        low_high = within_text(*map(round, durations.mean.interval(0.05)))
    rows = [_figure("mean", *means, low_high)]
    rows += [_figure(f"p{one.percent}", one.a_ns, one.b_ns, interval_text(one)) for one in durations.percentiles]
    return counts + rows


def traits_of(comparison: Comparison, asked: Asked) -> tuple[list[Line], list[Line]]:
    """What is claimed, and some of what may be chance."""
    claimed = [one for one in comparison.traits if one.claimed]
    unsure = [one for one in comparison.traits if not one.claimed]
    return (
        [_trait(comparison, one, asked) for one in claimed[:MOST_TRAITS]],
        [_trait(comparison, one, asked) for one in unsure[:MOST_UNSURE]],
    )


def attributes_of(comparison: Comparison, asked: Asked) -> tuple[list[Line], list[Line]]:
    """The same of attributes; of each key no more than some values."""
    seen: dict[str, int] = {}
    kept: tuple[list[Line], list[Line]] = [], []
    for one in comparison.attributes:
        seen[one.key] = seen.get(one.key, 0) + 1
        if seen[one.key] <= MOST_OF_KEY:
            kept[not one.claimed].append(_attribute(one, asked))
    return kept[0][:MOST_ATTRIBUTES], kept[1][:MOST_UNSURE]


def _figure(name: str, a_ns: int, b_ns: int, within: str) -> Figure:
    exact = f"{exact_text(a_ns)} and {exact_text(b_ns)}"
    return Figure(name, duration_text(a_ns), duration_text(b_ns), offset_text(b_ns - a_ns), within, exact)


def _trait(comparison: Comparison, trait: Trait, asked: Asked) -> Line:
    hover = "\n".join(path_text(comparison, trait.path)) if trait.path is not None else ""
    word = ""
    if trait.path is not None and "{" not in trait.name and trait.kind in (Kind.BRANCH, Kind.ERROR):
        word = f"{word_text('service', '=', trait.service)} {word_text('name', '=', trait.name)}"
    text = f"{trait.service} {trait.name}"
    return _line(trait.kind, text, hover, trait.shares, trait.p_value, trait.claimed, asked, word)


def _attribute(found: AttributeDifference, asked: Asked) -> Line:
    word = ""
    value = number_text(found.value)
    # A list or a map, and what was cut, can't be asked for.
    if found.op != "absent" and can_be_word(found.key) and len(value) < LONGEST_VALUE and value[:1] not in ("[", "{"):
        word = word_text(found.key, found.op, value)
    also = f"the same traces have {', '.join(found.also)}" if found.also else ""
    return _line(found.scope, found.text, also, found.shares, found.p_value, found.claimed, asked, word)


def _line(kind: str, text: str, hover: str, shares: Shares, p: float, claimed: bool, asked: Asked, word: str) -> Line:
    # An address can't carry everything that spans do.
    can_add = word and printable(word) == word and len(word) <= LONGEST and is_query(word)
    return Line(
        kind=kind,
        text=printable(text),
        hover=printable(hover),
        a=share_text(shares.a_share),
        b=share_text(shares.b_share),
        a_width=percent(round(_PARTS * shares.a_share), _PARTS),
        b_width=percent(round(_PARTS * shares.b_share), _PARTS),
        more="b" if shares.difference > 0 else "a",
        chance=chance_text(p),
        claimed=claimed,
        add_a=asked.narrowed("a", word) if can_add else "",
        add_b=asked.narrowed("b", word) if can_add else "",
    )

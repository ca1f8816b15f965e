"""In: a row of a comparison. Out: words for it, the same in the sentence, on the page and in the report."""

from __future__ import annotations

from traces.core.compare.comparison import Comparison
from traces.core.compare.contributions import Contribution, Part
from traces.core.compare.sides import Shares
from traces.core.compare.structure import Kind, Trait
from traces.core.printable import printable
from traces.core.timescale import offset_text

SAME_CALLS = 0.1  # calls a trace that differ by less are as many


def calls_text(row: Contribution) -> str:
    """`called 3.1 times instead of once`, `only called in B`; empty where it is called as often."""
    a, b = row.rates.a_calls, row.rates.b_calls
    if abs(a - b) <= SAME_CALLS * max(a, b):
        return ""
    if not a or not b:
        return f"only called in {'B' if b else 'A'}"
    return f"called {_times(b)} instead of {_times(a)}"


def _times(calls: float) -> str:
    text = f"{calls:.2g}" if calls < 10 else f"{calls:.0f}"
    return "once" if text == "1" else f"{text} times"


def shares_text(shares: Shares) -> str:
    """`98 % of B and 3 % of A have`; the larger first."""
    sides = sorted((("A", shares.a_share), ("B", shares.b_share)), key=lambda side: -side[1])
    (first, one), (second, other) = sides
    return f"{share_text(one)} of {first} and {'none' if not other else share_text(other)} of {second} have"


def share_text(share: float) -> str:
    """Never 0 % of what there is, nor 100 % of what isn't all."""
    percent = round(100 * share)
    if percent == 0 and share > 0:
        return "<1 %"
    if percent == 100 and share < 1:
        return ">99 %"
    return f"{percent} %"


def trait_text(trait: Trait) -> str:
    what = printable(f"{trait.service} {trait.name}".strip())
    words = {
        Kind.RETRIED: f"retries of {what}",
        Kind.REPEATED: f"repeated calls of {what}",
        Kind.EXCEPTION: f"the exception {what}",
        Kind.ERROR: f"errors in {what}",
        Kind.BRANCH: what,
    }
    return words[trait.kind]


def operation_text(comparison: Comparison, row: Contribution) -> str:
    if row.path is not None:
        step = comparison.vocabulary.steps[row.path]
        return printable(f"{step.service} {step.name}".strip())
    return {
        Part.REST: f"{row.operations:,} other operations",
        Part.UNEXPLAINED: "what no span here accounts for",
        Part.ALONE: "work that nobody waited for",
    }[row.part]


def delta_text(row: Contribution) -> str:
    return offset_text(round(row.delta_mean_ns))

"""Two groups of drawn traces: what is said of them."""

from __future__ import annotations

from random import Random

import pytest

from tests.core.drawing import spans_of
from tests.sample.telling import profile_of
from traces.core.compare import Comparison, Profile, Vocabulary, compare, sentence_of
from traces.core.compare import vocabulary as vocabulary_module
from traces.core.compare.curves import curves_of
from traces.core.compare.durations import difference_of, distribution_of
from traces.core.compare.examples import examples_of
from traces.core.compare.structure import Kind as Trait
from traces.core.span import Event, Span, Status
from traces.core.timescale import MILLISECOND

USUAL = """
    checkout      |==================|
      auth        |==|
      payment         |=======|
"""
TRIED_AGAIN = """
    checkout      |=====================================|
      auth        |==|
      payment         |=======|
      payment                      |=======|
"""
LEFT_ALONE = (
    USUAL
    + """
      mail                        |===================|
"""
)


def group(vocabulary: Vocabulary, drawing: str, traces: int, seed: int = 1, **attributes: object) -> list[Profile]:
    """The drawing so many times, no two of them equally long."""
    rng = Random(seed)
    return [profile_of(vocabulary, _varied(spans_of(drawing), rng, attributes)) for _ in range(traces)]


def _varied(spans: list[Span], rng: Random, attributes: dict[str, object]) -> list[Span]:
    factor = rng.randrange(900, 1_100)
    trace_id = rng.randbytes(16)
    failing = [span for span in spans if span.name == "payment"][:-1]
    return [
        span._replace(
            trace_id=trace_id,
            span_id=bytes([0] * 7 + [place + 1]),
            parent_span_id=bytes([0] * 7 + [1]) if place else None,
            start_ns=span.start_ns * factor // 1_000,
            duration_ns=span.duration_ns * factor // 1_000,
            status=Status.ERROR if span in failing else Status.UNSET,
            events=(Event(span.start_ns, "exception", {"exception.type": "Timeout"}),) if span in failing else (),
            attributes={} if place else {"request.id": trace_id.hex(), **attributes},
        )
        for place, span in enumerate(spans)
    ]


@pytest.fixture(scope="module")
def retried() -> Comparison:
    vocabulary = Vocabulary()
    a = group(vocabulary, USUAL, 60, version="1")
    b = group(vocabulary, TRIED_AGAIN, 30, 2, version="2") + group(vocabulary, USUAL, 20, 3, version="2")
    return compare(a, b, vocabulary)


def test_the_cause_comes_first(retried: Comparison) -> None:
    assert sentence_of(retried).startswith("B is 11.")
    assert "called 1.6 times instead of once" in sentence_of(retried)
    assert "60 % of B and none of A have retries of payment payment" in sentence_of(retried)
    assert sentence_of(retried).endswith("100 % of B and none of A have version=2.")


def test_retry_is_told_rather_than_that_it_was_repeated(retried: Comparison) -> None:
    kinds = {trait.kind for trait in retried.traits if trait.claimed}
    assert kinds == {Trait.RETRIED, Trait.ERROR, Trait.EXCEPTION}


def test_ids_are_left_out(retried: Comparison) -> None:
    assert retried.left_out.ids == ("request.id",)


def test_pair_shows_the_difference(retried: Comparison) -> None:
    pair = examples_of(retried).pair
    assert pair is not None
    assert not pair[0].retries
    assert pair[1].retries


def test_examples_are_neither_the_shortest_nor_the_longest(retried: Comparison) -> None:
    for profiles, of_side in zip(examples_of(retried)[:2], (retried.durations.a, retried.durations.b), strict=True):
        assert len(profiles) == 3
        assert all(abs(one.duration_ns - of_side.at(0.5)) < MILLISECOND for one in profiles)


def test_what_nobody_waits_for_is_beside_the_sums() -> None:
    vocabulary = Vocabulary()
    found = compare(group(vocabulary, USUAL, 30), group(vocabulary, LEFT_ALONE, 30, 2), vocabulary)
    row = found.contributions[-1]
    assert (row.part, row.a_sum_ns, row.b_sum_ns) == ("asynchronous", 0, 0)
    assert row.test.difference > 15 * MILLISECOND
    assert not found.whole.slower
    assert [trait.name for trait in found.traits if trait.claimed] == ["mail"]


def test_nothing_is_claimed_of_few() -> None:
    vocabulary = Vocabulary()
    found = compare(group(vocabulary, USUAL, 100), group(vocabulary, TRIED_AGAIN, 19, 2), vocabulary)
    assert found.claims == 0
    assert sentence_of(found) == "Too few traces to tell anything: 100 in A and 19 in B; 20 of each are needed."


def test_numbers_are_cut_where_they_differ() -> None:
    vocabulary = Vocabulary()
    a = [one for size in range(1, 31) for one in group(vocabulary, USUAL, 2, size, cart=size)]
    b = [one for size in range(25, 55) for one in group(vocabulary, USUAL, 2, size, cart=size)]
    best = compare(a, b, vocabulary).attributes[0]
    assert (best.key, best.op, best.claimed) == ("cart", ">=", True)
    assert isinstance(best.value, int)
    assert 20 <= best.value <= 31


def test_weights_count_in_means_and_not_in_sums() -> None:
    durations = [10, 10, 40]
    found = distribution_of(durations, [False, False, True], [1.0, 1.0, 2.0])
    assert (found.mean_ns, found.sum_ns, found.error_share, found.percentiles_ns[0]) == (25, 60, 0.5, 10)


def test_percentiles_differ_within_an_interval() -> None:
    rng = Random(5)
    a, b = ([round(rng.gauss(middle, 10) * 1e6) for _ in range(500)] for middle in (100, 130))
    found = difference_of(*(distribution_of(side, [False] * 500) for side in (a, b)))
    median = found.percentiles[0]
    assert median.low_ns is not None
    assert median.high_ns is not None
    assert median.low_ns < 30e6 < median.high_ns
    assert median.high_ns - median.low_ns < 6e6
    assert found.percentiles[3].low_ns is None  # 5 traces beyond p99 say little


def test_curves_end_where_all_are_counted() -> None:
    sides = [distribution_of(durations, [False] * 3) for durations in ([0, 10**6, 10**7], [10**6] * 3)]
    curves = curves_of(*sides)
    assert curves is not None
    assert curves.a.endswith("V0.0H1000")
    assert curves_of(*[distribution_of([], [])] * 2) is None


def test_paths_and_values_beyond_their_limits_are_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of them were met first is chance, and A is met first."""
    monkeypatch.setattr(vocabulary_module, "MOST_PATHS", 4)
    monkeypatch.setattr(vocabulary_module, "MOST_VALUES", 1)
    monkeypatch.setattr(vocabulary_module, "MOST_KEYS", 2)
    vocabulary = Vocabulary()
    a = group(vocabulary, USUAL, 30, version="1")
    b = group(vocabulary, USUAL.replace("payment", "billing"), 30, 2, version="2", more="x")
    found = compare(a, b, vocabulary)
    assert len(vocabulary.steps) == 4
    more = compare(a, group(vocabulary, USUAL.replace("auth   ", "login  "), 30, 3), vocabulary)
    for one in (found, more):
        assert sum(row.b_sum_ns for row in one.contributions) == sum(profile.duration_ns for profile in one.sides.b)
    assert "login" not in {trait.name for trait in more.traits}
    assert [one for one in found.attributes if one.key == "version"] == []
    assert {"version", "more keys"} <= set(found.left_out.ids)

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.peers import FEWEST, rank_of, rank_text, ratio_text
from traces.core.timescale import MILLISECOND

# 1 ms, 2 ms … 100 ms
HUNDRED = [n * MILLISECOND for n in range(1, 101)]
durations = st.integers(-(1 << 40), 1 << 62)
many = st.lists(durations, min_size=FEWEST, max_size=60)


@pytest.mark.parametrize(
    ("duration_ms", "said"),
    [
        (97.5, "slower than 97 % of the 100 latest like it (p50 50 ms, p95 95 ms)"),
        (0.5, "faster than all of the 100 latest like it (p50 50 ms, p95 95 ms)"),
        (20.5, "faster than 80 % of the 100 latest like it (p50 50 ms, p95 95 ms)"),
        (4_000, "slower than all of the 100 latest like it (p50 50 ms, p95 95 ms)"),
    ],
)
def test_span_is_ranked_on_the_side_where_most_others_are(duration_ms: float, said: str) -> None:
    assert rank_text(int(duration_ms * MILLISECOND), HUNDRED) == said


def test_span_as_long_as_most_others_is_neither_slower_nor_faster() -> None:
    peers = [MILLISECOND] * 90 + HUNDRED[1:11]
    assert rank_text(MILLISECOND, peers).startswith("as long as 90 % of the 100 latest")
    assert rank_text(0, [0] * FEWEST).startswith("as long as all of the 20 latest")


def test_nobody_is_slower_than_all_who_is_not() -> None:
    peers = [1] * 999 + [3]
    assert rank_text(2, peers).startswith("slower than 99 % of the 1,000 latest")


@pytest.mark.parametrize(
    ("duration_ms", "said"),
    [
        (205, "4.1 × the usual 50 ms"),
        (20, "0.4 × the usual 50 ms"),
        (51, "about the usual 50 ms"),
        (1, "less than 0.1 × the usual 50 ms"),
        (2_060, "41 × the usual 50 ms"),
        (600_000, "12,000 × the usual 50 ms"),
    ],
)
def test_ratio_is_to_the_median(duration_ms: int, said: str) -> None:
    assert ratio_text(duration_ms * MILLISECOND, HUNDRED) == said


def test_nothing_is_a_multiple_of_zero() -> None:
    assert ratio_text(5, [0] * FEWEST) == "usually 0 ns"


@pytest.mark.parametrize("words", [rank_text, ratio_text])
@pytest.mark.parametrize(
    ("peers", "said"),
    [
        ([], "too few to compare with: no others like it"),
        ([1], "too few to compare with: 1 other like it"),
        ([1] * (FEWEST - 1), "too few to compare with: 19 others like it"),
        (None, "not known: looking took too long"),
    ],
)
def test_too_few_others_and_too_little_time_are_said(words: object, peers: Sequence[int] | None, said: str) -> None:
    assert words(1, peers) == said  # type: ignore[operator]


@given(durations, many)
def test_all_others_are_counted_once(duration_ns: int, peers_ns: list[int]) -> None:
    rank = rank_of(duration_ns, peers_ns)
    assert rank is not None
    assert rank.shorter == sum(one < duration_ns for one in peers_ns)
    assert rank.longer == sum(one > duration_ns for one in peers_ns)
    assert rank.peers == len(peers_ns)
    assert min(peers_ns) <= rank.p50_ns <= rank.p95_ns <= max(peers_ns)


@given(durations, durations, many)
def test_longer_span_never_ranks_lower(one_ns: int, other_ns: int, peers_ns: list[int]) -> None:
    low, high = (rank_of(duration_ns, peers_ns) for duration_ns in sorted((one_ns, other_ns)))
    assert low is not None
    assert high is not None
    assert low.shorter <= high.shorter
    assert low.longer >= high.longer


@given(durations, many, st.randoms())
def test_order_of_the_others_does_not_matter_and_stays(duration_ns: int, peers_ns: list[int], chance: object) -> None:
    shuffled = list(peers_ns)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    before = list(shuffled)
    assert rank_text(duration_ns, shuffled) == rank_text(duration_ns, peers_ns)
    assert shuffled == before


@given(durations, many)
def test_share_that_is_said_is_at_least_a_third_and_all_only_where_it_is_all(
    duration_ns: int, peers_ns: list[int]
) -> None:
    text = rank_text(duration_ns, peers_ns)
    share = re.search(r" (\d+) % of", text)
    assert ratio_text(duration_ns, peers_ns)
    if share:
        assert 33 <= int(share[1]) < 100
    else:
        assert " than all of" in text or " as all of" in f" {text}"

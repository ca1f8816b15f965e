"""Nothing in, rows of a table out: how often two groups that don't differ are said to, and how long comparing takes.

In this process, without a server: the sample's shop with nothing wrong in it, split at random.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from random import Random

from bench.report import Row
from tests.sample.telling import profile_of, traces_of
from traces.core.compare import Profile, Vocabulary, compare
from traces.sample import shop
from traces.sample.schedule import SEED, hour
from traces.sample.work import Staff, Story

SPLITS, MOST_FALSE = 200, 0.05
SHARES = (0.5, 0.1)  # of the traces that are B
SIZES = {1_000: 500, 10_000: 5_000}  # traces a side: milliseconds for what is computed
_NOW_NS = 1_772_442_900_000_000_000
_NEVER = shop.Incident(-1, -1)


def rows_of_compare(*, divisor: int = 1) -> Iterator[Row]:
    vocabulary = Vocabulary()
    profiles = healthy_shop(vocabulary)
    for share in SHARES:
        splits = SPLITS // divisor
        false = sum(claims_of_split(profiles, vocabulary, share=share, seed=seed) > 0 for seed in range(splits))
        what = f"comparisons that claim something, {splits} random splits of {len(profiles):,} traces, {share:.0%} in B"
        yield Row(what, f"{MOST_FALSE:.0%}", f"{false / splits:.1%}", false <= MOST_FALSE * splits)
    for size, target_ms in SIZES.items():
        taken_s = _seconds(profiles, vocabulary, size // divisor)
        what = f"{size // divisor:,} traces compared with as many, in the process"
        yield Row(what, f"{target_ms:,} ms", f"{taken_s * 1e3:,.0f} ms", taken_s * 1e3 <= target_ms)


def claims_of_split(profiles: Sequence[Profile], vocabulary: Vocabulary, *, share: float, seed: int) -> int:
    rng = Random(seed)
    shuffled = rng.sample(list(profiles), len(profiles))
    in_b = int(len(shuffled) * share)
    return compare(shuffled[in_b:], shuffled[:in_b], vocabulary).claims


def healthy_shop(vocabulary: Vocabulary, *, every: int = 1) -> list[Profile]:
    """Its hour as told, but for the incidents; big carts are nothing special there. Of all stories one in so many."""
    kept = shop.ROLLOUT, shop.CACHE_AWAY, shop.LOCKED, shop.BIG_CART
    shop.ROLLOUT, shop.CACHE_AWAY, shop.LOCKED, shop.BIG_CART = _NEVER, _NEVER, _NEVER, 1_000
    try:
        staff = Staff(Random(SEED))
        for event in hour(SEED, _NOW_NS)[::every]:
            event.tell(Story(staff, Random(event.seed), at_ns=event.at_ns, now_ns=_NOW_NS))
    finally:
        shop.ROLLOUT, shop.CACHE_AWAY, shop.LOCKED, shop.BIG_CART = kept
    return [profile_of(vocabulary, spans) for spans in traces_of(staff.ended.spans)]


def _seconds(profiles: Sequence[Profile], vocabulary: Vocabulary, size: int) -> float:
    """Of CPU, at best: what else runs on the machine shall not count."""
    rng, taken = Random(size), []
    a, b = (rng.choices(profiles, k=size) for _ in "ab")
    for _ in range(3):
        started = time.process_time()
        compare(a, b, vocabulary)
        taken.append(time.process_time() - started)
    return min(taken)

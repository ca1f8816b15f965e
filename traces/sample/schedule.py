"""What happens in the shop's hour, and when: a fixed number of each, at times of a seed."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from traces.core.timescale import MINUTE
from traces.sample.browsing import add_to_cart, find, find_through_the_proxy, home, product
from traces.sample.buying import checkout
from traces.sample.importing import import_catalogue
from traces.sample.oddities import look_at_order, track_parcel
from traces.sample.queueing import Order, fulfil, give_up, send_mails
from traces.sample.work import Story

Tell = Callable[[Story], None]
# The consumers of the last orders have to be done by now, too.
NEWEST_MIN, OLDEST_MIN = 0.4, 59.5
UNDELIVERABLE_NEWEST_MIN = 3.0
IMPORT_MIN = 33.0
MAILS_AT_ONCE = 4
# How many traces come of it all, with this seed.
SEED, TRACES = 4, 2_584


class Event(NamedTuple):
    at_ns: int
    tell: Tell
    # Its own chance, so that a changed story changes no other.
    seed: str


class Buying:
    """Checkouts, and what follows from each. Mails go out for several orders together."""

    def __init__(self) -> None:
        self._unmailed: list[Order] = []

    def buy(self, story: Story) -> None:
        order = checkout(story)
        if order is None:
            return
        fulfil(story, order)
        self._unmailed.append(order)
        if len(self._unmailed) == MAILS_AT_ONCE:
            send_mails(story, self._unmailed)
            self._unmailed.clear()

    def buy_for_nowhere(self, story: Story) -> None:
        order = None
        while order is None:
            order = checkout(story)
        give_up(story, order)


def stories(buying: Buying) -> dict[Tell, int]:
    """How often each is told in the hour."""
    return {
        home: 330,
        product: 780,
        find: 240,
        add_to_cart: 290,
        buying.buy: 360,
        look_at_order: 90,
        find_through_the_proxy: 14,
        track_parcel: 16,
        buying.buy_for_nowhere: 4,
    }


def hour(seed: int, now_ns: int) -> list[Event]:
    """The last hour, the newest first."""
    buying = Buying()
    events = [Event(now_ns - int(IMPORT_MIN * MINUTE), import_catalogue, f"{seed} import")]
    for tell, times in stories(buying).items():
        newest_min = UNDELIVERABLE_NEWEST_MIN if tell == buying.buy_for_nowhere else NEWEST_MIN
        for number in range(times):
            own = f"{seed} {tell.__name__} {number}"
            events.append(Event(now_ns - int(_age_min(Random(own), newest_min) * MINUTE), tell, f"{own} told"))
    return sorted(events, key=lambda event: -event.at_ns)


def anything(rng: Random, buying: Buying) -> Tell:
    """What happens next, for a shop that goes on."""
    told = stories(buying)
    return rng.choices(list(told), list(told.values()))[0]


def _age_min(rng: Random, newest_min: float) -> float:
    """Minutes before now; the traffic swells and ebbs by a third."""
    while True:
        age_min = rng.uniform(newest_min, OLDEST_MIN)
        if rng.random() * 1.35 < 1 + 0.35 * math.sin(age_min / 60 * 2 * math.pi + 1):
            return age_min

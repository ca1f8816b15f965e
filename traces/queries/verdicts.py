"""A query and a large trace -> what was decided of the two a while ago, remembered by the process.

A list, its total, its pictures and its values all ask the same, and each would take its second over a trace that takes
longer than that.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import NamedTuple

MOST = 1_000
# A machine that was busy gets another try.
KEPT_S = 60


class Verdict(NamedTuple):
    """Whether the trace satisfies the query; None where deciding takes too long."""

    satisfied: bool | None
    until_s: float


_known: dict[Hashable, Verdict] = {}


def remembered(key: Hashable) -> Verdict | None:
    """The key has to have all that the verdict depends on."""
    verdict = _known.get(key)
    return verdict if verdict is not None and time.monotonic() < verdict.until_s else None


def remember(key: Hashable, *, satisfied: bool | None) -> None:
    if len(_known) >= MOST:
        _known.clear()
    _known[key] = Verdict(satisfied, time.monotonic() + KEPT_S)


def forget() -> None:
    _known.clear()

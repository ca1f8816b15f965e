"""Raw bytes -> what they mean, remembered: the same attribute arrives thousands of times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

MeaningT = TypeVar("MeaningT")


class Memo(dict[bytes, MeaningT], Generic[MeaningT]):
    """Remembers the last `most` meanings, give or take half. Nothing over 512 bytes is kept.

    In two generations: when the young one is full it becomes the old one, from which what is asked for again comes
    back. So nothing has to be ordered by use, and what is common is never forgotten.
    """

    def __init__(self, read: Callable[[bytes], MeaningT], most: int) -> None:
        self._read, self._most = read, most // 2
        self._old: dict[bytes, MeaningT] = {}

    def __missing__(self, raw: bytes) -> MeaningT:
        meaning = self._old.get(raw)
        if meaning is None:
            meaning = self._read(raw)
        if len(self) >= self._most:
            self._old = dict(self)
            self.clear()
        if len(raw) <= 512:
            self[raw] = meaning
        return meaning

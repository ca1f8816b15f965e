"""Raw bytes -> what they mean, remembered: the same attribute arrives thousands of times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

MeaningT = TypeVar("MeaningT")


class Memo(dict[bytes, MeaningT], Generic[MeaningT]):
    """Forgets everything when full: what is common is soon back. Keeps nothing over 2 kB."""

    def __init__(self, read: Callable[[bytes], MeaningT], most: int) -> None:
        self._read, self._most = read, most

    def __missing__(self, raw: bytes) -> MeaningT:
        meaning = self._read(raw)
        if len(self) >= self._most:
            self.clear()
        if len(raw) <= 2048:
            self[raw] = meaning
        return meaning

"""In: the attributes of two spans. Out: which of them differ."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from traces.core.values import Value


class How(StrEnum):
    OTHER = "≠"
    ONLY_A = "−"
    ONLY_B = "+"
    SAME = ""


def how(a: Mapping[str, Value], b: Mapping[str, Value], key: str) -> How:
    if key not in a:
        return How.ONLY_B
    if key not in b:
        return How.ONLY_A
    # 1 and 1.0 are not the same here, nor are 1 and true: they came as different types.
    same = a[key] == b[key] and repr(a[key]) == repr(b[key])
    return How.SAME if same else How.OTHER


def different_keys(a: Mapping[str, Value], b: Mapping[str, Value]) -> list[str]:
    return sorted(key for key in a.keys() | b.keys() if how(a, b, key) != How.SAME)

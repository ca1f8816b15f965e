from __future__ import annotations

import pytest

from traces.search import Word
from traces.search.within import LONGEST, Find, parse_find


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("payment", Find((), "payment")),
        ("user.id=42", Find((Word("user.id", "42"),), "")),
        ('a="x y" lock wait status=error', Find((Word("a", "x y"), Word("status", "error")), "lock wait")),
        ('"GET /a=b"', Find((), "GET /a=b")),
        ("", Find((), "")),
        ("=", Find((), "=")),
        ('k="no end', Find((), 'k="no end')),
    ],
)
def test_words_are_conditions_and_the_rest_is_text(typed: str, meant: Find) -> None:
    assert parse_find(typed) == meant


def test_too_many_words_are_text() -> None:
    typed = " ".join(f"k{n}=v" for n in range(30))
    assert parse_find(typed) == Find((), typed)


def test_what_is_longer_than_an_address_holds_is_cut() -> None:
    assert parse_find("x" * 1_000).text == "x" * LONGEST

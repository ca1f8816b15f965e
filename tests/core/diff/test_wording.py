"""The sentence of a diff."""

from __future__ import annotations

from tests.core.diff.diffing import diff
from tests.core.diff.test_diff import SHOP
from traces.core.diff import Tolerance
from traces.core.diff.wording import sentence_of

RETRIED = """
    root  checkout server POST_/checkout  |==============================================|
      auth  checkout client Verify         |==|
      try   checkout client Charge!             |==========|
      pay   checkout client Charge                          |===================|
        card  payment server Charge                          |=================|
      ship  checkout client Ship                                                 |====|
"""


def said(a: str, b: str) -> str:
    return sentence_of(diff(a, b), Tolerance())


def test_it_says_how_much_longer_and_in_what() -> None:
    assert said(SHOP, RETRIED) == (
        "B took 26 ms longer (47 ms instead of 21 ms): 14 ms in payment Charge, "
        "11 ms in checkout Charge (called twice instead of once)."
    )


def test_it_says_how_much_less() -> None:
    assert said(RETRIED, SHOP) == (
        "B took 26 ms less (21 ms instead of 47 ms): 14 ms in payment Charge, "
        "11 ms in checkout Charge (called once instead of twice)."
    )


def test_it_says_that_nothing_is_different() -> None:
    assert said(SHOP, SHOP) == "Both took 21 ms; the same spans."


def test_it_says_what_goes_the_other_way_and_what_is_only_there() -> None:
    slow = """
        r  web server /       |===========|
          q  db client q          |=======|
    """
    assert said("r  web server /  |====|", slow) == (
        "B took 7 ms longer (12 ms instead of 5 ms): 8 ms in db q (called once, never in A), 1 ms less in web /."
    )


def test_it_says_what_else_is_different_where_both_took_as_long() -> None:
    other = SHOP.replace("client Ship ", "client Ship!").replace(
        "pay   checkout client Charge", "pay   checkout client Book  "
    )
    assert said(SHOP, other) == "Both took 21 ms; 1 span renamed, 1 error more in B."

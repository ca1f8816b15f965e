"""Two traces against each other, drawn."""

from __future__ import annotations

from time import process_time

import pytest

from tests.core.diff.diffing import analysed, diff, different, ids, rows_of
from tests.core.drawing import a_span
from traces.core.diff import Change, Tolerance, diff_of
from traces.core.span import Span
from traces.core.timescale import MILLISECOND

SHOP = """
    root  checkout server POST_/checkout  |====================|
      auth  checkout client Verify         |==|
      pay   checkout client Charge              |=====|
        card  payment server Charge              |===|
      ship  checkout client Ship                       |====|
"""


def test_trace_and_itself_have_no_differences() -> None:
    found = diff(SHOP, SHOP)
    assert different(found) == set()
    assert (found.difference_ns, found.matched_share, list(found.contributions)) == (0, 1, [])


def test_inserted_retry_shifts_nothing_that_follows() -> None:
    found = diff(SHOP, """
        root  checkout server POST_/checkout  |===============================|
          auth  checkout client Verify         |==|
          try   checkout client Charge!             |=========|
          pay   checkout client Charge                         |=====|
            card  payment server Charge                         |===|
          ship  checkout client Ship                                  |====|
    """)  # fmt: skip
    assert rows_of(found) == ["  root", "    auth", "+   try", "    pay", "      card", "    ship"]
    assert [ids(found, row) for row in range(6)][3] == (b"pay_____", b"pay_____")


def test_middle_one_of_many_like_it_is_the_one_that_was_removed() -> None:
    a = [a_span("root", length=90), *(a_span(str(n), "root", 10 * n, 3 + n, service="db", name="q") for n in range(9))]
    assert different(diff(a, a[:5] + a[6:])) == {("removed", b"4_______", b"")}


def test_parallel_calls_that_started_in_another_order_are_no_difference() -> None:
    found = diff(
        """
        root  web server /    |==========|
          a  web client A     |==|
          b  web client B      |===|
        """,
        """
        root  web server /    |==========|
          b  web client B     |===|
          a  web client A      |==|
        """,
    )
    assert different(found) == set()


def test_ids_in_names_tell_no_operations_apart() -> None:
    a = [a_span("root"), a_span("x", "root", service="s", name="GET /users/81923")]
    b = [a_span("root"), a_span("y", "root", service="s", name="GET /users/73551")]
    assert different(diff(a, b)) == set()


def test_names_that_are_the_same_go_before_names_with_other_ids() -> None:
    a = [a_span("root"), a_span("x", "root", 0, service="s", name="GET /users/81923")]
    b = [a_span("root"), *(a_span(id, "root", n, service="s", name=f"GET /users/{name}")
                           for n, (id, name) in enumerate([("y", 73551), ("x", 81923)]))]  # fmt: skip
    assert different(diff(a, b)) == {("added", b"", b"y_______")}


def test_renamed_span_keeps_what_is_below_it() -> None:
    found = diff(SHOP, SHOP.replace("pay   checkout client Charge", "pay   checkout client Book  "))
    assert different(found) == {("renamed", b"pay_____", b"pay_____")}


def test_root_of_another_service_keeps_what_is_below_it() -> None:
    found = diff(SHOP, SHOP.replace("root  checkout server", "root  checkout-v2 server"))
    assert different(found) == {("renamed", b"root____", b"root____")}


def test_traces_of_different_operations_have_nothing_in_common_and_say_so() -> None:
    found = diff(SHOP, "other  web server /  |==|")
    assert found.matched_share == 0
    assert set(found.changes) == {Change.ADDED, Change.REMOVED}
    assert sum(found.deltas_ns) == found.difference_ns == -18 * MILLISECOND


def test_subtree_elsewhere_is_moved_and_what_is_below_it_goes_with_it() -> None:
    found = diff(SHOP, """
        root  checkout server POST_/checkout  |====================|
          auth  checkout client Verify         |==|
          ship  checkout client Ship                       |====|
            pay   checkout client Charge                    |==|
              card  payment server Charge                   |=|
    """)  # fmt: skip
    assert rows_of(found) == ["  root", "    auth", "    ship", ">     pay", "        card"]


def test_span_put_in_between_moves_what_is_below_it_although_that_has_changed() -> None:
    found = diff(SHOP, """
        root  checkout server POST_/checkout  |====================|
          auth  checkout client Verify         |==|
          wrap  checkout internal Guard             |=======|
            pay   checkout client Charge            |=====|
              card  payment server Charge            |===|
              log   payment internal Log               ||
          ship  checkout client Ship                       |====|
    """)  # fmt: skip
    assert rows_of(found) == ["  root", "    auth", "+   wrap", ">     pay", "        card", "+       log", "    ship"]


def test_what_only_a_has_stands_where_it_was() -> None:
    found = diff(
        SHOP,
        """
        root  checkout server POST_/checkout  |====================|
          auth  checkout client Verify         |==|
          ship  checkout client Ship                       |====|
    """,
    )
    assert rows_of(found) == ["  root", "    auth", "-   pay", "-     card", "    ship"]


def test_span_that_hangs_under_a_missing_parent_is_found_again() -> None:
    a = [a_span("root", length=9), a_span("x", "root", 1, 5), a_span("y", "root", 2, 3)]
    found = diff(a, a[1:])
    assert set(found.changes) == {Change.RENAMED, Change.MATCHED}
    assert found.spans == (3, 2)
    assert sum(found.deltas_ns) + found.rest_ns == found.difference_ns == -4 * MILLISECOND


@pytest.mark.parametrize(
    ("a_ms", "b_ms", "percent", "least_ms", "said"),
    [
        (10, 12, 10, 1, "slower"),
        (12, 10, 10, 1, "faster"),
        (100, 110, 10, 1, ""),
        (5, 6, 10, 1, ""),
        (5, 6, 10, 0, "slower"),
        (0, 0, 0, 0, ""),
    ],
)
def test_tolerance_makes_noise_no_difference(a_ms: int, b_ms: int, percent: int, least_ms: int, said: str) -> None:
    found = diff([a_span("x", length=a_ms)], [a_span("x", length=b_ms)])
    assert found.pace(0, Tolerance(percent, least_ms * MILLISECOND)) == said


def test_appearing_and_disappearing_errors_are_differences() -> None:
    failed = SHOP.replace("client Ship ", "client Ship!")
    found = diff(SHOP, failed)
    assert [row for row in range(len(found)) if found.differs(row, Tolerance())] == [4]
    assert found.errors(4) == (False, True)
    assert diff(failed, SHOP).errors(4) == (True, False)


def test_nothing_against_something_is_all_added() -> None:
    assert rows_of(diff([], [a_span("x")])) == ["+ x"]
    assert diff([], []).matched_share == 1


@pytest.mark.parametrize("missing", [1, 400, 3_000])
def test_many_siblings_of_one_operation_are_aligned_in_little_time(missing: int) -> None:
    def query(n: int) -> Span:
        length_ns = 1_000 + (n * 7919) % 997 * 1_000
        return a_span("root", "root", n)._replace(span_id=n.to_bytes(8), name="query", duration_ns=length_ns)

    spans = [a_span("root", length=20_000), *(query(n) for n in range(1, 10_001))]
    gone = set(range(1, 10_001, 10_000 // missing)) if missing > 1 else {5_000}
    rest = [span for n, span in enumerate(spans) if n not in gone]
    one, other = analysed(spans), analysed(rest)
    began = process_time()
    found = diff_of(one, other)
    assert process_time() - began < 3
    assert found.count(Change.REMOVED) == len(gone)
    assert found.count(Change.ADDED) == 0
    if missing == 1:
        assert different(found) == {("removed", (5_000).to_bytes(8), b"")}

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from traces.core.filtering import Filter
from traces.core.folding import ALL_OPEN, MOST_EXCEPTIONS, Fold
from traces.core.ruler import Stretch
from traces.core.shown import Shown
from traces.pages.view import View, asked, view_of

EXTENT_NS = 10**9
NAMES = [
    "v",
    "from",
    "depth",
    "open",
    "shut",
    "t0",
    "t1",
    "span",
    "row",
    "top",
    "error",
    "toggle",
    "fit",
    "repeat",
    "apart",
    "min",
    "hide",
    "gap",
]
signed = st.integers(-(1 << 63), (1 << 63) - 1)
stretches = st.tuples(st.integers(0, EXTENT_NS), st.integers(0, EXTENT_NS)).map(sorted)
filters = st.builds(Filter, st.integers(0, (1 << 63) - 1), st.frozensets(st.text("a,%2 C√", min_size=1), max_size=5))
views = st.builds(
    View,
    st.just("") | st.just("3-25-0123abcd"),
    st.integers(0, 10**6),
    st.builds(Fold, st.none(), st.just(frozenset()), st.frozensets(signed, max_size=5))
    | st.builds(Fold, st.integers(1, 99), st.frozensets(signed, max_size=5), st.frozensets(signed, max_size=5)),
    st.none() | stretches.map(lambda ends: Stretch(*ends)).filter(lambda one: 0 < one.length_ns < EXTENT_NS),
    st.just("") | st.just("00f067aa0ba902b7"),
    shown=st.builds(Shown, st.just(True), st.frozensets(signed, max_size=5), filters)
    | st.builds(Shown, st.just(False), st.just(frozenset()), filters),
)


def params_of(query: str) -> dict[str, str]:
    return dict(parse_qsl(query.removeprefix("?")))


@given(views)
def test_view_is_the_same_after_its_address_was_copied(view: View) -> None:
    assert view_of(params_of(view.query()), EXTENT_NS) == view


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20) | st.integers(-9, 10**20).map(str)))
def test_wild_addresses_are_tamed(params: dict[str, str]) -> None:
    view = view_of(params, EXTENT_NS)
    assert view_of(params_of(view.query()), EXTENT_NS) == view


def test_address_without_anything_shows_everything() -> None:
    assert view_of({}, EXTENT_NS) == View()
    assert View().query() == ""


@pytest.mark.parametrize(
    "params",
    [
        {"depth": "0"},
        {"depth": "-1"},
        {"depth": "٣"},
        {"t0": "x", "t1": "5e3"},
        {"t0": "9", "t1": "9"},
        {"t0": "99999999999999999999"},
        {"open": "0f" * 8},
        {"shut": "xyz,,1234"},
    ],
)
def test_what_makes_no_sense_is_left_out(params: dict[str, str]) -> None:
    assert view_of(params, EXTENT_NS) == View()


def test_more_exceptions_than_an_address_holds_are_left_out() -> None:
    shut = ",".join(f"{number:016x}" for number in range(1, 1_000))
    assert view_of({"shut": shut}, EXTENT_NS).fold.exceptions == MOST_EXCEPTIONS
    assert view_of({}, EXTENT_NS).fold == ALL_OPEN


def request_of(own: dict[str, str], current: dict[str, str]) -> dict[str, dict[str, str]]:
    """What each part of a page would be asked for."""
    headers = {"HX-Current-URL": f"http://x/traces/y?{urlencode(current)}#r7"}
    request = RequestFactory(headers=headers).get("/", own)
    return {part: asked(request, part) for part in ("panel", "rows", "waterfall")}


def test_part_of_a_page_changes_its_own_state_and_keeps_the_rest() -> None:
    found = request_of({"span": "b", "from": "7", "depth": "2", "v": "new"}, {"span": "a", "from": "5", "t0": "1"})
    assert found == {
        "panel": {"span": "b", "from": "5", "t0": "1"},
        "rows": {"span": "a", "from": "7", "t0": "1", "v": "new"},
        "waterfall": {"span": "a", "from": "5", "depth": "2", "v": "new"},
    }


def test_part_whose_page_has_no_readable_address_has_its_own_state_alone() -> None:
    request = RequestFactory(headers={"HX-Current-URL": "http://[/traces/y?t0=1"}).get("/", {"span": "b"})
    assert asked(request, "panel") == {"span": "b"}

from __future__ import annotations

from urllib.parse import parse_qsl

from traces.core.timescale import HOUR, MINUTE
from traces.pages.addresses import as_of_ns, beside, frozen, sorts
from traces.search import from_params

NOW_NS = 1_772_442_900_000_000_000


def params_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(address.removeprefix("?")))


def test_frozen_address_means_the_same_search_at_any_time() -> None:
    for params in ({"last": "6h", "q": "a=b"}, {}, {"last": "all"}, {"start": "2026-03-02", "service": "x"}):
        search = from_params(params, NOW_NS)
        assert from_params(frozen(params, search), NOW_NS + 7 * HOUR) == search


def test_frozen_range_says_its_moment_and_the_way_back_to_the_present() -> None:
    search = from_params({"last": "6h", "sort": "duration"}, NOW_NS)
    later = frozen({"last": "6h", "sort": "duration"}, search)
    again = from_params(later, NOW_NS + MINUTE)
    assert as_of_ns(later, again) == NOW_NS
    assert params_of(beside(again, later)) == {"last": "6h", "sort": "duration"}
    assert as_of_ns({"last": "6h"}, search) is None
    assert as_of_ns({"start": "2026-03-02"}, search) is None


def test_default_order_and_range_are_left_out_of_addresses() -> None:
    search = from_params({"last": "1h", "sort": "errors", "after": f"1.{'0' * 32}"}, NOW_NS)
    found = sorts({"last": "1h", "sort": "errors", "after": f"1.{'0' * 32}"}, search)
    assert found["start"] == "?"
    assert found["duration"] == "?sort=duration"

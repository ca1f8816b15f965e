from __future__ import annotations

from urllib.parse import parse_qsl

from traces.core.timescale import HOUR, MINUTE
from traces.pages.addresses import as_of_ns, beside, chips, frozen, sorts
from traces.search import from_params

NOW_NS = 1_772_442_900_000_000_000


def params_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(address.removeprefix("?")))


def test_each_condition_has_a_chip_that_takes_it_away() -> None:
    params = {"service": "checkout", "status": "error", "q": "user.id=42 region=eu", "min_duration": "500ms",
              "last": "24h", "limit": "7"}  # fmt: skip
    found = chips(params, from_params(params, NOW_NS))
    assert [chip.text for chip in found] == ["checkout · error", "user.id=42", "region=eu", "at least 500 ms"]
    for chip, gone in zip(
        found, [("service", "status"), ("user.id=42",), ("region=eu",), ("min_duration",)], strict=True
    ):
        kept = params_of(chip.without)
        assert not any(name in kept or name in kept.get("q", "") for name in gone)
        assert (kept["last"], kept["limit"]) == ("24h", "7")
        assert kept.get("q", "").count("=") == (1 if "=" in gone[0] else 2)


def test_exact_range_is_a_chip_and_stays_as_typed_beside_other_conditions() -> None:
    params = {"service": "checkout", "start": "2026-03-02T09:15:00Z", "end": "2026-03-02T10:15:00Z"}
    service, times = chips(params, from_params(params, NOW_NS))
    assert params_of(service.without) == {"start": params["start"], "end": params["end"]}
    assert params_of(times.without) == {"service": "checkout"}


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

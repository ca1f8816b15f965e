from __future__ import annotations

from urllib.parse import parse_qsl

from traces.pages.chips import LONGEST_JOINABLE, MOST_JOINABLE, Chip, chips
from traces.search import from_params

NOW_NS = 1_772_442_900_000_000_000


def params_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(address.removeprefix("?")))


def chips_of(**params: str) -> list[Chip]:
    return chips(params, from_params(params, NOW_NS))


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


def test_each_chip_is_offered_to_be_joined_with_each_other_that_some_span_fulfils() -> None:
    found = chips_of(service="checkout", status="error", q="a=1 -b=2 trace.duration>1s c=3", sort="duration", last="6h")
    assert [[join.text for join in chip.joins] for chip in found] == [
        ["a=1", "c=3"],
        ["checkout · error", "c=3"],
        [],
        [],
        ["checkout · error", "a=1"],
    ]
    assert params_of(found[0].joins[1].address) == {
        "q": "{service=checkout status=error c=3} a=1 -b=2 trace.duration>1s",
        "sort": "duration",
        "last": "6h",
    }
    assert found[4].joins[0].address == found[0].joins[1].address


def test_joined_chip_is_taken_apart() -> None:
    both, alone = chips_of(q="{a=1 b=2} c=3", cols="x")
    assert both.text == "a=1 · b=2"
    assert params_of(both.apart) == {"q": "a=1 b=2 c=3", "cols": "x"}
    assert alone.apart == ""


def test_every_condition_has_its_opposite_in_words() -> None:
    found = chips_of(q="a=1 -a=1 trace.errors>1 {a=1} >> {b=1}", min_duration="1s")
    assert [chip.opposite for chip in found] == [
        "no span has it",
        "some span has it",
        "the opposite",
        "the opposite",
        "",
    ]
    assert [params_of(chip.turned).get("q") for chip in found][:2] == [
        "-a=1 trace.errors>1 {a=1} >> {b=1} -a=1",
        "a=1 trace.errors>1 {a=1} >> {b=1} a=1",
    ]


def test_many_or_long_conditions_are_not_offered_with_each_other() -> None:
    most = " ".join(f"k={n}" for n in range(MOST_JOINABLE))
    assert all(len(chip.joins) == MOST_JOINABLE - 1 for chip in chips_of(q=most))
    assert not any(chip.joins for chip in chips_of(q=f"{most} k=x"))
    assert not any(chip.joins for chip in chips_of(q=f"a={'x' * LONGEST_JOINABLE} b=1"))

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.meaning import all_of
from traces.search import (
    MOST_LIMIT,
    SORTS,
    BadQuery,
    Search,
    absolute_time,
    attribute_is,
    duration_ns,
    from_params,
    parse,
    to_params,
)

NOW_NS = 1_772_442_900_000_000_000
MINUTE_NS = 60 * 10**9
_durations = st.integers(0, (1 << 63) - 1)
_times = st.integers(-(1 << 63), (1 << 63) - 1)
QUERIES = ['a=1 -b="x y"', "{c=2 duration>5ms} >> {status=error} | count() > 3", "d~^x or e exists", '"two words"']
_names = st.text(max_size=10).map(str.strip)


def bad(params: dict[str, str]) -> BadQuery:
    with pytest.raises(BadQuery) as caught:
        from_params(params, NOW_NS)
    return caught.value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("user.id=42", [("user.id", "42")]),
        ("  a=1\t\nb=2  ", [("a", "1"), ("b", "2")]),
        ('route="/a b"', [("route", "/a b")]),
        ('say="\\"hi\\"" path=C:\\dir', [("say", '"hi"'), ("path", "C:\\dir")]),
        ("url=http://x/?a=b", [("url", "http://x/?a=b")]),
        ("empty= also=\"\"", [("empty", ""), ("also", "")]),
        ("a=1 a=1", [("a", "1"), ("a", "1")]),
        ("ключ=значение", [("ключ", "значение")]),
        ("http.route=/users/{id} http.target=/a(b)c", [("http.route", "/users/{id}"), ("http.target", "/a(b)c")]),
        ("a=x,y b='q' c=-1 d=a|b e=*", [("a", "x,y"), ("b", "'q'"), ("c", "-1"), ("d", "a|b"), ("e", "*")]),
        ("a=1&&1 b=x||y", [("a", "1&&1"), ("b", "x||y")]),
    ],
)  # fmt: skip
def test_words_side_by_side_are_conditions_each_of_some_span(text: str, words: list[tuple[str, str]]) -> None:
    assert from_params({"q": text}, NOW_NS).condition == all_of(*(attribute_is(*word) for word in words))


@pytest.mark.parametrize("text", ["=42", 'a="1', "duration>abc", "{a=1", "{a=1} >>"])
def test_bad_query_is_the_fault_of_its_parameter(text: str) -> None:
    error = bad({"q": text})
    assert error.field == "q"
    assert str(error)


_searches = st.builds(
    Search,
    start_ns=st.none() | _times,
    end_ns=st.none() | _times,
    service=_names,
    operation=_names,
    status=st.sampled_from(["", "error", "ok", "unset"]),
    min_duration_ns=st.none() | _durations,
    max_duration_ns=st.none() | _durations,
    condition=st.none() | st.sampled_from(QUERIES).map(parse),
    sort=st.sampled_from(SORTS),
    after=st.builds("{}.{:032x}".format, _times, st.integers(0, (1 << 128) - 1)) | st.just(""),
    limit=st.integers(1, MOST_LIMIT),
).filter(
    lambda s: (
        (s.start_ns is None or s.end_ns is None or s.start_ns <= s.end_ns)
        and (s.min_duration_ns is None or s.max_duration_ns is None or s.min_duration_ns <= s.max_duration_ns)
    )
)


@given(_searches)
def test_parameters_of_a_search_give_the_search(search: Search) -> None:
    assert from_params(to_params(search), NOW_NS) == search


_PARAMS = ("start", "end", "last", "service", "operation", "status", "min_duration", "max_duration", "q", "sort",
           "after", "limit")  # fmt: skip


@given(st.dictionaries(st.sampled_from(_PARAMS), st.text(max_size=20) | st.text("0123456789.-:TZsmh", max_size=24)))
def test_any_parameters_are_understood_or_refused_by_name(params: dict[str, str]) -> None:
    refusal = None
    try:
        search = from_params(params, NOW_NS)
    except BadQuery as error:
        refusal = error
    assert refusal is None or (refusal.field in params and str(refusal))
    assert refusal or from_params(to_params(search), NOW_NS) == search


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start", "yesterday"), ("end", "2026-13-01"), ("start", "9" * 19), ("start", "9" * 5_000), ("end", "1e9"),
        ("start", "2026-03-02T25:00"), ("last", "soon"), ("last", "0s"), ("last", "5"), ("status", "bad"),
        ("min_duration", "-1s"), ("min_duration", "5"), ("max_duration", "1.s"), ("max_duration", "999999999999999d"),
        ("min_duration", "1 year"), ("sort", "name"), ("after", "x"), ("after", f"{1 << 63}.{'0' * 32}"),
        ("after", "1." + "g" * 32), ("limit", "0"), ("limit", str(MOST_LIMIT + 1)), ("limit", "-1"), ("limit", "many"),
        ("limit", "9" * 5_000), ("limit", "1.5"), ("q", "a>b"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_its_field_and_what_would_be_right(field: str, value: str) -> None:
    error = bad({field: value})
    assert error.field == field
    assert any(hint in str(error) for hint in ("expected", "start from the first page"))
    assert len(str(error)) < 200


def test_bounds_the_wrong_way_round_say_so() -> None:
    assert "exchange" in str(bad({"start": "2", "end": "1"}))
    assert "exchange" in str(bad({"min_duration": "2s", "max_duration": "1s"}))


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("0", 0),
        ("-1", -1),
        ("1772442900123456789", 1_772_442_900_123_456_789),
        ("2026-03-02T09:15:00Z", NOW_NS),
        ("2026-03-02T09:15", NOW_NS),
        ("2026-03-02 09:15:00", NOW_NS),
        ("2026-03-02T10:15:00+01:00", NOW_NS),
        ("2026-03-02", NOW_NS - 9 * 3_600 * 10**9 - 15 * MINUTE_NS),
        ("2026-03-02T09:15:00.250Z", NOW_NS + 250_000_000),
        ("2026-03-02T09:15:00.123457Z", NOW_NS + 123_457_000),
        ("2026-03-02T09:15:00.123456789Z", NOW_NS + 123_456_789),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59Z", -(10**9)),
    ],
)
def test_times_are_exact_to_the_nanosecond(text: str, time_ns: int) -> None:
    assert from_params({"start": text}, NOW_NS).start_ns == time_ns
    assert from_params({"end": f" {text} "}, NOW_NS).end_ns == time_ns


_BERLIN = [
    ("2026-03-02 10:15", "2026-03-02 10:15+01:00"),
    ("2026-03-02T10:15:00.250", "2026-03-02T10:15:00.250+01:00"),
    ("2026-07-01", "2026-07-01T00:00+02:00"),
    ("2026-10-25 02:30", "2026-10-25 02:30+02:00"),  # shown twice that night
    ("2026-03-29 02:30", "2026-03-29 02:30+01:00"),  # never shown that night
    ("2026-03-02T10:15Z", "2026-03-02T10:15Z"),
    ("2026-03-02T10:15-05:00", "2026-03-02T10:15-05:00"),
    ("1772442900123456789", "1772442900123456789"),
    ("1880-01-01", "1880-01-01T00:00"),  # 53 min 28 s ahead
    ("soon", "soon"),
    ("", ""),
]


@pytest.mark.parametrize(("typed", "absolute"), _BERLIN)
def test_typed_time_is_one_of_the_readers_clocks(typed: str, absolute: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert absolute_time(typed, berlin) == absolute
    assert absolute_time(absolute, berlin) == absolute
    if absolute[:2] == "20":
        assert from_params({"start": typed}, NOW_NS, berlin) == from_params({"start": absolute}, NOW_NS)


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns", "Asia/Kathmandu"])
def test_offset_of_a_typed_time_is_the_zones(zone: str) -> None:
    offset = {"UTC": "Z", "America/St_Johns": "-03:30", "Asia/Kathmandu": "+05:45"}[zone]
    assert absolute_time("2026-03-02 10:15", ZoneInfo(zone)) == f"2026-03-02 10:15{offset}"


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("0ns", 0), ("1ns", 1), ("1.9ns", 1), ("1us", 1_000), ("1µs", 1_000), ("1μs", 1_000), ("0.1ms", 100_000),
        ("500ms", 500_000_000), ("1.5s", 1_500_000_000), ("1.000000001s", 1_000_000_001), ("2m", 120 * 10**9),
        ("1h", 3_600 * 10**9), ("7d", 604_800 * 10**9), ("1w", 604_800 * 10**9), (" 1 S ", 10**9),
        ("9007199.254740993s", 9_007_199_254_740_993),
    ],
)  # fmt: skip
def test_durations_are_exact(text: str, ns: int) -> None:
    assert duration_ns(text) == ns


@pytest.mark.parametrize("text", ["", "1", "s", "1x", "1ss", "-1s", "1e3s", ".5s", "1,5s", "1s2", "1" * 20 + "s"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert duration_ns(text) is None


@pytest.mark.parametrize(
    ("text", "longest_ns", "again"),
    [("2s", 2_000_000_000, "2s"), ("<10s", 9_999_999_999, "<10s"), (" < 500ms", 499_999_999, "<500ms"),
     ("9999999999ns", 9_999_999_999, "<10s"), ("99ns", 99, "99ns"), ("<1ns", 0, "0s"), ("<301ns", 300, "300ns")],
)  # fmt: skip
def test_limit_of_a_duration_is_itself_or_all_below(text: str, longest_ns: int, again: str) -> None:
    search = from_params({"max_duration": text}, NOW_NS)
    assert search.max_duration_ns == longest_ns
    assert to_params(search)["max_duration"] == again


@pytest.mark.parametrize("text", ["<0s", "<", "<<1s", "< soon", "<9223372036854775809ns"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    assert bad({"max_duration": text}).field == "max_duration"


def test_nothing_said_is_the_last_hour_and_a_minute_ahead() -> None:
    search = from_params({}, NOW_NS)
    assert search == Search(start_ns=NOW_NS - 60 * MINUTE_NS, end_ns=NOW_NS + MINUTE_NS)


def test_all_of_time_has_no_bounds() -> None:
    assert from_params({"last": "all"}, NOW_NS) == Search()


def test_a_bound_wins_over_the_last_hour() -> None:
    assert from_params({"start": "5", "last": "1h"}, NOW_NS) == Search(start_ns=5)
    assert from_params({"end": "5"}, NOW_NS) == Search(end_ns=5)


def test_last_longer_than_time_starts_at_zero() -> None:
    assert from_params({"last": "9999w"}, NOW_NS).start_ns == 0


def test_without_leaves_the_rest() -> None:
    search = Search(start_ns=1, service="a", status="error", condition=attribute_is("k", "v"))
    assert search.without("service", "condition") == Search(start_ns=1, status="error")

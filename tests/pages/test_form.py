from __future__ import annotations

from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest

from traces.pages.form import tidied, wider_ranges
from traces.pages.ids import canonical_id


@pytest.mark.parametrize(
    ("submitted", "kept"),
    [
        ("q=user.id%3D42&service=&last=1h&was=last", {"q": "user.id=42"}),
        ("last=24h&start=&end=&was=last", {"last": "24h"}),
        ("last=1h&start=2026-03-02T09:00:00Z&was=last", {"start": "2026-03-02T09:00:00Z"}),
        ("last=24h&start=2026-03-02T09:00:00Z&was=exact", {"last": "24h"}),
        ("last=&start=2026-03-02T09:00:00Z&was=exact", {"start": "2026-03-02T09:00:00Z"}),
    ],
)
def test_submitted_form_is_tidied_into_a_short_address(submitted: str, kept: dict[str, str]) -> None:
    address = tidied(dict(parse_qsl(submitted, keep_blank_values=True)))
    assert dict(parse_qsl(address.removeprefix("?"))) == kept


def test_typed_time_is_given_its_offset_so_that_a_link_means_the_same_to_others() -> None:
    typed = {"start": "2026-03-02 10:15", "end": "2026-03-02T12:00Z"}
    address = tidied(typed, ZoneInfo("Europe/Berlin"))
    kept = dict(parse_qsl(address.removeprefix("?")))
    assert kept == {"start": "2026-03-02 10:15+01:00", "end": "2026-03-02T12:00Z"}
    assert tidied(kept, ZoneInfo("America/Phoenix")) == ""


def test_tidy_address_is_left_alone() -> None:
    assert tidied({"service": "checkout", "last": "24h"}) == ""
    assert tidied({}) == ""


@pytest.mark.parametrize(
    ("params", "wider"),
    [
        ({}, ["24h", "7d", "all"]),
        ({"last": "2d"}, ["7d", "all"]),
        ({"last": "30d"}, ["all"]),
        ({"last": "all"}, []),
        ({"start": "2026-03-02T09:00:00Z"}, ["24h", "7d", "all"]),
    ],
)
def test_only_longer_ranges_are_offered_where_nothing_was_found(params: dict[str, str], wider: list[str]) -> None:
    assert wider_ranges(params) == wider


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("7C0E4D1F-9A3B-4C5D-8E6F-00112233AABB", "7c0e4d1f9a3b4c5d8e6f00112233aabb"),
        (" 7c0e4d1f9a3b4c5d8e6f00112233aabb ", "7c0e4d1f9a3b4c5d8e6f00112233aabb"),
        ("7c0e4d1f9a3b4c5d8e6f00112233aab", None),
        ("7c0e4d1f9a3b4c5d8e6f00112233aabg", None),
        ("７c0e4d1f9a3b4c5d8e6f00112233aabb", None),
        ("", None),
    ],
)
def test_id_has_one_spelling(text: str, id: str | None) -> None:
    assert canonical_id(text, 32) == id

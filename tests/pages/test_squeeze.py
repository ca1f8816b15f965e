from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.core.drawing import a_span, spans_of
from tests.pages.conftest import Store
from tests.pages.test_account import skewed
from tests.pages.test_trace import HTMX, shown
from traces.core.timescale import HOUR, MILLISECOND

pytestmark = pytest.mark.django_db
MS = MILLISECOND
QUEUED = [
    a_span("order", length=30),
    a_span("send", "order", 5, 10),
    a_span("receive", "send", 2 * HOUR // MS, 20),
]


def bars(html: str) -> list[tuple[str, str]]:
    """Left and width of the rows' bars."""
    return re.findall(r'class="track"><svg><rect x="([\d.]+%)" y="5" width="([\d.]+%)"', html)


def scale(html: str, of: str) -> str:
    found = re.search(rf'<svg id="{of}"[^>]* data-scale="([^"]*)"', html)
    assert found
    return found[1]


def test_gap_is_squeezed_on_ruler_rows_and_minimap_alike(client: Client, store: Store) -> None:
    path = f"/traces/{store(QUEUED)}"
    plain = shown(client, path)
    assert bars(plain) == [("0%", "0.2%"), ("0%", "0.2%"), ("99.8%", "0.2%")]
    assert scale(plain, "ruler") == scale(plain, "minimap") == f"0,0 {2 * HOUR + 20 * MS},{2 * HOUR + 20 * MS}"
    html = shown(client, f"{path}?squeeze=1")
    assert [(round(float(x[:-1])), round(float(width[:-1]))) for x, width in bars(html)] == [
        (0, 57),
        (10, 19),
        (62, 38),
    ]
    assert html.count('class="gap"') == 2 + len(QUEUED)
    assert "2 h in which nothing starts or ends, drawn narrow" in html
    corners = [tuple(map(int, pair.split(","))) for pair in scale(html, "ruler").split()]
    assert [time for _, time in corners] == [0, 30 * MS, 2 * HOUR, 2 * HOUR + 20 * MS]
    assert scale(html, "minimap") == scale(html, "ruler")


def test_switch_is_offered_where_a_gap_is_worth_it(client: Client, store: Store) -> None:
    path = f"/traces/{store(QUEUED)}"
    assert 'href="?squeeze=1' not in (busy := shown(client, f"/traces/{store(spans_of('work |=====|'))}"))
    assert "squeeze" not in busy
    assert "☐ squeeze gaps" in shown(client, path)
    on = shown(client, f"{path}?squeeze=1")
    assert "☑ squeeze gaps" in on
    assert "squeeze=1" not in re.findall(r'<a id="squeeze" href="([^"]*)"', on)[0]
    assert "squeeze" not in shown(client, f"{path}?t0={5 * MS}&t1={15 * MS}")


def test_zoom_goes_by_what_is_drawn(client: Client, store: Store) -> None:
    """Half of a drawing in which two hours are a strip isn't an hour of nothing."""
    html = shown(client, f"/traces/{store(QUEUED)}?squeeze=1")
    found = re.search(r"t0=(\d+)&amp;t1=(\d+)[^>]*>zoom in", html)
    assert found
    assert (int(found[1]) < 30 * MS, int(found[2]) > 2 * HOUR) == (True, True)


def test_rows_that_are_scrolled_to_stay_squeezed(client: Client, store: Store) -> None:
    path = f"/traces/{store(QUEUED)}"
    headers = HTMX | {"HX-Target": "rows", "HX-Current-URL": f"http://testserver{path}?squeeze=1"}
    answer = client.get(f"{path}?row=0", headers=headers)
    assert bars(answer.content.decode()) == bars(shown(client, f"{path}?squeeze=1"))
    assert answer.headers["HX-Replace-Url"].endswith("?squeeze=1")


def test_gaps_are_between_the_clocks_that_are_shown(client: Client, store: Store) -> None:
    path = f"/traces/{store(skewed())}?squeeze=1"
    recorded, corrected = shown(client, f"{path}&skew=0"), shown(client, path)
    assert ("☐ clocks corrected" in recorded, "☑ clocks corrected" in corrected) == (True, True)
    assert f"{520 * MS}" in scale(recorded, "ruler")
    assert f"{520 * MS}" not in scale(corrected, "ruler")
    assert "480 ms in which nothing starts or ends" in corrected

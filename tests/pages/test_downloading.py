"""What the page says of a download that is under way."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.conf import settings
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from tests.pages.test_list_tools import link
from traces import progress
from traces.pages.downloading import said_of, size_text
from traces.progress import Progress, State

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TOKEN = "0" * 32
UNDER_WAY = Progress(State.UNDER_WAY, traces=12_300, size_bytes=3_100_000)


def said(found: Progress | None, of: str = "", *, took_s: float = 4) -> str:
    if found is not None:
        found = found._replace(began_s=1_000, ended_s=1_000 + took_s if found.is_over else 0)
    return str(said_of(found, TOKEN, of, now_s=1_000 + took_s)["said"])


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ("48210", "12,300 of 48,210 traces · 3.1 MB · 4 s"),
        ("200000+", "12,300 of at least 200,000 traces · 3.1 MB · 4 s"),
        ("", "12,300 traces · 3.1 MB · 4 s"),
        ("10000+", "12,300 traces · 3.1 MB · 4 s"),
        ("<b>", "12,300 traces · 3.1 MB · 4 s"),
        ("9" * 5_000, "12,300 traces · 3.1 MB · 4 s"),
        ("٣٣٣٣٣٣", "12,300 traces · 3.1 MB · 4 s"),
    ],
)
def test_number_is_of_as_many_as_are_known(of: str, words: str) -> None:
    assert said(UNDER_WAY, of) == words


def test_each_end_is_said() -> None:
    done = UNDER_WAY._replace(state=State.DONE)
    cut = UNDER_WAY._replace(state=State.CUT, why="the reader went away")
    assert said(done, took_s=64) == "done: 12,300 traces · 3.1 MB · 1 min 4 s"
    assert said(done._replace(traces=1, size_bytes=1)) == "done: 1 trace · 1 byte · 4 s"
    assert said(cut) == "broke off after 12,300 traces: the reader went away"
    assert said(cut._replace(traces=0)) == "broke off before the first trace: the reader went away"
    assert said(UNDER_WAY._replace(is_stopped=True)) == "stopping…"
    assert said(cut._replace(is_stopped=True)) == "stopped after 12,300 traces"
    assert said(done._replace(is_stopped=True)) == said(done)
    assert said(Progress()) == "beginning…"
    assert said(Progress(), took_s=61) == "the browser has not begun it"
    assert said(None) == "nothing is known of this download any more"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (2 * 10**9, "2,000.0 MB"),
    ],
)
def test_sizes_are_said_in_their_unit(size: int, text: str) -> None:
    assert size_text(size) == text


def test_click_puts_the_download_into_a_frame_and_asks_how_far_it_is(client: Client, store: Store) -> None:
    store([a_span("one", attributes={"a": 'x"&of=7'})])
    html = client.get("/?q=a%3A%22%26of%22&cols=a").content.decode()
    plain, start = (link(html, rf'{name}="(/download[^"]*\.csv\?[^"]*)"') for name in ("href", "hx-get"))
    assert client.get(start).headers["Location"] == plain
    answer = client.get(f"{start}&of=1", headers=HTMX)
    assert answer["Cache-Control"].endswith("no-store, must-revalidate, private")
    html = answer.content.decode()
    source, asks = link(html, r'<iframe src="([^"]*)"'), link(html, r'hx-get="([^"]*)"')
    assert source.startswith(f"{plain}&progress=")
    assert "beginning…" in html
    assert asks.endswith("?of=1")
    again = client.get(asks, headers=HTMX).content.decode()
    assert link(again, r'hx-get="([^"]*)"') == asks
    lines = b"".join(client.get(source)).splitlines()
    assert len(lines) == 2
    ended = client.get(asks, headers=HTMX).content.decode()
    assert re.search(r"done: 1 trace · \d+ bytes · 1 s", ended)
    assert "hx-get" not in ended
    assert '<p id="said" hx-swap-oob="innerHTML">Download: done: 1 trace' in ended


def test_number_above_the_list_is_what_a_download_is_part_of(client: Client, store: Store) -> None:
    for number in range(3):
        store([a_span(f"n{number}")])
    counted = '<input type="hidden" name="of" value="3">'
    assert counted in client.get("/").content.decode()
    assert counted in client.get("/?limit=1&total=1").content.decode()
    assert 'name="of"' not in client.get("/?limit=1").content.decode()
    assert 'name="of"' not in client.get("/?live=1").content.decode()


@pytest.mark.parametrize("token", ["x", "0" * 31, "A" * 32, "..%2F..%2Fsecret", "0" * 33, "0" * 31 + "%0A"])
def test_senseless_tokens_are_not_found(client: Client, token: str) -> None:
    assert client.get(f"/downloading/{token}", headers=HTMX).status_code == 404
    assert client.post(f"/downloading/{token}/stop", headers=HTMX).status_code == 404


def test_of_an_unknown_token_nothing_is_known_and_nobody_asks_again(client: Client) -> None:
    html = client.get(f"/downloading/{TOKEN}", headers=HTMX).content.decode()
    assert "nothing is known of this download any more" in html
    assert "hx-get" not in html
    assert client.post(f"/downloading/{TOKEN}/stop").status_code == 204


def test_stopping_needs_the_form_of_this_site(client: Client) -> None:
    token = progress.begin(settings.DATA_DIR)
    assert Client(enforce_csrf_checks=True).post(f"/downloading/{token}/stop").status_code == 403
    assert client.get(f"/downloading/{token}/stop").status_code == 405
    assert client.post(f"/downloading/{token}/stop").status_code == 204
    assert "stopping…" in client.get(f"/downloading/{token}").content.decode()


def test_where_nothing_can_be_kept_the_file_comes_alone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data_dir: object) -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr(progress, "begin", full)
    answer = client.get("/downloading.csv?last=24h&of=3", headers=HTMX)
    assert unescape(answer.headers["HX-Redirect"]) == "/download.csv?last=24h"
    assert client.get("/downloading.xml", headers=HTMX).status_code == 404

from __future__ import annotations

import re
import subprocess
import time
from html import unescape
from typing import cast

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.core.drawing import a_span, spans_of
from tests.pages.conftest import Store
from traces.core.span import Status
from traces.core.timescale import SECOND
from traces.wire import plain_json

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")


def found(client: Client, query: str = "") -> list[str]:
    """The ids of the listed traces, in order."""
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    return re.findall(r'data-trace-id="([0-9a-f]{32})"', answer.content.decode())


def text_of(client: Client, path: str, status: int = 200) -> str:
    """What a reader sees, without the markup."""
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def test_empty_store_says_how_to_send_a_first_span(client: Client) -> None:
    text = text_of(client, "/")
    assert "No traces yet" in text
    assert "curl http://testserver/api/spans" in text
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://testserver" in text


def test_snippet_is_one_line_that_a_shell_makes_a_span_of_this_moment(client: Client) -> None:
    found = re.search(r"<pre[^>]*>(curl [^<]*)</pre>", client.get("/").content.decode())
    assert found is not None
    command = unescape(found[1])
    assert "\n" not in command
    printing = 'curl() { for last; do :; done; printf %s "$last"; }; ' + command
    body = subprocess.run(["sh", "-c", printing], capture_output=True, check=True).stdout
    decoded = plain_json.decode(body)
    assert (decoded.rejected, [span.name for span in decoded.spans]) == ([], ["POST /checkout"])
    assert abs(decoded.spans[0].start_ns - time.time_ns()) < 10 * SECOND


def test_empty_store_asks_again_by_itself_and_changes_nothing_until_a_trace_is_there(
    client: Client, store: Store
) -> None:
    waiting = {"HX-Request": "true", "HX-Target": "search", "HX-Trigger": "waiting"}
    assert 'hx-trigger="every 3s"' in client.get("/").content.decode()
    assert client.get("/", headers=waiting).status_code == 204
    trace_id = store(CHECKOUT)
    answer = client.get("/", headers=waiting)
    assert trace_id in answer.content.decode()
    assert "every 3s" not in answer.content.decode()
    assert "HX-Push-Url" not in answer.headers


@pytest.mark.parametrize(
    "language", ["Python", "Node.js", "Java", "Go", ".NET", "Ruby", "PHP", "Rust, C++", "Collector"]
)
def test_each_language_has_its_snippet(client: Client, language: str) -> None:
    assert f"<summary>{language}</summary>" in client.get("/send").content.decode()


def test_trace_is_listed_with_its_root_duration_and_services(client: Client, store: Store) -> None:
    trace_id = store(CHECKOUT)
    assert found(client) == [trace_id]
    text = text_of(client, "/")
    assert "1 trace" in text
    assert "checkout checkout" in text
    assert "19 ms" in text


def test_trace_without_its_root_is_marked(client: Client, store: Store) -> None:
    store(CHECKOUT[1:])
    assert "root not here yet" in text_of(client, "/")


def test_many_services_are_counted_not_listed(client: Client, store: Store) -> None:
    store([a_span("root"), *(a_span(f"s{number}", "root") for number in range(6))])
    assert "+4 more" in text_of(client, "/")


def test_newest_trace_comes_first_and_other_orders_are_linked(client: Client, store: Store) -> None:
    slow, quick = store([a_span("slow", start=0, length=9)]), store([a_span("quick", start=5)])
    assert found(client) == [quick, slow]
    assert found(client, "?sort=duration") == [slow, quick]
    assert 'href="?sort=duration"' in client.get("/").content.decode()


def test_filters_of_the_address_are_in_force_and_can_be_taken_away(client: Client, store: Store) -> None:
    wanted = store([a_span("wanted", attributes={"user.id": "42"}, status=Status.ERROR)])
    store([a_span("other", attributes={"user.id": "7"})])
    assert found(client, "?status=error&q=user.id%3D42") == [wanted]
    text = text_of(client, "/?status=error&q=user.id%3D42")
    assert (
        "error no span has it on one span with user.id=42 × user.id=42 no span has it on one span with error ×" in text
    )


def test_pages_follow_each_other_by_key(client: Client, store: Store) -> None:
    ids = [store([a_span(f"n{number}", start=number)]) for number in range(5)]
    page = client.get("/?limit=2").content.decode()
    seen = re.findall(r'data-trace-id="([0-9a-f]{32})"', page)
    while match := re.search(r'rel="next" href="([^"]+)"', page):
        page = client.get(f"/{unescape(match[1])}").content.decode()
        seen += re.findall(r'data-trace-id="([0-9a-f]{32})"', page)
        assert "first page" in page
    assert seen == ids[::-1]


def test_senseless_duration_is_said_beside_its_field_and_kept_as_typed(client: Client) -> None:
    page = client.get("/?min_duration=soon&service=checkout")
    assert page.status_code == 400
    html = page.content.decode()
    assert 'value="soon"' in html
    assert 'aria-describedby="min_duration-error"' in html
    assert 'value="checkout"' in html


def test_senseless_cursor_is_said_too(client: Client, store: Store) -> None:
    store(CHECKOUT)
    assert client.get("/?after=nonsense").status_code == 400


def test_nothing_found_says_what_each_condition_finds_alone(client: Client, store: Store) -> None:
    store(CHECKOUT)
    text = text_of(client, "/?service=checkout&q=user.id%3Dnobody")
    assert "No trace found" in text
    assert "checkout 1 trace user.id=nobody 0 traces" in text
    assert "last 24 h 0 traces last 7 days 0 traces all time 0 traces" in text
    assert 'href="?service=checkout"' in client.get("/?service=checkout&q=user.id%3Dnobody").content.decode()


def test_older_trace_is_found_where_the_time_range_is_widened(client: Client, store: Store) -> None:
    trace_id = store([a_span("old", start=-90_000_000)])
    assert found(client) == []
    assert found(client, "?last=all") == [trace_id]


def test_form_is_redirected_to_a_short_address(client: Client) -> None:
    answer = client.get("/?q=&service=checkout&last=1h&was=last")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?service=checkout")


def test_hostile_names_are_text(client: Client, store: Store) -> None:
    store([a_span("x", name="<script>alert(1)</script>", service="\x00\ud800<b>")])
    html = client.get("/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "\\u0000\\ud800&lt;b&gt;" in html


def test_pages_load_nothing_from_elsewhere(client: Client) -> None:
    assert "default-src 'self'" in client.get("/").headers["Content-Security-Policy"]


def fragment(client: Client, query: str, target: str = "search", **headers: str) -> HttpResponse:
    asked = {"HX-Request": "true", "HX-Target": target, **headers}
    return cast(HttpResponse, client.get(f"/{query}", headers=asked))


def test_htmx_gets_the_part_that_changes_and_the_short_address_for_it(client: Client, store: Store) -> None:
    trace_id = store(CHECKOUT)
    answer = fragment(client, "?q=&service=checkout&last=1h&was=last")
    assert answer.status_code == 200
    assert trace_id in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert answer.headers["HX-Push-Url"] == "/?service=checkout"
    assert "HX-Target" in answer.headers["Vary"]


def test_range_just_typed_holds_for_htmx_as_it_does_without(client: Client, store: Store) -> None:
    trace_id = store([a_span("old", start=-90_000_000)])
    answer = fragment(client, "?last=1h&start=2026-01-01T00%3A00%3A00Z&end=&was=last")
    assert trace_id in answer.content.decode()
    assert "as of" not in answer.content.decode()
    assert answer.headers["HX-Push-Url"] == "/?start=2026-01-01T00%3A00%3A00Z"


def test_history_restore_gets_the_page(client: Client) -> None:
    answer = fragment(client, "", **{"HX-History-Restore-Request": "true"})
    assert "<html" in answer.content.decode()


def test_mistake_is_shown_in_place_for_htmx_too(client: Client) -> None:
    answer = fragment(client, "?min_duration=soon&was=last")
    assert answer.status_code == 400
    assert answer.headers["HX-Retarget"] == "#search"
    assert 'value="soon"' in answer.content.decode()


def test_service_brings_its_operations_along(client: Client, store: Store) -> None:
    store(CHECKOUT)
    store([a_span("other")])
    assert fragment(client, "?service=checkout", "operation-names").content.decode().strip() == (
        '<option value="checkout"></option>'
    )
    assert fragment(client, "?service=", "operation-names").content.decode().strip() == ""


def test_list_does_not_wait_for_its_number(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        store([a_span(f"n{number}", start=number)])
    monkeypatch.setattr("traces.queries.matches", lambda search: pytest.fail("counted"))
    page = client.get("/?limit=2").content.decode()
    monkeypatch.undo()
    link = re.search(r'id="total" href="([^"]+)"', page)
    assert link is not None
    assert page.count(f'hx-get="{link[1]}"') >= 1
    counting = unescape(link[1])
    assert "3 traces" in text_of(client, f"/{counting}")
    late = fragment(client, counting, "overview").content.decode()
    assert '<span id="total" hx-swap-oob="true"><input type="hidden" name="of" value="3">3 traces</span>' in late


def test_number_of_a_list_on_one_page_is_known_without_counting(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(CHECKOUT)
    monkeypatch.setattr("traces.queries.matches", lambda search: pytest.fail("counted"))
    assert "1 trace " in text_of(client, "/")


def test_further_pages_stay_in_the_range_of_the_first_and_say_what_is_newer(client: Client, store: Store) -> None:
    first, second = store([a_span("first")]), store([a_span("second", start=1)])
    page = client.get("/?limit=1&last=6h").content.decode()
    link = re.search(r'rel="next" href="([^"]+)"', page)
    assert link is not None
    following = unescape(link[1])
    store([a_span("later", start=60_000)])
    assert found(client, following) == [first]
    assert found(client, "?limit=2&last=6h") != [second, first]
    text = text_of(client, f"/{following}&total=1")
    assert "last 6 h, as of" in text
    assert "exact range" not in text
    assert "1 trace newer" in text
    assert '<a href="?limit=1&amp;last=6h"' in client.get(f"/{following}").content.decode()
    assert "as of" not in text_of(client, "/?limit=1&last=6h")


def test_bars_are_on_one_scale_with_an_axis(client: Client, store: Store) -> None:
    store([a_span("quick", length=10)])
    store([a_span("slow", length=40)])
    store([a_span("nothing", length=0)])
    html = client.get("/").content.decode()
    assert sorted(re.findall(r'<rect width="([^"]+)"', html)) == ["1%", "100%", "25%"]
    axis = html[html.index("ticks axis") :]
    assert re.findall(r"<text[^>]*>([^<]+)</text>", axis) == ["0 ms", "20 ms", "40 ms"]


def test_query_is_said_in_words_under_the_box(client: Client, store: Store) -> None:
    store([a_span("a", attributes={"user.id": 42})])
    assert "traces with a span where user.id" in text_of(client, "/?q=user.id%3D42")


def test_mistake_in_a_query_says_where_and_what_would_be_right(client: Client, store: Store) -> None:
    store([a_span("a")])
    page = client.get("/?q=duration%3Eabc")
    assert page.status_code == 400
    assert "duration&gt;abc: expected a duration such as 500ms" in page.content.decode()


def test_sampled_trace_says_how_many_it_stands_for(client: Client, store: Store) -> None:
    store([a_span("x")])
    assert "stands for" not in client.get("/").content.decode()
    store([a_span("x", trace_state="ot=th:c")])
    html = client.get("/").content.decode()
    assert 'title="Sampled: it stands for about 4 traces">×4</span>' in html
    assert '\nSampled: it stands for about 4 traces"' in html


def test_address_too_long_to_be_sent_on_is_answered_where_it_is(client: Client, store: Store) -> None:
    store([a_span("x")])
    for more in ({"service": ""}, {"col": "user.id"}):
        answer = client.get("/", {"q": f'a="{"é" * 3_000}" or {{}}', "last": "1h", **more})
        assert (answer.status_code, answer.content.count(b"<tr data-trace-id=")) == (200, 1)

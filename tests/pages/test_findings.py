"""The doctor's page, and the part of the trace's page that it is in."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id, spans_of
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from traces import queries
from traces.core.span import Kind, Span, Status
from traces.core.timescale import MILLISECOND
from traces.pages import findings

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")
SILENT = [*CHECKOUT[:2], CHECKOUT[2]._replace(status=Status.ERROR)]


def part(client: Client, trace_id: str, query: str = "") -> str:
    answer = client.get(f"/traces/{trace_id}/findings{query}", headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def test_page_says_what_is_wrong_how_to_mend_it_and_where(client: Client, store: Store) -> None:
    trace_id = store(SILENT)
    stamp = queries.trace_columns(bytes.fromhex(trace_id))[0]
    text = text_of(client, f"/traces/{trace_id}/findings")
    assert "Doctor: 1 finding" in text
    assert "flaw 1 error gives no reason" in text
    assert "Set the status with a description" in text
    payment = f"span={span_id('payment').hex()}"
    assert re.search(rf'href="/traces/{trace_id}\?{payment}"[^>]*>\+5 ms</a>', part(client, trace_id))
    # Beside a waterfall they belong to its layout.
    assert f'href="/traces/{trace_id}?v={stamp}&amp;{payment}"' in part(client, trace_id, f"?v={stamp}")


def test_healthy_trace_says_what_was_looked_at(client: Client, store: Store) -> None:
    text = text_of(client, f"/traces/{store(CHECKOUT)}/findings")
    assert "Doctor: nothing found" in text
    assert "names and parents of 3 spans were looked at, and all attributes of 3 of them" in text
    assert "Looked for: timeouts, retries" in text


def test_notes_are_no_warnings(client: Client, store: Store) -> None:
    html = part(client, store([span._replace(trace_state="ot=th:8") for span in CHECKOUT]))
    assert "Doctor: 1 note" in html
    assert "⚠" not in html


def test_warnings_and_notes_are_counted_apart(client: Client, store: Store) -> None:
    html = part(client, store([span._replace(trace_state="ot=th:8") for span in SILENT]))
    assert "Doctor: 1 finding and 1 note" in html
    assert "⚠" in html


def test_part_for_the_trace_is_shut_and_the_page_open(client: Client, store: Store) -> None:
    trace_id = store(SILENT)
    assert '<details id="findings" class="findings">' in part(client, trace_id)
    answer = client.get(f"/traces/{trace_id}/findings")
    assert '<details id="findings" class="findings" open>' in answer.content.decode()
    assert "HX-Request" in answer.headers["Vary"]


def test_trace_asks_for_its_findings_when_it_stands(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/traces/{store(CHECKOUT)}"
    html = client.get(path).content.decode()
    assert re.search(rf'<a href="{path}/findings" hx-get="{path}/findings\?v=[\w-]+" hx-trigger="load"', html)
    monkeypatch.setattr(findings, "MOST_UNASKED", 2)
    assert 'hx-trigger="click"' in client.get(path).content.decode()


def test_values_are_text_and_secrets_are_never_shown(client: Client, store: Store) -> None:
    evil = a_span("a", service="<b>shop</b>", name="x", attributes={"<i>.password": "geheim-123"}, status=Status.ERROR)
    html = part(client, store([evil]))
    assert "&lt;b&gt;shop&lt;/b&gt; x" in html
    assert "&lt;i&gt;.password (by its name a secret, 10 characters)" in html
    assert "geheim" not in html


def test_trace_that_continues_a_call_is_linked(client: Client, store: Store) -> None:
    same: dict[str, object] = {"app.parcel.id": "pa_7"}
    call: Span = a_span("call", "page", 10, 50, kind=Kind.CLIENT, attributes=same | {"server.address": "shipping"})
    other = store([a_span("other", None, 12, 20, service="shipping", kind=Kind.SERVER, attributes=same)])
    html = part(client, store([a_span("page", None, 0, 100), call]))
    assert f'href="/traces/{other}?span={span_id("other").hex()}"' in html


def test_spans_are_named_by_when_they_begin(client: Client, store: Store) -> None:
    twins = [a_span("e", None, 0, 9, status=Status.ERROR), a_span("f", "e", 3, 2, status=Status.ERROR)]
    assert re.findall(r'title="([^"]*)">(\+[^<]*)<', part(client, store(twins))) == [
        ("e e, 9 ms", "+0 ns"),
        ("f f, 2 ms", "+3 ms"),
    ]


@pytest.mark.parametrize("trace_id", ["ab" * 16, "nonsense"])
def test_trace_that_is_not_here_says_so(client: Client, trace_id: str) -> None:
    assert client.get(f"/traces/{trace_id}/findings").status_code == 404


def test_other_spelling_is_redirected(client: Client) -> None:
    answer = client.get(f"/traces/{('AB' * 16)}/findings")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/traces/{'ab' * 16}/findings")


def test_stamp_of_nonsense_does_no_harm(client: Client, store: Store) -> None:
    assert "1 finding" in part(client, store(SILENT), "?v=../../etc/passwd")


def test_doctor_that_fails_leaves_the_trace_alone(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The page would be replaced by an answer that says error."""
    trace_id = store(SILENT)
    monkeypatch.setattr(findings, "examine", lambda *known, **more: 1 // 0)
    assert "something went wrong" in part(client, trace_id)
    assert "ZeroDivisionError" in caplog.text


def test_trace_of_a_moment_has_findings_too(client: Client, store: Store) -> None:
    moment = a_span("a", status=Status.ERROR)._replace(duration_ns=0, start_ns=5 * MILLISECOND)
    assert "1 finding" in part(client, store([moment]))

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.search.pasted import MOST_IDS, is_search, read_pasted

TRACE, SPAN = "7c0e4d1f9a3b4c5d8e6f00112233aabb", "0f1e2d3c4b5a6978"
OTHER = "53995c3f42cd8ad8"
PADDED = f"{'0' * 16}{SPAN}"

BOTH = {
    "traceparent": f"00-{TRACE}-{SPAN}-01",
    "traceparent header": f"traceparent: 00-{TRACE}-{SPAN}-01",
    "log line": f"2026-03-02 09:15:00,250 ERROR [checkout] card declined trace_id={TRACE} span_id={SPAN}",
    "log line of equals signs": f'level=error msg="card declined" trace_id={TRACE} span_id={SPAN}',
    "Spring's log line": f"INFO [checkout,{TRACE},{SPAN}] 1 --- [nio-8080-exec-1] c.shop.Cart",
    "JSON log": f'{{"level": "error", "traceId": "{TRACE}", "spanId": "{SPAN}", "msg": "no"}}',
    "SQL comment": f"SELECT * FROM cart /*application='shop',traceparent='00-{TRACE}-{SPAN}-01'*/",
    "SQL comment alone": f"/*traceparent='00-{TRACE}-{SPAN}-01'*/",
    "encoded SQL comment": f"/*traceparent=%2700-{TRACE}-{SPAN}-01%27*/",
    "Jaeger's address": f"https://jaeger.example/trace/{TRACE}?uiFind={SPAN}",
    "address with fields": f"https://ui.example/apm/trace?trace_id={TRACE}&span={SPAN}",
    "encoded address": f"https://grafana.example/explore?left=%7B%22query%22%3A%22{TRACE}%22%2C%22s%22%3A%22{SPAN}%22%7D",
    "B3 single": f"b3: {TRACE}-{SPAN}-1-{OTHER}",
    "B3 headers": f"X-B3-TraceId: {TRACE}\nX-B3-ParentSpanId: {OTHER}\nX-B3-SpanId: {SPAN}\nX-B3-Sampled: 1",
    "Jaeger's header": f"uber-trace-id: {TRACE}:{SPAN}:{OTHER}:1",
    "Cloud Trace": f"x-cloud-trace-context: {TRACE}/{int(SPAN, 16)};o=1",
}


@pytest.mark.parametrize("text", BOTH.values(), ids=BOTH)
def test_trace_and_span_are_found_in(text: str) -> None:
    pasted = read_pasted(text)
    assert pasted.traces[0] == TRACE
    assert pasted.spans[0] == SPAN
    assert not is_search(text)


ALONE = {
    TRACE: TRACE,
    TRACE.upper(): TRACE,
    "7C0E4D1F-9A3B-4C5D-8E6F-00112233AABB": TRACE,
    f'  "{TRACE}"\n': TRACE,
    f"({TRACE}).": TRACE,
    f"trace_{TRACE}": TRACE,
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1": "5759e988bd862e3fe1be46a994272793",
    "1-5759e988-bd862e3fe1be46a994272793": "5759e988bd862e3fe1be46a994272793",
    SPAN: PADDED,
    SPAN.upper(): PADDED,
    str(int(SPAN, 16)): PADDED,
    f"dd.trace_id={int(SPAN, 16)} dd.span_id=1": PADDED,
    "uber-trace-id: abcdef12345:1:0:1": "abcdef12345".zfill(32),
}


@pytest.mark.parametrize(("text", "trace_id"), ALONE.items(), ids=ALONE)
def test_id_in_any_spelling_is_the_same_id(text: str, trace_id: str) -> None:
    assert read_pasted(text).traces[0] == trace_id


def test_parent_comes_after_the_span_itself() -> None:
    assert read_pasted(f"parent_span_id={OTHER} span_id={SPAN}").spans == (SPAN, OTHER)
    assert read_pasted(f'"parentSpanId": "{OTHER}", "spanId": "{SPAN}"').spans == (SPAN, OTHER)


@pytest.mark.parametrize(
    "text",
    ["", "order-1234", "42", "alice@example.com", TRACE[:-1], f"{TRACE}0", f"g{TRACE}", "0" * 32, "٢" * 16, "checkout",
     "https://example.com/cart"],
)  # fmt: skip
def test_there_is_no_id_in(text: str) -> None:
    assert read_pasted(text) == ((), ())


def test_sixteen_decimal_digits_may_be_hex_as_well() -> None:
    assert read_pasted("1234567890123456").traces == ("1234567890123456".zfill(32), f"{1234567890123456:032x}")


@pytest.mark.parametrize(
    "text",
    [
        "user.id=42",
        f"order.ref={TRACE}",
        "",
        'http.route="/a b" status=error',
        "duration>5ms",
        '"two words"',
        "{a=1} >> {b=2}",
        "-status=error",
        "name:charge",
    ],
)
def test_words_are_a_search_even_with_an_id_in_them(text: str) -> None:
    assert is_search(text)


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "order-1234",
        "user.id 42",
        f"trace_id={TRACE}",
        f"traceparent=00-{TRACE}",
        '="',
        '{"order": "7"}',
        f"09:15:00 ERROR failed {TRACE}",
        "https://example.com/cart?a=b",
        "Charged Card",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert not is_search(text)


@given(st.text(max_size=300))
def test_any_text_is_read_and_its_ids_are_well_formed(text: str) -> None:
    pasted = read_pasted(text)
    assert all(len(id) == 32 and int(id, 16) for id in pasted.traces)
    assert all(len(id) == 16 and int(id, 16) for id in pasted.spans)


def test_long_texts_are_cut() -> None:
    many = " ".join(f"{n:032x}" for n in range(1, 10_000))
    assert len(read_pasted(many).traces) == MOST_IDS


MORE = {
    "B3 single without a span's parent": f"b3: {TRACE}-{SPAN}",
    "B3 headers in curl": f"curl -H 'X-B3-TraceId: {TRACE}' -H 'X-B3-SpanId: {SPAN}' https://shop.example/",
    "B3 of 64 bits": f"b3: {SPAN}-{OTHER}-1",
    "X-Ray's header": "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
    "Datadog's headers": f"x-datadog-trace-id: {int(SPAN, 16)}\nx-datadog-parent-id: {int(OTHER, 16)}",
    "Datadog's address": f"https://app.datadoghq.com/apm/trace/{int(SPAN, 16)}?spanID={int(OTHER, 16)}",
    "Jaeger's header in its old form": f"uber-trace-id: {SPAN.lstrip('0')}:{OTHER}:0:1",
    "Zipkin's address": f"http://zipkin:9411/zipkin/traces/{TRACE}",
    "this viewer's address": f"http://127.0.0.1:8000/traces/{TRACE}?span={SPAN}",
}


@pytest.mark.parametrize("text", MORE.values(), ids=MORE)
def test_other_tools_spellings_are_read(text: str) -> None:
    pasted = read_pasted(text)
    assert pasted.traces[0] in (TRACE, PADDED, "5759e988bd862e3fe1be46a994272793")
    assert not is_search(text)

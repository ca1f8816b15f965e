"""Retries, and calls repeated for each item."""

from __future__ import annotations

from tests.core.doctor.examining import FAILED, changed, codes, found, names_of
from tests.core.drawing import a_span, spans_of
from traces.core.span import Kind, Span

CALL: dict[str, object] = {"kind": Kind.CLIENT}
ATTEMPTS = spans_of("""
    pay         |========================|
      1           |====|
      2                    |===|
      3                           |====|
""")
ITEMS = spans_of("""
    cart        |========================|
      1          |===|
      2              |==|
      3                 |===|
      4                     |==|
      5                        |===|
""")


def alike(spans: list[Span]) -> list[Span]:
    """The children become calls of one operation."""
    return [spans[0], *(span._replace(service="shop", name="charge", kind=Kind.CLIENT) for span in spans[1:])]


def test_call_made_again_after_each_failure_is_a_retry() -> None:
    spans = alike(changed(ATTEMPTS, **{"1": FAILED, "2": FAILED}))
    finding = found("retries", spans)
    assert names_of(finding) == ["1", "2", "3"]
    assert "shop charge was called 3 times, again after each failure; the last one succeeded" in finding.message
    assert "All attempts took 21 ms" in finding.message


def test_retries_that_all_failed_say_so() -> None:
    spans = alike(changed(ATTEMPTS, **{"1": FAILED, "2": FAILED, "3": FAILED}))
    assert "the last one failed, too" in found("retries", spans).message


def test_two_calls_that_succeeded_are_no_retry() -> None:
    assert codes(alike(ATTEMPTS)) == []


def test_success_before_the_failure_makes_it_a_loop() -> None:
    assert codes(alike(changed(ATTEMPTS, **{"2": FAILED}))) == []


def test_other_calls_after_a_failure_are_no_retry() -> None:
    spans = changed(ATTEMPTS, **{"1": FAILED, "2": CALL, "3": CALL})
    assert codes(spans) == []


def test_calls_side_by_side_are_no_retries() -> None:
    spans = spans_of("""
        pay         |================|
          1           |=======|
          2            |=======|
    """)
    assert codes(alike(changed(spans, **{"1": FAILED}))) == []


def test_calls_to_different_addresses_are_no_retries() -> None:
    one, other = ({"attributes": {"url.full": f"http://a/{number}"}} for number in (1, 2))
    spans = changed(ATTEMPTS[:3], **{"1": FAILED | one, "2": CALL | one})
    assert codes(alike(spans)) == ["retries"]
    spans = changed(ATTEMPTS[:3], **{"1": FAILED | one, "2": CALL | other})
    assert codes(alike(spans)) == []


def test_request_that_says_it_is_sent_again_is_a_retry() -> None:
    spans = changed(ATTEMPTS, **{"1": {"attributes": {"http.request.resend_count": 2}}})
    assert "1 request was sent again; 1 1 is resend 2 of its request" in found("retries", spans).message


def test_first_request_is_no_retry() -> None:
    assert codes(changed(ATTEMPTS, **{"1": {"attributes": {"http.request.resend_count": 0}}})) == []


def test_five_equal_calls_one_after_the_other_are_repeated() -> None:
    finding = found("repeated_calls", alike(ITEMS))
    assert names_of(finding) == ["1", "2", "3", "4", "5"]
    assert (
        "shop charge was called 5 times, one after the other, under cart cart: 18 ms together, 72 % of its 25 ms"
        in (finding.message)
    )


def test_four_are_not() -> None:
    assert codes(alike(ITEMS[:5])) == []


def test_work_in_the_process_is_no_repeated_call() -> None:
    assert codes([span._replace(kind=Kind.INTERNAL) for span in alike(ITEMS)]) == []


def test_asking_a_queue_again_is_no_repeated_call() -> None:
    spans = alike(ITEMS)
    assert codes([spans[0], *(span._replace(attributes={"messaging.system": "aws_sqs"}) for span in spans[1:])]) == []


def test_fan_out_is_no_repeated_call() -> None:
    at_once = [ITEMS[0], *(span._replace(start_ns=ITEMS[1].start_ns) for span in ITEMS[1:])]
    assert codes(alike(at_once)) == []


def test_calls_that_hardly_take_time_are_not_worth_a_word() -> None:
    long = [ITEMS[0]._replace(duration_ns=1_000 * ITEMS[0].duration_ns), *ITEMS[1:]]
    assert codes(alike(long)) == []


def test_same_loop_under_two_spans_is_one_finding() -> None:
    loops = [
        a_span(f"{parent}{number}", parent, 30 * offset + 4 * number, 4, service="shop", name="get", kind=Kind.CLIENT)
        for offset, parent in enumerate(("a", "b"))
        for number in range(6)
    ]
    parents = [a_span("root", None, 0, 60), a_span("a", "root", 0, 25), a_span("b", "root", 30, 25)]
    assert found("repeated_calls", [*parents, *loops]).message.endswith("The same under 1 other span.")


def test_item_by_item_where_all_fail_is_a_retry_only() -> None:
    failing = [span._replace(**FAILED) for span in ITEMS[1:]]  # type: ignore[arg-type]
    assert codes(alike([ITEMS[0], *failing])) == ["retries"]

"""What holds of all findings, whatever is in a trace."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.doctor.examining import codes, examined, told_of
from tests.core.drawing import a_span
from tests.spans import wild_spans
from traces.core.columns import Columns, Instance, Operation
from traces.core.doctor import Facts, examine, looked_at
from traces.core.doctor.facts import MOST_ERRORS, MOST_SPANS, read_until
from traces.core.doctor.finding import CODES, MOST_IDS, Finding, Severity
from traces.core.span import Kind, Span, Status
from traces.core.trace import Trace
from traces.core.tree import build_trace, trace_of

IDS = [number.to_bytes(8) for number in range(1, 8)]
odd_spans = st.builds(
    lambda span, own, parent, start, length: span._replace(
        trace_id=bytes(16), span_id=own, parent_span_id=parent, start_ns=start, duration_ns=length
    ),
    wild_spans,
    st.sampled_from(IDS),
    st.none() | st.sampled_from(IDS),
    st.integers(0, 50),
    st.integers(0, 50),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(odd_spans, max_size=12))
def test_whatever_comes_findings_are_in_order_and_about_its_spans(spans: list[Span]) -> None:
    by_key = {(span.span_id, span.start_ns, span.service): span for span in spans}
    kept = list(by_key.values())
    findings = examined(kept)
    assert [finding.severity for finding in findings] == sorted(finding.severity for finding in findings)
    for finding in findings:
        assert finding.severity == CODES[finding.code]
        assert len(finding.span_ids) <= MOST_IDS
        assert {*finding.span_ids} <= {span.span_id for span in kept}
        assert finding.message.endswith(".")
        assert finding.mend


def test_of_many_spans_the_first_are_named_and_all_are_counted() -> None:
    spans = [a_span(f"e{number}", "e0" if number else None, number, status=Status.ERROR) for number in range(30)]
    (finding,) = examined(spans)
    assert len(finding.span_ids) == MOST_IDS
    assert finding.message.startswith("30 errors give no reason")


def test_findings_from_elsewhere_get_their_place() -> None:
    spans = [a_span("root", None, 0, 10), a_span("orphan", "gone", status=Status.ERROR)]
    trace = build_trace(spans)
    skew = Finding("clock_skew", (), "A clock is wrong.", "Set it.", Severity.GAP)
    found = examine(trace, Facts(told_of(trace, spans)), more=[skew])
    assert [finding.code for finding in found] == ["clock_skew", "missing_parent", "silent_error"]


def test_what_was_not_looked_at_is_said() -> None:
    trace = chain(MOST_SPANS + 1, errors=MOST_ERRORS + 1)
    said = " ".join(looked_at(trace, Facts()))
    assert f"the first {MOST_SPANS:,} spans only" in said
    assert f"Of {MOST_ERRORS + 1:,} errors the first {MOST_ERRORS:,} were looked into." in said
    assert read_until(trace) == (MOST_SPANS - 1, MOST_ERRORS - 1)
    assert len(looked_at(chain(MOST_SPANS, errors=MOST_ERRORS), Facts())) == 1


def test_chain_and_wide_parent_are_linear() -> None:
    """Ten times the spans take about ten times as long: no square hides in a deep or a wide trace."""
    for shape in (chain, wide):
        few, many = shape(3_000), shape(30_000)
        assert _seconds(many) < 40 * max(_seconds(few), 0.002)


def test_nothing_is_found_in_nothing() -> None:
    assert codes([]) == []


def chain(count: int, *, errors: int = 0) -> Trace:
    return _trace(range(count), errors)


def wide(count: int) -> Trace:
    return _trace([0] + [1] * (count - 1), 0)


def _trace(parents: Sequence[int], errors: int) -> Trace:
    """Client calls, each a nanosecond after the one before."""
    count = len(parents)
    return trace_of(
        Columns(
            bytes(16),
            array("q", range(1, count + 1)),
            array("q", parents),
            array("q", range(count)),
            array("q", [5] * count),
            array("i", [0] * count),
            array("h", [Status.ERROR] * errors + [Status.UNSET] * (count - errors)),
            [Operation("shop", "call", Kind.CLIENT)],
            array("i", [0] * count),
            [Instance("shop", "", "")],
        )
    )


def _seconds(trace: Trace) -> float:
    facts = Facts()
    times = []
    for _ in range(3):
        began = process_time()
        examine(trace, facts)
        times.append(process_time() - began)
    return min(times)

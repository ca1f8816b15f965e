"""What was left out on the way."""

from __future__ import annotations

from tests.core.doctor.examining import changed, codes, found, names_of
from tests.core.drawing import spans_of
from traces.core.doctor.finding import Severity
from traces.core.span import Kind

SPANS = spans_of("""
    root        |=========|
      child        |==|
""")


def test_what_a_sender_dropped_is_added_up() -> None:
    spans = changed(SPANS, root={"dropped_attributes": 2}, child={"dropped_attributes": 9, "dropped_links": 1})
    finding = found("dropped", spans)
    assert finding.message == "2 spans lost 11 attributes, 1 link to a limit; child child lost most."
    assert names_of(finding) == ["child", "root"]


def test_what_was_cut_here_is_said() -> None:
    finding = found("cut", changed(SPANS, child={"notes": ("value of x cut",)}))
    assert "1 span was changed on the way in: child child: value of x cut." in finding.message
    assert finding.severity == Severity.NOTE


def test_sample_says_its_share() -> None:
    finding = found("sampled", changed(SPANS, root={"trace_state": "ot=th:e6666666666666"}))
    assert "10 % of such traces were kept" in finding.message
    assert "about 10 of them" in finding.message


def test_trace_that_was_kept_anyway_is_no_sample() -> None:
    assert codes(changed(SPANS, root={"trace_state": "ot=th:0"}, child={"trace_state": "vendor=th:8"})) == []


def test_healthy_calls_have_nothing() -> None:
    assert codes(changed(SPANS, root={"kind": Kind.SERVER, "attributes": {"http.response.status_code": 200}})) == []

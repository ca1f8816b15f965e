"""What is missing in the tree, and what can't be right in it."""

from __future__ import annotations

from tests.core.doctor.examining import changed, codes, found, names_of
from tests.core.drawing import a_span, spans_of
from traces.core.span import Kind
from traces.core.timescale import SECOND

CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")
ORPHAN = a_span("search", "proxy", 5, 3)


def test_whole_trace_has_nothing() -> None:
    assert codes(CHECKOUT) == []
    assert codes([]) == []


def test_missing_parent_is_said_with_its_orphans() -> None:
    finding = found("missing_parent", [*CHECKOUT, ORPHAN])
    assert names_of(finding) == ["search"]
    assert finding.message == "1 span names a parent that isn't here (1 span is missing), all of them of search."


def test_trace_without_its_root_says_only_that() -> None:
    assert codes(CHECKOUT[1:]) == ["no_root"]
    assert names_of(found("no_root", CHECKOUT[1:])) == ["auth", "payment"]


def test_young_trace_may_still_be_arriving() -> None:
    assert codes(CHECKOUT[1:], age_ns=12 * SECOND) == ["no_root", "still_arriving"]
    assert "ended 12 s ago" in found("still_arriving", CHECKOUT[1:], age_ns=12 * SECOND).message


def test_young_trace_that_is_whole_needs_no_word() -> None:
    assert codes(CHECKOUT, age_ns=SECOND) == []


def test_several_roots_are_named() -> None:
    finding = found("several_roots", [*CHECKOUT, a_span("later", None, 40)])
    assert names_of(finding) == ["checkout", "later"]


def test_circle_of_parents_is_no_second_root() -> None:
    spans = [*CHECKOUT, a_span("a", "b", 1), a_span("b", "a", 2), a_span("self", "self", 3)]
    assert codes(spans) == ["cycle"]
    assert names_of(found("cycle", spans)) == ["a", "self"]


def test_one_id_for_two_spans_is_found() -> None:
    twin = a_span("auth", "checkout", 9, 2)
    finding = found("shared_id", [*CHECKOUT, twin])
    assert finding.message.startswith("1 span id is carried by several spans")


def test_two_sides_of_one_call_may_share_their_id() -> None:
    client = CHECKOUT[2]._replace(kind=Kind.CLIENT)
    server = client._replace(kind=Kind.SERVER, service="bank", start_ns=client.start_ns + 1)
    assert codes([*CHECKOUT[:2], client, server]) == []


def test_most_important_comes_first() -> None:
    spans = changed([*CHECKOUT, ORPHAN], auth={"status": 2, "status_message": "timed out"},
                    payment={"attributes": {"password": "geheim"}})  # fmt: skip
    assert codes(spans) == ["timeout", "missing_parent", "personal_data"]

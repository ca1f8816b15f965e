from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, drawn, spans_of
from tests.core.test_tree import CHECKOUT, any_spans
from traces.core.columns import STAND_IN
from traces.core.packing import NotPacked, pack, unpack
from traces.core.repeats import repeats_of
from traces.core.span import Resource, Span
from traces.core.trace import Trace
from traces.core.tree import build_trace


def packed(trace: Trace, extra: object = None) -> bytes:
    return b"".join(pack(trace, repeats_of(trace), extra))


@given(any_spans)
def test_trace_comes_out_as_it_went_in(spans: list[Span]) -> None:
    trace = build_trace(spans)
    again, repeats, extra = unpack(memoryview(packed(trace, {"a": [1, "ü"]})))
    assert list(again.nodes) == list(trace.nodes)
    assert list(map(list, repeats)) == list(map(list, repeats_of(trace)))
    assert (list(again.errors), again.notes, extra) == (list(trace.errors), trace.notes, {"a": [1, "ü"]})
    assert (again.start_ns, again.end_ns, again.orphans) == (trace.start_ns, trace.end_ns, trace.orphans)


def test_names_that_no_text_file_could_hold_survive() -> None:
    trace = build_trace([a_span("a", name="\ud800\x00", service="ß")])
    assert unpack(memoryview(packed(trace)))[0].nodes[0] == trace.nodes[0]


def test_instances_survive() -> None:
    two = [Resource({"service.name": "shop", "service.instance.id": n}) for n in "12"]
    trace = build_trace([a_span("a", resource=two[0]), a_span("b", "gone", resource=two[1])])
    again = unpack(memoryview(packed(trace)))[0].columns
    assert list(again.resource_places) == list(trace.columns.resource_places) == [0, 1, STAND_IN]
    assert again.resources == trace.columns.resources == [("shop", "1", ""), ("shop", "2", "")]


@given(st.data())
def test_damage_is_noticed_wherever_it_is(data: st.DataObject) -> None:
    whole = packed(build_trace(spans_of(CHECKOUT)))
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = bytearray(whole)
    damaged[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NotPacked):
        unpack(memoryview(bytes(damaged)))


@given(st.integers(0, 400))
def test_what_is_cut_off_is_no_trace(length: int) -> None:
    whole = packed(build_trace(spans_of(CHECKOUT)))
    with pytest.raises(NotPacked):
        unpack(memoryview(whole[:length]))


def test_empty_trace_can_be_packed() -> None:
    assert drawn(unpack(memoryview(packed(build_trace([]))))[0]) == ""

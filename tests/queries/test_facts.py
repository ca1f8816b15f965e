"""What is read for the doctor: of each span only what can tell something, and traces that continue a call."""

from __future__ import annotations

import pytest

from tests.spans import MILLISECOND, a_span, id_bytes
from traces import queries
from traces.core.doctor import examine
from traces.core.doctor.facts import SAMPLES_EACH, Facts, Told
from traces.core.doctor.finding import Elsewhere
from traces.core.span import Event, Kind, Span, Status
from traces.core.trace import Trace
from traces.core.tree import trace_of
from traces.queries import facts as facts_module
from traces.queries import reading
from traces.store import Writer
from traces.wire import END_BEFORE_START

pytestmark = pytest.mark.django_db
ROOT = a_span(span=1, length=1_000)
# Names of one operation, more than its samples.
MANY = [a_span(span=number, parent=1, start=number, name="work", kind=Kind.INTERNAL) for number in range(2, 20)]
LAST = MANY[-1]
NOW_NS = ROOT.end_ns + 7


def stored(writer: Writer, *spans: Span) -> tuple[Trace, Facts]:
    writer.write(list(spans))
    trace = trace_of(queries.trace_columns(spans[0].trace_id)[1])
    return trace, queries.trace_facts(trace, now_ns=NOW_NS)


def told(writer: Writer, last: Span) -> Told | None:
    """What is read of a span that is no sample."""
    trace, facts = stored(writer, ROOT, *MANY[:-1], last)
    place = trace.place_of(last.span_id)
    assert place is not None
    return facts.told.get(place)


def test_first_spans_of_each_operation_are_read_as_a_whole(writer: Writer) -> None:
    spans = [span._replace(attributes={"number": number}) for number, span in enumerate(MANY)]
    _, facts = stored(writer, ROOT, *spans)
    assert sorted(facts.told) == [0, *range(1, 1 + SAMPLES_EACH)]
    assert all(one.is_whole for one in facts.told.values())
    assert [dict(facts.told[place].attributes) for place in range(1, 4)] == [
        {"number": 0},
        {"number": 1},
        {"number": 2},
    ]
    assert facts.age_ns == 7


def test_ordinary_span_has_nothing_to_tell(writer: Writer) -> None:
    ordinary = {"http.response.status_code": 200, "url.full": "http://a/b", "user.id": 1}
    assert told(writer, LAST._replace(attributes=ordinary)) is None


@pytest.mark.parametrize(
    "attributes",
    [
        {"http.response.status_code": 503},
        {"http.status_code": "404"},
        {"http.request.resend_count": 1},
        {"messaging.servicebus.message.delivery_count": 2},
    ],
)
def test_telling_attribute_is_read_alone(writer: Writer, attributes: dict[str, object]) -> None:
    found = told(writer, LAST._replace(attributes={**attributes, "user.id": 1}))
    assert found is not None
    assert (dict(found.attributes), found.is_whole) == (attributes, False)


def test_of_an_error_is_read_what_tells_its_reason(writer: Writer) -> None:
    events = (
        Event(1, "retry", {"attempt": 2}),
        Event(2, "exception", {"exception.type": "Refused", "exception.stacktrace": "at a.b"}),
    )
    error = LAST._replace(status=Status.ERROR, status_message="no\0pe", events=events, attributes={"error.type": "x"})
    found = told(writer, error)
    assert found == Told({"error.type": "x"}, False, "no\0pe", ({"exception.type": "Refused"},))


def test_what_was_dropped_cut_and_sampled_is_read(writer: Writer) -> None:
    found = told(
        writer,
        LAST._replace(dropped_attributes=2, dropped_links=1, notes=(END_BEFORE_START,), trace_state="ot=th:8"),
    )
    assert found == Told(dropped=(2, 0, 1), notes=(END_BEFORE_START,), trace_state="ot=th:8")


def test_spans_that_came_later_are_left_out(writer: Writer) -> None:
    writer.write([ROOT])
    trace = trace_of(queries.trace_columns(ROOT.trace_id)[1])
    writer.write([a_span(span=2, parent=1, status=Status.ERROR)])
    assert list(queries.trace_facts(trace, now_ns=NOW_NS).told) == [0]


def test_trace_that_is_gone_has_no_facts(db: None) -> None:
    assert queries.trace_facts(trace_of(queries.trace_columns(id_bytes(9, 16))[1]), now_ns=NOW_NS) == Facts()


def test_beyond_a_bound_only_the_first_are_read(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_module, "read_until", lambda trace: (MANY[8].start_ns, MANY[10].start_ns))
    spans = [span._replace(attributes={"http.request.resend_count": 1}) for span in MANY]
    spans[10:] = [span._replace(status=Status.ERROR) for span in MANY[10:]]
    _, facts = stored(writer, ROOT, *spans)
    assert sorted(facts.told) == [*range(10), 11]


CALL = a_span(1, 2, 1, start=10, length=50, service="page", name="GET /parcels", kind=Kind.CLIENT,
              attributes={"url.full": "http://shipping.shop.internal/parcels/7", "http.request.method": "GET",
                          "app.parcel.id": "pa_7"})  # fmt: skip
PAGE = a_span(1, 1, None, length=100, service="page")
SHIPPING = a_span(2, 9, None, start=12, length=30, service="shipping", name="GET /parcels",
                  attributes={"app.parcel.id": "pa_7", "url.path": "/other"})  # fmt: skip


def continuations(writer: Writer, *others: Span) -> list[tuple[Elsewhere, ...]]:
    writer.write(list(others))
    _, facts = stored(writer, PAGE, CALL)
    return [answer.elsewhere for answer in facts.answers.values()]


def test_trace_that_begins_during_the_call_continues_it(writer: Writer) -> None:
    assert continuations(writer, SHIPPING) == [(Elsewhere(SHIPPING.trace_id, SHIPPING.span_id),)]


@pytest.mark.parametrize(
    "other",
    [
        SHIPPING._replace(start_ns=CALL.end_ns + MILLISECOND),
        SHIPPING._replace(start_ns=CALL.start_ns - 6 * MILLISECOND),
        SHIPPING._replace(parent_span_id=id_bytes(77, 8)),
        SHIPPING._replace(kind=Kind.CONSUMER),
        SHIPPING._replace(attributes={"app.parcel.id": "pa_8"}),
    ],
)
def test_other_traces_of_the_service_only_tell_that_it_is_known(writer: Writer, other: Span) -> None:
    assert continuations(writer, other) == [()]


def test_call_to_nobody_known_expects_no_answer(writer: Writer) -> None:
    assert continuations(writer, SHIPPING._replace(service="payment")) == []


def test_look_up_goes_by_the_time_and_touches_few_partitions(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def watched(query: str, params: reading.Params = ()) -> list[tuple[object, ...]]:
        if "from span" in query or "join span" in query:
            plan = reading.fetch(f"explain (costs off) {query}", params)
            seen.append("\n".join(line for (line,) in plan))
        return reading.fetch(query, params)

    monkeypatch.setattr("traces.queries.facts.fetch", watched)
    monkeypatch.setattr("traces.queries.continuations.fetch", watched)
    assert continuations(writer, SHIPPING) != []
    assert len(seen) == 2
    assert all("trace_id" in plan and "start_ns" in plan for plan in seen)
    assert "trace_start" in seen[1]


def test_examined_from_the_store_the_lost_context_is_said(writer: Writer) -> None:
    writer.write([SHIPPING])
    trace, facts = stored(writer, PAGE, CALL)
    (finding,) = examine(trace, facts)
    assert finding.elsewhere == (Elsewhere(SHIPPING.trace_id, SHIPPING.span_id),)
    assert "the same app.parcel.id" in finding.message

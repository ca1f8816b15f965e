"""Each operator, place and field of the language once, by example: traces of one or two spans, and which are found."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from tests.queries.meaning import trace_ids
from tests.spans import MILLISECOND, START_NS, a_span, id_bytes
from traces import queries
from traces.core.span import Event, Kind, Link, Resource, Scope, Span, Status
from traces.queries import texts
from traces.search import BadQuery, Search, from_params, parse
from traces.store import Writer

SPANS = [
    a_span(1, 1, service="web", name="GET /cart", length=100, attributes={"user.id": "42", "http.status_code": 500}),
    a_span(1, 2, 1, service="cart", name="load", kind=Kind.CLIENT, status=Status.ERROR, status_message="Card declined",
           start=10, length=30, attributes={"items": [3, 4], "route": "/users/{id}"},
           resource=Resource({"cloud.region": "eu-west-1"})),
    a_span(2, 1, service="web", name="GET /pay", length=50, attributes={"user.id": 42,
    "http.response.status_code": 200},
           scope=Scope("lib", "1.2", {"build": "x"}), events=(Event(START_NS, "retry", {"attempt": 2}),),
           links=(Link(id_bytes(9, 16), id_bytes(8, 8), attributes={"why": "batch"}),)),
    a_span(3, 1, parent=7, service="db", name="SELECT 1", length=5, attributes={"user.id": "7", "nothing": None}),
]  # fmt: skip


@pytest.fixture
def stored(writer: Writer) -> list[Span]:
    writer.write(SPANS)
    return SPANS


def found(text: str) -> list[bytes]:
    return sorted(trace.trace_id for trace in queries.search_traces(Search(condition=parse(text))).traces)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("user.id=42", [1, 2]), ("user.id!=42", [3]), ("-user.id=42", [3]), ("user.id=(7,8)", [3]),
        ("items>3", [1]), ("items>=4", [1]), ("items<3", []), ("items<=3", [1]), ("items=4", [1]), ("items!=4", []),
        ("http.status_code>=500", [1]), ("http.response.status_code=500", [1]), ("http.status_code=200", [2]),
        ("user.id~^4", [1, 2]), ("user.id!~^4", [3]), ('name=~"GET /(cart|pay)"', [1, 2]), ("name~^SEL", [3]),
        ("name:get", [1, 2]), ("route:USERS", [1]), ("user.id exists", [1, 2, 3]), ("nothing exists", [3]),
        ("span.cloud.region=eu-west-1", []), ("resource.cloud.region=eu-west-1", [1]), ("cloud.region~west", [1]),
        ("resource.cloud.region!=eu-west-1", []), ("event.attempt=2", [2]), ("event.attempt>1", [2]),
        ("link.why=batch", [2]), ("scope.build=x", [2]), ("scope.build exists", [2]), ("event:name=retry", [2]),
        (f"link:traceID={9:032x}", [2]), (f"link:spanID={8:016x}", [2]), ("scope:name=lib", [2]),
        ("scope:version~2$", [2]), (f"span:id={2:016x}", [1]), (f"span:parentID={7:016x}", [3]),
        ("service=db", [3]), ("service!=web", [1, 3]), ("-service=web", [3]), ("kind=client", [1]),
        ("kind!=server", [1]),
        ("status=error", [1]), ("status=unset", [1, 2, 3]), ("status_message:DECLINED", [1]), ("duration>60ms", [1]),
        ("duration<=5ms", [3]), ("self_time=70ms", [1]), ("self_time>70ms", []), ("self_time>=50ms", [1, 2]),
        ("trace.duration>50ms", [1]), ("trace.extent<=50ms", [2, 3]), ("trace.spans=2", [1]), ("trace.errors>0", [1]),
        ("trace.services>1", [1]), ("trace.orphans=1", [3]), ("trace.root_service=web", [1, 2]),
        ("trace.root_name~pay", [2]), ("trace.root_name!=x", [1, 2]), (f"trace.id={2:032x}", [2]),
        ("declined", [1]), ('"get /p"', [2]), ("batch", []), ("retry", [2]), ("west", [1]),
        ("user.id=42 status=error", [1]), ("{user.id=42 status=error}", []), ("{service=cart status=error}", [1]),
        ("{service=cart or name~pay}", [1, 2]), ("user.id=7 or status=error", [1, 3]), ("{not user.id=42}", [1, 3]),
        ("not (status=error or user.id=7)", [2]), ("{}", [1, 2, 3]), ("{} > {status=error}", [1]),
        ("{} >> {kind=client}", [1]),
        ("{kind=client} < {service=web}", [1]), ("{kind=client} << {service=web}", [1]), ("{} ~ {}", []),
        ("{} !> {service=db}", [3]), ("{service=web} &> {kind=client}", [1]), ("{} | count() > 1", [1]),
        ("{} | avg(duration) > 60ms", [1]), ("{} | max(http.status_code) > 400", [1]),
        ("{} | by(service) | count() > 1", []),
        ("{status=error} | select(name)", [1]), ("{} | rate()", [1, 2, 3]),
        ('{ .user.id = "42" && kind = server }', [1, 2]),
    ],
)  # fmt: skip
def test_query_finds(stored: list[Span], text: str, numbers: list[int]) -> None:
    assert found(text) == trace_ids(numbers)


HOSTILE = [
    "'", '"', "%", "%s", "\\", "a='; drop table span; --", "a=%(x)s", "a~%", "a\x00b=1", "a=b\x00c", '"\x00"', "a~\x00",
    'a~"(a+)+$"', 'a~"(a|aa)+$"', 'a~"((a{0,50}){0,50}){0,3}"', 'a~"[a-z]{255}{2}"', "(" * 65, "a=" + "x" * 99_000,
    "x" * 100_000,
    "a=\ud800", 'a~"\ud800"', "\ud800", "a:\u0130", "a>1e308", "a<-1e400", "a=1e400", "{a=1} >> " * 60 + "{b=2}",
    " or ".join(f"k{n}~v" for n in range(60)), '"' + "%_\\" * 30_000 + '"', "$=1", '"$.**"=1', 'a="$.x == 1 || true"',
]  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_answered_or_refused_in_time(stored: list[Span], text: str) -> None:
    began_s = time.monotonic()
    with suppress(BadQuery):
        assert queries.search_traces(from_params({"q": text, "last": "all"}, 0)).stopped_at is None
    assert time.monotonic() - began_s < 3


def test_what_the_database_finds_too_complex_is_refused(stored: list[Span], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "to_postgres", lambda *asked, whole: "(")
    with pytest.raises(BadQuery, match="too complex"):
        queries.search_traces(Search(condition=parse("user.id~x")))
    assert found("user.id=7") == trace_ids([3])


def test_what_lies_in_a_list_or_is_null_counts_as_it_should(writer: Writer) -> None:
    writer.write(
        [a_span(1, attributes={"a": []}), a_span(2, attributes={"a": [[1]]}), a_span(3, attributes={"a": None})]
    )
    assert found("a exists") == trace_ids([1, 2, 3])
    assert found("a!=1") == trace_ids([1, 2, 3])
    assert found("a=1") == []


def test_slow_span_is_found_though_its_trace_is_short(writer: Writer) -> None:
    """What a worker does goes on when its caller has its answer."""
    writer.write([a_span(1, 1, length=5), a_span(1, 2, 1, start=1, length=500)])
    assert found("duration>100ms") == trace_ids([1])
    assert queries.count_traces(Search(condition=parse("trace.duration>100ms"))).number == 0
    assert queries.search_traces(Search(min_duration_ns=100 * MILLISECOND)).traces == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("stages", [" | by(" + ",".join(f"k{n}" for n in range(190)) + ")", " | avg(user.id) > 0" * 60])
def test_trace_that_takes_long_to_be_decided_is_stepped_over_and_said(writer: Writer, stages: str) -> None:
    """The database is quick with it, and so the clock is looked at elsewhere too."""
    writer.write([a_span(1, n, n - 1 or None, attributes={"user.id": n}) for n in range(1, 10_001)])
    query = parse("{}" + stages + " | count() > 1")
    began_s = time.monotonic()
    assert queries.search_traces(Search(condition=query)).too_large == (id_bytes(1, 16),)
    assert not queries.matching_spans(id_bytes(1, 16), query).complete
    assert time.monotonic() - began_s < 6


@pytest.mark.parametrize(
    "text", ["{trace.orphans>5 span:parentID exists}", "{(-trace.orphans<5 or trace.spans=1) a=1}"]
)
def test_what_is_the_same_for_all_spans_of_a_trace_is_looked_at_once(writer: Writer, text: str) -> None:
    writer.write([a_span(1, n, n - 1 or None, start=n, attributes={"a": 1}) for n in range(1, 5_001)])
    listing = queries.search_traces(Search(condition=parse(text)))
    assert (listing.traces, listing.stopped_at) == ([], None)

"""`serve --demo`, once: what was promised of the sample is looked up in the store it was sent to."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from tests.database import new_folder
from tests.server.running import ROOT, Running, environment, running, status
from traces import sample
from traces.core.timescale import HOUR
from traces.sample import shop
from tracing_ui import embedded

MS = 1_000_000
# A span with the words for its numbers.
LOOK = """
create temp table w as select s.*, coalesce(s.name, o.name) as says, o.kind, v.name as service, r.attributes as about
from span s join operation o on o.id = s.operation_id join service v on v.id = o.service_id
join resource r on r.id = s.resource_id"""
AS_QUICKLY = "create index on w (trace_id)", "analyze w"
SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5


class Shop:
    """The running server, and its store to look into."""

    def __init__(self, server: Running, connection: psycopg.Connection[Any], began_ns: int) -> None:
        self.server, self._connection, self.began_ns = server, connection, began_ns

    def rows(self, query: str, *params: object) -> list[tuple[Any, ...]]:
        """`w` are the spans as they were when all had come."""
        return self._connection.execute(query, params or None).fetchall()

    def one(self, query: str, *params: object) -> Any:
        return self.rows(query, *params)[0][0]

    def api(self, **params: object) -> dict[str, Any]:
        return dict(json.loads(self.get(f"/api/traces?{urlencode({'last': 'all', **params})}")))

    def get(self, path: str) -> str:
        return ask(self.server.port, "GET", path)[1]

    def post(self, path: str) -> int:
        """A button without JavaScript: the page's cookie and the token of its form."""
        answer, page = ask(self.server.port, "GET", "/")
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
        assert token
        cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        head = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return ask(self.server.port, "POST", path, urlencode({"csrfmiddlewaretoken": token[1]}), head)[0].status

    def manage(self, *command: str) -> subprocess.Popen[str]:
        url = embedded.running_url(self.server.data_dir)
        assert url
        env = environment(DATABASE_URL=url, TRACING_UI_OTLP_PORT=str(self.server.otlp_port))
        return subprocess.Popen(
            [self.server.python, "manage.py", *command], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
        )

    def says(self, *command: str) -> str:
        return self.manage(*command).communicate(timeout=60)[0]


def ask(
    port: int, method: str, path: str, body: str | None = None, head: Mapping[str, str] | None = None
) -> tuple[http.client.HTTPResponse, str]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body, head or {})
        answer = connection.getresponse()
        return answer, answer.read().decode()


@pytest.fixture(scope="module")
def filled() -> Iterator[Shop]:
    # Whoever tries it out may have told other programs where to send.
    hostile = {"OTEL_TRACES_SAMPLER": "always_off", "OTEL_SERVICE_NAME": "x", "HTTP_PROXY": "http://127.0.0.1:9"}
    began_ns = time.time_ns()
    with new_folder() as folder:
        folder.chmod(0o755)
        with running(folder / "data", "--demo", **hostile) as server:
            server.wait_until(lambda: re.search(r"Sample: .* s\. ", server.output()), timeout_s=60)
            url = embedded.running_url(server.data_dir)
            assert url
            with psycopg.connect(url, autocommit=True) as connection:
                for statement in (LOOK, *AS_QUICKLY):
                    connection.execute(statement)
                yield Shop(server, connection, began_ns)


def test_all_of_it_has_come_and_lies_in_the_last_hour(filled: Shop) -> None:
    output = filled.server.output()
    assert f"Sample: {sample.TRACES:,} traces with " in output
    assert re.search(rf"Sample: [\d,]+ of {sample.TRACES:,} traces\n", output)
    assert "remove_sample" in output
    # Of the start: what a slow machine took since then is not the sample's.
    ((first_ns, last_ns),) = filled.rows("select min(start_ns), max(start_ns) from trace")
    assert filled.began_ns - HOUR < first_ns < last_ns < time.time_ns()
    assert filled.api()["total"] == sample.TRACES
    assert filled.one("select count(*) from w where notes is not null") == 0


def test_each_request_and_message_has_its_user_and_version(filled: Shop) -> None:
    query = """select count(*), count(attributes->>'user.id'), count(about->>'service.version') from w
        where parent_span_id is null and not attributes ? 'messaging.batch.message_count'"""
    ((requests, users, versions),) = filled.rows(query)
    assert requests == users == versions > 2_000
    assert filled.one("select count(distinct attributes->>'user.id') from w") > 300


def test_exactly_one_trace_has_ten_thousand_spans(filled: Shop) -> None:
    traces = filled.api(sort="spans", limit=2)["traces"]
    assert traces[0]["span_count"] == 10_000
    assert traces[0]["root_name"] == "import catalogue"
    assert traces[1]["span_count"] < 200


def checkouts(filled: Shop, where: str, *, share: float = 0.5) -> tuple[int, int]:
    """How many there are of which that is true of a span of the checkout itself, and what half of them take, in ms."""
    query = f"""select count(*), coalesce(percentile_disc({share}) within group (order by t.duration_ns), 0) / {MS}
        from trace t where exists (select from w where w.trace_id = t.trace_id and service = 'checkout'
            and kind = {SERVER} and {where})"""
    ((number, median_ms),) = filled.rows(query)
    return number, median_ms


def test_new_version_asks_for_payment_again_and_is_slower(filled: Shop) -> None:
    new, new_ms = checkouts(filled, f"about->>'service.version' = '{shop.NEW_CHECKOUT}'", share=0.8)
    old, old_ms = checkouts(filled, f"about->>'service.version' <> '{shop.NEW_CHECKOUT}'", share=0.8)
    assert min(new, old) > 50
    assert new_ms > 1.5 * old_ms
    query = """select max(tries) from (select count(*) as tries from w
        where service = 'checkout' and says = 'POST /charges' and about->>'service.version' {} %s
        group by trace_id) as a"""
    assert filled.one(query.format("="), shop.NEW_CHECKOUT) == 3
    assert filled.one(query.format("<>"), shop.NEW_CHECKOUT) == 1
    resent = filled.one("select count(*) from w where (attributes->>'http.request.resend_count')::int > 0")
    assert resent > 20


def test_big_carts_ask_item_by_item(filled: Shop) -> None:
    big, big_ms = checkouts(filled, f"(attributes->>'app.cart.size')::int >= {shop.BIG_CART}")
    small, small_ms = checkouts(filled, f"(attributes->>'app.cart.size')::int < {shop.BIG_CART}")
    assert big > 10
    assert small > 200
    assert big_ms > 1.5 * small_ms
    query = "select max(n) from (select count(*) as n from w where says = 'SELECT prices' group by parent_span_id) as a"
    assert filled.one(query) > 20


def test_one_region_waits_for_a_lock(filled: Shop) -> None:
    query = f"""select array_agg(distinct about->>'cloud.region'), count(*), min(duration_ns) / {MS} from w
        where events::text like '%%waiting for lock%%' and %s = ''"""
    ((regions, number, shortest_ms),) = filled.rows(query, "")
    assert regions == [shop.LOCKED_REGION]
    assert number > 10
    assert shortest_ms > 200
    free = f"about->>'cloud.region' <> '{shop.LOCKED_REGION}'"
    assert checkouts(filled, free)[1] < 500


def test_products_take_long_while_the_cache_is_away(filled: Shop) -> None:
    query = f"""select percentile_disc(0.5) within group (order by duration_ns) / {MS} from w
        where service = 'catalog' and kind = {SERVER} and says = 'GET /products/{{id}}' and %s = (exists (
            select from w as c where c.trace_id = w.trace_id and c.parent_span_id = w.span_id
            and c.events::text like '%%connection refused%%'))"""
    assert filled.one(query, True) > 200
    assert filled.one(query, False) < 20
    hit = "attributes->>'app.cache.hit'"
    hits = {said for (said,) in filled.rows(f"select distinct {hit} from w where service = 'catalog' and kind = 2")}
    assert hits == {"true", "false"}


def test_errors_have_exceptions_with_stack_traces_of_several_lines(filled: Shop) -> None:
    query = """select distinct e->2->>'exception.type' from w, jsonb_array_elements(events) e
        where status = 2 and e->>1 = 'exception' and e->2->>'exception.stacktrace' like '%%' || chr(10) || '%%' || %s"""
    kinds = {kind for (kind,) in filled.rows(query, "")}
    assert len(kinds) >= 5
    assert {"shop.payment.CardDeclinedException", "KeyError"} <= kinds


def test_timeouts_of_http_and_grpc(filled: Shop) -> None:
    assert filled.one("select count(*) from w where attributes->>'rpc.response.status_code' = 'DEADLINE_EXCEEDED'") > 5
    assert filled.one("select count(*) from w where attributes->>'error.type' = 'timeout' and status = 2") > 20
    assert filled.one("select count(*) from w where attributes->>'http.response.status_code' = '504'") > 3


def test_consumers_link_to_the_producer_of_another_trace(filled: Shop) -> None:
    query = f"""select count(*), count(p.span_id), max(jsonb_array_length(c.links)),
            count(*) filter (where p.trace_id = c.trace_id)
        from w as c, jsonb_array_elements(c.links) l
        left join w as p on p.trace_id = (l->>0)::uuid and int8send(p.span_id) = decode(l->>1, 'hex')
            and p.kind = {PRODUCER}
        where c.kind = {CONSUMER}"""
    assert filled.one("select count(*) from w where kind = %s and links is null", CONSUMER) == 0
    ((links, found, most, same_trace),) = filled.rows(query)
    assert links == found > 300
    assert most == 4
    assert same_trace == 0


def test_what_cannot_be_worked_off_ends_with_the_dead_letters(filled: Shop) -> None:
    query = """select array_agg(status order by start_ns), array_agg(says order by start_ns) from w
        where parent_span_id is null and kind = 5 and attributes->>'messaging.message.id' in (
            select attributes->>'messaging.message.id' from w where says = 'process orders.dead-letter')
        group by attributes->>'messaging.message.id'"""
    found = filled.rows(query)
    assert len(found) == 4
    for states, names in found:
        assert states == [2, 2, 2, 0]
        assert names == ["process orders"] * 3 + ["process orders.dead-letter"]


def test_home_page_asks_for_everything_at_once(filled: Shop) -> None:
    query = """select min(n) from (select count(*) as n from w join trace t on t.trace_id = w.trace_id
        where w.parent_span_id = t.head_span_id and w.kind = 3 and t.trace_id in
            (select trace_id from w where says = 'GET /' and parent_span_id is null)
        group by w.trace_id, w.start_ns having count(*) > 1) as a"""
    assert filled.one(query) == 4


def test_some_children_outlive_their_parent(filled: Shop) -> None:
    query = """select count(*) from w join span p on p.trace_id = w.trace_id and p.span_id = w.parent_span_id
        where says = %s and w.start_ns + w.duration_ns > p.start_ns + p.duration_ns"""
    assert filled.one(query, "track add_to_cart") > 200
    assert filled.one(query, "POST /charges") > 20


def test_one_instance_has_a_clock_that_runs_ahead(filled: Shop) -> None:
    query = """select count(*), array_agg(distinct w.about->>'service.instance.id'), array_agg(distinct w.service)
        from w join span p on p.trace_id = w.trace_id and p.span_id = w.parent_span_id
        where w.kind = 2 and w.start_ns > p.start_ns + p.duration_ns"""
    ((number, instances, services),) = filled.rows(query)
    assert number > 50
    assert len(instances) == 1
    assert services == ["recommendations"]


def test_only_the_search_behind_the_proxy_misses_its_parent(filled: Shop) -> None:
    query = """select count(*), array_agg(distinct service) from w where parent_span_id is not null
        and not exists (select from span p where p.trace_id = w.trace_id and p.span_id = w.parent_span_id)"""
    assert filled.rows(query) == [(14, ["search"])]


def test_lost_context_makes_two_traces_that_share_a_parcel(filled: Shop) -> None:
    query = """select count(distinct trace_id), array_agg(distinct service) from w
        where attributes ? 'app.parcel.id' group by attributes->>'app.parcel.id'"""
    assert filled.rows(query) == [(2, ["shipping", "storefront"])] * 16


def test_some_names_have_ids_in_them(filled: Shop) -> None:
    assert (
        filled.one("select count(distinct says) from w where service = 'account' and says like 'GET /users/u_%%'") > 80
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"q": "app.cart.size=15"}, "cart SELECT prices was called 15 times, one after the other"),
        ({"q": "http.request.resend_count=1"}, "checkout POST /charges was called "),
        ({"q": "error.type=timeout"}, "ran out of time"),
        ({"q": "rpc.response.status_code=DEADLINE_EXCEEDED"}, "ran out of time"),
        ({"operation": "process orders.dead-letter"}, "takes a message from the dead letters"),
        ({"operation": "send orders.dead-letter"}, "A message went to the dead letters"),
        ({"q": "app.delivery.attempt=2"}, "got its message for the 2nd time"),
        ({"operation": "POST /cart/items"}, "storefront track add_to_cart goes on for"),
        ({"operation": "GET /parcels/{id}", "service": "storefront"}, "it has the same app.parcel.id"),
        ({"operation": "GET /account/orders/{id}"}, "should be “GET /users/{id}/orders/{id}”"),
        ({"operation": "import catalogue"}, "Doctor: nothing found"),
        ({"operation": "GET /products/{id}", "status": "unset"}, "Doctor: nothing found"),
    ],
)
def test_doctor_says_what_is_wrong(filled: Shop, asked: dict[str, str], said: str) -> None:
    trace = filled.api(limit=1, **asked)["traces"][0]
    assert said in filled.get(f"/traces/{trace['trace_id']}/findings")


def test_doctor_misses_the_proxy_and_nothing_else(filled: Shop) -> None:
    query = """select distinct replace(trace_id::text, '-', '') from w where parent_span_id is not null
        and not exists (select from span p where p.trace_id = w.trace_id and p.span_id = w.parent_span_id)"""
    page = filled.get(f"/traces/{filled.one(query)}/findings")
    assert "Doctor: 1 finding<" in page
    assert "1 span names a parent that isn&#x27;t here" in page


def test_it_is_labelled_and_a_trace_says_that_it_is_one(filled: Shop) -> None:
    assert "There are sample traces here" in filled.get("/")
    assert "A sample trace" in filled.get(f"/traces/{filled.api(limit=1)['traces'][0]['trace_id']}")


def test_it_is_not_sent_twice(filled: Shop) -> None:
    assert "it is here already" in filled.says("send_sample")
    assert filled.api()["total"] == sample.TRACES


def test_live_goes_on_until_the_button_then_users_spans_are_left_and_none_are_added(filled: Shop) -> None:
    live = filled.manage("send_sample", "--live")
    filled.server.wait_until(lambda: filled.api()["total"] > sample.TRACES, timeout_s=20)
    body = json.dumps({"trace_id": "ab" * 16, "span_id": "cd" * 8, "name": "mine", "service": "mine",
                       "start_time": "2026-01-01T00:00:00Z", "duration_ms": 1})  # fmt: skip
    answer, _ = ask(filled.server.otlp_port, "POST", "/api/spans", body, {"Content-Type": "application/json"})
    assert answer.status == 200
    assert filled.post("/sample/remove") == 302
    assert "no more are coming" in live.communicate(timeout=20)[0]
    assert [trace["root_name"] for trace in filled.api()["traces"]] == ["mine"]
    assert filled.one("select count(*) from span") == 1
    assert "sample traces" not in filled.get("/")
    assert "There is no sample here" in filled.says("remove_sample", f"--data-dir={filled.server.data_dir}")
    assert "none are added" in filled.says("send_sample", "--live")
    assert status(filled.server.port, "/sample/remove") == 405

"""Instrumentation as it is: names with ids in them, and a context that gets lost on the way."""

from __future__ import annotations

from opentelemetry.trace import SpanKind

from traces.sample.browsing import who_is_it
from traces.sample.calls import ask, http, request
from traces.sample.work import Story

HISTORY = "SELECT o.id, o.total_cents, o.status FROM orders o WHERE o.customer_id = $1 AND o.id = $2"
PARCEL = "SELECT p.id, p.carrier, p.status, p.eta FROM parcels p WHERE p.id = $1"


def look_at_order(story: Story) -> None:
    """The account service knows no routes: each address is a name of its own."""
    path = f"/users/{story.customer.id}/orders/{story.rng.randrange(40_000, 99_999)}"
    with request(story, "GET", "/account/orders/{id}", "/account/orders/mine") as answer:
        who_is_it(answer.server)
        with http(answer.server, "account", "GET", "", path=path) as found:
            ask(found.server, "SELECT orders", HISTORY, 6)
        with answer.server.span("render order") as render:
            render.spend(5)


def track_parcel(story: Story) -> None:
    """The client drops the headers, so that shipping begins a second trace. Only the parcel's id joins the two."""
    parcel = f"pa_{story.rng.getrandbits(36):09x}"
    about = {"app.parcel.id": parcel}
    with request(story, "GET", "/parcels/{id}", f"/parcels/{parcel}", about) as answer:
        call = {"http.request.method": "GET", "url.full": f"http://shipping.shop.internal/parcels/{parcel}"}
        with answer.server.span("GET /parcels/{id}", SpanKind.CLIENT, call | about) as client:
            client.spend(0.5)
            client.wait_until(_other_half(story, parcel, client.at_ns))
            client.set("http.response.status_code", 200)


def _other_half(story: Story, parcel: str, at_ns: int) -> int:
    about = {
        "http.request.method": "GET",
        "http.route": "/parcels/{id}",
        "url.path": f"/parcels/{parcel}",
        "url.scheme": "http",
        "user.id": story.customer.id,
        "app.parcel.id": parcel,
    }
    with story.begins("shipping", "GET /parcels/{id}", SpanKind.SERVER, at_ns, about) as server:
        server.spend(1)
        ask(server, "SELECT parcels", PARCEL, 5)
        server.set("http.response.status_code", 200)
    return server.at_ns

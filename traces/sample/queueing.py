"""What happens behind the queue: orders are packed, mails are sent, and some messages can't be worked off."""

from __future__ import annotations

from typing import NamedTuple

from opentelemetry.trace import SpanContext

from traces.core.timescale import SECOND
from traces.sample import exceptions
from traces.sample.calls import ask, grpc, outside, receive, send
from traces.sample.work import Story

ORDER = "SELECT o.id, o.customer_id, o.lines, o.address FROM orders o WHERE o.id = $1"
PACKED = "UPDATE orders SET status = 'packed', packed_at = now() WHERE id = $1"
PARKED = "INSERT INTO parked_messages (message_id, queue, reason) VALUES ($1, $2, $3)"
DELIVERIES, PAUSE_S = 3, 5


class Order(NamedTuple):
    """A message in the queue, and when the consumer gets it."""

    id: str
    sent_by: SpanContext
    due_ns: int


def fulfil(story: Story, order: Order) -> None:
    with receive(story, "fulfilment", "orders", order.id, order.due_ns, order.sent_by) as work:
        ask(work, "SELECT orders", ORDER)
        with grpc(work, "shipping", "shop.Shipping/CreateLabel") as answer:
            answer.server.spend(60, 0.4)
        ask(work, "UPDATE orders", PACKED, 3)


def send_mails(story: Story, orders: list[Order]) -> None:
    """One batch of several orders: a span with a link to each of them."""
    due_ns = max(order.due_ns for order in orders) + 2 * SECOND
    sent_by = [order.sent_by for order in orders]
    with receive(story, "notifications", "orders", orders[0].id, due_ns, *sent_by) as work:
        for _ in orders:
            with work.span("render mail") as render:
                render.spend(3)
            with outside(work, "POST", "api.mailer.example", "/v3/mail/send") as answer:
                answer.server.spend(70)
                answer.says(202)


def give_up(story: Story, order: Order) -> None:
    """Nobody can send a parcel there. After three deliveries the message goes to the dead letters."""
    at_ns, dead = order.due_ns, None
    for attempt in range(1, DELIVERIES + 1):
        with receive(story, "fulfilment", "orders", order.id, at_ns, order.sent_by, attempt=attempt) as work:
            ask(work, "SELECT orders", ORDER)
            with work.span("create label") as label:
                label.spend(8)
                label.throw(exceptions.BAD_ADDRESS)
            work.fail("AddressError", exceptions.BAD_ADDRESS[1])
            if attempt == DELIVERIES:
                dead = send(work, "orders.dead-letter", order.id)
            at_ns = work.at_ns + PAUSE_S * SECOND
    assert dead is not None
    with receive(story, "fulfilment", "orders.dead-letter", order.id, at_ns, dead) as work:
        ask(work, "INSERT parked_messages", PARKED, 3)
        work.set("app.dead_letter.reason", exceptions.BAD_ADDRESS[1])

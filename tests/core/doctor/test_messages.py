"""Dead letters and redeliveries."""

from __future__ import annotations

import pytest

from tests.core.doctor.examining import changed, codes, found, names_of
from tests.core.drawing import spans_of
from traces.core.span import Attributes, Kind

QUEUE = spans_of("""
    work        |=========|
      put          |==|
""")


@pytest.mark.parametrize("name", ["orders.dead-letter", "DeadLetterQueue", "orders-dlq", "orders.DLT", "dead_letter"])
def test_message_sent_to_the_dead_letters_is_found(name: str) -> None:
    finding = found("dead_letter", changed(QUEUE, put={"kind": Kind.PRODUCER, "name": f"send {name}"}))
    assert names_of(finding) == ["put"]
    assert finding.message.startswith("A message went to the dead letters")


def test_destination_tells_where_the_name_does_not() -> None:
    put = {"kind": Kind.PRODUCER, "attributes": {"messaging.destination.name": "orders.dlq"}}
    assert codes(changed(QUEUE, put=put)) == ["dead_letter"]


def test_who_works_off_the_dead_letters_is_found() -> None:
    finding = found("dead_letter", changed(QUEUE, work={"kind": Kind.CONSUMER, "name": "process x.dead-letter"}))
    assert "takes a message from the dead letters" in finding.message


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.PRODUCER, "send deadlines"),
        (Kind.PRODUCER, "send letters"),
        (Kind.PRODUCER, "send sdlqs"),
        (Kind.INTERNAL, "sweep dead letters"),
    ],
)
def test_other_names_are_no_dead_letters(kind: Kind, name: str) -> None:
    assert codes(changed(QUEUE, put={"kind": kind, "name": name})) == []


@pytest.mark.parametrize(
    ("attributes", "times"),
    [
        ({"messaging.gcp_pubsub.message.delivery_attempt": 3}, "for the 3rd time"),
        ({"messaging.servicebus.message.delivery_count": 2}, "for the 2nd time"),
        ({"app.delivery.attempt": 11}, "for the 11th time"),
        ({"app.redelivery_count": 1}, "for the 2nd time"),
        ({"messaging.rabbitmq.message.redelivered": True}, "again"),
    ],
)
def test_second_delivery_is_found(attributes: Attributes, times: str) -> None:
    finding = found("redelivery", changed(QUEUE, work={"attributes": attributes}))
    assert f"work work got its message {times}" in finding.message


@pytest.mark.parametrize(
    "attributes",
    [
        {"messaging.servicebus.message.delivery_count": 1},
        {"app.redelivery_count": 0},
        {"messaging.rabbitmq.message.redelivered": False},
        {"messaging.batch.message_count": 4},
        {"app.delivery.attempt": "many"},
    ],
)
def test_first_delivery_is_not(attributes: Attributes) -> None:
    assert codes(changed(QUEUE, work={"attributes": attributes})) == []

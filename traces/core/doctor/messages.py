"""In: a case. Out: findings about messages that nobody could work off: dead letters, and deliveries after the first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from traces.core.doctor.case import Case
from traces.core.doctor.finding import Finding
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.span import Attributes, Kind

_DEAD = re.compile(r"dead[-_. ]?letter|(?:^|[-_.:/\s])(?:dlq|dlx|dlt)(?:$|[-_.:/\s])", re.IGNORECASE)
_DESTINATION = ("messaging.destination.name", "messaging.destination")
_DELIVERY = re.compile(r"(?:deliver(?:y|ies)|receive)[._]?(?:attempts?|count)$", re.IGNORECASE)
_REDELIVERY = re.compile(r"redeliver(?:y|ed|ies)(?:[._]?(?:attempts?|count))?$", re.IGNORECASE)
_MESSAGING = (Kind.PRODUCER, Kind.CONSUMER)


def dead_letters(case: Case) -> Iterator[Finding]:
    is_dead = [
        bool(operation.kind in _MESSAGING and _DEAD.search(operation.name))
        for operation in case.trace.columns.operations
    ]
    is_dead.append(False)  # found by the number of a stand-in
    places = {place for place, operation in enumerate(case.operations) if is_dead[operation]} if any(is_dead) else set()
    places |= {place for place, told in case.facts.told.items() if _goes_to_the_dead(case, place, told.attributes)}
    if not places:
        return
    first = min(places)
    consumed = case.operation(first).kind == Kind.CONSUMER
    yield case.finding(
        "dead_letter",
        sorted(places),
        f"{case.title(first)} takes a message from the dead letters: nobody could work it off."
        if consumed
        else f"A message went to the dead letters, with {case.title(first)}: nobody could work it off.",
        "The span that failed to process the message says why; follow the links of this one to it. "
        "Mend that first, then put the message back into its queue."
        if consumed
        else "The error of the span above it says why. Mend that first, then put the message back into its queue.",
    )


def redeliveries(case: Case) -> Iterator[Finding]:
    found = [(place, *again) for place, told in case.facts.told.items() if (again := _again(told.attributes))]
    if not found:
        return
    found.sort(key=lambda one: (-one[2], one[0]))
    place, key, attempt = found[0]
    times = f"for the {_ordinal(attempt)} time" if attempt > 1 else "again"
    yield case.finding(
        "redelivery",
        [one[0] for one in found],
        f"{counted(len(found), 'message was', 'messages were')} delivered again: {case.title(place)} got its message "
        f"{times} ({printable(key)}).",
        "See why the consumer didn't confirm it before: an error, or more time than the queue grants. "
        "Work that is done again should be safe to do twice.",
    )


def _goes_to_the_dead(case: Case, place: int, attributes: Attributes) -> bool:
    return case.operation(place).kind in _MESSAGING and any(
        _DEAD.search(name) for key in _DESTINATION if isinstance(name := attributes.get(key), str)
    )


def _again(attributes: Attributes) -> tuple[str, int] | None:
    """The attribute that says so, and which delivery it is; 1 where only that it is another one is known."""
    for key, value in attributes.items():
        if not isinstance(value, int):
            continue
        if value is True and key.endswith("redelivered"):
            return key, 1
        if not isinstance(value, bool):
            if value >= 1 and _REDELIVERY.search(key):
                return key, value + 1
            if value > 1 and _DELIVERY.search(key):
                return key, value
    return None


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"

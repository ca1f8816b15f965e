"""In: a trace's spans. Out: the same as columns, by start: what a tree of a million spans is built from in seconds."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.span import Resource, Span

NO_ID = 0  # all zeros is no id: https://opentelemetry.io/docs/specs/otel/trace/api/#spancontext
STAND_IN = -1  # the operation of a row that stands in for a parent that isn't here


class Operation(NamedTuple):
    """What a span is an instance of."""

    service: str
    name: str
    kind: int


class Instance(NamedTuple):
    """Who has a clock of its own: a process of a service, as far as its resource tells it from another."""

    service: str
    id: str  # empty where the resource names none
    host: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The narrow fields of spans in the order of (start, id), then stand-ins; ids signed, as the database has them."""

    trace_id: bytes
    span_ids: Sequence[int]
    parent_ids: Sequence[int]  # as reported; NO_ID for none
    starts_ns: Sequence[int]
    durations_ns: Sequence[int]
    operation_places: Sequence[int]  # in `operations`, or STAND_IN
    statuses: Sequence[int]
    operations: Sequence[Operation]
    resource_places: Sequence[int]  # in `resources`, or STAND_IN
    resources: Sequence[Instance]

    def __len__(self) -> int:
        return len(self.span_ids)

    def operation(self, row: int) -> Operation:
        return self.operations[self.operation_places[row]]

    def span(self, row: int) -> Span:
        """With its narrow fields; of a stand-in there is none."""
        parent_id = self.parent_ids[row]
        return Span(
            self.trace_id,
            id_bytes(self.span_ids[row]),
            None if parent_id == NO_ID else id_bytes(parent_id),
            self.starts_ns[row],
            self.durations_ns[row],
            *self.operation(row),
            self.statuses[row],
        )


def columns_of(spans: Iterable[Span]) -> Columns:
    """For a handful of spans; a large trace comes out of the database in columns."""
    ordered = sorted(spans, key=lambda span: (span.start_ns, signed_id(span.span_id)))
    places: dict[Operation, int] = {}
    wanted = [places.setdefault(Operation(*span[5:8]), len(places)) for span in ordered]
    known: dict[Instance, int] = {}
    resources = [known.setdefault(instance_of(span.resource), len(known)) for span in ordered]
    return Columns(
        ordered[0].trace_id if ordered else b"",
        array("q", [signed_id(span.span_id) for span in ordered]),
        array("q", [signed_id(span.parent_span_id or b"") for span in ordered]),
        array("q", [span.start_ns for span in ordered]),
        array("q", [span.duration_ns for span in ordered]),
        array("i", wanted),
        array("h", [span.status for span in ordered]),
        list(places),
        array("i", resources),
        list(known),
    )


# From the one that is made to tell instances apart to those that do so where it's missing.
_IDS = ("service.instance.id", "k8s.pod.uid", "k8s.pod.name", "container.id", "process.pid")


def instance_of(resource: Resource) -> Instance:
    """The resource's names for itself, as text; a process id counts within its host."""
    attributes = resource.attributes
    service, host = (str(attributes.get(key, "")) for key in ("service.name", "host.name"))
    return Instance(service, next((str(attributes[key]) for key in _IDS if key in attributes), ""), host)


def signed_id(span_id: bytes) -> int:
    return int.from_bytes(span_id, signed=True)


def id_bytes(signed: int) -> bytes:
    return signed.to_bytes(8, signed=True)


def rows_with(column: Sequence[int], value: int) -> list[int]:
    """Where an array or a view of one has this value; a million are looked through in a few milliseconds."""
    view = memoryview(column)  # type: ignore[arg-type]
    wanted, width, data = array(view.format, [value]).tobytes(), view.itemsize, view.tobytes()
    found, at = [], data.find(wanted)
    while at != -1:
        if at % width == 0:
            found.append(at // width)
        at = data.find(wanted, at + 1)
    return found

"""A shop's span as it is told: begun at a given time, spending time, calling others, ended. By the OpenTelemetry SDK.

with story.begins("storefront", "GET /", SpanKind.SERVER, at_ns) as home:
    home.spend(3)                                  # milliseconds, more or less
    with home.span("render") as render: ...        # when it ends, home has got that far, too
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from traces.core.sample import ID_PREFIX
from traces.core.timescale import MILLISECOND
from traces.sample import shop

Value = str | int | float | bool
Attributes = Mapping[str, Value]


Branch = Callable[["Work"], None]


class Ids(IdGenerator):
    """The sample's ids, from its seed."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def generate_trace_id(self) -> int:
        return int.from_bytes(ID_PREFIX + self._rng.randbytes(10))

    def generate_span_id(self) -> int:
        return self._rng.getrandbits(64) or 1

    def is_trace_id_random(self) -> bool:
        return True


class Ended(SpanProcessor):
    """Keeps what has ended until somebody takes it. Nothing is dropped, however fast it comes."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


class Instance:
    """A running process of a service: its resource and its clock."""

    def __init__(self, tracer: Tracer, service: str, version: str, skew_ns: int) -> None:
        self.tracer, self.service, self.version, self.skew_ns = tracer, service, version, skew_ns


class Staff:
    """All instances of the shop; each has a tracer provider with a resource of its own."""

    def __init__(self, rng: Random) -> None:
        self.ended = Ended()
        self._ids = Ids(rng)
        self._instances: dict[tuple[str, str, int, str], Instance] = {}

    def instance(self, service: str, region: str, number: int, version: str) -> Instance:
        key = service, region, number, version
        if key not in self._instances:
            self._instances[key] = self._start(*key)
        return self._instances[key]

    def _start(self, service: str, region: str, number: int, version: str) -> Instance:
        provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource(shop.resource(service, region, number, version)),
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        provider.add_span_processor(self.ended)
        skew_ms = shop.SKEW_MS if (service, region, number) == shop.SKEWED else 0
        return Instance(provider.get_tracer(f"shop.{service}", version), service, version, skew_ms * MILLISECOND)


class Story:
    """One thing that happens in the shop: who asks, where, and how long ago."""

    def __init__(self, staff: Staff, rng: Random, *, at_ns: int, now_ns: int) -> None:
        self.rng, self.at_ns = rng, at_ns
        self.age_min = (now_ns - at_ns) / (60_000 * MILLISECOND)
        self.customer = shop.a_customer(rng)
        self._staff = staff
        self._chosen: dict[str, Instance] = {}

    def instance(self, service: str) -> Instance:
        """One of the customer's region, the same for all of the story."""
        if service not in self._chosen:
            number = self.rng.randrange(shop.INSTANCES)
            is_new = service == "checkout" and number and shop.ROLLOUT.holds(self.age_min)
            version = shop.NEW_CHECKOUT if is_new else shop.SERVICES[service].version
            self._chosen[service] = self._staff.instance(service, self.customer.region, number, version)
        return self._chosen[service]

    @contextmanager
    def begins(
        self,
        service: str,
        name: str,
        kind: SpanKind,
        at_ns: int,
        attributes: Attributes | None = None,
        *,
        links: Sequence[Link] = (),
    ) -> Iterator[Work]:
        """A trace of its own."""
        root = Work(self, self.instance(service), None, name, kind, at_ns, attributes, links)
        yield root
        root.end()


class Work:
    """A span under way. `at_ns` is the time it has reached, by a clock that is right."""

    def __init__(
        self,
        story: Story,
        instance: Instance,
        parent: SpanContext | None,
        name: str,
        kind: SpanKind,
        at_ns: int,
        attributes: Attributes | None = None,
        links: Sequence[Link] = (),
    ) -> None:
        self.story, self.instance, self.at_ns, self.began_ns = story, instance, at_ns, at_ns
        around = set_span_in_context(NonRecordingSpan(parent)) if parent else None
        start_ns = at_ns + instance.skew_ns
        self._span: Span = instance.tracer.start_span(name, around, kind, attributes, links, start_ns)

    @property
    def rng(self) -> Random:
        return self.story.rng

    @property
    def context(self) -> SpanContext:
        return self._span.get_span_context()

    def remote_context(self) -> SpanContext:
        """As another process sees it."""
        here = self.context
        return SpanContext(here.trace_id, here.span_id, is_remote=True, trace_flags=here.trace_flags)

    def unseen_hop(self) -> SpanContext:
        """Something between here and there makes a span and hands it on, but never sends it."""
        flags = TraceFlags(TraceFlags.SAMPLED)
        return SpanContext(self.context.trace_id, self.rng.getrandbits(64) or 1, is_remote=True, trace_flags=flags)

    def spend(self, median_ms: float, spread: float = 0.35) -> None:
        self.at_ns += int(median_ms * MILLISECOND * self.rng.lognormvariate(0, spread))

    def wait_until(self, at_ns: int) -> None:
        self.at_ns = max(self.at_ns, at_ns)

    @contextmanager
    def span(
        self,
        name: str,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
        *,
        waits: bool = True,
    ) -> Iterator[Work]:
        """A child in the same process."""
        child = Work(self.story, self.instance, self.context, name, kind, self.at_ns, attributes)
        yield child
        child.end()
        if waits:
            self.wait_until(child.at_ns)

    @contextmanager
    def elsewhere(
        self, service: str, name: str, kind: SpanKind, attributes: Attributes | None = None, *, hop: bool = False
    ) -> Iterator[Work]:
        """A child in another process, which is not waited for: that is the caller's affair."""
        parent = self.unseen_hop() if hop else self.remote_context()
        child = Work(self.story, self.story.instance(service), parent, name, kind, self.at_ns, attributes)
        yield child
        child.end()

    def at_once(self, *branches: Branch) -> None:
        """All begin now; who waits for them waits for the last."""
        began_ns, ends_ns = self.at_ns, [self.at_ns]
        for branch in branches:
            self.at_ns = began_ns
            branch(self)
            ends_ns.append(self.at_ns)
        self.at_ns = max(ends_ns)

    def set(self, key: str, value: Value) -> None:
        self._span.set_attribute(key, value)

    def event(self, name: str, attributes: Attributes | None = None) -> None:
        self._span.add_event(name, attributes, self.at_ns + self.instance.skew_ns)

    def fail(self, error_type: str, message: str = "") -> None:
        self._span.set_attribute("error.type", error_type)
        self._span.set_status(Status(StatusCode.ERROR, message))

    def throw(self, exception: tuple[str, str, str]) -> None:
        """An exception (type, message, stack trace) that ends the span."""
        kind, message, stack = exception
        self.event("exception", {
            "exception.type": kind, "exception.message": message, "exception.stacktrace": stack,
        })  # fmt: skip
        self.fail(kind, message)

    def end(self) -> None:
        self._span.end(self.at_ns + self.instance.skew_ns)

"""In: a case. Out: findings about errors: timeouts, errors that don't say why, failed calls without an error."""

from __future__ import annotations

from collections.abc import Iterator

from traces.core.doctor.case import Case
from traces.core.doctor.facts import HTTP_STATUS, Told
from traces.core.doctor.finding import Finding
from traces.core.layout import counted
from traces.core.outcome import is_timeout
from traces.core.span import Event, Kind, Span, Status
from traces.core.timescale import duration_text

# Each of them says what kind of error it was: https://opentelemetry.io/docs/specs/semconv/general/recording-errors/
_REASONS = ("error.type", *HTTP_STATUS, "rpc.response.status_code", "rpc.grpc.status_code", "db.response.status_code")


def timeouts(case: Case) -> Iterator[Finding]:
    places = [place for place, told in _errors(case) if _ran_out_of_time(told)]
    if not places:
        return
    # Who waited for somebody that ran out of time did, too: the innermost knows most.
    first = next(
        (place for place, after in zip(places, [*places[1:], len(case.parents)], strict=True)
         if after >= place + case.trace.sizes[place]),
        places[0],
    )  # fmt: skip
    took = duration_text(case.durations_ns[first])
    if len(places) == 1:
        message = f"{case.title(first)} ran out of time after {took}."
    else:
        message = f"{len(places):,} spans ran out of time: first {case.title(first)}, after {took}."
    mend = (
        "See what was slow under it: that is where the time went. A span that ends with its limit has nobody "
        "under it to blame: then the other side didn't answer, or the limit is shorter than what the call usually "
        "takes."
    )
    yield case.finding("timeout", [first, *(place for place in places if place != first)], message, mend)


def silent_errors(case: Case) -> Iterator[Finding]:
    places = [place for place, told in _errors(case) if not _gives_a_reason(told)]
    if places:
        yield case.finding(
            "silent_error",
            places,
            f"{counted(len(places), 'error gives', 'errors give')} no reason: {case.title(places[0])}"
            f"{', for one,' if len(places) > 1 else ''} has no message, exception, error.type or status code.",
            "Set the status with a description, and record the exception: "
            "span.set_status(ERROR, message), span.record_exception(error).",
        )


def statuses_not_set(case: Case) -> Iterator[Finding]:
    """https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status; a status OK is somebody's decision."""
    places = [
        place
        for place, told in case.facts.told.items()
        if case.statuses[place] == Status.UNSET and _failed(http_status(told), case.operation(place).kind)
    ]
    if not places:
        return
    places.sort()
    code = http_status(case.facts.told[places[0]])
    yield case.finding(
        "status_not_set",
        places,
        f"{counted(len(places), 'HTTP call', 'HTTP calls')} failed without saying so: "
        f"{case.title(places[0])} was answered with {code}, and its status is not set. No search for errors finds it.",
        "Servers set the status ERROR from 500 on, clients from 400 on. Current HTTP instrumentation does that by "
        "itself: update it, or set the status where the response is made. A 404 that is expected can be given OK.",
    )


def http_status(told: Told) -> int:
    """0 where there is none."""
    for key in HTTP_STATUS:
        try:
            return int(told.attributes[key])
        except (KeyError, TypeError, ValueError):
            continue
    return 0


def _errors(case: Case) -> list[tuple[int, Told]]:
    return sorted((place, told) for place, told in case.facts.told.items() if case.is_error(place))


def _ran_out_of_time(told: Told) -> bool:
    events = tuple(Event(0, "exception", attributes) for attributes in told.exceptions)
    return is_timeout(
        Span(b"", b"", None, 0, 0, "", "", Kind.UNSPECIFIED, Status.ERROR, told.status_message, told.attributes, events)
    )


def _gives_a_reason(told: Told) -> bool:
    if told.status_message or any(told.exceptions):
        return True
    return any(told.attributes.get(key) not in (None, "") for key in _REASONS)


def _failed(code: int, kind: int) -> bool:
    return 500 <= code < 600 if kind == Kind.SERVER else kind == Kind.CLIENT and 400 <= code < 600

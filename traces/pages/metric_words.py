"""In: a metric and what was computed of it. Out: all that is said of it in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import tzinfo

from traces import queries
from traces.core.bins import Bins
from traces.core.buckets import Bucket, Number
from traces.core.meaning import Metric
from traces.core.metrics import Series
from traces.core.number_scale import number_text
from traces.core.printable import printable
from traces.core.said import Said
from traces.core.subjects import DURATIONS, Subject
from traces.core.timescale import duration_text, time_text
from traces.pages.too_large import without_words
from traces.search.names import name_text
from traces.search.wording import subject_words

EMPTY = "(empty)"
MOST_CHARACTERS = 60


def is_map(metric: Metric) -> bool:
    """Whether it is drawn as squares."""
    return metric.function == "histogram_over_time"


def title_of(metric: Metric) -> str:
    subject = _short(subject_words(metric.subject)) if metric.subject is not None else ""
    return {
        "rate": "Spans a second",
        "count_over_time": "Spans",
        "quantile_over_time": f"Quantiles of {subject}",
        "histogram_over_time": f"Numbers of spans by {subject}, on a log scale",
    }[metric.function]


def aside_of(metric: Metric, bins: Bins) -> str:
    """By what, and how far apart the values are."""
    by = ", ".join(_short(subject_words(subject)) for subject in metric.by)
    step = f"each {'column' if is_map(metric) else 'point'} is {duration_text(bins.step_ns)}"
    return f"by {by}; {step}" if by else step


def texts_of(metric: Metric) -> Callable[[Number], str]:
    """How a value is said."""
    if metric.function == "rate":
        return lambda number: f"{number_text(number)}/s"
    if metric.function == "quantile_over_time" and metric.subject in DURATIONS:
        return lambda number: duration_text(round(number))
    return number_text


def series_name(series: Series, metric: Metric) -> str:
    """What tells it from the others; nothing where it is the only one."""
    quantile = "" if series.quantile is None else f"p{100 * series.quantile:.4g}"
    if series.others:
        group = f"{series.others:,} {'other' if series.others == 1 else 'others'}"
    else:
        group = " · ".join(_value(subject, said) for subject, said in zip(metric.by, series.by, strict=True))
    return " ".join(filter(None, (group, quantile)))


def bucket_name(bucket: Bucket, metric: Metric) -> str:
    text: Callable[[Number], str] = number_text
    if metric.subject in DURATIONS:
        text = lambda ns: duration_text(round(ns))  # noqa: E731 - one of two
    return f"up to {text(bucket.up_to)}" if bucket.above is None else f"{text(bucket.above)} to {text(bucket.up_to)}"


def notes_of(found: queries.MetricSeries, zone: tzinfo) -> Iterator[str]:
    """What the numbers are of, where that isn't all."""
    computed, metric = found.computed, found.metric
    about = "about " * (computed.weight != computed.spans)
    if found.too_large:
        yield f"Of {computed.spans:,} spans, {without_words(found.too_large)}."
    elif not found.complete and found.since_ns is not None:
        since = time_text(found.since_ns, zone)[:19]
        yield f"Of {computed.spans:,} spans of traces since {since} alone: there was no time for all."
    if about:
        yield f"weighted: spans of sampled traces, standing for about {round(computed.weight):,}"
    if computed.numberless and computed.series:
        name = _short(subject_words(metric.subject)) if metric.subject else ""
        yield f"{about}{_spans(computed.numberless)} without a number in {name}"
    if computed.outside:
        yield f"{about}{_spans(computed.outside)} of these traces outside this time"
    if is_map(metric) and len({series.by for series in computed.series}) > 1:
        yield "all of these together; each alone by a click"


def empty_of(found: queries.MetricSeries) -> str:
    """Why there is nothing to draw; nothing where there is."""
    computed = found.computed
    if computed.series:
        return ""
    if not found.complete and not found.too_large:
        return "Not known: looking through the spans takes too long. A shorter time may do."
    if computed.numberless and found.metric.subject:
        return f"None of the {_spans(computed.numberless)} found has a number in {name_text(found.metric.subject)}."
    return "No span is found in this time."


def _value(subject: Subject, said: Said | None) -> str:
    if said is None:
        return f"no {_short(subject_words(subject))}"
    return _short(printable(said.text)) or EMPTY


def _spans(number: float) -> str:
    return f"{round(number):,} {'span' if number == 1 else 'spans'}"


def _short(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"

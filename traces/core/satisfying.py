"""In: a whole span, and a condition on one span. Out: whether it satisfies it. What a database answers is this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from traces.core.comparing import holds, text_of
from traces.core.meaning import And, Attribute, Condition, Exists, Intrinsic, Not, Or, Text, Trace
from traces.core.semantic_names import names_of
from traces.core.span import Attributes, Span
from traces.core.subjects import Fact, Field, Key, Place, Subject, TypedValue
from traces.core.values import TAGS, Value, is_storable, key_text

Facts = Mapping[Fact, TypedValue]
NO_FACTS: Facts = {}


def satisfies(span: Span, condition: Condition, *, self_time_ns: int = 0, facts: Facts = NO_FACTS) -> bool:
    """Self time and the trace's facts aren't in the span; they are needed where the condition speaks of them."""
    match condition:
        case And(items):
            return all(satisfies(span, item, self_time_ns=self_time_ns, facts=facts) for item in items)
        case Or(items):
            return any(satisfies(span, item, self_time_ns=self_time_ns, facts=facts) for item in items)
        case Not(item):
            return not satisfies(span, item, self_time_ns=self_time_ns, facts=facts)
        case Attribute(key, op, wanted):
            return holds(values_of(span, key), op, wanted)
        case Intrinsic(field, op, wanted_values):
            return holds(values_of(span, field, self_time_ns=self_time_ns), op, wanted_values)
        case Exists(subject):
            return bool(values_of(span, subject, self_time_ns=self_time_ns))
        case Text(text):
            return any(text.lower() in found.lower() for found in _texts(span))
        case Trace():
            return fact_holds(condition, facts)
    raise TypeError(f"{type(condition).__name__} is no condition on one span")


def fact_holds(condition: Trace, facts: Facts) -> bool:
    found = [facts[condition.fact]] if condition.fact in facts else []
    return holds(found, condition.op, condition.values)


def values_of(span: Span, subject: Subject, *, self_time_ns: int = 0) -> Sequence[Value]:
    """All values of a subject, the first the one to show and to group by; none where it isn't there."""
    if isinstance(subject, Key):
        return list(_attribute_values(span, subject))
    return _field_values(span, subject, self_time_ns)


def _attribute_values(span: Span, key: Key) -> Iterator[Value]:
    maps = attribute_maps(span, key.place)
    for name in map(key_text, names_of(key.name)):
        for attributes in maps:
            if name in attributes:
                value = attributes[name]
                yield value
                if isinstance(value, list):
                    yield from value


def attribute_maps(span: Span, place: Place) -> Sequence[Attributes]:
    match place:
        case Place.SPAN:
            return [span.attributes]
        case Place.RESOURCE:
            return [span.resource.attributes]
        case Place.EVENT:
            return [event.attributes for event in span.events]
        case Place.LINK:
            return [link.attributes for link in span.links]
        case Place.SCOPE:
            return [span.scope.attributes]
    return [span.attributes, span.resource.attributes]


def _field_values(span: Span, field: Field, self_time_ns: int) -> Sequence[Value]:
    match field:
        case Field.SELF_TIME:
            return [self_time_ns]
        case Field.ID:
            return [span.span_id]
        case Field.PARENT_ID:
            return [span.parent_span_id] if span.parent_span_id else []
        case Field.EVENT_NAME:
            return [event.name for event in span.events]
        case Field.LINK_TRACE_ID:
            return [link.trace_id for link in span.links]
        case Field.LINK_SPAN_ID:
            return [link.span_id for link in span.links]
        case Field.SCOPE_NAME:
            return [span.scope.name]
        case Field.SCOPE_VERSION:
            return [span.scope.version]
        case Field.DURATION:
            return [span.duration_ns]
    return [getattr(span, field.value)]


def _texts(span: Span) -> Iterator[str]:
    """What isn't kept as it is isn't found, nor are the words of which our own form of values is made."""
    names = (span.service, span.name, span.status_message, *(event.name for event in span.events))
    yield from filter(is_storable, names)
    for attributes in (*attribute_maps(span, Place.ANY), *attribute_maps(span, Place.EVENT)):
        yield from _texts_in(attributes)


def _texts_in(items: Mapping[str, Value]) -> Iterator[str]:
    for key, value in items.items():
        if key not in TAGS and key_text(key) == key:
            yield key
        if key not in ("$bytes", "$text") or isinstance(value, dict | list):
            yield from _texts_of(value)


def _texts_of(value: Value) -> Iterator[str]:
    """A value's text, and those of what is in it; values nest at most as deep as `core.values` allows."""
    text = text_of(value)
    if text is not None:
        yield text
    elif isinstance(value, list):
        for item in value:
            yield from _texts_of(item)
    elif isinstance(value, dict):
        # A sender's map may look like one of our tags.
        yield from _texts_in(value["$map"] if value.keys() == {"$map"} else value)

"""In: a function of a query with its arguments, `max(duration) > 3s`. Out: its meaning, or what would be right."""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from traces.core.comparing import number_of
from traces.core.meaning import Aggregate, By, Metric, Select, Stage
from traces.core.subjects import DURATIONS, ORDERING, Fact, Field, Key, Op, Subject
from traces.search import BadQuery
from traces.search.comparisons import duration_of
from traces.search.names import named

AGGREGATES = ("count", "avg", "min", "max", "sum")
METRICS = ("rate", "count_over_time", "quantile_over_time", "histogram_over_time")
_COUNTING = ("count", "rate", "count_over_time")
_Call = tuple[str, list[str]]


def stage_of(parts: Sequence[Token | list[Token]]) -> Stage:
    """Its tokens in order: a function, its arguments, an operator with its values, more functions. Raises BadQuery."""
    calls, comparison = _calls(parts)
    (name, arguments), more = calls[0], calls[1:]
    if name in METRICS and not comparison:
        return _metric(name, arguments, more)
    if unsupported := [name for name, _ in calls if name not in (*AGGREGATES, *METRICS, "by", "select")]:
        raise BadQuery(
            "q", f"{unsupported[0]}() isn't supported; there are {', '.join((*AGGREGATES, 'by', 'select', *METRICS))}"
        )
    if more:
        raise BadQuery("q", f"{name}(): expected | before {more[0][0]}()")
    if name in AGGREGATES:
        return _aggregate(name, arguments, comparison)
    if comparison:
        raise BadQuery("q", f"{name}() isn't compared with anything")
    if not arguments:
        raise BadQuery("q", f"{name}(): expected an attribute's name between the brackets")
    subjects = tuple(_subject(argument) for argument in arguments)
    return By(subjects) if name == "by" else Select(subjects)


def _calls(parts: Sequence[Token | list[Token]]) -> tuple[list[_Call], tuple[Op, str] | None]:
    calls: list[_Call] = []
    op, value = None, ""
    for part in parts:
        if isinstance(part, list):
            value = part[0].strip('"`') if len(part) == 1 else ""
        elif part.type == "FUNCTION":
            calls.append((str(part), []))
        elif part.type == "OPERATOR":
            op = Op(part)
        else:
            calls[-1][1].append(str(part))
    return calls, (op, value) if op else None


def _aggregate(name: str, arguments: list[str], comparison: tuple[Op, str] | None) -> Stage:
    subject = _only_subject(name, arguments)
    example = f"{name}({arguments[0] if arguments else ''}) > {'500ms' if subject in DURATIONS else '3'}"
    if comparison is None or comparison[0] not in (Op.EQUAL, Op.NOT_EQUAL, *ORDERING):
        raise BadQuery("q", f"{name}(): expected a comparison with a number, as in {example}")
    op, text = comparison
    value = duration_of(text) if subject in DURATIONS else number_of(text)
    if value is None:
        wanted = "a duration such as 500ms" if subject in DURATIONS else "a number"
        raise BadQuery("q", f"{name}() {op} {text}: expected {wanted}, as in {example}")
    return Aggregate(name, subject, op, value)


def _metric(name: str, arguments: list[str], more: list[_Call]) -> Stage:
    if others := [other for other, _ in more if other != "by"]:
        raise BadQuery("q", f"{others[0]}() isn't supported; behind {name}() there may be by(…)")
    if len(more) > 1 or (more and not more[0][1]):
        raise BadQuery("q", f"{name}(): expected one by(…) with an attribute's name")
    by = tuple(_subject(argument) for argument in more[0][1]) if more else ()
    if name != "quantile_over_time":
        return Metric(name, _only_subject(name, arguments), by=by)
    quantiles = [number_of(f"0{text}" if text.startswith(".") else text) for text in arguments[1:]]
    found = tuple(float(number) for number in quantiles if number is not None and 0 <= number <= 1)
    if not found or len(found) < len(quantiles):
        raise BadQuery("q", f"{name}(): expected quantiles from 0 to 1, as in {name}(duration, 0.5, 0.95)")
    return Metric(name, _only_subject(name, arguments[:1]), found, by)


def _only_subject(name: str, arguments: list[str]) -> Subject | None:
    """What is counted needs none, what is computed needs one that is a number."""
    if name in _COUNTING:
        if arguments:
            raise BadQuery("q", f"{name}() takes nothing between its brackets")
        return None
    if len(arguments) != 1:
        raise BadQuery("q", f"{name}(): expected one thing between the brackets, as in {name}(duration)")
    subject = _subject(arguments[0])
    if not isinstance(subject, Key) and subject not in (Field.DURATION, Field.SELF_TIME):
        raise BadQuery("q", f"{name}({arguments[0]}): expected duration, self_time or an attribute")
    return subject


def _subject(text: str) -> Subject:
    subject = named(text)
    if isinstance(subject, Fact):
        raise BadQuery("q", f"{text}: expected something of a span, such as duration or an attribute")
    return subject

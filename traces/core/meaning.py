"""What a query means: conditions on one span, conditions on a trace, and what is done with the spans that they find.

A trace satisfies a query, and a query has found spans of it (TraceQL's spanset):

    Some(c)                 the trace has a span that satisfies `c`; found are all that do
    Trace(…)                a fact of the trace; found is nothing
    Structure(l, r, rel)    spans found by `r` that stand so to one found by `l`; found are these (and with
                            `both` the `l` they stand to); with `negated` those of `r` that stand so to none
    And, Or                 found is what any of the satisfied parts found
    Not(c)                  the trace doesn't satisfy `c`; found is nothing. `Not(Some(c))`: no span satisfies `c`
    Pipeline(c, stages)     each stage keeps, groups or drops found spans; where nothing is left, nothing is satisfied

On one span, `And`, `Or`, `Not` mean themselves; `And(())` is satisfied by every span, and by every trace.
A `Trace` among a span's conditions is satisfied by all spans of such a trace.

A subject can have several values: an attribute in a span and in its resource, under its old and new names
(`core.semantic_names`), in several events or links, or in a list, each of whose items counts. The operators
= > >= < <= ~ =~ : hold where *any* value and *any* of the query's `values` fit. != and !~ are the opposite of = and ~
where there is a value: `a!=1` is "a exists, and no value of it is 1", so a span without the key satisfies neither `a=1`
nor `a!=1`.

An attribute's value in a query is text, and fits what people mean by it (`core.comparing`): 42 the number and the
text, true the boolean and the text. Other values have their field's type; durations are nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from traces.core.subjects import Fact, Field, Key, Op, Subject, TypedValue


@dataclass(frozen=True, slots=True)
class Attribute:
    """Of several values any is meant; with an op of ORDERING there is one, and it's a number's text."""

    key: Key
    op: Op
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """Numbers take = != and ORDERING, kinds, statuses and ids = and !=, text all but ORDERING."""

    field: Field
    op: Op
    values: tuple[TypedValue, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a value, whatever it is: null, empty and maps too. Of fields PARENT_ID, EVENT_NAME and the links'."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Text:
    """In any case of letters: in the service, the name, the status message, a key or value of the span's or the
    resource's attributes, an event's name, or a key or value of its attributes."""

    text: str


@dataclass(frozen=True, slots=True)
class Trace:
    """As an Intrinsic, of the trace."""

    fact: Fact
    op: Op
    values: tuple[TypedValue, ...]


@dataclass(frozen=True, slots=True)
class And:
    """None of its items is an And; see `all_of`."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two items or more, none of them an Or; see `any_of`."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    item: Condition


@dataclass(frozen=True, slots=True)
class Some:
    condition: Condition  # on one span


class Relation(StrEnum):
    """What the right side is to the left."""

    CHILD = ">"
    DESCENDANT = ">>"
    PARENT = "<"
    ANCESTOR = "<<"
    SIBLING = "~"  # another child of the same parent; of a parent that isn't here too


@dataclass(frozen=True, slots=True)
class Structure:
    left: Condition
    right: Condition
    relation: Relation
    negated: bool = False  # `!>`
    both: bool = False  # `&>`; not together with `negated`


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Keeps a group where this holds: `count() > 3`, `avg(duration) > 500ms`. A span without a number doesn't count,
    a group without any doesn't stay. What the spans' durations are compared with is in nanoseconds."""

    function: str  # count, avg, min, max, sum
    subject: Subject | None  # None for count: a Key, DURATION or SELF_TIME else
    op: Op  # EQUAL, NOT_EQUAL or of ORDERING
    value: int | float


@dataclass(frozen=True, slots=True)
class By:
    """Groups by the first value of each; from here on stages look at each group."""

    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the spans that satisfy this; a group without any doesn't stay."""

    condition: Condition  # on one span


@dataclass(frozen=True, slots=True)
class Select:
    """What is to be shown of the spans found; changes nothing."""

    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A series of numbers over time, of the spans found; always the last stage, changes nothing."""

    function: str  # rate, count_over_time, quantile_over_time, histogram_over_time
    subject: Subject | None  # None for rate and count_over_time
    quantiles: tuple[float, ...] = ()  # from 0 to 1; of quantile_over_time one at least
    by: tuple[Subject, ...] = ()


Stage: TypeAlias = Aggregate | By | Filter | Select | Metric


@dataclass(frozen=True, slots=True)
class Pipeline:
    source: Condition  # on the trace
    stages: tuple[Stage, ...]  # one at least


# On one span: Attribute, Intrinsic, Exists, Text, Trace, And, Or, Not.
# On the trace: Some, Trace, Structure, Pipeline, And, Or, Not. Sides of a Structure and sources of a Pipeline can find
# spans: they are a Some, Structure or Pipeline, an And with one that can, an Or of such.
Condition: TypeAlias = (
    Attribute | Intrinsic | Exists | Text | Trace | And | Or | Not | Some | Structure | Pipeline
)  # fmt: skip
EVERY = And(())


def all_of(*items: Condition) -> Condition:
    """One And without any inside, or the only item."""
    flat = tuple(inner for item in items for inner in (item.items if isinstance(item, And) else (item,)))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(*items: Condition) -> Condition:
    """One Or without any inside, or the only item."""
    flat = tuple(inner for item in items for inner in (item.items if isinstance(item, Or) else (item,)))
    return flat[0] if len(flat) == 1 else Or(flat)

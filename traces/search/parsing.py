"""In: a query's text. Out: what it means (`core.meaning`), or a BadQuery that says where and what would be right.

    user.id=42 status=error -region=eu-west-1 {service=payment duration>500ms} name~"^SELECT" trace.duration>1s "text"
    { span.user.id = "42" && status = error } >> { name = "Charge" } | count() > 3

Each word is a condition that some span of the trace satisfies; braces hold conditions on one and the same span; a
minus, an exclamation mark or `not` is for what no span satisfies. `and` binds closer than `or`, relations closer than
both. Words without an operator, and what stands in quotes, are text to be found anywhere in a span.

TraceQL is a part of it but for: `!~` finds no match anywhere in the text, as `~` finds one, while TraceQL takes the
whole text; `and` comes before `or`, which TraceQL takes from left to right; a word without a point before it is an
attribute; what stands without quotes behind an operator is a value, never another attribute.
"""

from __future__ import annotations

from typing import Any

from lark import Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from traces.core.evaluation import span_conditions
from traces.core.meaning import (
    EVERY,
    And,
    Condition,
    Filter,
    Metric,
    Not,
    Or,
    Pipeline,
    Relation,
    Some,
    Stage,
    Structure,
    Text,
    Trace,
    all_of,
    any_of,
)
from traces.core.subjects import MATCHING, Op
from traces.search import BadQuery
from traces.search.comparisons import check_parts, compared, compared_to_nil, exists
from traces.search.grammar import MOST_CHARACTERS, MOST_TEXTS, parser
from traces.search.names import BOUNDS, RESERVED, SCOPES, SPELLINGS, Named, named, unquoted, unquoted_pattern
from traces.search.refusals import refusal, shortened
from traces.search.stages import stage_of


def parse(text: str) -> Condition:
    """Raises BadQuery. Of an empty text: every trace."""
    if len(text) > MOST_CHARACTERS:
        raise BadQuery("q", f"is longer than {MOST_CHARACTERS:,} characters")
    try:
        meant: Any = parser(_BUILD).parse(text)
    except UnexpectedInput as error:
        raise refusal(text, error) from error
    except BadQuery as error:
        raise BadQuery(error.field, shortened(str(error))) from error
    condition: Condition = meant
    if sum(map(texts_in, span_conditions(condition))) > MOST_TEXTS:
        raise BadQuery(
            "q", f'has more than {MOST_TEXTS} texts; words that belong together stand in quotes: "like this"'
        )
    return condition


def texts_in(condition: Condition) -> int:
    """Of a condition on one span, how many texts are to be found anywhere in it: each is a look at everything."""
    match condition:
        case Text():
            return 1
        case And(items) | Or(items):
            return sum(map(texts_in, items))
        case Not(item):
            return texts_in(item)
    return 0


def finds_spans(condition: Condition) -> bool:
    """Whether there can be something on which a relation or a stage can go on."""
    if isinstance(condition, And):
        return any(map(finds_spans, condition.items))
    if isinstance(condition, Or):
        return all(map(finds_spans, condition.items))
    return isinstance(condition, Some | Structure | Pipeline)


def text_of(text: str) -> Text:
    check_parts([text], text[:40])
    return Text(text)


def _values(tokens: list[Token], op: Op) -> tuple[str, ...]:
    unquote = unquoted_pattern if op in MATCHING else unquoted
    return tuple(unquote(token[1:-1]) if token.type == "STRING" else
                 token[1:-1] if token.type == "RAW" else BOUNDS.get(token, str(token)) for token in tokens)  # fmt: skip


@v_args(inline=True)
class _Build(Transformer[Token, Condition]):
    """A method a rule of the grammar: from its parts' meanings to its own."""

    def start(self, condition: Condition = EVERY) -> Condition:
        return condition

    def pipeline(self, source: Condition, *stages: Stage) -> Condition:
        if not finds_spans(source):
            raise BadQuery("q", "a | comes behind what finds spans, such as {status=error} | count() > 3")
        for stage in stages[:-1]:
            if isinstance(stage, Metric):
                raise BadQuery("q", f"{stage.function}() comes last")
        return Pipeline(source, stages)

    def stages_alone(self, *stages: Stage) -> Condition:
        return self.pipeline(Some(EVERY), *stages)

    def alternatives(self, *items: Condition) -> Condition:
        return any_of(*items)

    def together(self, *items: Condition) -> Condition:
        return all_of(*items)

    span_alternatives, span_together = alternatives, together

    def negation(self, _: Token, item: Condition) -> Condition:
        return Not(item)

    def structure(self, left: Condition, token: Token, right: Condition) -> Condition:
        if not (finds_spans(left) and finds_spans(right)):
            raise BadQuery("q", f"{token} stands between what finds spans, such as {{status=error}} {token} {{name=x}}")
        return Structure(left, right, Relation(token.lstrip("!&")), negated=token[0] == "!", both=token[0] == "&")

    def alone(self, condition: Condition) -> Condition:
        return condition if isinstance(condition, Trace) else Some(condition)

    def some(self, condition: Condition = EVERY) -> Condition:
        return Some(condition)

    def filter(self, condition: Condition = EVERY) -> Stage:
        return Filter(condition)

    def key(self, token: Token) -> tuple[Token, Named]:
        return token, named(token)

    def value(self, *tokens: Token) -> list[Token]:
        return list(tokens)

    def comparison(self, key: tuple[Token, Named], operator: Token, values: list[Token] | None = None) -> Condition:
        op = Op(operator)
        tokens = values or []
        written = f"({','.join(tokens)})" if len(tokens) > 1 else "".join(tokens)
        source = f"{key[0]}{op}{written}"[:80]
        if op is Op.CONTAINS and key[0] in SCOPES:
            raise BadQuery(
                "q", f'{source}: expected something to compare it with; an attribute stands in quotes: "{key[0]}"'
            )
        if len(tokens) == 1 and tokens[0] == "nil":
            return compared_to_nil(key[1], op, source)
        return compared(key[1], op, _values(tokens, op) if tokens else ("",), source)

    def existence(self, key: tuple[Token, Named], _: Token) -> Condition:
        return exists(key[1])

    def text(self, token: Token) -> Condition:
        return text_of(unquoted(token[1:-1]))

    def word(self, token: Token) -> Condition:
        if not any(map(str.isalnum, token)):
            raise BadQuery("q", f"at {str(token)[:40]!r}: arithmetic isn't supported; text stands in quotes")
        if token.lower() in RESERVED - SCOPES:
            raise BadQuery("q", f'{token}: expected a condition; text that says so stands in quotes: "{token}"')
        if token in SPELLINGS:
            raise BadQuery("q", f'{token}: expected something to compare it with; text stands in quotes: "{token}"')
        if token.startswith(("span.", "resource.", ".", "event.", "link.", "scope.")):
            return compared(named(token), Op.EQUAL, ("true",), token)
        return text_of(str(token))

    def hint(self, _: Token) -> Condition:
        raise BadQuery("q", "with() isn't supported; leave it out")

    def argument(self, token: Token) -> Token:
        return token

    def function(self, *tokens: Any) -> Stage:
        return stage_of(tokens)


_BUILD = _Build()

"""The query language's grammar: text in, lark's tree of tokens out. What the tokens mean is `parsing`'s.

Which characters a token has depends on where it stands: lark's contextual lexer looks only for what may come next.
A value without quotes goes on to the next space, as in http.url=http://x/?a=b; brackets in it come in pairs, so that
http.route=/users/{id} is whole and a brace or bracket around it still ends it. && and || end it where a space, a point
or a bracket follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lark import Lark, Token, Transformer

from traces.search import BadQuery

MOST_CHARACTERS, MOST_NESTED, MOST_RELATIONS, MOST_CONDITIONS = 100_000, 64, 64, 200
MOST_TEXTS = 20

GRAMMAR = r"""
start: pipeline?

?pipeline: alternatives ("|" stage)*
    | function ("|" stage)* -> stages_alone
?alternatives: together (_OR together)*
?together: (trace_term _AND?)* trace_term
?trace_term: NOT trace_term -> negation
    | structure
?structure: primary
    | structure RELATION primary
?primary: condition -> alone
    | "(" pipeline ")"
    | "{" span_alternatives? "}" -> some

?span_alternatives: span_together (_OR span_together)*
?span_together: (span_term _AND?)* span_term
?span_term: NOT span_term -> negation
    | condition
    | "(" span_alternatives ")"

?condition: key OPERATOR value -> comparison
    | key EMPTY -> comparison
    | key EXISTS -> existence
    | STRING -> text
    | WORD -> word
    | HINT -> hint
key: KEY | QUOTED_KEY
value: VALUE | STRING | RAW | "(" item ("," item)* ")"
?item: ITEM | STRING | RAW

?stage: function
    | "{" span_alternatives? "}" -> filter
function: FUNCTION "(" (argument ("," argument)*)? ")" (OPERATOR value)? (FUNCTION "(" argument ("," argument)* ")")*
argument: ARGUMENT | QUOTED_ARGUMENT

NOT.9: /-(?=[^\s-])|!(?![=~<>])|(?i:not)(?=[\s({])/
_AND.9: /&&|(?i:and)(?=[\s({"-]|$)/
_OR.9: /\|\||(?i:or)(?=[\s({"-]|$)/
RELATION.8: /[!&]?(?:>>|<<|[><~])/
OPERATOR.8: /!=|=~|>=|<=|!~|[=><~:]/
EMPTY.9: /(?<=\S)=(?=\s*$|\s*[})]|\s+[^\s="{}]+=)/
EXISTS.9: /(?i:exists)(?=[\s(){}|&]|$)/
HINT.10: /with(?=\s*\()/
FUNCTION.7: /(?:count|avg|min|max|sum|by|select|rate|with|[a-z]+_over_time)(?=\s*\()|[A-Za-z_]+(?=\()/
QUOTED_KEY.6: /(?:(?:<name>)?\.)?"(?:[^"\\]|\\.)*"(?=<ends a key>)/s
KEY.5: /(?:(?:span|trace|event|link|scope|instrumentation):(?=[A-Za-z]+(?:<ends a key>)))?<name>(?=<ends a key>)/
WORD.3: /[a-z]+:\/\/[^\s"(){}]+|<name>/
STRING.4: /"(?:[^"\\]|\\.)*"/s
RAW.4: /`[^`]*`/
VALUE.1: /(?![(="`])(?:[^\s"{}()&|]|(?!(?:&&|\|\|)(?:[\s.!({]|span\.|resource\.))[&|]|\{[^\s"{}()]*\}|\([^\s"{}()]*\))+/
ITEM.1: /[^\s"`(){},]+/
QUOTED_ARGUMENT.4: /(?:[a-z]*\.)?"(?:[^"\\]|\\.)*"/s
ARGUMENT.1: /[^\s"(){},|]+/
%ignore /\s+/
"""
# What an unquoted key is made of, and what follows a comparison's key: >> and << stand between braces, never there, and
# a colon with two slashes is an address's.
_NAME = r"""[^\s="{}()<>~!:&|,`-][^\s="{}()<>~!:&|,`]*"""
_ENDS_A_KEY = r"\s*(?:[=~]|:(?!\/\/)|!=|!~|>(?!>)|<(?!<))|\s+(?i:exists)(?:[\s(){}|&]|$)"
_OPENING, _CLOSING = ("LPAR", "LBRACE"), ("RPAR", "RBRACE")
_CONDITIONS = ("KEY", "QUOTED_KEY", "WORD", "STRING", "RAW", "VALUE", "ITEM", "LBRACE", "FUNCTION", "ARGUMENT")


class _Bounded:
    """Passes the tokens on as long as there aren't too many of them, nor too deep: what follows may recurse."""

    always_accept = ()

    def process(self, tokens: Iterator[Token]) -> Iterator[Token]:
        depth = nots = relations = conditions = 0
        for token in tokens:
            nots = nots + 1 if token.type == "NOT" else 0
            depth += (token.type in _OPENING) - (token.type in _CLOSING)
            conditions += token.type in _CONDITIONS
            relations += token.type == "RELATION"
            if depth + nots > MOST_NESTED:
                raise BadQuery("q", f"has more than {MOST_NESTED} brackets inside each other; leave some out")
            if relations > MOST_RELATIONS:
                raise BadQuery("q", f"has more than {MOST_RELATIONS} relations between spans; leave some out")
            if conditions > MOST_CONDITIONS:
                raise BadQuery("q", f"has more than {MOST_CONDITIONS} keys and values; leave some out")
            yield token


@cache
def parser(build: Transformer[Token, object]) -> Lark:
    """Built once a process; what it returns is what `build` makes of a query's start."""
    grammar = GRAMMAR.replace("<name>", _NAME).replace("<ends a key>", _ENDS_A_KEY)
    return Lark(grammar, parser="lalr", transformer=build, postlex=_Bounded(), maybe_placeholders=False)

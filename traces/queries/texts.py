"""In: an SQL expression of text or number, an operator, what it is compared with. Out: the condition as SQL.

Regular expressions and parts of texts are PostgreSQL's to compare; text that it can't hold (`core.values`) has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import md5

from django.db import DataError, OperationalError

from traces.core.regex import parse_regex
from traces.core.regex_classes import merged
from traces.core.regex_postgres import to_postgres
from traces.core.regex_tree import Chain, Chars
from traces.core.subjects import MATCHING, OPPOSITE, Op, TypedValue
from traces.core.values import key_text
from traces.queries.reading import fetch_within
from traces.queries.sql import NEVER, Sql, all_sql, any_sql, not_sql
from traces.search import BadQuery

COMPILE_TIMEOUT_MS = "500"
_ORDERS = {Op.OVER: ">", Op.AT_LEAST: ">=", Op.UNDER: "<", Op.AT_MOST: "<="}


def text_fits(expression: str, op: Op, values: Sequence[str], *, digest: bool = False) -> Sql:
    """Of a text that is there. With `digest` equality goes by md5, as the small tables' indexes do."""
    if op in OPPOSITE:
        return not_sql(text_fits(expression, OPPOSITE[op], values, digest=digest))
    if op is Op.EQUAL and digest:
        digests = [md5(key_text(value).encode(), usedforsecurity=False).hexdigest() for value in values]
        return Sql(f"md5({expression}) = any(%s::text[])", (digests,))
    if op is Op.EQUAL:
        return Sql(f"{expression} = any(%s::text[])", ([key_text(value) for value in values],))
    if op in MATCHING:
        return Sql(f"{expression} ~ any(%s::text[])", (_patterns(op, values),))
    return contains(expression, values)


def name_fits(expression: str, op: Op, values: Sequence[str], *, digest: bool = False) -> Sql:
    """Of a text that is kept as `key_text` makes it: in what that had to encode nothing is found."""
    if op in OPPOSITE:
        return not_sql(name_fits(expression, OPPOSITE[op], values, digest=digest))
    fits = text_fits(expression, op, values, digest=digest)
    return fits if op is Op.EQUAL else all_sql([Sql(f"left({expression}, 6) <> '$text:'"), fits])


def number_fits(expression: str, op: Op, values: Sequence[TypedValue | float], *, type: str = "bigint") -> Sql:
    """Of a number that is there; numbers beyond the type's range are compared all the same."""
    if op in OPPOSITE:
        return not_sql(number_fits(expression, OPPOSITE[op], values, type=type))
    if op is Op.EQUAL:
        return Sql(f"{expression} = any(%s::{type}[])", (list(values),))
    return Sql(f"{expression} {_ORDERS[op]} %s::{type}", (values[0],))


def contains(expression: str, parts: Sequence[str]) -> Sql:
    """One of these parts, in any case of letters."""
    storable = [part for part in parts if _is_storable(part)]
    plain = [like_pattern(part) for part in storable if part.isascii()]
    others = [_any_case(part) for part in storable if not part.isascii()]
    return any_sql(
        [
            Sql(f"{expression} ilike any(%s::text[])", (plain,)) if plain else NEVER,
            Sql(f"{expression} ~ any(%s::text[])", (others,)) if others else NEVER,
        ]
    )


def like_pattern(text: str) -> str:
    """Of LIKE, for what has this text in it."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _is_storable(text: str) -> bool:
    return key_text(text) == text or text.startswith("$text:")


def _any_case(part: str) -> str:
    """The database's locale needn't know the cases of letters beyond ASCII, so they are spelled out."""
    cases = [[one for one in (c, c.lower(), c.upper()) if len(one) == 1] for c in part]
    return to_postgres(Chain(tuple(Chars(merged((ord(one), ord(one)) for one in letters)) for letters in cases)))


def _patterns(op: Op, values: Sequence[str]) -> list[str]:
    """Translated and tried once: what the database finds too complex is refused here. Raises BadQuery."""
    whole = op is Op.WHOLLY_MATCHES
    patterns = [to_postgres(parse_regex(value), whole=whole) for value in values]
    try:
        fetch_within("select '' ~ any(%s::text[])", (patterns,), settings={"statement_timeout": COMPILE_TIMEOUT_MS})
    except (DataError, OperationalError) as error:
        raise BadQuery("q", f"{op}{values[0][:40]}: the regular expression is too complex") from error
    return patterns

"""A condition on attributes -> SQL on a jsonb map of them, whatever table it's in.

Several names can mean one attribute, a list's items count each, numbers and texts that jsonb can't hold are tagged
(`core.values`): jsonpath sees through all of that. Equality in jsonpath is what the GIN indexes answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from math import isfinite

from traces.core.comparing import number_of
from traces.core.semantic_names import names_of
from traces.core.subjects import OPPOSITE, ORDERING, Op
from traces.core.values import TAGS, double_value, from_python, int_value, key_text
from traces.queries.sql import Sql, all_sql, any_sql, not_sql
from traces.queries.texts import contains, number_fits, text_fits

# A value's text and its number as `core.comparing` has them; null where there is none.
TEXT = """case jsonb_typeof(v) when 'array' then null when 'object' then
    case when v - '{$int,$double}'::text[] = '{}' then coalesce(v ->> '$int', v ->> '$double') end
    else v #>> '{}' end"""
NUMBER = r"""case jsonb_typeof(v) when 'number' then v::numeric when 'object' then
    case when v - '{$int,$double}'::text[] = '{}'
        then nullif(coalesce(v ->> '$int', v ->> '$double')::numeric, 'NaN') end
    when 'string' then case
        when v #>> '{}' ~ '^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?$'
            and abs((v #>> '{}')::numeric) < 1.797693134862316e308
        then (v #>> '{}')::numeric end end"""
_IS_SCALAR = '? (@.type() != "object" && @.type() != "array" && @.type() != "null")'
_PAIRS = 'strict $.** ? (@.type() == "object").keyvalue()'
_IS_TAG = " || ".join(f'@ == "{tag}"' for tag in TAGS)
# Where text is: values in maps and lists, and keys; none of our own tags, nor base64.
TEXTS = (
    f'{_PAIRS} ? (@.key != "$bytes" && @.key != "$text").value {_IS_SCALAR}',
    f'strict $.** ? (@.type() == "array")[*] {_IS_SCALAR}',
    f'{_PAIRS}.key ? (!(@ starts with "$text:" || {_IS_TAG}))',
)
_LONG_NUMBER = re.compile(r"-?[1-9]\d{0,399}", re.ASCII)


def attribute_fits(column: str, name: str, op: Op, values: Sequence[str]) -> Sql:
    """`column` is never null; the opposites are for whoever knows all maps in question."""
    if op is Op.EQUAL:
        return Sql(f"{column} @@ %s::jsonpath", (equality(name, values),))
    if op in ORDERING:
        fits = number_fits(NUMBER, op, [_decimal(values[0])], type="numeric")
    else:
        fits = text_fits(TEXT, op, values)
    query = f"exists (select from jsonb_path_query({column}, %s::jsonpath) as q (v) where {fits.text})"
    paths = [f"$.{_quoted(key_text(one))}[*]" for one in names_of(name)]
    return any_sql(Sql(query, (path, *fits.params)) for path in paths)


def attribute_exists(column: str, name: str) -> Sql:
    return Sql(f"{column} ?| %s::text[]", ([key_text(one) for one in names_of(name)],))


def compared(exists: Sql, fits: Sql, op: Op) -> Sql:
    """The opposites say of what is there that none of it fits; `fits` is then what they are opposite to."""
    return all_sql([exists, not_sql(fits)]) if op in OPPOSITE else fits


def has_text(column: str, text: str) -> Sql:
    """In a key or a value, however deep: looked for in the JSON, and then at its place."""
    in_json = json.dumps(key_text(text), ensure_ascii=False)[1:-1]
    deep = contains("v #>> '{}'", [text])
    query = f"exists (select from jsonb_path_query({column}, %s::jsonpath) as q (v) where {deep.text})"
    found = any_sql(Sql(query, (path, *deep.params)) for path in TEXTS)
    return all_sql([contains(f"{column}::text", [in_json]), found])


def equality(name: str, values: Sequence[str]) -> str:
    """jsonpath: one of the names has one of the values, or a list of it has."""
    keys = [_quoted(key_text(one)) for one in names_of(name)]
    sides = list(dict.fromkeys(_side(meaning) for value in values for meaning in meanings(value)))
    return " || ".join(f"$.{key}{side}" for key in keys for side in sides)


def _side(meaning: object) -> str:
    if isinstance(meaning, dict):
        ((tag, inner),) = meaning.items()
        return f".{_quoted(tag)} == {_quoted(inner)}"
    return f" == {json.dumps(meaning, ensure_ascii=False)}"


def _quoted(text: str) -> str:
    """A key or a string of jsonpath is written as in JSON."""
    return json.dumps(text, ensure_ascii=False)


def _decimal(text: str) -> str:
    """The number that is meant, in full."""
    return repr(number_of(text))


def meanings(value: str) -> list[object]:
    """What an attribute with this value may hold, in JSON form: the text, the number, the boolean."""
    found: list[object] = [from_python(value)]
    number = number_of(value)
    if number is not None:
        found += _equal_numbers(number)
    elif _LONG_NUMBER.fullmatch(value):
        found.append(int_value(int(value)))
    if value in ("NaN", "Infinity", "-Infinity"):
        found.append(double_value(float(value)))
    if value in ("true", "false"):
        found.append(value == "true")
    return found


def _equal_numbers(number: int | float) -> list[object]:
    """In all forms in which it may be kept."""
    if not number:
        return [0, double_value(-0.0)]
    same: list[int | float] = [number]
    if abs(number) >= 1e15:
        same = [one for one in _as_both(number) if one == number]
    return [from_python(one) for one in same]


def _as_both(number: int | float) -> list[int | float]:
    try:
        return [float(number), int(number)] if isfinite(number) else [number]
    except OverflowError:
        return [number]

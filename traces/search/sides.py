"""In: what somebody wrote for one side of a comparison. Out: the parameters of a search, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from traces.core.meaning import all_of
from traces.search import BadQuery, Search, from_params, parse, query_text, words_of

FILTERS = ("q", "service", "operation", "status", "min_duration", "max_duration")
RANGE = ("last", "start", "end")
LEAST_SIZE, DEFAULT_SIZE, MOST_SIZE = 20, 1_000, 10_000  # traces a side
_PARAMS = frozenset((*FILTERS, *RANGE))
# Beyond letters and digits, what people can go on reading in an address.
_PLAIN = "/:=,@\"{}()<>~|*!?'"


def params_of(text: str, around: Mapping[str, str]) -> dict[str, str]:
    """Of a query's text, or of a whole address such as `service=checkout&last=24h`; one without a time of its own has
    that of the comparison."""
    text = text.strip().removeprefix("?")
    pairs = parse_qsl(text, keep_blank_values=True) if "=" in text and not re.search(r"\s", text) else []
    is_address = bool(pairs) and all(name in _PARAMS for name, _ in pairs)
    params = {name: value for name, value in pairs if value} if is_address else {"q": text} if text else {}
    if not any(name in params for name in RANGE):
        params |= {name: around[name] for name in RANGE if around.get(name)}
    return params


def text_of(params: Mapping[str, str], around: Mapping[str, str]) -> str:
    """The shortest that `params_of` reads as these: the query's text alone where that is all."""
    same_range = all(params.get(name, "") == around.get(name, "") for name in RANGE)
    kept = {name: value for name, value in params.items() if value and name in _PARAMS}
    if same_range:
        kept = {name: value for name, value in kept.items() if name not in RANGE}
    if set(kept) == {"q"} and params_of(kept["q"], {}) == kept:
        return kept["q"]
    return urlencode(kept, safe=_PLAIN)


def word_text(key: str, op: str, value: str) -> str:
    """`key="a value"` as a word of a query."""
    plain = value if value and re.fullmatch(r"[\w.:/@+-]+", value) else '"' + re.sub(r'([\\"])', r"\\\1", value) + '"'
    return f"{key}{op}{plain}"


def can_be_word(key: str) -> bool:
    return re.fullmatch(r'[^\s="{}()<>!~|&-][^\s="{}()<>!~|&]*', key) is not None


def with_word(params: Mapping[str, str], word: str) -> dict[str, str]:
    typed = params.get("q", "").strip()
    both = all_of(*words_of(parse(typed) if typed else None), *words_of(parse(word)))
    return {**params, "q": query_text(both)}


def is_query(text: str) -> bool:
    try:
        parse(text)
    except BadQuery:
        return False
    return True


def searches_of(params: Mapping[str, str], now_ns: int) -> tuple[Search, Search]:
    """The two sides `a` and `b` of an address. Raises BadQuery, with the side as its field."""
    around = {name: params[name] for name in RANGE if params.get(name)}
    found = []
    for side in ("a", "b"):
        try:
            found.append(from_params(params_of(params.get(side, ""), around), now_ns))
        except BadQuery as error:
            raise BadQuery(side, str(error) if error.field == "q" else f"{error.field} {error}") from error
    return found[0], found[1]


def size_of(text: str) -> int:
    """How many traces a side. Raises BadQuery."""
    if not text.strip():
        return DEFAULT_SIZE
    if re.fullmatch(r"\d{1,6}", text.strip(), re.ASCII) and LEAST_SIZE <= int(text) <= MOST_SIZE:
        return int(text)
    raise BadQuery("n", f"expected a whole number from {LEAST_SIZE} to {MOST_SIZE:,}")

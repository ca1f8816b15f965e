"""`cols=user.id,http.route` -> the keys of the attributes that a list shows beside each trace; and back."""

from __future__ import annotations

from collections.abc import Sequence

from traces.search import BadQuery

MOST_COLUMNS, LONGEST_KEY = 8, 200


def parse_columns(text: str) -> tuple[str, ...]:
    """Each once, in their order. Raises BadQuery."""
    keys = tuple(dict.fromkeys(key for part in text.split(",") if (key := part.strip())))
    if len(keys) > MOST_COLUMNS:
        raise BadQuery("cols", f"has more than {MOST_COLUMNS} columns; leave some out")
    if any(len(key) > LONGEST_KEY for key in keys):
        raise BadQuery("cols", f"has a key of more than {LONGEST_KEY} characters")
    return keys


def columns_text(keys: Sequence[str]) -> str:
    return ",".join(keys)

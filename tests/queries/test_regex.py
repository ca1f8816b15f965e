"""Regular expressions mean the same to PostgreSQL as to RE2 and to us."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.regex_vectors import VECTORS
from tests.core.test_regex import patterns, texts
from traces.core.regex import parse_regex
from traces.core.regex_classes import BadRegex
from traces.core.regex_matching import Matcher
from traces.core.regex_postgres import to_postgres
from traces.core.regex_tree import Node

pytestmark = pytest.mark.django_db


def matches(text: str, node: Node) -> tuple[bool, bool]:
    """Somewhere in the text, and all of it."""
    with connection.cursor() as cursor:
        cursor.execute("select %s ~ %s, %s ~ %s", (text, to_postgres(node), text, to_postgres(node, whole=True)))
        found: tuple[bool, bool] = cursor.fetchone()
        return found


@pytest.mark.parametrize(("pattern", "found_in", "not_in"), VECTORS)
def test_examples_are_found_where_they_should_be(pattern: str, found_in: list[str], not_in: list[str]) -> None:
    node = parse_regex(pattern)
    assert [text for text in [*found_in, *not_in] if matches(text, node)[0]] == found_in


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(patterns, st.lists(texts, min_size=1, max_size=3))
def test_same_texts_match(pattern: str, found: list[str]) -> None:
    try:
        node = parse_regex(pattern)
    except BadRegex:
        return
    ours = Matcher(node)
    for text in found:
        assert matches(text, node) == (ours.search(text), ours.fullmatch(text)), (pattern, text)

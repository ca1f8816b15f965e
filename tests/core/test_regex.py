"""Our reading of regular expressions against RE2 itself."""

from __future__ import annotations

import re
import time
from contextlib import suppress

import pytest
import re2  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.regex_vectors import VECTORS
from traces.core.regex import parse_regex
from traces.core.regex_classes import BadRegex
from traces.core.regex_matching import Matcher

_PIECES = ["a", "b", "K", "s", "é", "0", "_", " ", "\n", ".", "^", "$", r"\d", r"\W", r"\s", r"\b", r"\B", r"\A", r"\z",
           r"\.", r"\x41", r"\x{e9}", r"\Qa.b\E", "[ab]", "[^a]", "[a-k_-]", r"[\d\s]", r"[^\W]", "[[:alpha:]0]",
           "[[:^digit:]]", "[]a]", "{", "}", "]", "-", "(?i)", "(?s)", "(?-i)", "a{2"]  # fmt: skip
_REPEATS = ["", "", "", "*", "+", "?", "*?", "{2}", "{1,}", "{0,2}", "{0}", "{1,3}?"]
_atoms = st.builds(str.__add__, st.sampled_from(_PIECES), st.sampled_from(_REPEATS))
patterns = st.recursive(
    _atoms,
    lambda inner: (
        st.builds(
            "{}{}{}".format,
            st.sampled_from(["(", "(?:", "(?i:", "(?s:", "(?P<n>", "(?-s:"]),
            st.lists(inner, max_size=3).map("".join) | st.lists(inner, max_size=3).map("|".join),
            st.sampled_from([")", ")*", ")+", "){2}"]),
        )
        | st.lists(inner, max_size=4).map("".join)
        | st.lists(inner, max_size=3).map("|".join)
    ),
    max_leaves=6,
)
texts = st.text("abkKsS\u212a\u017féÉ0_ \n.-]{}A", max_size=8)
_QUIET = re2.Options()
_QUIET.log_errors = False


def matcher(pattern: str) -> Matcher:
    return Matcher(parse_regex(pattern))


def refusal(pattern: str) -> str:
    with pytest.raises(BadRegex) as caught:
        parse_regex(pattern)
    return str(caught.value)


@settings(max_examples=500)
@given(patterns, st.lists(texts, min_size=1, max_size=4))
def test_same_texts_match_as_with_re2(pattern: str, found: list[str]) -> None:
    try:
        ours = matcher(pattern)
    except BadRegex:
        return
    theirs = re2.compile(pattern, _QUIET)
    # Between the bytes of a letter it finds that no word begins: it looks at bytes.
    for text in filter(str.isascii, found) if "\\B" in pattern else found:
        assert ours.search(text) == bool(theirs.search(text)), (pattern, text)
        assert ours.fullmatch(text) == bool(theirs.fullmatch(text)), (pattern, text)


@given(patterns | st.text("ab()[]{}*+?|\\^$.-:<>P!=imsU0123,dpQE", max_size=12))
def test_what_re2_refuses_is_refused(pattern: str) -> None:
    with suppress(BadRegex):
        parse_regex(pattern)
        re2.compile(pattern, _QUIET)


@pytest.mark.parametrize("character", [*map(chr, range(0x80)), "\u212a", "\u017f", "é", "\x85", "\u2028", "😀"])
def test_classes_have_the_same_characters_as_in_re2(character: str) -> None:
    names = ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
             "word", "xdigit"]  # fmt: skip
    classes = [".", r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", "[^x]", r"[^\d]", *(f"[[:{name}:]]" for name in names)]
    for pattern in [*classes, *(f"(?i){one}" for one in classes)]:
        assert matcher(pattern).search(character) == bool(re2.search(pattern, character)), pattern


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (r"\pL", r"\p isn't supported"),
        (r"(a)\1", "no going back to a group"),
        (r"(?=a)", "no looking ahead or back"),
        (r"(?<!a)", "no looking ahead or back"),
        (r"(?m)^a", "the flags are i and s"),
        (r"(?U)a", "the flags are i and s"),
        (r"(?i)é", "both cases in brackets"),
        (r"a{1001}", "repeats go up to 255"),
        (r"a{3,2}", "the smaller number first"),
        ("((((a{200}){200}){200}){200})", "repeats too much"),
        ("a**", "two repeats in a row"),
        ("*a", "nothing to repeat"),
        ("[a", "a [ has no ]"),
        ("(a", "a ( has no )"),
        ("a)", "unexpected ) at character 2"),
        ("[z-a]", "goes backwards"),
        ("[[:foo:]]", "no class of characters"),
        ("a" * 1_001, "more than 1,000 characters"),
        ("(" * 60 + ")" * 60, "nested deeper"),
        (r"\C", r"\C isn't supported"),
        ("\\", "\\ isn't supported"),
    ],
)
def test_what_is_refused_is_named(pattern: str, says: str) -> None:
    assert says in refusal(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a*)*b", "(.*a){20}b", "(a?){50}a{50}"])
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    start = time.perf_counter()
    found = matcher(pattern).search("a" * 500 + "c")
    assert not found or re.match(r"\(a\?", pattern)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(("pattern", "found_in", "not_in"), VECTORS)
def test_examples_are_found_where_re2_finds_them(pattern: str, found_in: list[str], not_in: list[str]) -> None:
    ours = matcher(pattern)
    for text in [*found_in, *not_in]:
        assert ours.search(text) == (text in found_in) == bool(re2.search(pattern, text, _QUIET)), text

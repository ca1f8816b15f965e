"""What holds of any two groups of traces."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from traces.core.compare import Comparison, Profile, Vocabulary, compare, profile_of, sentence_of, unread
from traces.core.compare.report import report_of
from traces.core.span import Kind, Span, Status
from traces.core.tree import build_trace

_OPERATIONS = [("shop", "GET /", Kind.SERVER), ("pay", "charge", Kind.CLIENT), ("pay", "GET /u/12345", Kind.CONSUMER)]
_SPAN = st.tuples(
    st.integers(0, 6),  # which of the spans before it is the parent
    st.integers(0, 50),
    st.integers(0, 60),
    st.sampled_from(_OPERATIONS),
    st.sampled_from([Status.UNSET, Status.UNSET, Status.ERROR]),
)
_TRACE = st.tuples(
    st.lists(_SPAN, min_size=1, max_size=7),
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([1, 2, "x", "y", True])), max_size=3),
    st.sampled_from([1.0, 1.0, 4.0]),
)
_GROUP = st.lists(_TRACE, max_size=40)


def profiles(vocabulary: Vocabulary, group: list) -> list[Profile]:  # type: ignore[type-arg]
    found = []
    for number, (drawn, attributes, weight) in enumerate(group):
        spans = [
            Span(bytes(16), _id(place), _id(parent % place) if place else None, start, length, service, name,
                 kind, status)
            for place, (parent, start, length, (service, name, kind), status) in enumerate(drawn)
        ]  # fmt: skip
        facts = [vocabulary.fact("root", key, value) for key, value in attributes]
        profile = profile_of(build_trace(spans), vocabulary, weight=weight, facts=facts)
        found.append(profile._replace(trace_id=number.to_bytes(16)))
    return found


def _id(place: int) -> bytes:
    return (place + 1).to_bytes(8)


def compared(a: list, b: list) -> tuple[Comparison, Comparison, list[Profile], list[Profile]]:  # type: ignore[type-arg]
    vocabulary = Vocabulary()
    of_a, of_b = profiles(vocabulary, a), profiles(vocabulary, b)
    return compare(of_a, of_b, vocabulary), compare(of_b, of_a, vocabulary), of_a, of_b


@given(_GROUP, _GROUP)
def test_contributions_add_up_to_the_durations(a: list, b: list) -> None:  # type: ignore[type-arg]
    found, _, of_a, of_b = compared(a, b)
    assert sum(row.a_sum_ns for row in found.contributions) == sum(profile.duration_ns for profile in of_a)
    assert sum(row.b_sum_ns for row in found.contributions) == sum(profile.duration_ns for profile in of_b)


@given(_GROUP, _GROUP)
def test_swapping_the_sides_mirrors(a: list, b: list) -> None:  # type: ignore[type-arg]
    found, swapped, _, _ = compared(a, b)
    assert found.tests == swapped.tests
    assert found.claims == swapped.claims
    by_path = {(row.part, row.path): row for row in swapped.contributions}
    for row in found.contributions:
        other = by_path[row.part, row.path]
        assert (row.a_sum_ns, row.b_sum_ns, row.claimed) == (other.b_sum_ns, other.a_sum_ns, other.claimed)
        assert abs(row.delta_mean_ns + other.delta_mean_ns) < 1e-6
    shares = sorted((one.kind, one.path or 0, one.shares.a, one.shares.b) for one in found.traits)
    assert shares == sorted((one.kind, one.path or 0, one.shares.b, one.shares.a) for one in swapped.traits)


@given(st.lists(_TRACE, min_size=1, max_size=40))
def test_a_group_against_itself_claims_nothing(a: list) -> None:  # type: ignore[type-arg]
    found = compared(a, a)[0]
    assert found.claims == 0
    assert all(row.delta_mean_ns == 0 for row in found.contributions)


@settings(max_examples=30)
@given(_GROUP, _GROUP)
def test_everything_can_be_said(a: list, b: list) -> None:  # type: ignore[type-arg]
    found = compared(a, b)[0]
    assert sentence_of(found).endswith(".")
    assert report_of(found, a="one", b="other")[0] == sentence_of(found)


def test_trace_that_isnt_read_counts_with_its_duration() -> None:
    vocabulary = Vocabulary()
    large = unread(bytes(16), duration_ns=7, weight=1.0, has_error=False)
    found = compare([large] * 30, [large] * 30, vocabulary)
    assert [(row.part, row.a_sum_ns) for row in found.contributions] == [("unexplained", 210)]

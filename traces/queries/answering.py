"""A search -> the first traces that match, in an order; or what it says of trace rows.

Two ways lead to the traces of a condition: collect the spans that fulfil it through their index (right for what is
rare), or walk over the traces in the list's order and ask each (right for what is common).
"""

from __future__ import annotations

from uuid import UUID

from traces.core.meaning import EVERY, Condition, all_of
from traces.core.project import PROJECT
from traces.queries.candidates import VERY_RARE, Few, candidates, seems_rare
from traces.queries.filters import Filter, Wanted, indexed_bounds, is_exact, trace_filter
from traces.queries.reading import fetch
from traces.queries.remembered import remembering
from traces.queries.sql import NEVER, Sql, all_sql, since
from traces.queries.walked import Order, Place, Question, Walked
from traces.queries.walking import (
    BOX_MS,
    FIRST,
    LEAST_TIMEOUT_MS,
    LOOK,
    START,
    now_ms,
    walk,
)
from traces.search import Search, words_of
from traces.search.parts import as_query

# Decided one by one, that they match.
MOST_DECIDED = 10_000
# What so many of the first traces that are asked fulfil is taken for common; or such a part of a page, of what is told.
COMMON, PART = 4, 8
# So many found in three batches: no index makes that quicker.
MANY = 200
# Of the time that is asked for, the newest parts.
SHARES = (64, 8)
EXTENT = "select min(t.start_ns), max(t.start_ns) from trace t where {}"


def matching(search: Search, *, box_ms: int = BOX_MS // 2, most: int = MOST_DECIDED) -> Filter:
    """What the search says of trace rows. What has to be decided in core is decided for the newest traces, as far as
    the time reaches."""
    with remembering():
        found = _matching(search, box_ms, most)
    return found._replace(sql=since(found.sql, search.start_ns))


def _matching(search: Search, box_ms: int, most: int) -> Filter:
    condition, order = as_query(search), Order("start_ns", most)
    question = _question(search, condition, order)
    if question.undecided is not None and not question.is_hopeless:
        found = _answer(search, order, box_ms)
        too_large = len(found.too_large) if found.until is None else 0
        return Filter("t.trace_id = any(%s)", ([row[1] for row in found.rows],), found.is_complete, too_large)
    if not question.looks_at_spans or question.is_hopeless:
        return Filter(*question.sql)
    if seems_rare(condition) or not _seems_common(question, order):
        question = _among(candidates(condition, search.start_ns), question, condition)
    return Filter(*question.sql)


def answer(search: Search, order: Order, *, box_ms: int) -> Walked:
    """The first that match, as far as the time reaches."""
    with remembering():
        return _answer(search, order, box_ms)


def _answer(search: Search, order: Order, box_ms: int) -> Walked:
    ends_ms, condition = now_ms() + box_ms, as_query(search)
    question = _question(search, condition, order)
    if question.is_hopeless:
        return Walked([], None)
    found = Walked([], order.after or START)
    few = candidates(condition, search.start_ns, rare=VERY_RARE) if seems_rare(condition) else None
    if few is None:
        found, few = _sized_up(search, condition, question, order, ends_ms)
        if _is_done(found, order):
            return found
    question = _among(few, question, condition)
    if question.is_hopeless:
        return Walked([], None)
    return found.then(walk(question, order.behind(found), box_ms=ends_ms - now_ms()))


def _sized_up(
    search: Search, condition: Condition, question: Question, order: Order, ends_ms: float
) -> tuple[Walked, Few | None]:
    """A look at the first traces, then a short one into the index, tell what is common: then walking fills a page
    before an index has collected most of its spans. Where it doesn't, it was rare after all."""
    found, few = _look(question, order), None
    if _is_done(found, order):
        return found, None
    if _is_common(found, order, question):
        # As many asked in the first batch as a page most likely takes.
        asked = 2 * order.most * LOOK.asked // max(len(found.rows), 1)
        size = FIRST._replace(asked=min(max(asked, FIRST.asked), FIRST.rows))
        found = found.then(walk(question, order.behind(found), box_ms=ends_ms - now_ms(), batches=3, size=size))
    else:
        few = candidates(condition, search.start_ns, rare=VERY_RARE)
        if few is None and question.looks_at_spans and order.column == "start_ns":
            found = found.then(_newest_first(condition, question, order.behind(found), ends_ms))
    if few is None and not _is_done(found, order) and len(found.rows) < MANY:
        few = candidates(condition, search.start_ns)
    return found, few


def _newest_first(condition: Condition, question: Question, order: Order, ends_ms: float) -> Walked:
    """As far as the index finds few in the newest parts of the time: a page is full before all are collected."""
    found = Walked([], order.after)
    oldest_ns, newest_ns = fetch(EXTENT.format(question.bounds.text), question.bounds.params)[0]
    newest_ns = min(newest_ns, order.after.value) if newest_ns and order.after else newest_ns
    for share in SHARES if newest_ns else ():
        since_ns = newest_ns - (newest_ns - oldest_ns) // share
        few = candidates(condition, since_ns)
        if few is None:
            break
        newer = question._replace(bounds=all_sql([question.bounds, Sql("t.start_ns >= %s", (since_ns,))]))
        newer = _among(few, newer, condition)
        if not newer.is_hopeless:
            found = found.then(walk(newer, order.behind(found), box_ms=ends_ms - now_ms()))
            if found.until is not None:
                break
        found = found._replace(until=Place(since_ns, UUID(int=0)))
    return found


def _look(question: Question, order: Order) -> Walked:
    return walk(question, order, box_ms=LEAST_TIMEOUT_MS, batches=1, size=LOOK)


def _seems_common(question: Question, order: Order) -> bool:
    return len(_look(question, order._replace(most=COMMON)).rows) == COMMON


def _is_done(found: Walked, order: Order) -> bool:
    return found.until is None or len(found.rows) >= order.most


def _is_common(found: Walked, order: Order, question: Question) -> bool:
    return len(found.rows) >= (COMMON if question.looks_at_spans else order.most // PART)


def _question(search: Search, condition: Condition, order: Order) -> Question:
    bounds = all_sql([bounds_of(search), indexed_bounds(condition, order.column)])
    return Question(bounds, trace_filter(condition), None if is_exact(condition) else condition)


def _among(few: Few | None, question: Question, condition: Condition) -> Question:
    """Among few candidates, where what is needed is rare; hopeless where there are none."""
    if few is None:
        return question
    if not few.traces:
        return question._replace(wanted=Wanted(NEVER))
    wanted = trace_filter(_without(condition, few.settled))
    return question._replace(wanted=wanted, among=tuple(few.traces))


def _without(condition: Condition, settled: Condition | None) -> Condition:
    if settled is None:
        return condition
    return EVERY if condition == settled else all_of(*(item for item in words_of(condition) if item != settled))


def bounds_of(search: Search) -> Sql:
    bounds = (("t.start_ns >= %s", search.start_ns), ("t.start_ns < %s", search.end_ns))
    set_ones = [Sql(text, (bound,)) for text, bound in bounds if bound is not None]
    return all_sql([Sql("t.project = %s", (PROJECT,)), *set_ones])

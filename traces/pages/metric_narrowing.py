"""In: a search that ends in a metric, and the values a series is of. Out: the address of the same metric of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from traces.core.meaning import And, Condition, Filter, Metric, Pipeline, Some, all_of
from traces.core.metrics import By
from traces.core.printable import printable
from traces.core.spanset import measured_by
from traces.core.subjects import Op
from traces.pages.addresses import beside
from traces.pages.narrowing import LONGEST
from traces.search import BadQuery, Search, query_text, words_of
from traces.search.comparisons import compared


def narrowed(search: Search, params: Mapping[str, str], metric: Metric, by: By) -> str:
    """Empty where no search can ask for it, or this one does."""
    query = None if search.condition is None else measured_by(search.condition)
    wanted = _condition(metric, by)
    if query is None or wanted is None or search.condition is None:
        return ""
    found = all_of(*(_with(query, wanted) if item is query else item for item in words_of(search.condition)))
    return "" if found == search.condition else beside(replace(search, condition=found), params)


def _condition(metric: Metric, by: By) -> Condition | None:
    """On one span; None where it can't be said."""
    if not by or not all(said is not None and said.is_scalar for said in by):
        return None
    texts = [said.text for said in by if said is not None]
    try:
        parts = [compared(subject, Op.EQUAL, (text,), text) for subject, text in zip(metric.by, texts, strict=True)]
    except BadQuery:
        return None
    written = query_text(Some(all_of(*parts)))
    return all_of(*parts) if printable(written) == written and len(written) <= LONGEST else None


def _with(query: Pipeline, wanted: Condition) -> Pipeline:
    """Of the spans found those that have it: said with the others where these are one brace, else behind all."""
    if isinstance(query.source, Some) and len(query.stages) == 1:
        before = query.source.condition
        known = before.items if isinstance(before, And) else (before,)
        new = [part for part in (wanted.items if isinstance(wanted, And) else (wanted,)) if part not in known]
        return replace(query, source=Some(all_of(before, *new))) if new else query
    *stages, metric = query.stages
    return query if Filter(wanted) in stages else replace(query, stages=(*stages, Filter(wanted), metric))

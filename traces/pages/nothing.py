"""In: a search that found nothing. Out: how to send something, or what each condition and longer ranges find."""

from __future__ import annotations

import time
from collections.abc import Mapping

from django.http import HttpRequest

from traces import queries
from traces.pages.addresses import beside
from traces.pages.form import PLACE, RANGES, address, wider_ranges, without
from traces.pages.results import total_text
from traces.pages.send import snippets
from traces.pages.slips import slips_of
from traces.search import Search, from_params
from traces.search.parts import parts_of


def nothing_of(request: HttpRequest, params: Mapping[str, str], search: Search) -> dict[str, object]:
    """In a store without traces, only how to send some."""
    if queries.store_is_empty():
        return {"snippets": snippets(request)}
    parts = parts_of(search)
    kept = without(params, "last", "start", "end", *PLACE)
    wider = wider_ranges(params)
    searches = [from_params(kept | {"last": last}, time.time_ns()) for last in wider]
    totals = queries.count_each([*(part.alone for part in parts), *searches])
    return {
        "nothing": True,
        "slips": slips_of(search, params),
        "alone": [
            (part.text, total_text(total), beside(part.alone, params))
            for part, total in zip(parts, totals, strict=False)
        ],
        "wider": [
            (RANGES[last], total_text(total), address(kept | {"last": last}))
            for last, total in zip(wider, totals[len(parts) :], strict=True)
        ],
    }

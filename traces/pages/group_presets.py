"""In: a search, and which comparison somebody wants of it. Out: the address of that comparison."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import tzinfo
from urllib.parse import urlencode

from django.urls import reverse

from traces import queries
from traces.core.meaning import all_of
from traces.core.statistics import percentile
from traces.core.timescale import MICROSECOND, MILLISECOND
from traces.pages.form import PLACE
from traces.search import BadQuery, Search, from_params, opposite_of, query_text, words_of
from traces.search.sides import RANGE, text_of, with_word, word_text

PRESETS = {
    "slow": "the slowest tenth with the rest",
    "errors": "errors with the others",
    "before": "before with after the middle",
    "versions": "its two versions",
    "user": "this user with the others",
}
USER = "user.id"
SLOWEST_PERCENT = 90

Params = dict[str, str]


def offered(params: Mapping[str, str]) -> list[tuple[str, str]]:
    """The presets that make sense of this search: their addresses and words."""
    kept = {name: value for name, value in params.items() if name not in (*PLACE, "was", "sort", "limit")}
    names = [name for name in PRESETS if name != "user" or f"{USER}=" in params.get("q", "")]
    return [(f"{reverse('traces:groups')}?{urlencode({'preset': name, **kept})}", PRESETS[name]) for name in names]


def preset_url(params: Mapping[str, str], zone: tzinfo) -> str:
    """Where a search makes no sense, or there is no such comparison of it: the form, with it on both sides."""
    around = {name: params[name] for name in RANGE if params.get(name)}
    kept = {name: value for name, value in params.items() if name != "preset"}
    make = _MAKE.get(params["preset"])
    try:
        search = from_params(kept, time.time_ns(), zone)
        sides = make(kept, search) if make else (kept, kept)
    except BadQuery:
        sides = kept, kept
    a, b = (text_of(side, around) for side in sides)
    return f"{reverse('traces:groups')}?{urlencode({'a': a, 'b': b, **around})}"


def _slow(params: Params, search: Search) -> tuple[Params, Params]:
    """At a round duration near the 90th percentile."""
    durations = sorted(trace.duration_ns for trace in queries.sample_of(search).traces)
    if not durations:
        return params, params
    bound = _duration_param(percentile(durations, SLOWEST_PERCENT))
    return params | {"max_duration": bound}, params | {"min_duration": bound}


def _errors(params: Params, search: Search) -> tuple[Params, Params]:
    without = {name: value for name, value in params.items() if name != "status"}
    return with_word(without, "-status=error"), with_word(without, "status=error")


def _before(params: Params, search: Search) -> tuple[Params, Params]:
    """Before and after the middle of the time in which there were traces."""
    starts = [trace.start_ns for trace in queries.sample_of(search).traces]
    if not starts:
        return params, params
    start_ns, end_ns = min(starts), max(starts) + 1
    middle = str((start_ns + end_ns) // 2)
    kept = {name: value for name, value in params.items() if name not in RANGE}
    return kept | {"start": str(start_ns), "end": middle}, kept | {"start": middle, "end": str(end_ns)}


def _versions(params: Params, search: Search) -> tuple[Params, Params]:
    """Of the service whose second version is in most traces its two most frequent; the one first seen later is B."""
    by_service: dict[str, list[tuple[str, queries.Version]]] = {}
    for (service, version), found in queries.versions_of(queries.sample_of(search)).items():
        by_service.setdefault(service, []).append((version, found))
    several = [found for found in by_service.values() if len(found) > 1]
    two = [sorted(found, key=lambda one: (-one[1].traces, one[0]))[:2] for found in several]
    if not two:
        return params, params
    most = max(two, key=lambda pair: pair[1][1].traces)
    older, newer = sorted(most, key=lambda one: one[1].first_ns)
    words = [word_text("service.version", "=", version) for version, _ in (older, newer)]
    return with_word(params, words[0]), with_word(params, words[1])


def _user(params: Params, search: Search) -> tuple[Params, Params]:
    words = words_of(search.condition)
    of_user = next((one for one in words if query_text(one).startswith(f"{USER}=")), None)
    if of_user is None:
        return params, params
    others = all_of(*(opposite_of(one) if one == of_user else one for one in words))
    return params | {"q": query_text(others)}, params


_MAKE = {"slow": _slow, "errors": _errors, "before": _before, "versions": _versions, "user": _user}


def _duration_param(duration_ns: int) -> str:
    """Two digits that tell, as somebody would type it."""
    digits = max(len(str(duration_ns)) - 2, 0)
    rounded = max(round(duration_ns, -digits), 1)
    for unit_ns, unit in ((MILLISECOND, "ms"), (MICROSECOND, "us")):
        if rounded % unit_ns == 0:
            return f"{rounded // unit_ns}{unit}"
    return f"{rounded}ns"

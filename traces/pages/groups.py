"""In: two searches in the address. Out: what tells their traces apart: first the durations, then what explains them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from traces import queries
from traces.core.compare import Comparison, Difference, sentence_of
from traces.core.compare.curves import curves_of
from traces.core.compare.examples import examples_of
from traces.core.compare.profiles import Profile
from traces.core.compare.sentence import too_few
from traces.core.printable import printable
from traces.core.timescale import duration_text
from traces.pages.errors import in_turn
from traces.pages.group_form import Asked, asked_of, form_of
from traces.pages.group_presets import PRESETS, preset_url
from traces.pages.group_times import alone_of, times_of
from traces.pages.group_words import attributes_of, figures_of, traits_of
from traces.pages.span import varied, wants_fragment
from traces.pages.zone import zone_of
from traces.queries import Compared, Sample


@dataclass(frozen=True, slots=True)
class Example:
    trace_id: str
    duration: str


@in_turn
def groups_page(request: HttpRequest) -> HttpResponse:
    """The form alone where nothing is asked; with `whole`, everything in one page; else the rest comes after."""
    params = request.GET.dict()
    if "preset" in params:
        return redirect(preset_url(params, zone_of(request)))
    asked = asked_of(params, zone_of(request))
    searches = asked.searches
    page: dict[str, object] = {
        "nav": "compare",
        "text_url": asked.url("groups-text"),
        "presets": PRESETS,
        **form_of(asked),
    }
    if searches is None:
        is_wrong = bool(asked.error or asked.a.error or asked.b.error)
        return varied(render(request, "traces/groups/page.html", page, status=400 if is_wrong else 200))
    if "whole" in params or wants_fragment(request):
        page |= _explained(queries.compare_searches(*searches, most=asked.most), asked)
    else:
        a, b = (queries.sample_of(search, most=asked.most) for search in searches)
        page |= _first(queries.durations_of(a, b), a, b, asked)
    template = "traces/groups/explained.html" if wants_fragment(request) else "traces/groups/page.html"
    return varied(render(request, template, page))


@in_turn
def groups_text(request: HttpRequest) -> HttpResponse:
    """The report for a chat or a ticket."""
    asked = asked_of(request.GET.dict(), zone_of(request))
    if asked.searches is None:
        wrong = [f"{side.name}: {side.error}" for side in (asked.a, asked.b) if side.error] or [asked.error]
        text = " ".join(filter(None, wrong)) or "a and b are two searches, such as ?a=status=ok&b=status=error"
        return HttpResponse(f"{text}\n", status=400, content_type="text/plain; charset=utf-8")
    lines = queries.group_report(*asked.searches, most=asked.most)
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")


def _first(durations: Difference, a: Sample, b: Sample, asked: Asked) -> dict[str, object]:
    return {
        "sentence": too_few(durations),
        "figures": figures_of(durations),
        "curves": curves_of(durations.a, durations.b),
        "notes": queries.sample_notes(a, b),
        "traces": f"{durations.a.traces + durations.b.traces:,}",
        "rest": asked.url() if durations.percentiles else "",
    }


def _explained(found: Compared, asked: Asked) -> dict[str, object]:
    comparison = found.comparison
    traits, unsure_traits = traits_of(comparison, asked)
    attributes, unsure_attributes = attributes_of(comparison, asked)
    return _first(comparison.durations, found.a, found.b, asked) | {
        "rest": "",
        "explained": True,
        "sentence": sentence_of(comparison),
        "traits": traits,
        "unsure_traits": unsure_traits,
        "times": times_of(comparison) if comparison.durations.percentiles else [],
        "alone": alone_of(comparison),
        "attributes": attributes,
        "unsure_attributes": unsure_attributes,
        "left_out": [
            (words, [printable(key) for key in keys])
            for words, keys in (
                ("hardly two traces share a value", comparison.left_out.ids),
                ("too few traces have them", comparison.left_out.rare),
            )
            if keys
        ],
        "tests": f"{comparison.tests:,}",
        **_examples(comparison),
    }


def _examples(comparison: Comparison) -> dict[str, object]:
    examples = examples_of(comparison)
    pair = ""
    if examples.pair:
        pair = f"{reverse('traces:groups')}/{'/'.join(profile.trace_id.hex() for profile in examples.pair)}"
    return {
        "examples": [("A", list(map(_example, examples.a))), ("B", list(map(_example, examples.b)))],
        "pair": pair,
    }


def _example(profile: Profile) -> Example:
    return Example(profile.trace_id.hex(), duration_text(profile.duration_ns))

"""Other views of a trace than the waterfall: a layout and a `View` in, what each one's template prints out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from traces.pages.layouts import Layout
from traces.pages.view import OTHERS, View
from traces.pages.views.events import events_part
from traces.pages.views.flame import flame_part
from traces.pages.views.graph import graph_part
from traces.pages.views.statistics import statistics_part
from traces.pages.views.table import table_part

Part = Callable[[Layout, View], dict[str, object]]
PARTS: dict[str, Part] = {
    "flame": flame_part,
    "table": table_part,
    "statistics": statistics_part,
    "graph": graph_part,
    "events": events_part,
}


def tabs(view: View) -> list[tuple[str, str, bool]]:
    """Name, address and whether it is this one; the zoom and the open span go along."""
    plain = replace(view, options=())
    return [
        (name or "waterfall", plain.query(name=name, start=0) or "?", name == view.name)
        for name in ("", *(name for name in OTHERS if name in PARTS))
    ]

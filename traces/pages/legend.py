"""In: a trace's summary and what is in view. Out: its services with their colours, and links that hide or show each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from traces.pages.choosing import with_filter
from traces.pages.head import Service, services_of
from traces.pages.view import MOST_HIDDEN, View
from traces.pages.views.common import can_be_said
from traces.queries import TraceSummary


@dataclass(frozen=True, slots=True)
class Entry:
    """A service, and the link to hide it or to show it again; empty where neither makes sense."""

    service: Service
    is_hidden: bool
    url: str


def legend_of(summary: TraceSummary, view: View) -> Sequence[Entry]:
    """Those with most spans first. Other views than the waterfall hide nothing."""
    services, hidden = services_of(summary), view.shown.filter.services
    if view.name or (len(services) < 2 and not hidden):
        return [Entry(service, False, "") for service in services]
    return [Entry(one, one.recorded in hidden, _url(view, one.recorded)) for one in services]


def _url(view: View, service: str) -> str:
    wanted = view.shown.filter
    changed = replace(wanted, services=wanted.services ^ {service})
    return with_filter(view, changed) if can_be_said(service) and len(changed.services) <= MOST_HIDDEN else ""

"""In: a span's name. Out: the name that all spans of its operation share: `{id}` for each part that is an id."""

from __future__ import annotations

from traces.core.doctor.names import template_of


def templated(name: str) -> str:
    """`GET /orders/81923` is `GET /orders/{id}`; a name without ids is itself."""
    return template_of(name)

"""The one exception of this door, for a search that makes no sense."""

from __future__ import annotations


class BadQuery(ValueError):
    """A search that makes no sense. `field` names the parameter, the message what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field

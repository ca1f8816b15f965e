"""In: an attribute's key and where it stands. Out: whether it may have led to a difference, or only goes with it."""

from __future__ import annotations

import re
from enum import IntEnum

# What the program says after the fact.
_OUTCOME = re.compile(
    r"status_code|^error|^exception\.|resend_count|\bretr(y|ies)|attempt|^otel\.status|\bcode$|response\.", re.ASCII
)
# What conventions say of a call tells which one it was: that is said better as structure.
_OF_CALL = re.compile(r"(db|url|http|rpc|server|network|net|messaging|graphql|peer|client|code|thread)\.", re.ASCII)


class Role(IntEnum):
    """What may have led to a difference comes before what only goes with it."""

    CIRCUMSTANCE = 0
    CALL = 1
    OUTCOME = 2


def role_of(scope: str, key: str) -> Role:
    if _OUTCOME.search(key):
        return Role.OUTCOME
    return Role.CALL if scope == "span" and _OF_CALL.match(key) else Role.CIRCUMSTANCE

"""What marks the sample traces: a resource attribute on each of their spans, and how their trace ids begin.

The attribute decides. The ids only make them quick to find: they are neighbours in the index of trace ids.
"""

from __future__ import annotations

KEY = "sample.name"
NAME = "tracing-ui-shop"
# Six bytes that no random id of this world has by chance; ten random ones follow.
ID_PREFIX = b"sample"
FIRST_ID = ID_PREFIX + bytes(10)
LAST_ID = ID_PREFIX + b"\xff" * 10


def is_sample_id(trace_id: bytes) -> bool:
    return trace_id.startswith(ID_PREFIX)

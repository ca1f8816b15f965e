"""Nothing in, the spans of a small shop out: made by the OpenTelemetry SDK, sent over OTLP like anybody's.

`shop` says who works there, `work` and `calls` how a span is told, the stories (`browsing`, `buying`, `queueing`,
`oddities`, `importing`) what happens, `schedule` when, and `sending` brings it to a server. It knows nothing of the
store: it is a sender.
"""

from traces.sample.schedule import TRACES
from traces.sample.sending import Failed, Sent, fill, keep_coming

__all__ = ["TRACES", "Failed", "Sent", "fill", "keep_coming"]

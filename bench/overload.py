"""A load and a server in, what it does when ten times more comes than it can take out."""

from __future__ import annotations

from pathlib import Path

from bench import database, frames
from bench.report import Row
from bench.send import NO_ANSWER, Feed, Sent, send
from bench.server import Server

TIMES = 10
CONNECTIONS = 256
REFUSED = 503
MAX_REFUSAL_MS = 50
LEAST_OF_BEST = 0.8


def overload(server: Server, file: Path, *, seconds: float) -> list[Row]:
    """First the best it can do, with few connections; then ten times that, from senders without back-off."""
    bodies = frames.read(file)
    best = send(Feed(bodies), server.otlp_port, connections=4)
    for body in bodies:
        body.renew()
    before = database.counts(server.database_url).spans
    feed = Feed(bodies, rate=TIMES * best.spans_per_second, again=True, seconds=seconds)
    # Never more connections than bodies: a sender without one would only poll.
    sent = send(feed, server.otlp_port, connections=min(CONNECTIONS, len(bodies)), patient=False)
    server.settle()
    stored = database.counts(server.database_url)
    return [
        _row_of_refusals(sent),
        _row_of_speed(sent, best.spans_per_second),
        _row_of_loss(sent, stored.spans - before, summed=stored.summed_spans == stored.spans),
    ]


def _row_of_refusals(sent: Sent) -> Row:
    refused = [attempt for attempt in sent.attempts if attempt.status == REFUSED]
    strange = {status: count for status, count in sent.statuses.items() if status not in (200, REFUSED)}
    median, p99 = (sent.milliseconds(share, status=REFUSED) for share in (0.5, 0.99))
    explained = all(attempt.retry_after for attempt in refused)
    measured = (
        f"{len(refused):,} refused, median {median:.1f} ms, p99 {p99:.1f} ms, "
        f"{'all' if explained else 'NOT all'} with Retry-After" + (f"; other answers: {strange}" if strange else "")
    )
    passed = bool(refused) and explained and not strange and p99 <= MAX_REFUSAL_MS
    return Row("overload: refusals", f"503 + Retry-After, p99 {MAX_REFUSAL_MS} ms", measured, passed)


def _row_of_speed(sent: Sent, best: float) -> Row:
    offered = sum(attempt.spans for attempt in sent.attempts) / sent.seconds
    share = sent.spans_per_second / best
    sender = sent.sender_cpu_seconds / sent.seconds
    measured = (
        f"{sent.spans_per_second:,.0f} spans/s, {share:.0%} of the best, of {offered:,.0f} that came "
        f"(the sender took {sender:.0%} of a core)"
    )
    what = f"overload: accepted in {sent.seconds:.0f} s"
    return Row(what, f"{LEAST_OF_BEST:.0%} of the best", measured, share >= LEAST_OF_BEST)


def _row_of_loss(sent: Sent, stored: int, *, summed: bool) -> Row:
    """More may be stored than was acknowledged: an answer can be lost on its way. Never less."""
    unanswered = sum(attempt.spans for attempt in sent.attempts if attempt.status == NO_ANSWER)
    lost, unexplained = max(0, sent.accepted - stored), max(0, stored - sent.accepted - unanswered)
    measured = f"{sent.accepted:,} acknowledged, {stored:,} stored, {lost:,} lost"
    if not summed:
        measured += "; the summaries differ from the spans"
    return Row("overload: acknowledged and lost", "none", measured, not lost and not unexplained and summed)

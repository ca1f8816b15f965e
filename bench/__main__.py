"""`python -m bench all`: starts servers of its own, measures, prints a table.

One or more of ingest, totals, page (on one server), search, sdk, grpc, overload, browser (on one each), analysis, diff,
compare; `all`; search-10m, which takes half an hour; `profile-ingest`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from bench import database, frames
from bench.analysis import rows_of_analysis
from bench.browser import rows_of_browser
from bench.compare import rows_of_compare
from bench.diff import rows_of_diff
from bench.ingest import GRPC, PACKED, SDK, ingest, row_of_counts, row_of_memory, rows_of_disk, rows_of_speed
from bench.load import Load, ensure
from bench.overload import overload
from bench.page import row_of_page
from bench.report import Row, as_line, as_markdown, as_text, machine, yardstick
from bench.search import rows_of_search
from bench.server import SCRATCH, Server, running
from bench.totals import rows_of_totals
from bench.yardstick import touch_memory

ON_ONE = ("ingest", "totals", "page")
MEASUREMENTS = (*ON_ONE, "search", "sdk", "grpc", "overload", "browser", "analysis", "diff", "compare")
QUICK = 10
DATA = Path(__file__).parent / "data"


def main() -> None:
    options = _options()
    if "profile-ingest" in options.what:
        from bench.profiling import profile_ingest  # needs Django, which the others leave to the server

        profile_ingest(_packed_file(options), scratch=options.scratch)
        return
    touch_memory()
    rows = []
    for row in _measure(options):
        rows.append(row)
        print(as_line(row), flush=True)
    print("", as_markdown(rows) if options.markdown else as_text(rows), sep="\n")
    raise SystemExit(int(any(row.passed is False for row in rows)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="+", choices=[*MEASUREMENTS, "all", "search-10m", "profile-ingest"])
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--markdown", action="store_true", help="print the table as the README shows it")
    parser.add_argument("--data", type=Path, default=DATA, help="where loads are kept")
    parser.add_argument("--scratch", type=Path, default=SCRATCH, help="where servers keep data meanwhile")
    parser.add_argument("--file", type=Path, help="a load with all services in a body, instead of our own")
    parser.add_argument("--sdk-file", type=Path, help="a load as SDKs send it, instead of our own")
    return parser.parse_args()


def _measure(options: argparse.Namespace) -> Iterator[Row]:
    wanted = set(MEASUREMENTS) if "all" in options.what else set(options.what)
    if wanted & set(ON_ONE):
        yield from _on_one_server(options, wanted)
    for what, spans in (("search", 1_000_000), ("search-10m", 10_000_000)):
        if what in wanted:
            yield from _searches(options, spans // _divisor(options))
    if "sdk" in wanted:
        yield from _as_sdks_send(options)
    if "grpc" in wanted:
        yield from _as_sdks_send(options, by_grpc=True)
    if "overload" in wanted:
        with running(scratch=options.scratch) as server:
            yield from overload(server, _packed_file(options), seconds=60 / _divisor(options))
    if "browser" in wanted:
        file = _packed_file(options)
        with running(scratch=options.scratch) as server:
            print(machine(database.version(server.database_url)), flush=True)
            yield from rows_of_browser(server, file, divisor=_divisor(options))
    if "diff" in wanted:
        with running(scratch=options.scratch) as server:
            print(machine(database.version(server.database_url)), flush=True)
            yield from rows_of_diff(server)
    if "analysis" in wanted:
        print(yardstick(), flush=True)
        yield from rows_of_analysis(divisor=_divisor(options))
    if "compare" in wanted:
        print(yardstick(), flush=True)
        yield from rows_of_compare(divisor=_divisor(options))


def _on_one_server(options: argparse.Namespace, wanted: set[str]) -> Iterator[Row]:
    file = _packed_file(options)
    with running(scratch=options.scratch) as server:
        print(machine(database.version(server.database_url)), flush=True)
        yield from _ingest_packed(server, file)
        if "totals" in wanted:
            yield from rows_of_totals(server)
        if "page" in wanted:
            yield row_of_page(server, file)


def _searches(options: argparse.Namespace, spans: int) -> Iterator[Row]:
    with running(scratch=options.scratch) as server:
        print(machine(database.version(server.database_url)), flush=True)
        yield from rows_of_search(server, _packed_file(options), spans)


def _ingest_packed(server: Server, file: Path) -> Iterator[Row]:
    meta = frames.read_meta(file)
    what = f"{meta['spans']:,} spans, bodies of 512, 4 connections"
    ingested = ingest(server, file, connections=4)
    yield from rows_of_speed(what, ingested, PACKED)
    yield row_of_counts(what, server, file)
    yield row_of_memory(ingested.memory)
    yield from rows_of_disk(server, ingested.sent.accepted)


def _as_sdks_send(options: argparse.Namespace, *, by_grpc: bool = False) -> Iterator[Row]:
    file = options.sdk_file or ensure(Load(600_000 // _divisor(options), sdk=True, again=0.02), options.data)
    what = f"{frames.read_meta(file)['spans']:,} spans as SDKs send them, 64 connections" + ", by gRPC" * by_grpc
    with running(scratch=options.scratch) as server:
        ingested = ingest(server, file, connections=64, by_grpc=by_grpc)
        yield from rows_of_speed(what, ingested, GRPC if by_grpc else SDK)
        yield row_of_counts(what, server, file)
        yield row_of_memory(ingested.memory)


def _packed_file(options: argparse.Namespace) -> Path:
    return options.file or ensure(Load(1_000_000 // _divisor(options)), options.data)


def _divisor(options: argparse.Namespace) -> int:
    return QUICK if options.quick else 1


if __name__ == "__main__":
    main()

"""In: a stack trace in any language's spelling. Out: its lines in runs, told apart by whose code they speak of.

What can't be told is the program's own: nothing is played down by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

# Where Java's and .NET's `at package.Class.method` and the paths of the others belong to a library.
_PACKAGES = (
    r"java|javax|jakarta|jdk|sun|com\.sun|kotlin|kotlinx|scala|akka|groovy|clojure|android|androidx|dalvik"
    r"|org\.(?:apache|springframework|hibernate|eclipse|jboss|junit|gradle|codehaus|reactivestreams|postgresql)"
    r"|com\.(?:fasterxml|google|zaxxer|mysql|netflix)|io\.(?:grpc|netty|opentelemetry|micrometer|reactivex|undertow)"
    r"|okhttp3|okio|reactor|rx|feign|System|Microsoft|Npgsql|Grpc|Newtonsoft"
)
_LIBRARY = re.compile(
    rf"\s*at (?:[\w.]+/+)?(?:async )?(?:{_PACKAGES})\."
    r"|.*(?:site-packages|dist-packages|node_modules|/lib/python\d|/go/src/|/pkg/mod/|/gems/|/ruby/\d|/rustc/)"
    r"|.*(?:/vendor/|<frozen |\bnode:[a-z_/]+:\d|\((?:native|internal)[:)/]|\[internal function\])"
    r"|\s*\.\.\. \d+ (?:more|common)"
)
_CAUSE = re.compile(
    r"\s*(?:Caused by|Suppressed|Wrapped by|caused by|Traceback \(|The above exception|During handling"
    r"|---> |--- End of inner|goroutine \d+ \[|\[cause\]|Next )"
)
_CAUSED_BY = re.compile(r"\s*(?:Caused by|caused by|\[cause\]|--->):? (.*)")
_PYTHON_FRAME = re.compile(r'\s*(?:[|+] *)*File "')


class Whose(StrEnum):
    """What a line of a stack trace speaks of."""

    CAUSE = "cause"  # where another exception of the chain begins
    LIBRARY = "library"
    OWN = "own"


class Run(NamedTuple):
    """Lines that follow each other and are of one kind, with their line ends."""

    whose: Whose
    text: str

    @property
    def length(self) -> str:
        lines = self.text.rstrip("\n").count("\n") + 1
        return f"{lines:,} lines" if lines != 1 else "1 line"


def runs_of(text: str) -> list[Run]:
    """Joined, the runs are the text again."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    kinds = zip(_kinds(lines), lines, strict=True)
    return [Run(whose, "".join(line for _, line in run)) for whose, run in groupby(kinds, key=itemgetter(0))]


def causes_of(text: str) -> list[str]:
    """What the exception was caused by, outermost first, where the trace says it in one line."""
    return [found[1].strip() for line in text.split("\n") if (found := _CAUSED_BY.match(line))]


def _kinds(lines: Sequence[str]) -> list[Whose]:
    """Frames of Python and Go take several lines, which go with the one that names the file."""
    kinds: list[Whose] = []
    within_library = False
    for place, line in enumerate(lines):
        is_library = bool(_LIBRARY.match(line))
        goes_on = within_library and line.startswith("    ")
        within_library = is_library if _PYTHON_FRAME.match(line) else goes_on
        if _CAUSE.match(line):
            kinds.append(Whose.CAUSE)
        else:
            kinds.append(Whose.LIBRARY if is_library or within_library else Whose.OWN)
        if is_library and line.startswith("\t/") and place and kinds[place - 1] is Whose.OWN:
            kinds[place - 1] = Whose.LIBRARY
    return kinds

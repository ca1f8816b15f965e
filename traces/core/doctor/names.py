"""In: a case. Out: findings about span names with ids in them, with the names that would be right."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from traces.core.doctor.case import Case
from traces.core.doctor.finding import Finding
from traces.core.layout import counted
from traces.core.printable import printable

MOST_FINDINGS, MOST_CHARACTERS, MOST_TEMPLATES = 5, 300, 3
# More names than that are hardly made by hand: the first show what the others are like.
MOST_NAMES = 1_000
# So many names that differ in a small number alone make an id of it.
VARIED = 3
_MAY_HAVE_ID = re.compile(r"\d|@")
_SEGMENT_ENDS = r"(?=$|[/?#\s])"
_EMAIL = r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}\.[A-Za-z]{2,24}(?![\w-])"
_HEX = r"(?=[0-9A-Fa-f]{0,64}\d)(?=[0-9A-Fa-f]{0,64}[A-Fa-f])[0-9A-Fa-f]"
# In a path a number of three digits may be a status, one of four a year: these have to vary.
_CERTAIN = re.compile(
    rf"(?P<email>{_EMAIL})"
    r"|(?<![\w-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])"  # UUID
    rf"|(?<=/)[A-Za-z]{{1,6}}[_-](?:\d{{3,}}|{_HEX}{{6,}}){_SEGMENT_ENDS}"  # u_1234
    rf"|(?<![\w.-]){_HEX}{{8,}}(?![\w.-])"
    rf"|(?<=/)(?![45]\d\d(?!\d)|(?:19|20)\d\d(?!\d))\d{{3,}}{_SEGMENT_ENDS}"
    r"|(?<![\w.:/-])\d{5,}(?![\w.:-])"
)
_DOUBTFUL = re.compile(rf"(?<=[/\s])(?:\d{{1,4}}|\d{{4}}-\d\d-\d\d){_SEGMENT_ENDS}")


def ids_in_names(case: Case) -> Iterator[Finding]:
    """A finding a service; never the names themselves, for what is in them may be personal."""
    wrong = _wrong_names(case)
    if not wrong:
        return
    places: dict[str, list[int]] = defaultdict(list)
    operations = case.trace.columns.operations
    for place, operation in enumerate(case.operations):
        if operation in wrong:
            places[operations[operation].service].append(place)
    for service, found in sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_FINDINGS]:
        yield _finding(case, service, found, wrong)


def template_of(name: str) -> str:
    """The name with `{id}` for each part that is an id beyond doubt; the name itself where there is none."""
    if not _MAY_HAVE_ID.search(name):
        return name
    return _CERTAIN.sub(lambda match: "{email}" if match["email"] else "{id}", name[:MOST_CHARACTERS])


def _wrong_names(case: Case) -> dict[int, str]:
    """Templates by number of the operation."""
    found: dict[int, str] = {}
    doubtful: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, operation in enumerate(case.trace.columns.operations[:MOST_NAMES]):
        name = operation.name[:MOST_CHARACTERS]
        if not _MAY_HAVE_ID.search(name):
            continue
        template = template_of(name)
        if template != name:
            found[number] = template
        general = _DOUBTFUL.sub("{id}", template)
        if general != template:
            doubtful[operation.service, general][name].append(number)
    for (_, general), names in doubtful.items():
        if len(names) >= VARIED:
            found |= dict.fromkeys((number for numbers in names.values() for number in numbers), general)
    return found


def _finding(case: Case, service: str, places: list[int], wrong: dict[int, str]) -> Finding:
    operations = case.trace.columns.operations
    names = {operations[case.operations[place]].name for place in places}
    templates = list(dict.fromkeys(printable(wrong[case.operations[place]]) for place in places))
    shown = " and ".join(f"“{template}”" for template in templates[:MOST_TEMPLATES])
    others = len(templates) - MOST_TEMPLATES
    more = f" and {others:,} more" if others > 0 else ""
    least = "at least " if len(operations) > MOST_NAMES else ""
    return case.finding(
        "ids_in_names",
        places,
        f"{printable(service)} puts ids into the names of its spans: "
        f"{least}{counted(len(names), 'name', 'names')} here should be {shown}{more}.",
        "Name spans by their route, and put the ids into attributes. "
        "Else each id is an operation of its own, and none of them can be counted or compared.",
    )

"""What `manage.py compare --a … --b …` says."""

from __future__ import annotations

import pytest
from django.core.management.base import CommandError, CommandParser

from traces.management.groups import add_arguments, lines_of


def options(*arguments: str) -> dict[str, object]:
    parser = CommandParser()
    add_arguments(parser)
    return vars(parser.parse_args(arguments))


@pytest.mark.django_db
def test_report_of_two_searches() -> None:
    lines = lines_of(options("--a", "service=checkout&max_duration=1s", "--b", "user.id=42", "--last", "7d"))
    assert lines[0] == "Too few traces to tell anything: 0 in A and 0 in B; 20 of each are needed."
    assert lines[2:4] == ["A: checkout, at most 1 s", "B: user.id=42"]


@pytest.mark.parametrize(("arguments", "wrong"), [(("--b", "duration>no"), "--b"), (("--a", "x=1", "--n", "3"), "--n")])
def test_what_makes_no_sense_names_its_option(arguments: tuple[str, ...], wrong: str) -> None:
    with pytest.raises(CommandError, match=f"^{wrong}: .*expected"):
        lines_of(options(*arguments))

from __future__ import annotations

import re

import pytest

from traces.core.service_notes import ServiceNote, notes_from


def test_note_has_what_was_written() -> None:
    said = {"payment": {"owner": "team-pay", "runbook": "https://wiki.example/pay"}, "auth": {"missing": "no cache"}}
    assert notes_from(said) == {
        "payment": ServiceNote(owner="team-pay", runbook="https://wiki.example/pay"),
        "auth": ServiceNote(missing="no cache"),
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([], "needs services with what is known of them"),
        ({"payment": "team-pay"}, 'payment: needs {"owner": …, "runbook": …, "missing": …}'),
        ({"payment": {"onwer": "team-pay"}}, "payment: unknown key onwer; there are owner, runbook, missing"),
        ({"payment": {"owner": 7}}, "payment.owner: needs a text"),
        ({"payment": {"owner": " "}}, "payment.owner: needs a text"),
        ({"payment": {"runbook": "javascript:x"}}, "payment.runbook: needs an address that begins with http://"),
        ({"payment": {"runbook": "wiki/pay"}}, "payment.runbook: needs an address that begins with http://"),
    ],
)
def test_note_that_makes_no_sense_is_refused_with_its_place(said: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        notes_from(said)

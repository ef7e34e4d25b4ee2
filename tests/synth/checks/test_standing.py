"""What an Item's checks come to."""

from __future__ import annotations

import pytest

from qa.item import Origin
from qa.standing import standing
from tests.synth.checks.made import MCQ, checked, item

WRITTEN = item("有几个电阻?", "A", MCQ)
CASES = [
    ("unchecked", []),
    ("unchecked", [("form", "pass"), ("letters", "pass")]),
    ("rejected", [("form", "fail")]),
    ("review", [("form", "unsure")]),
    ("accepted", [("form", "unsure"), ("sense", "pass"), ("blind", "pass")]),
    ("unchecked", [("form", "unsure"), ("sense", "pass")]),
    ("rejected", [("form", "unsure"), ("sense", "fail")]),
    ("review", [("form", "unsure"), ("sense", "unsure"), ("blind", "pass")]),
    ("review", [("sense", "pass"), ("form", "unsure"), ("blind", "pass")]),  # the doubt is newer than the word on it
    ("rejected", [("form", "fail"), ("sense", "pass"), ("blind", "pass")]),  # a model does not outvote a fault
    ("accepted", [("form", "pass"), ("blind", "pass")]),
    ("review", [("blind", "unsure")]),
    ("accepted", [("blind", "unsure"), ("vote", "pass")]),
    ("rejected", [("blind", "unsure"), ("vote", "fail")]),
    ("review", [("blind", "unsure"), ("vote", "unsure")]),
    ("accepted", [("vote", "fail"), ("blind", "pass")]),  # asked again later: the old vote is about the old answer
    ("rejected", [("blind", "pass"), ("twin", "fail")]),
    ("accepted", [("vote", "fail"), ("review", "pass")]),
    ("rejected", [("blind", "pass"), ("review", "fail")]),
    ("accepted", [("review", "fail"), ("review", "pass"), ("form", "fail")]),
    ("review", [("blind", "unsure"), ("review", "unsure")]),
]


@pytest.mark.parametrize(("wanted", "checks"), CASES)
def test_standing(wanted: str, checks: list[tuple[str, str]]) -> None:
    assert standing(checked(WRITTEN, *checks)) == wanted


@pytest.mark.parametrize("writer", ["rule:count@1", "import:csv@1", "person:Li"])
def test_what_no_teacher_wrote_is_accepted_until_someone_objects(writer: str) -> None:
    made = item("有几个电阻?", "A", MCQ, origin=Origin(source="circuits", writer=writer))
    assert standing(made) == "accepted"
    assert standing(checked(made, ("review", "fail"))) == "rejected"

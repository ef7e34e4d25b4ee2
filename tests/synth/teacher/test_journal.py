"""The journal file: what is refused, what stays."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from synth.teacher.call import make_request
from synth.teacher.config import TeacherError
from synth.teacher.journal import Journal, usage
from tests.synth.teacher.asking import calls, teacher

BODY = json.dumps({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 2}})


def test_stored_answers_are_found_and_the_latest_wins(tmp_path: Path, picture: Path) -> None:
    fake = teacher("http://127.0.0.1:1/v1")
    request = make_request(next(calls(1, picture)), fake)
    with Journal(tmp_path / "new" / "j.sqlite") as journal:
        assert journal.find(request.key) is None
        journal.store(request, fake, "broken", 0.1)
        journal.store(request, fake, BODY, 0.1)
    with Journal(tmp_path / "new" / "j.sqlite") as journal:
        kept = journal.find(request.key)
        assert kept is not None and kept.body == BODY and kept.cost == pytest.approx(0.012)
        assert journal.spent()[0].answers == 2


def test_files_that_are_no_journal(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("no database, but long enough to look at " * 50)
    with pytest.raises(TeacherError, match="cannot be read"):
        Journal(tmp_path / "text.sqlite")
    newer = sqlite3.connect(tmp_path / "newer.sqlite")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(TeacherError, match="newer version"):
        Journal(tmp_path / "newer.sqlite")


def test_a_journal_damaged_inside_is_said_in_one_line(tmp_path: Path, picture: Path) -> None:
    fake, file = teacher("http://127.0.0.1:1/v1"), tmp_path / "j.sqlite"
    requests = [make_request(c, fake) for c in calls(200, picture)]
    with Journal(file) as journal:
        for request in requests:
            journal.store(request, fake, BODY, 0.1)
    data = bytearray(file.read_bytes())
    for at in range(8192, len(data), 4096):
        data[at : at + 200] = b"\xff" * 200
    file.write_bytes(data)
    with Journal(file) as journal:
        with pytest.raises(TeacherError, match="cannot be read"):
            journal.spent()
        with pytest.raises(TeacherError, match="paid answers"):
            for request in requests:
                journal.find(request.key)


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"usage": null}', '{"usage": {"prompt_tokens": "x"}}', "[" * 100_000]
)
def test_usage_of_anything(body: str) -> None:
    assert usage(body) == (0, 0)


def test_a_place_that_cannot_be_written_is_no_damage(tmp_path: Path) -> None:
    """Not tried by rights: root writes everywhere."""
    (tmp_path / "j.sqlite").mkdir()
    with pytest.raises(TeacherError, match="cannot be opened"):
        Journal(tmp_path / "j.sqlite")
    Journal(tmp_path / "k.sqlite").close()
    (tmp_path / "k.sqlite-wal").mkdir()  # what sqlite writes beside it has no place
    with pytest.raises(TeacherError, match="may only be read") as e:
        Journal(tmp_path / "k.sqlite")
    assert "mend" not in str(e.value)

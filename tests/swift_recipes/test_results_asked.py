"""The page's section on ways of asking, from reports to table."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.mode import Mode
from eval.note import note
from qa.errors import KitError
from swift_recipes.results.asked import read_asked, section
from tests.eval.made_reports import make_report, predictions


def test_from_a_report_to_the_table(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    report = make_report(tmp_path / "blind", predictions(range(5)), mode=Mode(picture="blank"))
    assert note(report, folder / "asked" / "a.json", data="a | set", model="stand-in") == 1
    text = section(read_asked(folder), "docs/results")
    row = text.splitlines()[-1]
    assert row.startswith("| a \\| set | ") and "| stand-in | blank | mcq | 20 | 25.0 % |" in row
    assert row.endswith("| 50.0 % |")


def test_without_notes_there_is_no_section(tmp_path: Path) -> None:
    assert section(read_asked(tmp_path), "x") == ""
    (tmp_path / "asked").mkdir()
    (tmp_path / "asked" / "b.json").write_text("{}")
    with pytest.raises(KitError, match="circuit-vqa eval note"):
        read_asked(tmp_path)

"""Gates: what breaks one, what cannot be judged, and that nothing passes in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

import circuit_vqa
from eval.mode import Mode
from tests.eval.made_reports import make_report, predictions


def run(*args: str | Path) -> int:
    return circuit_vqa.main(["eval", *map(str, args)])


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return make_report(tmp_path / "base", predictions(range(14)))


def test_floors(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gate", base, "--fail-under", "mcq=0.7", "--fail-under", "circuit_mcq=0.5") == 0
    assert capsys.readouterr().out == "passed\n"
    assert run("gate", base, "--fail-under", "mcq=0.71") == 1
    assert capsys.readouterr().err == f"gate: {base}: circuit_mcq 70.0 % is under 71.0 % (n 20)\n"


def test_a_significant_drop(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    little = make_report(tmp_path / "little", predictions(range(12)))
    much = make_report(tmp_path / "much", predictions(range(4)))
    assert run("gate", little, "--no-worse-than", base) == 0
    assert run("gate", little, much, "--no-worse-than", base) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"gate: {much}: circuit_mcq is worse than {base}: -50.0 points [") and "p = 0.002" in line
    assert run("gate", base, "--no-worse-than", much) == 0


def test_compare_writes_its_table_before_it_fails(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = make_report(tmp_path / "new", predictions(range(4)))
    gates = ("--no-worse-than", base, "--fail-under", "mcq=0.5")
    assert run("compare", base, new, "--out", tmp_path / "t.md", *gates) == 1
    said = capsys.readouterr()
    assert said.out.startswith("### base → new") and (tmp_path / "t.md").is_file()
    assert len(said.err.splitlines()) == 2 and "under 50.0 %" in said.err and "is worse than" in said.err
    assert run("compare", new, base, *gates[2:]) == 0  # the base of a comparison may be under the floor
    assert run("compare", new, base, *gates) == 2  # nothing but the base itself would be judged


@pytest.mark.parametrize("floor", ["mcq", "mcq=", "=0.5", "mcq=60", "mcq=nan", "mcq=-0.1", "mcq=half"])
def test_floors_that_cannot_be_read(base: Path, floor: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("gate", base, "--fail-under", floor) == 2
    assert run("compare", base, base, "--fail-under", floor) == 2
    assert "like mcq=0.6" in capsys.readouterr().err


def test_a_gate_that_cannot_be_judged_does_not_pass(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill = make_report(tmp_path / "fill", predictions(range(14), bench="circuit_fill"))
    blind = make_report(tmp_path / "blind", predictions(range(14)), model="base", mode=Mode(picture="blank"))
    other = make_report(tmp_path / "other", predictions(range(14)), sha="bb")
    for args, words, code in (
        (["--fail-under", "fill=0.1"], "has no such bench; it has: circuit_mcq", 2),
        (["--no-worse-than", fill], "lacks circuit_fill", 2),
        (["--no-worse-than", blind], "asked blank", 2),
        (["--no-worse-than", other], "different questions", 1),
        (["--no-worse-than", tmp_path / "none"], "is not there", 1),
        (["--no-worse-than", base], "no other report", 2),
        ([], "no gate", 2),
    ):
        assert run("gate", base, *args) == code
        err = capsys.readouterr().err
        assert words in err and err.count("\n") == 1

"""The table of two reports, and the numbers in it."""

from __future__ import annotations

from pathlib import Path

import pytest

import circuit_vqa
from eval import report as reports
from eval.stats import mcnemar, wilson


def write(folder: Path, right: set[int], unparsed: set[int] = frozenset(), sha: str = "aa", n: int = 20) -> Path:  # type: ignore[assignment]
    predictions = [
        reports.Prediction(
            id=f"{i:012x}", bench="circuit_mcq", form="mcq", level=1 + i // 10, topic="t", lang="zh", source="s",
            group=f"g{i}", question="q", options=("a", "b"), answer="A", reply="A",
            verdict="right" if i in right else "unparsed" if i in unparsed else "wrong",
        )
        for i in range(n)
    ]  # fmt: skip
    report = reports.Report(
        model=folder.name, data="toy", date="2026-01-01T00:00:00+00:00", versions={"evalscope": "1.14.1"},
        settings={"temperature": 0}, seconds=1.0,
        benches={"circuit_mcq": reports.bench_report(predictions, sha, None)},
    )  # fmt: skip
    reports.write(folder, report, predictions)
    return folder


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = write(tmp_path / "before", set(range(5)), {19})
    after = write(tmp_path / "after", set(range(1, 16)))
    code = circuit_vqa.main(["eval", "compare", str(before), str(after), "--out", str(tmp_path / "t.md")])
    assert code == 0
    assert (tmp_path / "t.md").read_text("utf-8") == capsys.readouterr().out == EXPECTED


EXPECTED = """\
### before → after on toy

| bench | part | n | before | 95 % interval | unparsed | after | 95 % interval | unparsed | difference |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
| **circuit_mcq** | all | 20 | 25.0 % | 11.2–46.9 % | 5.0 % | 75.0 % | 53.1–88.8 % | 0.0 % | +50.0 |
| circuit_mcq | level 1 | 10 | 50.0 % | 23.7–76.3 % | 0.0 % | 90.0 % | 59.6–98.2 % | 0.0 % | +40.0 |
| circuit_mcq | level 2 | 10 | 0.0 % | 0.0–27.8 % | 10.0 % | 60.0 % | 31.3–83.2 % | 0.0 % | +60.0 |

Intervals are Wilson's; unparsed replies count as wrong; differences are in points.

- circuit_mcq, before → after: 11 wrong became right, 1 right became wrong (McNemar exact p = 0.0063)
"""


def test_different_questions_are_refused_unless_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = write(tmp_path / "a", {1}), write(tmp_path / "b", {1}, sha="bb")
    limited = write(tmp_path / "c", {1}, n=10)
    for other in (b, limited):
        assert circuit_vqa.main(["eval", "compare", str(a), str(other)]) == 1
        assert "asked different questions in circuit_mcq" in capsys.readouterr().err
        assert circuit_vqa.main(["eval", "compare", str(a), str(other), "--anyway"]) == 0
        out = capsys.readouterr().out
        assert "**Not the same questions**" in out and "McNemar" not in out


def test_faults_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = write(tmp_path / "a", {1})
    broken = write(tmp_path / "broken", {1})
    (broken / "report.json").write_text('{"model": 1')
    for args, words in (([a], "two report folders"), ([a, tmp_path / "no"], "eval run"), ([a, broken], "report.json")):
        assert circuit_vqa.main(["eval", "compare", *map(str, args)]) == 1
        err = capsys.readouterr().err.strip()
        assert words in err and "\n" not in err


def test_three_reports_and_twice_the_same_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [write(tmp_path / x / "R", {1, 2}) for x in "abc"]
    assert circuit_vqa.main(["eval", "compare", *map(str, folders)]) == 0
    out = capsys.readouterr().out
    assert out.count("difference |") == 2 and str(folders[1]) in out and "p = 1" in out


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),  # Newcombe, Statistics in Medicine 17, 1998, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=6e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_mcnemar() -> None:
    assert mcnemar(0, 0) == mcnemar(5, 5) == 1.0
    assert mcnemar(9, 1) == mcnemar(1, 9) == pytest.approx(0.021484375)  # 22 / 1024, by hand

"""Standard sets: EvalScope's own benches on a set kept here, and a hub that cannot be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

import circuit_vqa
from eval import report as reports
from eval.suite import read_suite
from qa.errors import KitError
from tests.eval.conftest import png
from tests.eval.fake_server import FakeServer, pictures_of


@pytest.fixture
def diagrams(tmp_path: Path) -> Path:
    """Six questions as AI2D has them, in parquet."""
    import datasets

    rows = [
        {"question": f"Which is {n}?", "options": list("wxyz"), "answer": str(n % 4), "image": {"bytes": png(n)}}
        for n in range(6)
    ]
    folder = tmp_path / "ai2d"
    folder.mkdir()
    datasets.Dataset.from_list(rows).to_parquet(str(folder / "test.parquet"))
    return folder


def suite(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.slow  # EvalScope and datasets take their time to be imported
def test_a_set_kept_here_is_asked_and_one_of_the_hub_is_skipped(
    tmp_path: Path, diagrams: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eval.suite.hub_answers", lambda hub: False)
    mine = suite(tmp_path, f"sets:\n  ai2d: {{local_path: {diagrams}}}\n  chartqa: {{local_path: {tmp_path}/none}}\n")
    command = ["eval", "suite", mine, "--out", str(tmp_path / "R")]
    with FakeServer(lambda r: "ANSWER: A") as server:
        assert circuit_vqa.main([*command, "--url", server.url]) == 0
        assert len(server.requests) == 6 and all(len(pictures_of(r)) == 1 for r in server.requests)
        assert "skipped chartqa: " in capsys.readouterr().err
        assert circuit_vqa.main([*command, "--url", server.url]) == 0
        assert len(server.requests) == 6  # kept
    total = reports.read(tmp_path / "R").benches["ai2d"].total
    assert (total.n, total.right) == (6, 2)
    assert circuit_vqa.main(["eval", "compare", str(tmp_path / "R"), str(tmp_path / "R")]) == 0
    assert "ai2d" in capsys.readouterr().out


def test_suites_are_read_and_faults_named(tmp_path: Path) -> None:
    assert {"mmmu", "ai2d", "chartqa"} <= read_suite("regression").sets.keys()
    for text, words in (
        ("sets: {}", "sets"),
        ("sets: {ai2d: {limit: 0}}", "sets.ai2d.limit"),
        ("sets: {ai2d: {limits: 1}}", "sets.ai2d.limits"),
        ("hub: mars\nsets: {ai2d: {}}", "hub"),
        ("sets: [", "is not YAML"),
    ):
        with pytest.raises(KitError, match=words):
            read_suite(suite(tmp_path, text))
    with pytest.raises(KitError, match="there are: regression"):
        read_suite("nope")

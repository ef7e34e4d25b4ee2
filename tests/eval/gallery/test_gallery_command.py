"""`circuit-vqa eval gallery` on report folders: the file, its size, and what it says when something is missing."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from eval.cli import app
from qa.errors import KitError
from qa.formats.asked import Asked
from tests.eval.gallery.made_runs import choice, cutoff, predicted, two_runs, written

PICTURE = re.compile(r'<script type="text/plain" id="p(\d+)"[^>]*>([^<]*)</script>')


def halves(asked: Asked) -> tuple[str, str]:
    return ("C", "B") if asked.form == "mcq" else ("1592 Hz", "1592 kHz")


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    return two_runs(tmp_path, halves, [choice(n) for n in range(10)] + [cutoff(n) for n in range(10, 15)])


def gallery(*args: object) -> str:
    got = CliRunner().invoke(app, ["gallery", *map(str, args)], catch_exceptions=False)
    assert got.exit_code == 0, got.output
    return got.stdout


def cards(page: Path) -> list[dict[str, object]]:
    said = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert said
    return list(json.loads(said[1])["cards"])


def test_one_file_with_each_picture_once(runs: tuple[Path, Path]) -> None:
    said = gallery(*runs)
    page = runs[1] / "gallery.html"
    assert said == f"{page}: 15 questions, 5 pictures, {page.stat().st_size / 1e6:.1f} MB\n"
    stored = PICTURE.findall(page.read_text("utf-8"))
    assert [n for n, _ in stored] == ["0", "1", "2", "3", "4"]
    for _, uri in stored:
        kind, _, data = uri.partition(";base64,")
        assert kind in ("data:image/webp", "data:image/png")
        assert Image.open(io.BytesIO(base64.b64decode(data))).size == (240, 120)
    assert {c["change"] for c in cards(page)} == {"won", "lost"}
    assert all(to.startswith(("data:", "#")) for to in re.findall(r'(?:src|href)="([^"]*)"', page.read_text("utf-8")))


def test_the_same_reports_give_the_same_bytes(runs: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        gallery(*runs, "--out", tmp_path / name / "g.html")
    assert (tmp_path / "one/g.html").read_bytes() == (tmp_path / "two/g.html").read_bytes()


def test_one_run_all_and_limit(runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "g.html"
    assert " 10 questions," in gallery(runs[0], "--out", out)
    assert " 15 questions," in gallery(runs[0], "--out", out, "--all")
    assert " 4 questions (6 left out by --limit)," in gallery(runs[0], "--out", out, "--limit", 4)
    assert len(cards(out)) == 4
    assert "6 more questions are left out" in out.read_text("utf-8")


def test_data_that_moved_is_named_by_hand(
    runs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.move(tmp_path / "data" / "toy", tmp_path / "moved")
    out = tmp_path / "g.html"
    monkeypatch.chdir(tmp_path / "reports")
    assert "5 pictures, 5 of them not found" in gallery(*runs, "--out", out)
    assert "the dataset folder was not found" in out.read_text("utf-8")
    assert "5 pictures," in gallery(*runs, "--out", out, "--data", tmp_path / "moved")
    assert all(uri for _, uri in PICTURE.findall(out.read_text("utf-8")))
    with pytest.raises(KitError, match="gone is not there; give the dataset folder"):
        gallery(*runs, "--data", tmp_path / "gone")


def test_an_old_report_finds_its_data_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path, "old", [predicted(choice(1), "C")])
    old = json.loads((folder / "report.json").read_text())
    del old["folder"]
    (folder / "report.json").write_text(json.dumps(old))
    monkeypatch.chdir(tmp_path)
    assert gallery(folder).startswith(f"{folder / 'gallery.html'}: 1 question, 1 picture, ")


def test_a_picture_outside_the_folder_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "data" / "toy").mkdir(parents=True)
    secret = tmp_path / "data" / "secret.png"
    Image.new("L", (8, 8)).save(secret)
    rows = [predicted(choice(1, images=("../secret.png",)), "C")]
    folder = written(tmp_path, "a", rows)
    assert "1 of them not found" in gallery(folder)
    page = (folder / "gallery.html").read_text("utf-8")
    assert "leads out of the folder" in page and "data:image" not in page


def test_what_is_missing_is_said_in_one_line(runs: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(KitError, match=r"report\.json is not there"):
        gallery(tmp_path / "nothing")
    other = written(tmp_path, "other", [predicted(choice(77), "C")])
    with pytest.raises(KitError, match="share no question"):
        gallery(runs[0], other)
    (runs[0] / "predictions.jsonl").unlink()
    with pytest.raises(KitError, match=r"predictions\.jsonl: 0 questions of circuit_mcq, the report beside it says 10"):
        gallery(*runs)
    assert CliRunner().invoke(app, ["gallery", "a", "b", "c"]).exit_code == 2

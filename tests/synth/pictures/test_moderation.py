"""Moderation: flagged pictures are kept out, no verdict means not usable, nothing is paid twice, keys stay secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import circuit_vqa
from qa.dataset import Dataset
from qa.errors import KitError
from synth.pictures.folder import take_in
from synth.pictures.moderation import moderate, service
from synth.pictures.stock import Stock, is_waiting
from tests.synth.pictures.drawings import drawing
from tests.synth.pictures.moderator import moderator

KEY = "sk-very-secret-7f3a"


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("MODERATION_KEY", KEY)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for n in range(6):
        drawing(n).save(folder / f"{n}.png")
    ds = Dataset.create(tmp_path / "set")
    take_in(folder, ds, workers=1)
    return ds


def digests(ds: Dataset) -> list[str]:
    import hashlib

    return [hashlib.sha256((ds.root / p.path).read_bytes()).hexdigest() for p in Stock(ds).read()]


def test_flagged_pictures_are_kept_out_and_asked_about_once(dataset: Dataset) -> None:
    with moderator() as script:
        script.flagged[digests(dataset)[2]] = ["violence"]
        script.trouble, script.status = 3, 429
        teacher = service(f"{script.url}/moderations", "MODERATION_KEY", concurrency=2)
        found = moderate(dataset, teacher, pause_s=0.01)
        assert (found.clean, found.flagged, found.waiting) == (5, 1, 0)
        assert (script.keys, script.paths) == ({f"Bearer {KEY}"}, {"/v1/moderations"})
        assert script.most_at_once <= 2
        moderate(dataset, teacher)
        assert set(script.seen.values()) == {1}
    bad = [p for p in Stock(dataset).read() if p.fault]
    assert [(p.file, p.fault, p.why) for p in bad] == [("2.png", "moderated", "flagged: violence")]


@pytest.mark.parametrize("status", [401, 400, 500])
def test_without_a_verdict_nothing_is_usable_and_nothing_is_lost(dataset: Dataset, status: int) -> None:
    with moderator() as script:
        teacher = service(script.url, "MODERATION_KEY", concurrency=1)
        script.trouble, script.status = 10**6, status
        found = moderate(dataset, teacher, pause_s=0.001)
        assert found.waiting == 6
        assert KEY not in found.why
        assert all(is_waiting(p) for p in Stock(dataset).read())
        assert 10**6 - script.trouble <= 25  # the rest is not tried
        script.trouble = 0
        assert moderate(dataset, teacher).clean == 6
    assert len(Stock(dataset).usable()) == 6
    assert not [f for f in dataset.root.rglob("*") if f.is_file() and KEY.encode() in f.read_bytes()]


def test_junk_is_no_verdict(dataset: Dataset) -> None:
    with moderator() as script:
        script.junk = True
        assert moderate(dataset, service(script.url, None), pause_s=0.001).waiting == 6


def test_a_torn_line_of_the_journal_costs_one_picture(dataset: Dataset) -> None:
    with moderator() as script:
        teacher = service(script.url, None, concurrency=1)
        moderate(dataset, teacher)
        journal = dataset.root / "moderation.jsonl"
        journal.write_bytes(journal.read_bytes()[:-9])
        assert moderate(dataset, teacher).clean == 6
        assert sorted(script.seen.values()) == [1, 1, 1, 1, 1, 2]
        moderate(dataset, teacher)
        assert sum(script.seen.values()) == 7


def test_a_bad_url_and_an_absent_key_are_said_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    for url, key in (("ftp://x", None), ("http://u:p@x", None), ("http://x", "NO_SUCH_KEY"), ("http://x", "sk-123")):
        with pytest.raises(KitError) as e:
            service(url, key)
        assert "sk-123" not in str(e.value)


def test_the_command_moderates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawing(1).save(tmp_path / "a.png")
    out = tmp_path / "set"
    with moderator() as script:
        args = ["synth", "images", str(tmp_path), "--out", str(out), "--moderate", script.url]
        assert circuit_vqa.main(args) == 0
        assert "moderation: 1 clean, 0 flagged" in capsys.readouterr().out
        drawing(2).save(tmp_path / "b.png")
        script.trouble, script.status = 10**6, 403
        assert circuit_vqa.main(args) == 1
        assert "run the same command again" in capsys.readouterr().err
        script.trouble = 0
        assert circuit_vqa.main(args) == 0
    rows = [json.loads(line) for line in (out / "moderation.jsonl").read_text().splitlines()]
    assert [row["flagged"] for row in rows] == [[], []]

"""Generated circuits end to end: deterministic whatever the workers, resumable, balanced, refusing what cannot be."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.dataset import Dataset, file_hash
from qa.errors import KitError
from synth.questions import balance
from synth.questions.balance import Chances, Sample
from synth.sources import circuits as source

UNNAMED = {"", "resistor_network", "thevenin", "norton"}
"""Functions that nobody asks for."""


def made(root: Path, count: int, workers: int = 1, **kw: object) -> Dataset:
    ds = Dataset.create(root)
    todo = source.jobs(count, **({"seed": 5, "lang": "both"} | kw))  # type: ignore[arg-type]
    *_, report = source.run(ds, todo, workers)
    assert report.faults == []
    return ds


def fingerprint(ds: Dataset) -> tuple[str, list[str]]:
    return file_hash(ds.items_path), sorted(file_hash(p) for p in ds.images_dir.iterdir())


def test_workers_change_nothing(tmp_path: Path) -> None:
    one = fingerprint(made(tmp_path / "one", 40, workers=1))
    two = fingerprint(made(tmp_path / "two", 40, workers=2))
    assert one == two


def test_a_stopped_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    whole = made(tmp_path / "whole", 24)
    part = Dataset.create(tmp_path / "part")
    run = source.run(part, source.jobs(24, 5, "both"), 1)
    while next(run).circuits < 8:
        pass
    run.close()
    with part.items_path.open("ab") as f:
        f.write(b'{"id": "half a li')  # as kill -9 leaves it
    assert fingerprint(made(tmp_path / "part", 24)) == fingerprint(whole)


def test_blocks_go_on_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance, "BLOCK", 8)
    whole = made(tmp_path / "whole", 20)
    for stop in (3, 8, 11):
        part = Dataset.create(tmp_path / str(stop))
        run = source.run(part, source.jobs(20, 5, "both"), 1)
        while next(run).circuits < stop:
            pass
        run.close()
        assert fingerprint(made(part.root, 20)) == fingerprint(whole)


def test_each_circuit_is_asked_with_its_own_chances(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def only_the_third(samples: list[Sample]) -> list[Chances]:
        return [tuple((float(n == 2),) * k for k in sets_of(s)) for n, s in enumerate(samples)]

    monkeypatch.setattr(source, "evened_out", only_the_third)
    todo = source.jobs(6, 5, "both")
    items = list(made(tmp_path, 6).items())
    choices = Counter(i.origin.file for i in items if i.form == "mcq")
    assert choices[todo[2].name] >= 3 and sum(choices.values()) <= choices[todo[2].name] + 2


def sets_of(sample: Sample) -> list[int]:
    return [int((sample.question == n).sum()) for n in range(len(sample.kinds))]


def test_a_family_is_called_as_its_function() -> None:
    for family in source.family_names():
        assert source.circuit_alone(family, 0, 0, "en").function in {family, *UNNAMED}, family


def test_what_is_done_before_the_first_circuit_is_told(tmp_path: Path) -> None:
    notes = [r.note for r in source.run(Dataset.create(tmp_path), source.jobs(3, 5, "zh"), 1)]
    weighing = [f"weighing the questions on {n}" for n in (1, 2, 3)]
    assert notes == ["", *weighing, "evening out the questions", "", "", ""]


def test_six_items_a_circuit_and_valid(tmp_path: Path) -> None:
    ds = made(tmp_path, 60)
    per_circuit: dict[str, int] = {}
    for item in ds.items():
        per_circuit[item.origin.file] = per_circuit.get(item.origin.file, 0) + 1
    assert len(per_circuit) == 60 and min(per_circuit.values()) >= 6
    assert ds.validate() == []
    assert json.loads(ds.manifest_path.read_text())["counts"]["items"] == sum(per_circuit.values())


def test_unknown_family_is_named() -> None:
    with pytest.raises(KitError, match="no family 'perpetuum_mobile'"):
        source.jobs(3, 0, "zh", ["perpetuum_mobile"])


def test_another_language_under_the_same_seed_is_refused(tmp_path: Path) -> None:
    made(tmp_path, 2, lang="zh")
    with pytest.raises(KitError, match="another --seed"):
        made(tmp_path, 2, lang="en")


def test_a_fault_in_one_circuit_loses_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = source.draw_circuit

    def faulty(family: str, seed: int, index: int, lang: str) -> object:
        if index == 1:
            raise ValueError("cannot be drawn")
        return draw(family, seed, index, lang)

    monkeypatch.setattr(source, "draw_circuit", faulty)
    *_, report = source.run(Dataset.create(tmp_path), source.jobs(3, 5, "zh"), 1)
    assert report.circuits == 3 and [why for _, why in report.faults] == ["ValueError: cannot be drawn"]
    assert len({i.origin.file for i in Dataset.open(tmp_path).items()}) == 2


def test_twins_share_a_group() -> None:
    from synth.circuits.draw import draw_circuit

    a = draw_circuit(source.family_names()[0], 1, 0, "zh").circuit
    renamed = {n: f"x{n}" for c in a.components for n in c.nets}
    import dataclasses

    b = dataclasses.replace(
        a,
        components=tuple(dataclasses.replace(c, pins={p: renamed[n] for p, n in c.pins.items()}) for c in a.components),
    )
    assert source.signature(a) == source.signature(b)


def test_a_second_run_at_the_same_time_is_refused(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    first = source.run(ds, source.jobs(3, 5, "zh"), 1)
    next(first)
    with pytest.raises(KitError, match="another command"):
        next(source.run(Dataset.create(tmp_path), source.jobs(3, 5, "zh"), 1))
    list(first)
    assert ds.validate() == []


@pytest.mark.parametrize("noted", [[], 7, {"5": 5}, {"5": [1]}])
def test_a_manifest_edited_by_hand_stops_nothing(tmp_path: Path, noted: object) -> None:
    ds = Dataset.create(tmp_path)
    ds.manifest_path.write_text(json.dumps({"circuits_runs": noted}), "utf-8")
    made(tmp_path, 1, lang="zh")
    assert ds.manifest()["circuits_runs"] == {"5": ["zh"]}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_a_stopped_run(tmp_path: Path, how: signal.Signals) -> None:
    words = ["synth", "circuits", "--count", "300", "--workers", "2", "--out", str(tmp_path / "d")]
    child = subprocess.Popen(
        [sys.executable, "-m", "circuit_vqa", *words], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    items = tmp_path / "d" / "items.jsonl"
    wait_until(lambda: items.is_file() and items.stat().st_size > 0)
    assert len(members(child.pid)) > 2, "there are workers"
    child.send_signal(how)
    assert child.stderr is not None
    said = child.stderr.read()
    assert child.wait() == (130 if how == signal.SIGINT else -how)
    assert "Traceback" not in said
    assert ("the same command goes on" in said) == (how == signal.SIGINT)
    wait_until(lambda: not members(child.pid))
    assert Dataset.open(tmp_path / "d").validate() == []


def members(session: int) -> list[int]:
    """Processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)

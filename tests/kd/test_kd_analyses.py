"""`kd analyses` with a teacher that plants faults: each is found, nothing right is left out, real pictures too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kd.analysis import ASK
from kd.known import known_of
from qa.dataset import Dataset
from qa.item import Item
from synth.sources.golden import read_netlist
from tests.command_line import said
from tests.kd.analysing_teacher import analysing_teacher, planted, teach_analyses
from tests.kd.solving_teacher import kd, teachers_yaml
from tests.synth.teacher.fake_teacher import counted


def items(home: Path) -> list[Item]:
    return list(Dataset.open(home / "mine").items())


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(x) for x in path.read_text("utf-8").splitlines()]


def test_every_planted_fault_is_left_out_and_nothing_else(home: Path) -> None:
    truth = teach_analyses(items(home), home / "truth.json")
    train = {i.pictures[0] for i in items(home) if i.split == "train"}
    faulty = {
        f"images/{q['picture']}.png": fault
        for q in json.loads(truth.read_text("utf-8"))
        if (fault := planted(q["picture"], 0.4, q)) and f"images/{q['picture']}.png" in train
    }
    assert 3 <= len(faulty) <= len(train) - 3 and len(set(faulty.values())) > 1
    with analysing_teacher(truth, faulty=0.4, truncated=0.2, prose=0.2, error_500=0.1) as url:
        teachers_yaml(home, url)
        ask = ("analyses", "mine", "--teacher", "one", "--lang", "both")
        said = kd(home, *ask)
        asked = counted(url)["requests"]
        kd(home, *ask)
        assert counted(url)["requests"] == asked, "paid twice"
    assert f"{len(train)} held against a netlist" in said
    left_out = {r["picture"]: r["faults"] for r in lines(home / "mine" / "analyses_left_out.jsonl")}
    assert left_out.keys() == faulty.keys()
    rows = lines(home / "mine" / "swift" / "analyses.jsonl")
    assert {f"images/{Path(r['images'][0]).name}" for r in rows} == train - faulty.keys()
    assert {r["messages"][0]["content"] for r in rows} == {f"<image>{ask}" for ask in ASK.values()}
    assert all(Path(r["images"][0]).is_file() and len(r["images"]) == 1 for r in rows)


def test_an_analysis_that_cannot_be_read_is_named(home: Path) -> None:
    truth = teach_analyses(items(home), home / "truth.json")
    with analysing_teacher(truth, faulty=0.0, refusals=0.2) as url:
        teachers_yaml(home, url)
        said = kd(home, "analyses", "mine", "--teacher", "one", "--limit", "10", code=1)
    assert "refused: I cannot help with that." in said and "the rest is done" in said


def test_a_picture_that_the_kit_now_draws_otherwise_is_not_judged_by_the_drawing(home: Path) -> None:
    here = items(home)
    known = known_of(here, home / "mine")
    assert all(k.parts for k in known.values())
    other = here[0].model_copy(update={"origin": here[0].origin.model_copy(update={"file": here[-1].origin.file})})
    assert known_of([other], home / "mine")[other.pictures[0]].parts is None
    odd = here[0].model_copy(update={"origin": here[0].origin.model_copy(update={"file": "../../etc/passwd-0-000000"})})
    assert known_of([odd], home / "mine")[odd.pictures[0]].parts is None


def test_real_pictures_against_their_golden_netlists(real: Path, tmp_path: Path) -> None:
    """The golden netlists tell kinds alone: what is not there is found, designators nobody knows are let be."""
    (tmp_path / "pairs").mkdir()
    for png in sorted((real / "netlists").glob("*.png"))[:14]:
        for file in (png, png.with_suffix(".json")):
            (tmp_path / "pairs" / file.name).symlink_to(file)
    for words in (["netlists", "pairs", "--out", "mine"], ["split", "mine"]):
        said("synth", *words, cwd=tmp_path)
    ds = Dataset.open(tmp_path / "mine")
    assert not [k for k in known_of(ds.items(), ds.root).values() if k.parts]
    known = known_of(ds.items(), ds.root, tmp_path / "pairs")
    assert len(known) > 8 and all(k.parts and k.refs is None for k in known.values())
    golden = tmp_path / "pairs"
    truth = teach_analyses(
        ds.items(), tmp_path / "truth.json", lambda i: read_netlist((golden / i.origin.file).with_suffix(".json"))
    )
    train = {i.pictures[0] for i in ds.items() if i.split == "train"}
    told = {f"images/{q['picture']}.png": q for q in json.loads(truth.read_text("utf-8"))}
    faulty = {p for p in train if planted(told[p]["picture"], 0.5, told[p])}
    assert faulty and faulty < train
    with analysing_teacher(truth, faulty=0.5) as url:
        teachers_yaml(tmp_path, url)
        kd(tmp_path, "analyses", "mine", "--teacher", "one", "--netlists", "pairs", "--only-checked")
    left_out = {r["picture"] for r in lines(tmp_path / "mine" / "analyses_left_out.jsonl")}
    assert left_out == faulty
    kept = {f"images/{Path(r['images'][0]).name}" for r in lines(tmp_path / "mine" / "swift" / "analyses.jsonl")}
    assert kept == train - faulty

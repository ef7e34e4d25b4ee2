"""Who teaches a run: a flag, TEACHER or the recipe; and what begin says before a GPU is used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from qa.errors import KitError
from swift_recipes import recipe, rundir
from swift_recipes.cli import app
from swift_recipes.gkd import server, teacher
from tests.swift_recipes.conftest import make_data

TINY, REAL = "tiny/gkd", "qwen2_5_vl_3b/gkd"
SMALL = "Qwen/Qwen2.5-VL-3B-Instruct"


def of(name: str, given: str = "", *flags: str) -> dict[str, object]:
    values = teacher.with_teacher(recipe.load(name), given, list(flags)).values
    return {k: v for k, v in values.items() if k in (teacher.LOCAL, teacher.SERVER)}


def test_the_last_word_counts() -> None:
    assert of(REAL) == {"teacher_model": "Qwen/Qwen2.5-VL-7B-Instruct"}
    assert of(REAL, "Qwen/Qwen2.5-VL-32B-Instruct") == {"teacher_model": "Qwen/Qwen2.5-VL-32B-Instruct"}
    assert of(REAL, "http://a:1") == {"teacher_model_server": "http://a:1"}, "swift refuses both in one file"
    assert of(REAL, "http://a:1", "--teacher_model", "b/c") == {"teacher_model": "b/c"}
    assert of(REAL, "", "--teacher_model_server=http://a:1") == {"teacher_model_server": "http://a:1"}
    assert of(TINY, "models/x") == {"teacher_model": str(Path("models/x").resolve())}


def test_a_teacher_for_another_recipe_is_refused() -> None:
    with pytest.raises(KitError, match=r"train_gkd\.sh"):
        of("tiny/lora", "models/x")
    assert of("tiny/lora") == {}


def test_the_teachers_weights_are_counted() -> None:
    needs = [
        teacher.with_teacher(recipe.load(REAL), t, []).needs["gpu_gb"]
        for t in ("http://a:1", "Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2.5-VL-32B-Instruct")
    ]
    own = recipe.load(REAL).needs["gpu_gb"]
    assert needs[0] == own
    assert own + 15 < needs[1] < own + 18
    assert own + 60 < needs[2] < own + 70


def check(name: str, given: str, student: str, *flags: str, rows: Path = Path("gkd.jsonl")) -> list[str]:
    found = teacher.with_teacher(recipe.load(name), given, list(flags))
    return teacher.check(found, student, rows, 50176, [*flags, *(() if rows.is_file() else ("--lmbda", "1"))])


def test_rows_without_answers_teach_nothing_unless_the_student_answers(tmp_path: Path) -> None:
    rows = tmp_path / "gkd.jsonl"
    asked = {"role": "user", "content": "R1?"}
    good, bad = [asked, {"role": "assistant", "content": "A"}], [asked]
    rows.write_text("".join(json.dumps({"messages": m}) + "\n" for m in (good, good)), "utf-8")
    check(REAL, "", SMALL, rows=rows)
    rows.write_text("".join(json.dumps({"messages": m}) + "\n" for m in (good, bad)), "utf-8")
    with pytest.raises(KitError, match=r"gkd\.jsonl:2: has no answer"):
        check(REAL, "", SMALL, rows=rows)
    check(REAL, "", SMALL, "--lmbda", "1", rows=rows)


def test_what_is_said_of_a_pair(fake_model: Path) -> None:
    assert "152064 and 151936" in check(REAL, "", SMALL)[0]
    with pytest.raises(KitError, match="Liger"):
        check(REAL, "", SMALL, "--use_liger_kernel", "true")
    with pytest.raises(KitError, match=r"patch size 16 and 14.*kd solutions"):
        check(REAL, "Qwen/Qwen3-VL-8B-Instruct", SMALL)
    with pytest.raises(KitError, match=r"gives text, .*kd solutions"):
        check(REAL, "gpt-4o", SMALL)
    with pytest.raises(KitError, match="--size teacher"):
        check(TINY, "models/not-there", SMALL)
    with pytest.raises(KitError, match="student itself"):
        check(TINY, str(fake_model), str(fake_model))
    with pytest.raises(KitError, match="say how many: --gkd_logits_topk 64"):
        check(REAL, "http://a:1", SMALL)


def test_a_server_is_asked_for_as_many_words_as_the_flag_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(server, "check", lambda *given: asked.append(given))
    assert "64 words" in check(REAL, "http://a:1", SMALL, "--gkd_logits_topk", "64")[0]
    assert asked == [("http://a:1", 64, Path("gkd.jsonl"), 50176, True)]


def test_begin_reads_the_rows_for_distillation_and_refuses_a_wrong_teacher(
    tmp_path: Path, fake_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = make_data(tmp_path / "data"), tmp_path / "run"
    train = data / "swift" / "train.jsonl"
    (data / "swift" / "gkd.jsonl").write_bytes(train.read_bytes())
    found = teacher.with_teacher(recipe.load(TINY), "models/big", [])
    assert rundir.begin(found, str(fake_model), data, out, 50176, 512, []) == ("new", "")
    given = yaml.safe_load((out / rundir.GIVEN).read_text("utf-8"))
    assert given["dataset"] == [str(data / "swift" / "gkd.jsonl")]
    assert given["teacher_model"] == str(Path("models/big").resolve())
    assert json.loads(train.read_text("utf-8").splitlines()[0])["messages"][-1]["role"] == "assistant"

    begin = ["begin", "--recipe", TINY, "--model", str(fake_model), "--data", str(data), "--out", str(tmp_path / "b")]
    begin += ["--max-pixels", "50176", "--max-length", "512", "--teacher", "Qwen/Qwen3-VL-8B-Instruct"]
    monkeypatch.delenv("FORCE", raising=False)
    refused = CliRunner().invoke(app, begin)
    assert isinstance(refused.exception, KitError)
    assert not (tmp_path / "b" / rundir.GIVEN).exists(), "nothing is begun"


def test_a_plan_says_what_the_teacher_takes_besides() -> None:
    assert "Qwen/Qwen2.5-VL-7B-Instruct: about 16.6 GB" in teacher.beside(recipe.load(REAL))[0]
    assert teacher.beside(recipe.load("tiny/lora")) == []
    assert teacher.beside(teacher.with_teacher(recipe.load(REAL), "http://a:1", [])) == []


def test_an_address_with_a_key_is_refused_and_not_repeated() -> None:
    with pytest.raises(KitError, match="holds no key") as refused:
        of(TINY, "http://me:hidden@10.0.0.1:8000")
    assert "hidden" not in str(refused.value)

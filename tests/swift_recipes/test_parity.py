"""How alike two models answer, and when a merge has failed. No model is loaded: their replies are given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import KitError
from swift_recipes.export import asking, bases, parity
from swift_recipes.export.asking import Reply
from swift_recipes.rundir import write_kit_env

RIGHT = ["答案:A", "答案:B", "答案:C", "答案:D"]


def replies(*texts: str, logprob: float = -0.5) -> list[Reply]:
    return [Reply(t, (logprob,)) for t in texts]


@pytest.fixture
def rows(data: Path) -> list[dict[str, Any]]:
    return asking.read_rows(data / "swift" / "test.jsonl", 4)


def test_what_is_the_same_and_what_is_right(rows: list[dict[str, Any]]) -> None:
    found = asking.compare(rows, replies(*RIGHT), replies("答案:A", "答案:B", "答案:A", "答案:D", logprob=-0.7))
    assert (found.asked, found.same, found.share, found.right) == (4, 3, 0.75, (4, 3))
    assert found.widest == pytest.approx(0.2)
    ((question, before, after),) = found.differing
    assert "R2" in question and (before, after) == ("答案:C", "答案:A")
    said = parity.line("parity", found)
    assert "parity 3/4 (75.0%" in said and "differs" in said


def test_questions_are_asked_once_and_without_their_answers(data: Path) -> None:
    file = data / "swift" / "test.jsonl"
    file.write_text(file.read_text("utf-8") * 2, "utf-8")
    rows = asking.read_rows(file, 100)
    assert len(rows) == 8
    assert all(turn["role"] == "user" for row in rows for turn in asking.questions(row))
    file.write_text("", "utf-8")
    with pytest.raises(KitError, match="holds no rows"):
        asking.read_rows(file, 1)


class Run:
    """A merged run whose models' replies are scripted."""

    def __init__(self, out: Path, rows: Path, monkeypatch: pytest.MonkeyPatch, bits: int | None) -> None:
        self.out, self.rows = out, rows
        self.asked: list[tuple[bool, bool, bool]] = []
        self.trained, self.exact, self.merged = RIGHT, RIGHT, RIGHT
        for folder in (out / "last", out / "merged"):
            folder.mkdir(parents=True)
        args = {"model": "base", "quant_method": "bnb" if bits else None, "quant_bits": bits}
        (out / "last" / "args.json").write_text(json.dumps(args), "utf-8")
        (out / "merged" / "config.json").write_text("{}", "utf-8")
        write_kit_env(out / "merged", FROM="checkpoint-1", ONTO="trained")
        monkeypatch.setattr(asking, "answers", self.answers)

    def answers(
        self, model: str, rows: Any, adapter: Any = None, args: Any = None, widened: bool = False
    ) -> list[Reply]:
        self.asked.append((adapter is not None, args is not None, widened))
        texts = self.merged if adapter is None else self.trained if args and not widened else self.exact
        return replies(*(texts * len(rows))[: len(rows)])

    def check(self, count: int = 4, need: int | None = None) -> None:
        parity.run(self.out, self.rows, count, count if need is None else need)


@pytest.fixture
def qlora(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(tmp_path / "run", data / "swift" / "train.jsonl", monkeypatch, 4)


def test_lora_is_asked_on_its_only_base(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(tmp_path / "run", data / "swift" / "test.jsonl", monkeypatch, None)
    run.check()
    assert len(run.asked) == 2
    run.exact = ["答案:A"]
    with pytest.raises(KitError, match="1 of 4"):
        run.check()
    run.check(need=1)


def test_qlora_is_asked_as_it_was_trained(qlora: Run, capsys: pytest.CaptureFixture[str]) -> None:
    qlora.check()
    assert qlora.asked == [(False, False, False), (True, True, False)], "no third model where all is the same"
    assert "parity 4/4" in capsys.readouterr().out


def test_rounding_is_told_from_a_broken_merge(qlora: Run, capsys: pytest.CaptureFixture[str]) -> None:
    qlora.trained = [*RIGHT[:3], "答案:A"]
    qlora.check()
    said = capsys.readouterr().out
    assert "as trained, on the 4-bit base: 3/4" in said and "parity 4/4" in said
    assert qlora.asked[-1] == (True, True, True), "on the widened base"
    qlora.exact = qlora.trained
    with pytest.raises(KitError, match="3 of 4"):
        qlora.check()


def test_a_merged_qlora_must_be_what_was_trained(
    qlora: Run, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parity, "TELLING", 40)
    qlora.trained = ["答案:A", *RIGHT[1:]] * 9 + ["答案:B", *RIGHT[1:]]
    qlora.check(count=40)
    assert "39/40" in capsys.readouterr().out
    qlora.trained = [*RIGHT[:3], "答案:A"]
    with pytest.raises(KitError, match=r"75[.]0% of the answers"):
        qlora.check(count=40)
    write_kit_env(qlora.out / "merged", FROM="checkpoint-1", ONTO="plain")
    qlora.check(count=40)


def test_which_base_is_merged_onto(tmp_path: Path, qlora: Run) -> None:
    assert bases.for_merging(qlora.out, "plain") == "base"
    with pytest.raises(KitError, match="ONTO=both"):
        bases.for_merging(qlora.out, "both")
    (qlora.out / "last" / "args.json").write_text('{"model": "base", "quant_method": null}', "utf-8")
    assert bases.for_merging(qlora.out, "trained") == "base", "LoRA has one base"
    (qlora.out / "last" / "args.json").write_text("{", "utf-8")
    with pytest.raises(KitError, match="train again"):
        bases.for_merging(qlora.out, "trained")


def test_a_base_larger_than_the_card_is_merged_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swift_recipes.checks.gpus", lambda: [(15.9, 15.5)])
    assert bases.place("Qwen/Qwen2.5-VL-3B-Instruct") == "gpu"
    for large in ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen3-VL-8B-Instruct"):
        assert bases.place(large) == "cpu", "it was trained in 4 bits on that card"
    monkeypatch.setattr("swift_recipes.checks.gpus", list)
    assert bases.place("Qwen/Qwen2.5-VL-3B-Instruct") == "cpu"

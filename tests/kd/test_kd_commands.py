"""`kd solutions` and `kd reject` with a teacher that is wrong in 30 %: nothing wrong kept, nothing of test touched."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from circuit_vqa import main
from kd.alike import normal_form
from qa.dataset import Dataset
from qa.item import Item
from tests.kd.solving_teacher import MISTAKEN, kd, solving_teacher, teach, teachers_yaml
from tests.synth.teacher.fake_teacher import counted


@dataclass
class Here:
    """Commands run in this process, in `home`."""

    home: Path
    capture: pytest.CaptureFixture[str]

    def fails(self, *words: str) -> str:
        """What `kd WORDS` said on its way out."""
        assert main(["kd", *words]) == 1
        return self.capture.readouterr().err


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Here:
    teachers_yaml(home, "http://127.0.0.1:9/v1")
    monkeypatch.chdir(home)
    monkeypatch.setenv("KD_KEY", "sk-nobody-is-asked")
    return Here(home, capfd)


def items(home: Path) -> list[Item]:
    return list(Dataset.open(home / "mine").items())


def rows(home: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(x) for x in (home / "mine" / "swift" / f"{name}.jsonl").read_text("utf-8").splitlines()]


def only_train(home: Path, found: list[dict[str, Any]]) -> None:
    """No picture of val or test in any row, one `<image>` a picture, every picture there."""
    others = {p for i in items(home) if i.split != "train" for p in i.pictures}
    assert others
    for row in found:
        user, assistant = row["messages"]
        assert (user["role"], assistant["role"]) == ("user", "assistant")
        assert user["content"].count("<image>") == len(row["images"]) == 1
        assert "<image>" not in assistant["content"]
        for path in row["images"]:
            assert Path(path).is_file() and str(Path(path).relative_to(home.resolve() / "mine")) not in others


def test_a_teacher_wrong_in_30_percent_leaves_no_wrong_row(home: Path) -> None:
    truth = teach(items(home), home / "truth.json")
    with solving_teacher(truth, wrong=0.3, mute=0.05, bare=0.05, torn=0.1, truncated=0.0) as url:
        teachers_yaml(home, url)
        said = kd(home, "solutions", "mine", "--teacher", "one")
        asked = counted(url)["requests"]
        again = kd(home, "solutions", "mine", "--teacher", "one")
        assert counted(url)["requests"] == asked, "paid twice"
    train = [i for i in items(home) if i.split == "train" and isinstance(i.answer, str)]
    assert asked == len(train) and f"{len(train)} there before" in again
    found = rows(home, "solutions")
    only_train(home, found)
    replies = [json.loads(x) for x in (home / "mine" / "solutions.jsonl").read_text("utf-8").splitlines()]
    wrong = sum(MISTAKEN in r["text"] for r in replies)
    assert 0.3 < wrong / len(replies) < 0.5, "the teacher erred too seldom for this to say anything"
    assert not [r for r in found if MISTAKEN in r["messages"][1]["content"]]
    assert 0.4 * len(train) < len(found) < len(replies) - wrong
    by_level = [line.split() for line in said.splitlines() if line.split()[:1] and line.split()[0] in "1234"]
    assert sum(int(line[-1]) for line in by_level) == len(found)
    assert Dataset.open(home / "mine").manifest()["kd"] == {"swift/solutions.jsonl": len(found)}


def test_samples_are_distinct_few_and_shared_out(home: Path) -> None:
    truth = teach(items(home), home / "truth.json")
    with solving_teacher(truth, ways=3) as url:
        teachers_yaml(home, url, ("one", "two"))
        both = ("--teacher", "one", "--teacher", "two")
        kd(home, "solutions", "mine", *both, "--samples", "4", "--temperature", "0.7", "--limit", "10")
        count = counted(url)["requests"]
        kd(home, "solutions", "mine", *both, "--samples", "5", "--temperature", "0.7", "--limit", "12")
        assert (count, counted(url)["requests"]) == (40, 60), "ten questions four times, then twelve five times"
    replies = [json.loads(x) for x in (home / "mine" / "solutions.jsonl").read_text("utf-8").splitlines()]
    assert {r["teacher"] for r in replies} == {"one", "two"}
    assert all(len({r["teacher"] for r in replies if r["item"] == i}) == 1 for i in {r["item"] for r in replies})
    found = rows(home, "solutions")
    asked = Counter(r["messages"][0]["content"] + r["images"][0] for r in found)
    assert len(asked) == 12 and max(asked.values()) == 2
    said = {r["images"][0] + r["messages"][0]["content"] + normal_form(r["messages"][1]["content"]) for r in found}
    assert len(said) == len(found)


def test_a_budget_stops_and_the_same_command_goes_on(home: Path) -> None:
    truth = teach(items(home), home / "truth.json")
    with solving_teacher(truth) as url:
        teachers_yaml(home, url)
        said = kd(home, "solutions", "mine", "--teacher", "one", "--dry-run")
        assert "nobody was asked" in said and not counted(url)["seen"]
        assert not (home / "mine" / "solutions.jsonl").exists()
        said = kd(home, "solutions", "mine", "--teacher", "one", "--max-requests", "20")
        assert "stopped by the budget" in said and len(rows(home, "solutions")) == 20
        kd(home, "solutions", "mine", "--teacher", "one")
        train = [i for i in items(home) if i.split == "train"]
        assert counted(url)["requests"] == len(train) == len(rows(home, "solutions"))


def test_what_a_teacher_will_not_answer_is_named_and_the_rest_is_done(home: Path) -> None:
    truth = teach(items(home), home / "truth.json")
    with solving_teacher(truth, refusals=0.1, error_500=0.1) as url:
        teachers_yaml(home, url)
        said = kd(home, "solutions", "mine", "--teacher", "one", code=1)
        assert "refused: I cannot help with that." in said and "the rest is done" in said
    assert len(rows(home, "solutions")) > 80


def test_replies_that_are_cut_off_are_left_out(home: Path) -> None:
    truth = teach(items(home), home / "truth.json")
    with solving_teacher(truth, finish="length") as url:
        teachers_yaml(home, url)
        said = kd(home, "solutions", "mine", "--teacher", "one")
    assert "cut" in said and "0 rows, no file" in said
    assert not (home / "mine" / "swift" / "solutions.jsonl").exists()


def test_reject_measures_and_keeps_the_right_ones(home: Path) -> None:
    truth = teach(items(home), home / "truth.json")
    with solving_teacher(truth, wrong=0.3, mute=0.1, torn=0.1, ways=9) as url:
        ask = ("reject", "mine", "--url", url, "--model", "m", "--samples", "6", "--most", "2")
        said = kd(home, *ask)
        asked = counted(url)["requests"]
        assert kd(home, *ask).splitlines()[-4:-1] == said.splitlines()[-4:-1], "the same answers, the same rows"
        assert counted(url)["requests"] == asked
        kd(home, *ask, "--round", "2", "--limit", "3")
        assert counted(url)["requests"] == asked + 18, "another round is asked anew"
        said = kd(home, *ask)
        rejected = home / "mine" / "swift" / "rejection.jsonl"
        before = rejected.read_bytes()
        assert "no answer yet" in kd(home, *ask, "--round", "3", "--max-requests", "0")
        assert rejected.read_bytes() == before
    found = rows(home, "rejection")
    only_train(home, found)
    assert not [r for r in found if MISTAKEN in r["messages"][1]["content"]]
    train = [i for i in items(home) if i.split == "train"]
    assert asked == 6 * len(train)
    asked_of = Counter(r["messages"][0]["content"] + r["images"][0] for r in found)
    assert max(asked_of.values()) == 2 and len(asked_of) > 0.9 * len(train)
    total = next(line.split() for line in said.splitlines() if line.split()[:1] == ["all"])
    assert 50 < float(total[3]) < 75 and float(total[5]) > 97, total  # 40 % are wrong or say nothing
    unsolved = [json.loads(x) for x in (home / "mine" / "unsolved.jsonl").read_text("utf-8").splitlines()]
    assert f"{len(unsolved)} questions never solved" in said


def test_never_solved_is_told_with_what_was_said_instead(home: Path) -> None:
    truth = teach(items(home), home / "truth.json")
    with solving_teacher(truth, wrong=1.0) as url:
        said = kd(home, "reject", "mine", "--url", url, "--model", "m", "--samples", "2", "--limit", "12")
    assert "12 questions never solved" in said and "0 rows, no file" in said
    unsolved = [json.loads(x) for x in (home / "mine" / "unsolved.jsonl").read_text("utf-8").splitlines()]
    assert len(unsolved) == 12 and all(u["most_said"] and u["most_said"] != u["answer"] for u in unsolved)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reject", "mine"), "give one of --answers FILE, --url URL and --teacher NAME"),
        (("reject", "mine", "--url", "http://127.0.0.1:9", "--teacher", "one"), "give one of"),
        (("reject", "mine", "--url", "http://127.0.0.1:9"), "no server answers at http://127.0.0.1:9/v1"),
        (("reject", "mine", "--url", "http://user:sk-secret@h/v1"), "--url ***: an address holds no key"),
        (("reject", "mine", "--answers", "none.jsonl"), "none.jsonl: No such file or directory"),
        (("reject", "mine", "--answers", "empty.jsonl"), "empty.jsonl is empty"),
        (("solutions", "none", "--teacher", "one"), "none holds no items.jsonl"),
        (("solutions", "mine", "--teacher", "nobody"), "no teacher is called nobody"),
        (("solutions", "mine", "--teacher", "one", "--no-wait"), "--no-wait goes with --batch"),
        (("solutions", "mine", "--teacher", "one", "--prompt", "none.md"), "none.md: No such file"),
        (("analyses", "mine", "--teacher", "one", "--netlists", "none"), "--netlists none: no such folder"),
        (("analyses", "mine", "--teacher", "one", "--prompt", "x", "--lang", "both"), "x is in one language"),
    ],
)
def test_bad_input_is_one_line(here: Here, words: tuple[str, ...], said: str) -> None:
    (here.home / "empty.jsonl").write_text("")
    out = here.fails(*words)
    assert said in out and out.count("\n") == 1, out


ASK = ("solutions", "mine", "--teacher", "one", "--dry-run")


def test_no_split_and_leaks_are_refused(here: Here) -> None:
    ds = Dataset(here.home / "mine")
    leak = next(i for i in ds.items() if i.split == "test")
    ds.replace(lambda i: i.model_copy(update={"split": "train"}) if i.id == leak.id else i)
    assert "so the test would leak" in here.fails(*ASK)
    ds.replace(lambda i: i.model_copy(update={"split": "test"}))
    assert "no accepted item is in the train split" in here.fails(*ASK)
    ds.replace(lambda i: i.model_copy(update={"split": None}))
    assert "has no split; run: circuit-vqa synth split mine" in here.fails(*ASK)


def test_what_nobody_confirmed_waits_for_unchecked(here: Here) -> None:
    ds = Dataset(here.home / "mine")
    origin = {"writer": "teacher:m@write@1"}
    ds.replace(lambda i: i.model_copy(update={"origin": i.origin.model_copy(update=origin)}))
    assert "take unchecked ones too: --unchecked" in here.fails(*ASK)
    assert main(["kd", *ASK, "--unchecked"]) == 0


def test_rows_from_before_a_new_split_do_not_outlive_the_export(home: Path) -> None:
    truth = teach(items(home), home / "truth.json")
    stale = home / "mine" / "swift" / "solutions.jsonl"
    with solving_teacher(truth) as url:
        teachers_yaml(home, url)
        kd(home, "solutions", "mine", "--teacher", "one")
        assert main(["synth", "export", str(home / "mine")]) == 0
        assert stale.is_file()
        assert main(["synth", "split", str(home / "mine"), "--again", "--seed", "5"]) == 0
        assert main(["synth", "export", str(home / "mine")]) == 0
        assert not stale.exists()
        kd(home, "solutions", "mine", "--teacher", "one")
        assert max(counted(url)["paid"].values()) == 1, "paid twice"
    only_train(home, rows(home, "solutions"))

"""`synth check` as a person runs it, against teachers that say what the test wrote down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from qa.dataset import Dataset
from qa.item import Item, Origin
from qa.standing import latest, standing
from tests.command_line import said
from tests.synth.checks.answering_teacher import REFUSED, Teachers, answering
from tests.synth.checks.made import MCQ, checked, folder, item

VQA = str(Path(sys.executable).with_name("circuit-vqa"))


def vqa(*words: str, code: int = 0) -> str:
    return said("synth", *words, code=code)


def check(root: Path, teachers: Teachers, *words: str, code: int = 0) -> str:
    return vqa("check", str(root), "--teachers", str(teachers.file), *words, code=code)


def by_question(root: Path) -> dict[str, Item]:
    return {i.question: i for i in Dataset.open(root).items()}


def question(n: int, **given: Any) -> Item:
    """A fill-in whose right answer is 7 Ω; fill-ins keep their words, so the test knows them."""
    return item(f"第{n}题:R{n}的阻值为______。", "7 Ω", pictures=(f"images/{n % 3}.png",), **given)


def test_rules_alone_ask_nobody_and_cost_nothing(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(1), item("图中电阻的个数", "3"), item("有几个电阻?", "A", MCQ)]).root
    said = vqa("check", str(root))
    assert "form: 2 pass, 1 fail" in said
    assert "2 unchecked, 1 rejected" in said
    assert not (root / "journal.sqlite").exists()
    before = (root / "items.jsonl").read_bytes()
    vqa("check", str(root))
    assert (root / "items.jsonl").read_bytes() == before


def test_a_picture_that_is_gone_is_no_verdict_on_its_questions(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(n) for n in range(1, 4)]).root
    gone = root / by_question(root)[question(1).question].pictures[0]
    kept = gone.read_bytes()
    gone.unlink()
    says = {f"第{n}题": "答案:7 Ω" for n in range(1, 4)}
    with answering(tmp_path, {"second": says}) as teachers:
        said = check(root, teachers, "--teacher", "second", code=1)
        assert gone.name in said and "1 items wait" in said and "2 accepted, 1 unchecked" in said
        gone.write_bytes(kept)
        assert "3 accepted" in check(root, teachers, "--teacher", "second")


def test_a_third_that_is_the_second_is_refused(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(1)]).root
    with answering(tmp_path, {"second": {}, "other": {}}) as teachers:
        said = check(root, teachers, "--teacher", "second", "--third", "second", code=1)
        assert "third model" in said and not teachers.asked()
        check(root, teachers, "--teacher", "second", "--teacher", "other", "--third", "second")


def test_a_folder_without_a_teachers_items_has_nothing_to_check(tmp_path: Path) -> None:
    origin = Origin(source="import", writer="person:ann")
    root = folder(tmp_path / "d", [question(1, origin=origin)]).root
    said = vqa("check", str(root))
    assert "no items by teachers" in said and "1 other items" in said and "0 items" not in said


def test_half_a_character_in_a_reply_stops_nothing(tmp_path: Path) -> None:
    half = chr(0xD800)
    circuit = item("图中的电路是一个______。", "反相放大器", pictures=("images/0.png",))
    root = folder(tmp_path / "d", [question(1), question(2), circuit]).root
    second = {"第1题": f"{half}答案:7 Ω", "第2题": REFUSED, "电路": '{"answer": "\\udfff跟随器"}'}
    third = {"电路": [f"跟随{half}器", '{"verdict": "unsure", "reason": "\\ud800"}'], "第2题": f"7{half} Ω"}
    with answering(tmp_path, {"second": second, "third": third}) as teachers:
        said = check(root, teachers, "--teacher", "second", "--third", "third", "--judge", "third")
        assert said.count("accepted") == 1 and "0 answers" in check(root, teachers, "--teacher", "second")
    assert all("blind" in latest(i) for i in by_question(root).values())
    vqa("report", str(root))


def test_a_writer_without_its_key_is_said_before_gold_is_paid_for(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(n) for n in range(1, 5)]).root
    with answering(tmp_path, {"second": {}, "writer-model": {}}) as teachers:
        text = teachers.file.read_text("utf-8").replace(
            "model: writer-model,", "model: writer-model, key_env: NOT_THERE,"
        )
        teachers.file.write_text(text, "utf-8")
        said = check(root, teachers, "--teacher", "second", "--gold", "4", code=1)
        assert "NOT_THERE" in said and not teachers.asked()


def test_no_wait_without_batch_is_refused(tmp_path: Path) -> None:
    for verb in ("write", "check"):
        assert "--no-wait goes with --batch" in vqa(verb, str(tmp_path), "--teacher", "gpt-4o", "--no-wait", code=1)


def test_agreement_disagreement_votes_and_silence(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(n) for n in range(1, 8)]).root
    second = {"第1题": "R1标注7Ω。\n答案:7 Ω", "第2题": "答案:9 Ω", "第3题": "答案:9 Ω", "第4题": "答案:9 Ω",
              "第5题": REFUSED, "第6题": "答案:无法确定", "第7题": "答案:8 Ω"}  # fmt: skip
    third = {"第2题": ["答案:7Ω", "答案:7.0 Ω"], "第3题": ["答案:9 Ω", "答案:7 Ω", "答案:0.009 kΩ"],
             "第4题": ["答案:1 Ω", "答案:2 Ω", "答案:3 Ω"], "第5题": "答案:7 Ω", "第6题": "答案:8 Ω",
             "第7题": ["答案:8 Ω", "看不清", "看不清"]}  # fmt: skip
    with answering(tmp_path, {"second": second, "third": third}) as teachers:
        said = check(root, teachers, "--teacher", "second")
        assert "blind: 1 pass, 6 unsure" in said
        assert "1 accepted, 6 review" in said
        said = check(root, teachers, "--teacher", "second", "--third", "third", "--temperature", "0.7")
        asked = teachers.asked()
    got = {q[:3]: latest(i) for q, i in by_question(root).items()}
    assert {q: c["vote"].verdict for q, c in got.items() if "vote" in c} == {
        "第2题": "pass", "第3题": "fail", "第4题": "unsure", "第5题": "pass", "第6题": "unsure", "第7题": "unsure",
    }  # fmt: skip
    assert "9 Ω" in got["第3题"]["vote"].note, "the reviewer is told the other answer"
    assert "refused" in got["第5题"]["blind"].note
    assert "无法确定" in got["第6题"]["blind"].note
    assert "3 accepted, 3 review, 1 rejected" in said
    assert sum(a["model"] == "second" for a in asked) == 7, "the second teacher was paid once"
    votes = [a for a in asked if a["model"] == "third"]
    assert len([a for a in votes if "第2题" in json.dumps(a, ensure_ascii=False)]) == 2, "decided after two of three"
    assert {a["temperature"] for a in votes} == {0.7}


def test_the_blind_teacher_is_sent_no_answer_and_no_explanation(tmp_path: Path) -> None:
    secret = "机密的解析过程"
    items = [
        item("R1的阻值为______。", "4321 Ω", explanation=secret),
        item("有几个电阻?", "D", ("11", "22", "33", "44"), explanation=f"{secret},故选D。"),
    ]
    root = folder(tmp_path / "d", items).root
    with answering(tmp_path, {"second": {}}) as teachers:
        check(root, teachers, "--teacher", "second")
        asked = teachers.asked()
    assert len(asked) == 2
    for request in asked:
        sent = json.dumps(request, ensure_ascii=False)
        assert secret not in sent and "4321" not in sent
        assert "故选" not in sent and "答案:D" not in sent
        assert "teacher:" not in sent and items[0].id not in sent and items[1].id not in sent
    # the options as they now stand, and nothing else that tells
    mcq = next(json.dumps(a, ensure_ascii=False) for a in asked if "有几个电阻" in json.dumps(a, ensure_ascii=False))
    now = by_question(root)["有几个电阻?"]
    assert " ".join(f"{x}. {o}" for x, o in zip("ABCD", now.options or (), strict=True)) in mcq


def test_a_model_does_not_confirm_what_it_wrote(tmp_path: Path) -> None:
    by_second = question(2).origin.model_copy(update={"writer": "teacher:second@write@1"})
    root = folder(tmp_path / "d", [question(1), question(2, origin=by_second)]).root
    right = {"题": "答案:7 Ω"}
    with answering(tmp_path, {"second": right, "other": right}) as teachers:
        said = check(root, teachers, "--teacher", "second", code=1)
        assert "second wrote 1 of the items" in said and "--same-model" in said
        assert not teachers.asked(), "nothing was paid before the fault was named"
        check(root, teachers, "--teacher", "second", "--teacher", "other")
        by = {q[:3]: latest(i)["blind"].by for q, i in by_question(root).items()}
        assert by == {"第1题": "second", "第2题": "other"}
        check(root, teachers, "--teacher", "second", "--same-model", "--again")
        assert {latest(i)["blind"].by for i in by_question(root).values()} == {"second"}


def test_a_gold_question_nobody_may_confirm_holds_nothing_up(tmp_path: Path) -> None:
    """Two writers, one of them the only second: the other's questions are checked, and the command ends."""
    by_second = question(2).origin.model_copy(update={"writer": "teacher:second@write@1"})
    done = checked(question(2, origin=by_second), ("review", "pass"))
    root = folder(tmp_path / "d", [question(1), done]).root
    with answering(tmp_path, {"writer-model": {}, "second": {"题": "答案:7 Ω"}}) as teachers:
        said = check(root, teachers, "--teacher", "second", "--gold", "4")
    assert "2 accepted" in said


def test_a_judge_decides_on_wordings_and_on_doubts(tmp_path: Path) -> None:
    words = item("D1的作用是______。", "防止电流倒灌")
    other = item("C1的作用是______。", "隔断直流分量")
    doubt = item("图中R9的阻值是多少?", "7 Ω")  # no blank, but it asks
    bad = item("图中R8的阻值是多少?", "7 Ω")
    root = folder(tmp_path / "d", [words, other, doubt, bad]).root
    second = {"D1": "答案:阻止反向电流", "C1": "答案:放大信号", "R9": "答案:7 Ω"}
    judge = {
        "D1": '{"verdict": "same", "reason": "x"}', "C1": '```json\n{"verdict": "different", "reason": "y"}\n```',
        "R9": '{"verdict": "pass", "reason": "asks plainly"}', "R8": '{"verdict": "fail", "reason": "no R8 there"}',
    }  # fmt: skip
    with answering(tmp_path, {"second": second, "judge": judge}) as teachers:
        check(root, teachers, "--teacher", "second", "--judge", "judge")
        asked = teachers.asked()
    got = {q[:2]: i for q, i in by_question(root).items()}
    assert {q: standing(i) for q, i in got.items()} == {
        "D1": "accepted",
        "C1": "review",
        "图中": got["图中"] and standing(got["图中"]),
    }
    by_id = {i.id: i for i in by_question(root).values()}
    assert standing(by_id[doubt.id]) == "accepted"
    assert standing(by_id[bad.id]) == "rejected"
    assert not any("R8" in json.dumps(a, ensure_ascii=False) for a in asked if a["model"] == "second"), "not paid for"
    for a in asked:
        text = json.dumps(a, ensure_ascii=False)
        if a["model"] == "judge" and "D1" in text:
            assert "防止电流倒灌" in text and "阻止反向电流" in text and "image_url" not in text
            assert not any(w in text for w in ("teacher", "writer", "标准", "正确答案"))


def test_twins_are_not_paid_for_until_the_first_falls(tmp_path: Path) -> None:
    first = item("图中R1的阻值为______。", "8 Ω")
    again = item("请问图中R1的阻值为______?", "7 Ω")
    root = folder(tmp_path / "d", [first, again]).root
    with answering(tmp_path, {"second": {"R1": "答案:7 Ω"}, "third": {"R1": "答案:7 Ω"}}) as teachers:
        check(root, teachers, "--teacher", "second")
        assert len(teachers.asked()) == 1
        assert {i.answer: standing(i) for i in by_question(root).values()} == {"8 Ω": "review", "7 Ω": "rejected"}
        check(root, teachers, "--teacher", "second", "--third", "third")
    assert {i.answer: standing(i) for i in by_question(root).values()} == {"8 Ω": "rejected", "7 Ω": "accepted"}


def test_what_a_person_decided_is_left_alone(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "d", [checked(question(1), ("review", "pass")), checked(question(2), ("review", "fail"))]
    ).root
    before = (root / "items.jsonl").read_bytes()
    with answering(tmp_path, {"second": {}}) as teachers:
        check(root, teachers, "--teacher", "second")
        assert not teachers.asked()
    assert (root / "items.jsonl").read_bytes() == before


def test_a_budget_stops_cleanly_and_the_rest_waits(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(n) for n in range(1, 21)]).root
    with answering(tmp_path, {"second": {"题": "答案:7 Ω"}}) as teachers:
        said = check(root, teachers, "--teacher", "second", "--max-requests", "8")
        assert "8 accepted, 12 unchecked" in said and "12 items wait (max_requests 8 reached)" in said
        said = check(root, teachers, "--teacher", "second", "--dry-run")
        assert "12 items and 0 gold items to ask about" in said and "nobody was asked" in said
        said = check(root, teachers, "--teacher", "second")
        assert "20 accepted" in said
        assert len(teachers.asked()) == 20


def test_a_teacher_that_answers_nobody_ends_with_an_error_and_no_verdict(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(n) for n in range(1, 4)]).root
    with answering(tmp_path, {"second": {}}, always=401) as teachers:
        said = check(root, teachers, "--teacher", "second", code=1)
    assert "3 unchecked" in said and "3 items wait (" in said and "401" in said


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(n) for n in range(1, 5)]).root
    before = {p: p.read_bytes() for p in root.rglob("*") if p.is_file()}
    with answering(tmp_path, {"second": {}, "writer-model": {}}) as teachers:
        said = check(root, teachers, "--teacher", "second", "--gold", "8", "--dry-run")
    assert "4 items and 8 gold items" in said
    assert "second: 12 calls" in said and "writer-model: 8 calls" in said
    after = {p: p.read_bytes() for p in root.rglob("*") if p.is_file() and p.name != ".filling"}
    assert after == before


def test_killed_half_way_nothing_is_paid_twice_but_what_was_in_flight(tmp_path: Path) -> None:
    root = folder(tmp_path / "d", [question(n) for n in range(1, 201)]).root
    with answering(tmp_path, {"second": {"题": "答案:7 Ω"}}, latency=0.1) as teachers:
        command = [VQA, "synth", "check", str(root), "--teachers", str(teachers.file), "--teacher", "second"]
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while len(teachers.asked()) < 60 and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        assert 60 <= len(teachers.asked()) < 200
        said = check(root, teachers, "--teacher", "second")
        assert "200 accepted" in said
        assert len(teachers.asked()) <= 200 + 16, "16 in flight at most"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--third", "second"], "go with --teacher"),
        (["--teacher", "nobody"], "no teacher is called nobody"),
        (["--teacher", "second", "--votes", "2", "--quorum", "3"], "can never be reached"),
        (["--teacher", "second", "--gold", "3"], "none has the model writer-model"),
    ],
)
def test_faults_are_told_in_one_line(tmp_path: Path, words: list[str], told: str) -> None:
    root = folder(tmp_path / "d", [question(1)]).root
    with answering(tmp_path, {"second": {}}) as teachers:
        said = check(root, teachers, *words, code=1).strip()
        assert told in said and "\n" not in said, said
        assert not teachers.asked()

"""Grading files of replies: our plain rows, swift's, and bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import circuit_vqa
from qa.prompts import question_text

MCQ = {"form": "mcq", "question": "Which one?", "options": ["R1", "R2", "R3", "R4"], "answer": "B"}
FILL = {"form": "fill", "question": "截止频率约为______Hz。", "answer": "1592"}
NAMED = {"form": "fill", "question": "Find I and U_ab.", "answer": {"I": "-0.5 A", "U_ab": "2 V"}}


def grade(tmp_path: Path, rows: list[Any], *more: str) -> tuple[int, list[dict[str, Any]]]:
    file, out = tmp_path / "replies.jsonl", tmp_path / "verdicts.jsonl"
    file.write_text("".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in rows))
    code = circuit_vqa.main(["eval", "grade", str(file), "--verdicts", str(out), *more])
    return code, [json.loads(line) for line in out.read_text("utf-8").splitlines()] if out.exists() else []


def swift_row(user: str, label: str, response: str) -> dict[str, Any]:
    """As ms-swift 4.6 writes it with --result_path."""
    messages = [{"role": "user", "content": f"<image>{user}"}, {"role": "assistant", "content": response}]
    images = [{"bytes": None, "path": "images/x.png"}]
    return {"response": response, "labels": label, "logprobs": None, "messages": messages, "images": images}


@pytest.mark.parametrize(
    ("row", "reply", "verdict"),
    [
        (MCQ, "The answer is B because VCC is 5V", "right"),
        (MCQ, "R2", "right"),
        (MCQ, "答案:C", "wrong"),
        (MCQ, "I cannot see the picture.", "unparsed"),
        (MCQ, None, "unparsed"),
        (MCQ | {"answer": "b"}, "B", "right"),
        (MCQ | {"answer": "R2"}, "B", "right"),
        (MCQ | {"answer": "答案:B", "options": None}, "B", "right"),
        (MCQ | {"answer": ["B"]}, "B", "right"),
        (MCQ | {"options": {"A": "R1", "B": "R2", "C": 3, "D": 4}}, "(B)", "right"),
        (MCQ | {"options": None}, "B", "right"),
        (FILL, "答案:1.592 kHz", "right"),
        (FILL | {"answer": 1592}, "1592 Hz", "right"),
        (FILL | {"answer": 1592.0}, 1592, "right"),
        (FILL, "答案:1.7 kHz", "wrong"),
        (FILL | {"answer": ["1592"]}, "1592 Hz", "right"),
        (FILL | {"accept": {"value": 1592.0, "unit": "Hz", "rel_tol": 0.1}}, "1.7 kHz", "right"),
        (NAMED, "I = -0.5 A, U_ab = 2 V", "right"),
        (NAMED, "I = -0.5 A", "wrong"),
        (NAMED, "I = 0.5 A, U_ab = 2 V", "wrong"),
    ],
)
def test_plain_rows(row: dict[str, Any], reply: Any, verdict: str, tmp_path: Path) -> None:
    code, verdicts = grade(tmp_path, [row | {"reply": reply}])
    assert code == 0
    assert set(verdicts[0]) == {"verdict", "read", "why", "fault"}
    assert (verdicts[0]["fault"] == "") == (verdict == "right")
    assert verdicts[0]["verdict"] == verdict


def test_kinds_of_error_are_those_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [FILL | {"reply": "1.592 Hz"}, FILL | {"reply": "1592 MHz"}, MCQ | {"reply": "A or B"}, MCQ | {"reply": ""}]
    code, verdicts = grade(tmp_path, [*rows, NAMED | {"reply": "I = 0.5 A, U_ab = 2 V"}])
    assert code == 0
    assert [v["fault"] for v in verdicts] == [
        "wrong prefix", "wrong prefix", "several answers", "empty reply", "wrong sign"
    ]  # fmt: skip
    assert "errors: wrong prefix 2, " in capsys.readouterr().out


def test_swift_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mcq = question_text("R1接在哪里?", ["地", "VCC", "U1 的 3 脚", "A. B 之间"], "mcq", "zh")
    fill = question_text("The cutoff frequency is about ______ Hz.", None, "fill", "en")
    two = question_text("I1 = ______ A, I2 = ______ A", None, "fill", "en")
    rows = [
        swift_row(mcq, "答案:B", "答案:B。因为VCC和GND"),
        swift_row(mcq, "图中接电源。\n答案:B", "VCC"),
        swift_row(mcq, "答案:B", "答案:C"),
        swift_row(fill, "Answer: 1592 Hz", "Answer: 1.592 kHz"),
        swift_row(two, "Answer: 1 A; 2 A", "Answer: 1 A; 3 A"),
        swift_row("问题:图中有几个电阻? 选项:A. 1 B. 2 C. 3 D. 4", "答案:D", "D"),
        {"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": fill}]}]}
        | {"labels": "Answer: 10 Hz", "response": "100 Hz"},
    ]
    code, verdicts = grade(tmp_path, rows)
    assert [v["verdict"] for v in verdicts] == ["right", "right", "wrong", "right", "wrong", "right", "wrong"]
    assert code == 0
    assert "accuracy 57.1%" in capsys.readouterr().out


BAD = [
    ('{"form": "mcq", "question": "x"', "not JSON"),
    ("[1]", "not a JSON object"),
    ({"form": "mcq", "question": "x", "answer": "A"}, "reply: missing"),
    ({"question": "x", "answer": "A", "reply": "A"}, "form: missing"),
    ({"form": "quiz", "question": "x", "answer": "A", "reply": "A"}, "form: Input should be 'mcq'"),
    ({"form": "fill", "answer": "A", "reply": "A"}, "question: missing"),
    (MCQ | {"answer": "E", "reply": "A"}, "answer: 'E'"),
    (FILL | {"answer": "", "reply": "A"}, "answer: empty"),
    (FILL | {"answer": {}, "reply": "A"}, "answer: empty"),
    (FILL | {"answer": True, "reply": "A"}, "answer: bool"),
    (FILL | {"reply": {"text": "A"}}, "reply: dict"),
    (MCQ | {"options": {"A": "1", "C": "2"}, "reply": "A"}, "options: keys A, C"),
    (MCQ | {"options": "R1 R2", "reply": "A"}, "options: neither"),
    (FILL | {"accept": [{"value": "much"}], "reply": "A"}, "accept.0"),
    (swift_row("x", "", "A") | {"labels": None}, "labels: empty"),
    ({"response": "A", "labels": "答案:A"}, "messages: missing"),
]


@pytest.mark.parametrize(("bad", "what"), BAD)
def test_a_bad_row_is_named_and_the_rest_graded(
    bad: Any, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, verdicts = grade(tmp_path, [MCQ | {"reply": "B"}, bad, MCQ | {"reply": "C"}])
    said = capsys.readouterr()
    assert code == 1
    assert f"{tmp_path / 'replies.jsonl'}:2: {what}" in said.err
    assert [v["verdict"] for v in verdicts] == ["right", "unparsed", "wrong"]
    assert what in verdicts[1]["why"]
    assert [v["fault"] for v in verdicts] == ["", "bad row", "wrong letter"]
    assert "errors: wrong letter 1\n" in said.out  # the bad row is none of the model's
    assert "accuracy 50.0%" in said.out and "n 2, right 1, unparsed 0" in said.out


def test_missing_and_empty_files_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n\n")
    for file, words in ((tmp_path / "nope.jsonl", "is no file"), (tmp_path, "is no file"), (empty, "is empty")):
        assert circuit_vqa.main(["eval", "grade", str(file)]) == 1
        err = capsys.readouterr().err.strip()
        assert words in err and "\n" not in err

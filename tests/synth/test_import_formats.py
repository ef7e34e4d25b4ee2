"""Every format people bring questions in, in both languages, is read into the same Items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.errors import KitError
from qa.item import Item
from synth.sources.imported import Given, load
from tests.synth.importing_rows import imported, pictures

ZH, ZH_FILL = "图中有几个电阻?", "截止频率约为______Hz。"
EN, EN_FILL = "How many resistors are there?", "The cutoff frequency is ______ Hz."
ZH_TEXT = f"{ZH}\n选项:A. 1 B. 2 C. 3 D. 4"
EN_TEXT = f"Question: {EN}\nA. 1\nB. 2\nC. 3\nD. 4"


def lines(*rows: Any) -> str:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


def swift(user: str, assistant: str, image: str = "a.png") -> dict[str, Any]:
    turns = [{"role": "system", "content": "x"}, {"role": "user", "content": f"<image>{user}"}]
    return {"messages": [*turns, {"role": "assistant", "content": assistant}], "images": [image]}


def gpt(user: str, assistant: str) -> list[dict[str, str]]:
    return [{"from": "human", "value": user}, {"from": "gpt", "value": assistant}]


def flat(question: str, options: Any, answer: Any, **more: Any) -> dict[str, Any]:
    return {"image": "a.png", "question": question, "options": options, "answer": answer, **more}


OPTIONS = ["1", "2", "3", "4"]
FILES = {
    "swift": lines(
        swift(ZH_TEXT, "答案:B"), swift(EN_TEXT, "The answer is B."), swift(ZH_FILL, "1592"), swift(EN_FILL, "1592 Hz")
    ),
    "swift parts": lines(
        {
            "messages": [
                {"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "text", "text": ZH_TEXT}]},
                {"role": "assistant", "content": [{"type": "text", "text": "B"}]},
            ]
        },
        swift(EN_TEXT, "b"), swift(ZH_FILL, "答案:1592"), swift(EN_FILL, "Answer: 1592 Hz"),
    ),
    "swift old": lines(
        {"query": f"<img>a.png</img>{ZH_TEXT}", "response": "选B"},
        {"query": EN_FILL, "response": "1592 Hz", "history": [[f"<image>{EN_TEXT}", "B"]], "images": ["a.png"]},
        {"query": ZH_FILL, "response": "1592", "images": "a.png"},
    ),
    "swift grpo": lines(
        {"messages": [{"role": "user", "content": ZH_TEXT}], "images": [{"path": "a.png"}], "solution": "B"},
        {"messages": [{"role": "user", "content": "-"}], "images": ["a.png"], "solution": json.dumps(
            {"form": "mcq", "question": EN, "options": OPTIONS, "answer": "B"})},
        swift(ZH_FILL, "1592"), swift(EN_FILL, "1592 Hz"),
    ),
    "sharegpt": json.dumps([
        {"conversations": gpt(f"<image>{ZH_TEXT}", "答案:B") + gpt(ZH_FILL, "1592"), "images": ["a.png"]},
        {"conversations": gpt(EN_TEXT, "(B) 2"), "images": ["a.png"]},
        {"conversations": gpt(EN_FILL, "Answer: 1592 Hz"), "images": ["a.png"]},
    ], ensure_ascii=False, indent=2),
    "llava": lines(
        {"id": 1, "image": "a.png", "conversations": gpt(f"<image>\n{ZH_TEXT}", "B")
         + gpt(EN_TEXT, "The correct option is B") + gpt(ZH_FILL, "1592")},
        {"id": 2, "image": ["a.png"], "conversations": gpt(f"{EN_FILL}\n<image>", "1592 Hz")},
    ),
    "csv": f'图像名称,问题,答案\na,"{ZH_TEXT}",B\na.png,"{EN_TEXT}",B\n\n'
    f'a.png,{ZH_FILL},1592\na.png,{EN_FILL},1592 Hz\n',
    "csv english": "image;question;A;B;C;D;answer;topic\n"
    f"a.png;{ZH};1;2;3;4;B;\na.png;{EN};1;2;3;4;b;\na.png;{ZH_FILL};;;;;1592;\na.png;{EN_FILL};;;;;1592 Hz;\n",
    "mcq": lines(
        flat(ZH, OPTIONS, "B"), flat(EN, {"A": "1", "B": "2", "C": "3", "D": "4"}, ["B"]),
        flat(ZH_FILL, None, 1592), flat(EN_FILL, [], "1592 Hz"),
    ),
    "mcq texts": json.dumps([
        flat(ZH, "A. 1 B. 2 C. 3 D. 4", "2"), flat(EN, ["A. 1", "B. 2", "C. 3", "D. 4"], 2),
        flat(ZH_FILL, None, "1592"), flat(EN_FILL, "", "1592 Hz"),
    ]),
    "seed": f"图像:a.png\n问题:{ZH} 选项:A. 1 B. 2 C. 3 D. 4 答案:B\n\nImage: a.png\n{EN_TEXT}\nAnswer: B\n"
    f"问题:{ZH_FILL}\n答案:1592\n\nQuestion: {EN_FILL} Answer: 1592 Hz\n",
}  # fmt: skip


def content(item: Item) -> tuple[Any, ...]:
    return item.lang, item.form, item.question, item.options, item.answer_text


@pytest.mark.parametrize("kind", FILES)
def test_each_format_in_both_languages(tmp_path: Path, kind: str) -> None:
    report, items, _ = imported(tmp_path, FILES[kind])
    assert report.problems == []
    assert report.format == kind.split()[0]
    digits = tuple(OPTIONS)
    want = {("zh", "mcq", ZH, digits, "B"), ("en", "mcq", EN, digits, "B"),
            ("zh", "fill", ZH_FILL, None, "1592"), ("en", "fill", EN_FILL, None, "1592 Hz")}  # fmt: skip
    assert {content(i) for i in items} == want and len(items) == 4
    for i in items:
        assert (i.origin.source, i.origin.writer) == ("import", f"import:{report.format}@1")
        assert (i.level, i.topic, i.origin.checks, i.split) == (1, "imported", (), None)
        assert i.origin.file.startswith("rows.txt:")
    assert len({i.group for i in items}) == 1, "questions on one picture stay together"


def test_explanations_are_kept(tmp_path: Path) -> None:
    texts = [swift(ZH_TEXT, "R1和R2,共两个。\n答案:B"), swift(EN_TEXT, "Answer: B\nExplanation: R1 and R2.")]
    _, items, _ = imported(tmp_path, lines(*texts))
    assert [i.explanation for i in items] == ["R1和R2,共两个。", "R1 and R2."]
    seed = f"问题:{ZH}选项:A. 1 B. 2\n答案:B\n解析:R1 和 R2。\n"
    _, items, _ = imported(tmp_path, seed, "b.txt")
    assert (items[-1].explanation, items[-1].answer) == ("R1 和 R2。", "B")


def test_a_seed_file_names_its_picture(tmp_path: Path) -> None:
    _, items, _ = imported(tmp_path, f"问题:{ZH_FILL} 答案:1592", "b.txt")
    _, both, _ = imported(tmp_path, f"图片:a\n问题:{ZH_FILL} 答案:1592", "b.txt")
    assert len(both) == 2 and both[1].pictures != items[0].pictures


def test_what_rows_and_flags_say(tmp_path: Path) -> None:
    rows = lines(
        flat(EN, OPTIONS, "B", level=3, topic="count", lang="zh"), flat(EN_FILL, None, "1592 Hz", accept=["1.6k"])
    )
    _, items, _ = imported(tmp_path, rows, given=Given("en", 4, "CC-BY-4.0"))
    assert [(i.level, i.topic, i.lang) for i in items] == [(3, "count", "en"), (4, "imported", "en")]
    assert items[1].accept == ("1.6k",) and {i.origin.licence for i in items} == {"CC-BY-4.0"}


def test_turns_take_their_pictures(tmp_path: Path) -> None:
    turns = gpt(f"<image>{ZH_FILL}", "1592") + gpt(f"<image>{ZH_TEXT}", "B") + gpt("图中有______个电容。", "3")
    report, items, _ = imported(tmp_path, lines({"conversations": turns, "images": ["a.png", "b.png"]}))
    assert report.problems == []
    assert [i.pictures for i in items] == [items[0].pictures, items[1].pictures, items[1].pictures]
    assert len({i.pictures for i in items}) == 2


def test_pictures_of_one_question_share_a_group(tmp_path: Path) -> None:
    pictures(tmp_path / "pics", "a.png", "b.png", "c.png")
    rows = [swift(ZH_FILL, "1592", "a.png"), swift(ZH_FILL, "1592", "b.png"), swift(ZH_FILL, "1592", "c.png")]
    _, items, _ = imported(tmp_path, lines(*rows))
    assert len({i.group for i in items}) == 3
    both = swift(EN_FILL, "1592 Hz") | {"images": ["b.png", "a.png"]}
    both["messages"][1]["content"] = f"<image><image>{EN_FILL}"
    _, items, _ = imported(tmp_path, lines(both))
    assert items[0].group == items[1].group == items[3].group != items[2].group


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-8", "a"), ("utf-8-sig", "b"), ("gb18030", "c"), ("gbk", "d"), ("utf-16", "e")]
)
@pytest.mark.parametrize("kind", ["csv", "seed", "sharegpt"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, name: str, kind: str) -> None:
    report, items, _ = imported(tmp_path, FILES[kind].replace("\n", "\r\n").encode(encoding))
    assert report.problems == [] and {i.question for i in items} == {ZH, EN, ZH_FILL, EN_FILL}


@pytest.mark.parametrize("text", ["just some words", '{"a": 1}', "[1, 2]", "name,age\nx,3\n", '"x"'])
def test_a_format_that_cannot_be_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(text, "utf-8")
    with pytest.raises(KitError, match="cannot tell its format") as e:
        load(file, tmp_path)
    assert "\n" not in str(e.value)
    for known in ("swift", "sharegpt", "llava", "mcq", "csv", "seed"):
        assert f"{known}:" in str(e.value)


def test_files_without_anything(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    for data, told in (
        (b" \n", "is empty"),
        ("图像名称,问题,答案\n".encode(), "no question"),
        (b"\x80\xff", "no text"),
    ):
        file.write_bytes(data)
        with pytest.raises(KitError, match=told):
            load(file, tmp_path)
    with pytest.raises(KitError, match="no such folder"):
        load(file, tmp_path / "absent")

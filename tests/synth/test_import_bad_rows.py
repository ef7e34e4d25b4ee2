"""A bad row is named by file, line and field and skipped; the rest is imported; nothing outside the folder is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import circuit_vqa
from qa.item import Item
from synth.sources.importing.records import records
from tests.synth.importing_rows import imported, pictures

GOOD = {"image": "a.png", "question": "图中有______个电阻。", "answer": "2"}
TURN = {"role": "user", "content": "<image>x?"}
SAID = {"role": "assistant", "content": "y"}
OUTSIDE = ["../secret.png", "x/../../secret.png", "..\\secret.png", "ABSOLUTE", "link.png", "out/secret.png"]


def lines(*rows: Any) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in rows)


def problem(root: Path, *rows: Any, line: int = 2) -> str:
    """What is said of the one bad row among good ones, which are imported."""
    report, items, _ = imported(root, lines(GOOD, *rows, GOOD | {"question": "共______个电容。"}))
    assert [i.origin.file for i in items] == ["rows.txt:1", f"rows.txt:{2 + len(rows)}"]
    (said,) = map(str, report.problems)
    head = f"{root / 'rows.txt'}:{line}: "
    assert said.startswith(head) and "\n" not in said
    return said.removeprefix(head)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"answer": None}, "answer: is missing"),
        ({"answer": "  "}, "answer: is empty"),
        ({"answer": True}, "answer: bool instead of a text"),
        ({"question": ""}, "question: is empty"),
        ({"image": None}, "images: is empty"),
        ({"image": [{"bytes": "x"}]}, "images: an entry is no path"),
        ({"level": 7}, "level: 7 is not 1, 2, 3 or 4"),
        ({"options": ["1"], "answer": "A"}, "options: 1; an item holds two to four"),
        ({"options": list("12345"), "answer": "A"}, "options: 5; an item holds two to four"),
        ({"options": "A. 1 B. 2 C. 3 D. 4 E. 5", "answer": "A"}, "options: more than four"),
        ({"options": ["1", "2", "2"], "answer": "A"}, "options: two are equal"),
        ({"options": ["1", ""], "answer": "A"}, "options: one is empty"),
        ({"options": {"B": "1", "A": "2"}, "answer": "A"}, "options: its keys are not A, B"),
        ({"options": ["x", "y"], "answer": "C"}, "answer: 'C' is none of A, B"),
        ({"question": "电阻为? A.1kΩB.2kΩC.3kΩ", "answer": "B"}, "options: the question holds options that cannot"),
        ({"options": ["x", "y"], "answer": "AB"}, "answer: 'AB' is none of A, B"),
        ({"options": ["x", "y"], "answer": ["A", "B"]}, "answer: an item has one right option"),
        ({"question": "乙______", "answer": "..."}, "answer: the answer cannot be graded ('...'"),
        ({"question": "乙______", "accept": [{"value": 1, "blank": 3}]}, "accept: "),
        ({"question": "\ud800"}, "question: "),
        ({"image": "no.png"}, "images: 'no.png' is not there; paths start from"),
        ({"image": "x\0y.png"}, "images: "),
        ({"image": "n" * 5000}, "images: "),
        ({"image": "http://127.0.0.1/a.png"}, "images: 'http://127.0.0.1/a.png' is an address"),
        ({"image": "text.png"}, "images: text.png cannot be read as a picture"),
        ({"image": "cut.png"}, "images: cut.png cannot be read as a picture"),
        ({"image": "two"}, "images: 'two' may be two.jpg or two.png"),
        ({"image": "."}, "images: '.' is not there"),
    ],
)
def test_a_bad_flat_row(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    pics = pictures(tmp_path / "pics", "a.png", "cut.png", "two.png", "two.jpg")
    (pics / "cut.png").write_bytes((pics / "cut.png").read_bytes()[:-30])
    (pics / "text.png").write_text("no picture", "utf-8")
    assert problem(tmp_path, json.dumps(GOOD | change)).startswith(told)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{not json", "row: not JSON"),
        ("[1]", "row: list instead of a JSON object"),
        ("[" * 100_000, "row: not JSON"),
        ('{"other": 1}', "question: is missing"),
    ],
)
def test_a_bad_line(tmp_path: Path, row: str, told: str) -> None:
    assert problem(tmp_path, row).startswith(told)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"messages": "x", "images": ["a.png"]}, "messages: is missing, or no list"),
        ({"messages": [TURN], "images": ["a.png"]}, "messages: questions and answers do not alternate"),
        ({"messages": [TURN, {"role": "tool", "content": "x"}], "images": ["a.png"]}, "messages: a turn's 'role'"),
        ({"messages": [TURN, {"role": "assistant", "content": 3}]}, "messages: a turn has no text"),
        ({"messages": [TURN, SAID], "images": ["a.png", "a.png"]}, "images: 2 pictures for 1 times"),
        ({"messages": [TURN, SAID]}, "images: 0 pictures for 1 times"),
        ({"query": "x?", "response": "y", "images": ["a.png"], "history": [1]}, "history: is no list"),
        ({"messages": [TURN], "images": ["a.png"], "solution": '{"form": "mcq"}'}, "question: Field required"),
    ],
)  # fmt: skip
def test_a_bad_conversation(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    good = {"query": "<image>图中有______个电阻。", "response": "2", "images": ["a.png"]}
    report, items, _ = imported(tmp_path, lines(good, row))
    assert len(items) == 1
    assert str(report.problems[0]).startswith(f"{tmp_path / 'rows.txt'}:2: {told}")


def test_bad_rows_of_a_table_and_of_a_text(tmp_path: Path) -> None:
    table = '图像名称,问题,答案\na.png,"两行\n______个",2\na.png,x,y,z\na.png,只有问题\na.png,共______个,3\n'
    report, items, _ = imported(tmp_path, table, "t.csv")
    assert [str(p).split(":", 1)[1] for p in report.problems] == [
        "4: row: 4 cells under 3 columns; quote a cell that holds a comma",
        "5: answer: is missing",
    ]
    assert [i.origin.file for i in items] == ["t.csv:2", "t.csv:6"]
    text = (
        "图像:a.png\n问题:甲______个 答案:2\n问题:没有答案\n\n问题:乙 选项:A. 1 B. 2 答案:E\n问题:丙______个\n答案:3\n"
    )
    report, items, _ = imported(tmp_path, text, "s.txt")
    assert [(p.line, p.field) for p in report.problems] == [(3, "row"), (5, "row")]
    assert [i.origin.file for i in items[2:]] == ["s.txt:2", "s.txt:6"]


def test_an_array_is_read_up_to_its_fault() -> None:
    text = '[\n {"a": 1},\n\n {"a":\n 2}, 3,\n {"a" 4}, {"a": 5}]'
    got = [(line, r if isinstance(r, dict) else str(r).split("(")[0]) for line, r in records(text)]
    assert got == [(2, {"a": 1}), (4, {"a": 2}), (5, "row: is not a JSON object"), (6, "row: not JSON ")]


def test_damaged_bytes_spoil_their_row_alone(tmp_path: Path) -> None:
    rows = [json.dumps(GOOD | {"question": f"第{n}题:图中一共有______个电阻。"}, ensure_ascii=False) for n in range(9)]
    data = [r.encode() for r in rows]
    data[4] = data[4].replace("电".encode(), b"\xe7\x94")
    report, items, _ = imported(tmp_path, b"\n".join(data))
    assert [(p.line, p.field) for p in report.problems] == [(5, "row")] and len(items) == 8


@pytest.mark.parametrize(
    "way", ["../secret.png", "x/../../secret.png", "..\\secret.png", "ABSOLUTE", "link.png", "out/secret.png"]
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, way: str) -> None:
    pics = pictures(tmp_path / "pics")
    (pics / "x").mkdir()
    secret = pictures(tmp_path, "secret.png") / "secret.png"
    (pics / "link.png").symlink_to(secret)
    (pics / "out").symlink_to(tmp_path)
    told = problem(tmp_path, GOOD | {"image": str(secret) if way == "ABSOLUTE" else way})
    assert "leads out of" in told
    assert len(list((tmp_path / "out" / "images").iterdir())) == 1


def test_ways_that_stay_inside(tmp_path: Path) -> None:
    pics = pictures(tmp_path / "pics", "a.png", "sub/图 1.png")
    (pics / "link.png").symlink_to(pics / "sub" / "图 1.png")
    ways = ["a", "sub/../a.png", str(pics / "a.png"), "sub\\图 1.png", "sub/图 1", "link.png"]
    rows = [GOOD | {"image": w, "question": f"{n}:______个"} for n, w in enumerate(ways)]
    report, items, _ = imported(tmp_path, lines(*rows))
    assert report.problems == [] and len(items) == 6
    assert len({i.pictures for i in items[:3]}) == len({i.pictures for i in items[3:]}) == 1


def test_pictures_are_flat_small_and_originals_untouched(tmp_path: Path) -> None:
    pics = pictures(tmp_path / "pics")
    Image.new("RGBA", (3000, 1500), (0, 0, 0, 0)).save(pics / "big.png")
    before = {p: p.read_bytes() for p in pics.iterdir()}
    _, (item,), ds = imported(tmp_path, lines(GOOD | {"image": "big.png"}))
    with Image.open(ds.root / item.pictures[0]) as im:
        assert (im.mode, im.size, im.getpixel((5, 5))) == ("RGB", (1280, 640), (255, 255, 255))
    assert {p: p.read_bytes() for p in pics.iterdir()} == before


def test_a_second_run_adds_nothing_and_a_twin_is_kept_once(tmp_path: Path) -> None:
    text = lines(GOOD, GOOD, GOOD | {"answer": "3"})
    for added, kept, other in ((1, 1, "line 1"), (0, 2, "items.jsonl")):
        report, items, ds = imported(tmp_path, text)
        assert (report.items, report.kept, len(items)) == (added, kept, 1)
        (said,) = report.problems
        assert said.line == 3 and said.field == "answer" and other in said.what and "'3'" in said.what
    before = ds.items_path.read_bytes()
    imported(tmp_path, lines(GOOD), "other.jsonl")
    assert ds.items_path.read_bytes() == before


def test_a_stop_half_way_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = lines(*(GOOD | {"question": f"第{n}题:______个"} for n in range(200)))
    asked: list[Item] = []

    def stop(item: Item) -> None:
        asked.append(item)
        if len(asked) == 150:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("synth.sources.imported._refuse_ungradable", stop)
        with pytest.raises(KeyboardInterrupt):
            imported(tmp_path, rows)
    report, items, _ = imported(tmp_path, rows)
    assert report.kept >= 128 and report.items + report.kept == len(items) == 200


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures(tmp_path / "pics")
    file = tmp_path / "q.csv"
    file.write_text("图像名称,问题,答案\na.png,共______个,3\nc.png,共______个,3\n", "utf-8")
    common = ["synth", "import", str(file), "--images", str(tmp_path / "pics"), "--out"]
    args = [*common, str(tmp_path / "d"), "--level", "2"]
    assert circuit_vqa.main(args) == 1
    out, err = capsys.readouterr()
    assert out == f"csv: 1 items added to {tmp_path / 'd'}\n"
    assert f"{file}:3: images: 'c.png' is not there" in err and "1 rows could not be imported" in err
    file.write_text("图像名称,问题,答案\na.png,共______个,3\n", "utf-8")
    assert circuit_vqa.main(args) == 0
    assert capsys.readouterr().out.endswith("0 items added to " + f"{tmp_path / 'd'} (1 were there already)\n")
    file.write_text("words", "utf-8")
    fresh = tmp_path / "fresh"
    assert circuit_vqa.main([*common, str(fresh)]) == 1 and not fresh.exists()
    assert capsys.readouterr().err.count("\n") == 1

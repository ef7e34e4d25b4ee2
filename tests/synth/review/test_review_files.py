"""Decisions by spreadsheet and by Label Studio: out, in, and everything that can be wrong with what comes in."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import circuit_vqa
from qa.dataset import Dataset
from qa.item import Item
from qa.standing import standing
from synth.review.desk import Desk
from synth.review.edit import changes
from synth.review.record import version
from synth.review.rows import row_of
from synth.review.table import defused, read_table, restored, write_table
from tests.synth.review.review_items import EVIL, folder, mcq

_RUNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


@given(st.text(st.sampled_from(_RUNS + "' a\u3000") | st.characters(), max_size=12))
def test_a_defused_cell_runs_nothing_and_comes_back_exactly(cell: str) -> None:
    out = defused(cell)
    assert out.lstrip(" \u3000\u00a0")[:1] not in set(_RUNS) - {""} or not out
    assert restored(out) == cell


@pytest.mark.parametrize("cell", ["=1+1", "\uff1dcmd|' /C calc'!A1", " +1", "@SUM(A1)", "-5 V", "\t=1", "'=1", "''-x"])
def test_known_attacks_are_defused(cell: str) -> None:
    assert defused(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "'", "it's", "'quoted'", "5 V", "\u22125 V", "a=b"])
def test_harmless_cells_stay_as_they_are(cell: str) -> None:
    assert defused(cell) == restored(cell) == cell


_TEXT = st.text(st.sampled_from(_RUNS + "'\",; a") | st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)


@given(st.lists(_TEXT, min_size=4, max_size=4, unique_by=str.strip), _TEXT, st.text(max_size=8))
def test_any_item_comes_back_from_a_table_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, options: list[str], question: str, explanation: str
) -> None:
    root = tmp_path_factory.getbasetemp() / "any"
    if not root.exists():
        folder(root, 1)
    desk = Desk(Dataset.open(root))
    item = mcq("images/a.png", "d" * 64, 0, options=options, question=question, explanation=explanation)
    write_table([row_of(item)], desk, root / "t.csv")
    [said] = read_table(root / "t.csv")
    assert changes(item, said.given) == {}
    unix = [o.replace("\r\n", "\n").replace("\r", "\n") for o in options]
    assert list(said.given["options"]) == unix  # every other character, white space too


@pytest.mark.parametrize("name", ["000012345678", "12e345678901"])
def test_ids_that_look_like_numbers_are_no_numbers_in_a_table(tmp_path: Path, name: str) -> None:
    desk = Desk(folder(tmp_path / "mine", 1))
    item = desk.rows[0].item.model_copy(update={"id": name})
    write_table([row_of(item)], desk, tmp_path / "t.csv")
    for column in ("id", "version"):
        with pytest.raises(ValueError, match="could not convert"):
            float(sheet(tmp_path / "t.csv")[0][column])
    [said] = read_table(tmp_path / "t.csv")
    assert (said.item, said.version) == (name, version(item))


@pytest.fixture
def ds(tmp_path: Path) -> Dataset:
    made = folder(tmp_path / "mine")
    first = next(made.items())
    formula = first.model_copy(update={"options": ("=1+1", "-3", "@x", "'+4"), "explanation": " =cmd() \r\nline two "})
    made.replace(lambda i: formula if i.id == first.id else i)
    return made


def run(*args: object) -> int:
    return circuit_vqa.main(["synth", "review", *map(str, args)])


def sheet(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def save(path: Path, rows: list[dict[str, str]], between: str = ",", encoding: str = "utf-8-sig") -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=between)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))


def test_a_table_written_and_read_back_changes_nothing(ds: Dataset, tmp_path: Path, capsys: Any) -> None:
    table, before = tmp_path / "t.csv", ds.items_path.read_bytes()
    assert run(ds.root, "--csv-out", table) == 0
    cells = [c for row in sheet(table) for c in row.values()]
    assert "'=1+1" in cells
    assert not [c for c in cells if c[:1] in tuple(_RUNS)]
    assert run(ds.root, "--csv-in", table, "--reviewer", "Ann") == 0
    assert "0 decisions taken, 6 rows say nothing new" in capsys.readouterr().out
    assert ds.items_path.read_bytes() == before


@pytest.mark.parametrize(
    ("between", "encoding"), [(",", "utf-8-sig"), (";", "utf-8"), ("\t", "utf-16"), (",", "gb18030")]
)
def test_filled_in_rows_become_decisions(ds: Dataset, tmp_path: Path, between: str, encoding: str) -> None:
    table = tmp_path / "t.csv"
    run(ds.root, "--csv-out", table)
    rows = sheet(table)
    rows[0] |= {"decision": "Accept", "reviewer": "Ann"}
    rows[1] |= {"decision": "\u62d2\u7edd", "reviewer": "\u674e\u96f7", "reason": "unclear"}
    rows[2] |= {"decision": "edit", "reviewer": "Ann", "question": "How many?", "C": "-7", "answer": "C"}
    save(table, rows, between, encoding)
    assert run(ds.root, "--csv-in", table) == 0
    items = list(ds.items())
    assert [standing(i) for i in items[:4]] == ["accepted", "rejected", "accepted", "unchecked"]
    assert (items[2].question, items[2].options and items[2].options[2], items[2].answer) == ("How many?", "-7", "C")
    assert (items[1].origin.reviewer, items[1].origin.checks[-1].note) == ("\u674e\u96f7", "unclear")
    log = (ds.root / "reviews.jsonl").read_text("utf-8")
    assert run(ds.root, "--csv-in", table) == 0  # once more: nothing new
    assert (ds.root / "reviews.jsonl").read_text("utf-8") == log


def test_bad_and_stale_rows_are_named_and_the_rest_is_taken(ds: Dataset, tmp_path: Path, capsys: Any) -> None:
    table = tmp_path / "t.csv"
    run(ds.root, "--csv-out", table)
    rows = sheet(table)
    rows[0] |= {"decision": "maybe", "reviewer": "Ann"}
    rows[1] |= {"decision": "accept"}
    rows[2] |= {"decision": "edit", "reviewer": "Ann", "answer": "Z"}
    rows[3] |= {"question": "changed by a slip of the spreadsheet"}
    rows[4] |= {"decision": "accept", "reviewer": "Ann", "version": "0" * 12}
    rows[5] |= {"decision": "accept", "reviewer": "Ann"}
    rows.append(rows[5] | {"id": "0" * 12})
    rows.append(rows[5] | {"level": "high"})
    save(table, rows)
    starts = [1 + row for row in line_starts(table)]
    assert run(ds.root, "--csv-in", table) == 1
    told = capsys.readouterr()
    for n, what in (
        (0, "decision: 'maybe' is none of accept, edit, reject"),
        (1, "a reviewer needs a name"),
        (2, "answer: 'Z' is not the letter of an option"),
        (3, "decision: is empty, but question changed; write edit"),
        (4, "stale: item"),
        (6, "id: item 000000000000 is not in this folder"),
        (7, "level: 'high' must be 1, 2, 3 or 4"),
    ):
        assert f"{table}:{starts[n]}: {what}" in told.err
    assert "1 decisions taken" in told.out
    assert [standing(i) for i in ds.items()][5] == "accepted"


def line_starts(table: Path) -> list[int]:
    """0-based physical line on which each row below the header begins."""
    reader = csv.reader(io.StringIO(table.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"), newline=""))
    next(reader)
    starts = []
    at = reader.line_num
    for _ in reader:
        starts.append(at)
        at = reader.line_num
    return starts


def test_what_somebody_decided_meanwhile_is_not_replaced_by_a_table(ds: Dataset, tmp_path: Path, capsys: Any) -> None:
    early, late = tmp_path / "a.csv", tmp_path / "b.csv"
    run(ds.root, "--csv-out", early)
    rows = sheet(early)
    save(late, [rows[0] | {"decision": "reject", "reviewer": "Bob"}])
    save(early, [rows[0] | {"decision": "accept", "reviewer": "Ann"}])
    assert run(ds.root, "--csv-in", late) == 0
    assert run(ds.root, "--csv-in", early) == 1
    assert "Bob decided on item" in capsys.readouterr().err
    assert standing(next(ds.items())) == "rejected"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a,b\n1,2\n", "the first line must name the columns id, version, question, answer, decision"),
        ("", "the first line must name the columns"),
        ("PK\x03\x04", "is a workbook (.xlsx, .ods)"),
        ('id,version,question,answer,decision\n"x', "not CSV"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    ds: Dataset, tmp_path: Path, capsys: Any, text: str, what: str
) -> None:
    table = tmp_path / "t.csv"
    table.write_text(text)
    assert run(ds.root, "--csv-in", table) == 1
    err = capsys.readouterr().err
    assert what in err
    assert err.count("\n") == 1


# -- Label Studio -----------------------------------------------------------------------------------------------
def annotated(task: dict[str, Any], verdict: str, who: object = 7, **texts: str) -> dict[str, Any]:
    """A task as Label Studio exports it: with every text area, changed or not."""
    results: list[dict[str, Any]] = [
        {
            "from_name": name,
            "to_name": "picture",
            "type": "textarea",
            "value": {"text": [texts.get(name, task["data"][name])]},
        }
        for name in ("question", "A", "B", "C", "D", "answer", "explanation")
        if task["data"][name]
    ]
    results += [
        {"from_name": name, "to_name": "picture", "type": "choices", "value": {"choices": [choice]}}
        for name, choice in (("verdict", verdict), ("reason", texts.get("reason", "")))
        if choice
    ]
    made = {
        "id": 3,
        "completed_by": who,
        "was_cancelled": False,
        "updated_at": "2026-11-22T04:00:00Z",
        "result": results,
    }
    return task | {"id": 1, "annotations": [*task.get("annotations", ()), made], "predictions": []}


@pytest.fixture
def tasks(ds: Dataset, tmp_path: Path) -> list[dict[str, Any]]:
    file = tmp_path / "tasks.json"
    assert run(ds.root, "--labelstudio-out", file) == 0
    return list(json.loads(file.read_bytes()))


def test_tasks_and_config_fit_each_other(ds: Dataset, tasks: list[dict[str, Any]], tmp_path: Path) -> None:
    root = ET.parse(tmp_path / "tasks.xml").getroot()
    used = {v[1:] for e in root.iter() for v in e.attrib.values() if v.startswith("$")}
    assert used <= tasks[0]["data"].keys()
    names = {e.attrib["name"] for e in root.iter() if "name" in e.attrib}
    assert {e.attrib["toName"] for e in root.iter() if "toName" in e.attrib} <= names
    served = tasks[0]["data"]["image"].removeprefix("/data/local-files/?d=")
    assert (ds.root.parent / served).is_file()  # below the folder that Label Studio is told is its root


def test_annotations_become_decisions(ds: Dataset, tasks: list[dict[str, Any]], tmp_path: Path) -> None:
    export = tmp_path / "export.json"
    cancelled = annotated(tasks[3], "accept")
    cancelled["annotations"][0]["was_cancelled"] = True
    rows = [
        annotated(tasks[0], "accept"),
        annotated(tasks[1], "reject", {"email": "li@lab.cn", "id": 2}, reason="unclear"),
        annotated(tasks[2], "accept", question="How many?", answer="D"),
        cancelled,
        tasks[4] | {"annotations": []},
    ]
    export.write_text(json.dumps(rows), "utf-8")
    assert run(ds.root, "--labelstudio-in", export) == 0
    items = list(ds.items())
    assert [standing(i) for i in items[:5]] == ["accepted", "rejected", "accepted", "unchecked", "review"]
    assert (items[2].question, items[2].answer) == ("How many?", "D")
    assert [i.origin.reviewer for i in items[:3]] == ["labelstudio 7", "li@lab.cn", "labelstudio 7"]
    before = ds.items_path.read_bytes()
    assert run(ds.root, "--labelstudio-in", export) == 0
    assert ds.items_path.read_bytes() == before


def test_annotators_who_disagree_are_named(
    ds: Dataset, tasks: list[dict[str, Any]], tmp_path: Path, capsys: Any
) -> None:
    export = tmp_path / "export.json"
    export.write_text(json.dumps([annotated(annotated(tasks[0], "accept"), "reject", 8)]), "utf-8")
    assert run(ds.root, "--labelstudio-in", export) == 1
    assert "annotators disagree (accept, reject)" in capsys.readouterr().err
    assert not (ds.root / "reviews.jsonl").exists()


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '[{"image": "x", "verdict": "accept"}]'])
def test_a_file_that_is_no_export_is_refused(ds: Dataset, tmp_path: Path, capsys: Any, text: str) -> None:
    export = tmp_path / "export.json"
    export.write_text(text)
    assert run(ds.root, "--labelstudio-in", export) == 1
    assert capsys.readouterr().err.count("\n") == 1


_KEYS = ("data", "annotations", "result", "value", "item", "text", "choices", "from_name", "completed_by", "updated_at")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), x, max_size=4),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=3))
def test_no_export_raises_anything_but_one_line(tmp_path_factory: pytest.TempPathFactory, tasks: list[Any]) -> None:
    from qa.errors import KitError
    from synth.review.labelstudio import read_export

    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(tasks))
    try:
        list(read_export(file))
    except KitError as e:
        assert "\n" not in str(e)


def test_one_file_at_a_time_and_files_that_are_not_there(ds: Dataset, tmp_path: Path, capsys: Any) -> None:
    assert run(ds.root, "--csv-out", tmp_path / "a", "--csv-in", tmp_path / "b") == 1
    assert "--csv-out and --csv-in: one at a time" in capsys.readouterr().err
    assert run(ds.root, "--csv-in", tmp_path / "none.csv") == 1
    assert "there is no such file" in capsys.readouterr().err
    assert run(ds.root, "--standing", "good", "--csv-out", tmp_path / "a") == 1
    assert "--standing good: must be of review, unchecked, accepted, rejected" in capsys.readouterr().err


def test_evil_is_in_the_fixture(ds: Dataset) -> None:
    items: list[Item] = list(ds.items())
    assert any(EVIL in i.explanation for i in items)

"""What our own export writes is imported again as it was; an imported folder splits and exports like any other."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.dataset import Dataset
from qa.formats import evalscope_rows, swift_rows
from qa.item import Item, Origin, Wanted, item_id
from synth.export import export
from synth.sources import circuits
from synth.sources.imported import load, run
from synth.split import split_dataset
from tests.synth.importing_rows import imported
from tests.synth.pictures.drawings import drawing

VOCABULARY = "图中 电阻 R1 C2 与 串联 的 是 哪个 电流 VCC 输出 反相 节点 the resistor that is nearest to U1 in gain"
WORDS = st.sampled_from(VOCABULARY.split())
PHRASE = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
QUANTITY = st.tuples(
    st.integers(1, 9999).map(str), st.sampled_from(["V", "mA", "kΩ", "Hz", "μF"])
).map(" ".join)  # fmt: skip


@st.composite
def items(draw: st.DrawFn) -> Item:
    """An Item of the kinds our writers make."""
    lang = draw(st.sampled_from(["zh", "en"]))
    question = draw(PHRASE)
    options: tuple[str, ...] | None = None
    answer: Any
    if draw(st.booleans()):
        texts = st.one_of(QUANTITY, PHRASE)
        options = tuple(draw(st.lists(texts, min_size=2, max_size=4, unique_by=lambda t: t.casefold())))
        answer = draw(st.sampled_from("ABCD"[: len(options)]))
    else:
        answer = draw(
            st.one_of(
                QUANTITY,
                st.sampled_from(["R1", "反相放大器", "VCC", "3", "-0.5"]),
                st.tuples(QUANTITY, QUANTITY),
                st.fixed_dictionaries({"I": QUANTITY, "U_ab": QUANTITY}),
            )
        )
        question += "______" * (1 if isinstance(answer, str) else 2)
    return Item(
        id=item_id(["x"], question, options),
        pictures=("a.png",),
        form="mcq" if options else "fill",
        level=1,
        topic="t",
        lang=lang,
        question=question,
        options=options,
        answer=answer,
        explanation=draw(st.one_of(st.just(""), PHRASE)),
        group="g",
        origin=Origin(source="circuits", writer="rule:x@1"),
    )


def content(item: Item) -> tuple[Any, ...]:
    return item.question, item.options, item.answer


@settings(max_examples=60, deadline=None)
@given(st.lists(items(), min_size=1, max_size=8, unique_by=lambda i: (i.question, i.options)), st.booleans())
def test_a_swift_export_comes_back(asked: list[Item], explain: bool) -> None:
    rows = "".join(json.dumps(swift_rows.to_row(i, explain=explain), ensure_ascii=False) + "\n" for i in asked)
    with tempfile.TemporaryDirectory() as root:
        report, back, _ = imported(Path(root), rows)
    assert report.problems == []
    assert [content(i) for i in back] == [content(i) for i in asked]
    assert [i.lang for i in back] == [i.lang for i in asked]
    if explain:
        assert [i.explanation for i in back] == [i.explanation for i in asked]


@settings(max_examples=30, deadline=None)
@given(items())
def test_a_bench_row_comes_back_with_its_tolerance(asked: Item) -> None:
    if isinstance(asked.answer, str) and asked.form == "fill":
        asked = asked.model_copy(update={"accept": ("R1", Wanted(value=1.5, unit="V", rel_tol=0.1)), "answer": "1.5 V"})
    with tempfile.TemporaryDirectory() as root:
        report, (back,), _ = imported(Path(root), json.dumps(evalscope_rows.to_row(asked)))
    assert report.problems == []
    assert content(back) == content(asked)
    assert (back.accept, back.topic, back.lang) == (asked.accept, "t", asked.lang)


@pytest.mark.parametrize("relative", [False, True])
def test_generated_circuits_there_and_back(tmp_path: Path, relative: bool) -> None:
    ds = Dataset.create(tmp_path / "made")
    for _ in circuits.run(ds, circuits.jobs(24, 0, "both"), 1):
        pass
    split_dataset(ds, 0.1, 0.3, 0)
    export(ds, relative=relative)
    made = {content(i): i for i in ds.items()}
    out = Dataset.create(tmp_path / "out")
    for name in ("train", "val", "test"):
        report = run(load(ds.root / f"swift/{name}.jsonl", ds.root), out)
        assert report.problems == [] and report.items
    back = list(out.items())
    assert len(back) == len(list(ds.items())) and {content(i) for i in back} == made.keys()
    assert out.validate() == []
    before = ds.items_path.read_bytes()
    report = run(load(ds.root / "swift/train.jsonl", ds.root), ds)
    assert report.items == 0 and report.problems == [], "a folder's own pictures and questions are known again"
    assert ds.items_path.read_bytes() == before


def test_an_imported_folder_splits_and_exports(tmp_path: Path) -> None:
    names = [f"{n}.png" for n in range(20)]
    (tmp_path / "pics").mkdir()
    for n, name in enumerate(names):  # each another drawing, or the split would keep them together
        drawing(n).save(tmp_path / "pics" / name)
    rows = [
        {"image": n, "question": q, "options": o, "answer": a}
        for n in names
        for q, o, a in (("图中有几个电阻?", ["1", "2", "3"], "B"), ("共______个电容。", None, "3"))
    ]
    report, found, ds = imported(tmp_path, "".join(json.dumps(r) + "\n" for r in rows))
    assert (report.items, len({i.group for i in found})) == (40, 20)
    assert split_dataset(ds, 0.1, 0.2, 0) == {"train": 28, "val": 4, "test": 8}
    counts = export(ds)
    assert (counts["swift/train.jsonl"], counts["evalscope/mcq/test.jsonl"], counts["evalscope/fill/test.jsonl"]) == (
        28,
        4,
        4,
    )
    assert ds.manifest()["counts"]["by_source"] == {"import": 40}

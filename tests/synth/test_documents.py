"""Rows of doc_qa: a page among other pages of its document."""

from __future__ import annotations

from qa.item import Item, Origin
from synth.documents import PAGES, document_rows
from synth.pictures.stock import Picture


def page(n: int, file: str = "a.pdf", box: tuple[float, float, float, float] | None = None) -> Picture:
    mark = "-figure" if box else ""
    return Picture(path=f"images/{file[0]}{n}{mark}.png", source="pdf", file=file, page=n, box=box)


def item(picture: str, form: str = "fill") -> Item:
    return Item(
        id="0123456789ab", pictures=(picture,), form=form, level=1, topic="value", lang="zh", question="R1=______",
        answer="1 kΩ", group=picture, split="test", origin=Origin(source="pdf", writer="teacher:m@write@1"),
    )  # type: ignore[arg-type]  # fmt: skip


def test_the_page_stands_among_others_of_its_document_in_order() -> None:
    pictures = [page(n) for n in range(1, 9)] + [page(n, "b.pdf") for n in range(1, 4)]
    (row,) = document_rows([item("images/a5.png")], pictures)
    assert len(row["images"]) == PAGES == len(set(row["images"]))
    assert row["images"] == sorted(row["images"]) and all(p.startswith("images/a") for p in row["images"])
    assert row["images"][row["evidence"][0] - 1] == "images/a5.png"
    assert list(document_rows([item("images/a5.png")], pictures)) == [row]  # the same pages every time


def test_pages_of_other_splits_stand_beside_it_only_where_no_others_are() -> None:
    pictures = [page(n) for n in range(1, 9)]
    train = {f"images/a{n}.png" for n in (1, 2, 6, 7, 8)}
    (row,) = document_rows([item("images/a5.png")], pictures, train)
    assert {"images/a3.png", "images/a4.png", "images/a5.png"} < set(row["images"]) and len(row["images"]) == PAGES


def test_figures_lone_pages_and_other_forms_are_left_out() -> None:
    pictures = [page(1), page(2, box=(0, 0, 9, 9)), page(1, "c.pdf"), page(2)]
    asked = [item("images/a2-figure.png"), item("images/c1.png"), item("images/a1.png", "components")]
    assert list(document_rows(asked, pictures)) == []
    assert len(list(document_rows([item("images/a1.png")], pictures))) == 1

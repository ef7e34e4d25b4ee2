"""Questions on a page of a PDF, asked among other pages of the same document: rows of the bench doc_qa."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from qa.formats import evalscope_rows
from qa.item import Item
from synth.pictures.stock import Picture

PAGES = 4
"""Most pages shown with one question: about 5,000 tokens at full size."""
SEED = "documents/1"
_FORMS = ("mcq", "fill", "open")


def document_rows(items: Sequence[Item], pictures: Sequence[Picture]) -> Iterator[dict[str, Any]]:
    """A row for each Item on one whole page of a PDF that has other pages: those with it, in order of the document.

    `evidence` says which of the pictures, from 1, is the page the question was written on. Which other pages stand
    beside it is drawn from the Item's id: neighbours are as likely as any. Items on figures cut out of a page are
    left out: their page shows the figure and more.
    """
    pages: dict[str, list[Picture]] = defaultdict(list)
    for p in pictures:
        if p.source == "pdf" and p.page is not None and p.box is None and p.path:
            pages[p.file].append(p)
    by_path = {p.path: p for same in pages.values() for p in same}
    for item in items:
        page = by_path.get(item.pictures[0]) if len(item.pictures) == 1 and item.form in _FORMS else None
        if page is None or len({p.page for p in pages[page.file]}) < 2:
            continue
        shown = _with_others(page, pages[page.file], random.Random(f"{SEED}/{item.id}"))
        row = evalscope_rows.to_row(item)
        row["images"] = [p.path for p in shown]
        row["evidence"] = [shown.index(page) + 1]
        yield row


def _with_others(page: Picture, same: Sequence[Picture], rng: random.Random) -> list[Picture]:
    others = sorted({p.page: p for p in same if p.page != page.page}.values(), key=lambda p: p.page or 0)
    drawn = rng.sample(others, min(PAGES - 1, len(others)))
    return sorted([page, *drawn], key=lambda p: p.page or 0)

"""Questions on a page of a PDF, asked among other pages of the same document: rows of the bench doc_qa."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from typing import Any

from qa.formats import evalscope_rows
from qa.item import Item
from synth.pictures.stock import Picture

PAGES = 4
"""Most pages shown with one question: about 5,000 tokens at full size."""
SEED = "documents/1"
_FORMS = ("mcq", "fill", "open")


def document_rows(
    items: Sequence[Item], pictures: Sequence[Picture], elsewhere: Container[str] = ()
) -> Iterator[dict[str, Any]]:
    """A row for each Item on one whole page of a PDF that has other pages: those with it, in order of the document.

    `evidence` says which of the pictures, from 1, is the page the question was written on. Which other pages stand
    beside it is drawn from the Item's id, from those not `elsewhere` (pictures of other splits) while there are any: a
    model would know pages it was trained on. Items on figures cut out of a page are left out: their page shows more.
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
        shown = _with_others(page, pages[page.file], random.Random(f"{SEED}/{item.id}"), elsewhere)
        row = evalscope_rows.to_row(item)
        row["images"] = [p.path for p in shown]
        row["evidence"] = [shown.index(page) + 1]
        yield row


def _with_others(
    page: Picture, same: Sequence[Picture], rng: random.Random, elsewhere: Container[str]
) -> list[Picture]:
    others = sorted({p.page: p for p in same if p.page != page.page}.values(), key=lambda p: p.page or 0)
    rng.shuffle(others)
    others.sort(key=lambda p: p.path in elsewhere)
    return sorted([page, *others[: PAGES - 1]], key=lambda p: p.page or 0)

"""A small folder of questions as a teacher leaves them, with pictures that are really there."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from qa.dataset import Dataset
from qa.item import Check, Item, Origin, item_id
from synth.pictures.stock import Picture, Stock

WRITER = "teacher:gpt-4o@write@1"
EVIL = "<script>document.title='hacked'</script> ${1+1} {{this}} </div>"


def png(seed: int, size: tuple[int, int] = (640, 400)) -> bytes:
    """A picture of a line and a number."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.line((20, 20 + seed % 300, 600, 200), fill="black", width=3)
    draw.text((30, 30), f"circuit {seed}", fill="black")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def mcq(picture: str, digest: str, n: int, **over: object) -> Item:
    """A multiple choice with an unsure blind check: it waits for review."""
    options = ("2", "3", "4", "5")
    question = f"How many transistors are in circuit {n}?"
    data = {
        "id": item_id([digest], question, options),
        "pictures": (picture,),
        "form": "mcq",
        "level": 1,
        "topic": "count",
        "lang": "en",
        "question": question,
        "options": options,
        "answer": "B",
        "explanation": f"M1, M2 and M{n}.",
        "group": f"g{n}",
        "origin": Origin(
            source="images",
            writer=WRITER,
            file=f"{n}.png",
            checks=(
                Check(name="form", verdict="pass", by="rule:form@1"),
                Check(name="blind", verdict="unsure", by="teacher:qwen@blind@1", note=f"read C (4) {EVIL}"),
            ),
        ),
    }
    return Item.model_validate(data | over)


def fill(picture: str, digest: str, n: int) -> Item:
    """A fill-in that nobody confirmed."""
    question = f"在电路{n}中,10 k\u03a9电阻上流过100 \u03bcA,其电压为______V。"
    return Item(
        id=item_id([digest], question, None),
        pictures=(picture,),
        form="fill",
        level=4,
        topic="voltage",
        lang="zh",
        question=question,
        answer="1 V",
        explanation=f"U = R I {EVIL}",
        group=f"g{n}",
        origin=Origin(source="images", writer=WRITER, file=f"{n}.png"),
    )


def folder(root: Path, pictures: int = 3) -> Dataset:
    """A dataset folder: two questions on each picture."""
    ds = Dataset.create(root)
    stock = []
    for n in range(pictures):
        data = png(n)
        path, digest = ds.add_image(data), hashlib.sha256(data).hexdigest()
        stock.append(Picture(path=path, source="images", file=f"{n}.png", caption=f"Fig. {n} {EVIL}", group=f"g{n}"))
        ds.append([mcq(path, digest, n), fill(path, digest, n)])
    Stock(ds).append(stock)
    ds.write_manifest()
    return ds

"""A dataset folder in the middle of its life: written by one teacher, half checked by another, some reviewed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from qa.dataset import Dataset
from qa.item import Check, Item, Origin, item_id
from synth.pictures.stock import Picture, Stock
from synth.teacher.call import Call, Message, make_request
from synth.teacher.config import Teacher
from synth.teacher.journal import Journal

WRITER = "teacher:gpt-4o@write@1"
TOPICS = (("count", 1), ("absent", 1), ("connected-to", 2), ("function", 3), ("gain", 4))
CHECKS: tuple[tuple[Check, ...], ...] = (
    (Check(name="form", verdict="pass"), Check(name="blind", verdict="pass", by="qwen2.5-vl-72b")),
    (Check(name="form", verdict="pass"), Check(name="blind", verdict="pass", by="qwen2.5-vl-72b")),
    (Check(name="form", verdict="pass"), Check(name="blind", verdict="unsure", by="qwen2.5-vl-72b", note="it says C")),
    (Check(name="form", verdict="pass"), Check(name="blind", verdict="unsure", by="qwen2.5-vl-72b", note="it says A"),
     Check(name="vote", verdict="fail", by="claude", note="2 of 3 say A")),
    (Check(name="form", verdict="pass"),),
    (Check(name="form", verdict="fail", note="options B and D say the same"),),
    (Check(name="form", verdict="pass"), Check(name="blind", verdict="unsure", by="qwen2.5-vl-72b", note="it says D"),
     Check(name="review", verdict="pass", by="person:li")),
)  # fmt: skip


def teacher(name: str = "gpt-4o", url: str = "http://127.0.0.1:1/v1") -> Teacher:
    """A teacher that costs $2.50 and $10 a million tokens."""
    price = {"input": 2.5, "output": 10, "date": "2026-11-01"}
    return Teacher.model_validate({"name": name, "base_url": url, "model": name, "price": price})


def drawn(n: int) -> bytes:
    """A small picture that differs by number."""
    picture = Image.new("RGB", (320, 200), "white")
    pen = ImageDraw.Draw(picture)
    pen.line((20, 100, 300, 100), "black", 3)
    pen.rectangle((60 + n % 40, 85, 140 + n % 40, 115), fill="white", outline="black", width=3)
    pen.text((80 + n % 40, 95), f"R{n}", "black")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def mcq(n: int, picture: str, topic: str = "count", level: int = 1, **changed: Any) -> Item:
    """A question number n on this picture, with what differs from the usual."""
    options = changed.pop("options", (f"{n} kΩ", f"{n + 1} kΩ", f"{n + 2} kΩ", f"{2 * n + 5} kΩ"))
    question = changed.pop("question", f"图中标注的电阻R{n}的{topic}是哪一个?")
    given: dict[str, Any] = {
        "form": "mcq", "level": level, "topic": topic, "lang": "zh", "answer": "ABCD"[n % 4], "group": picture,
        "explanation": f"图中R{n}旁边标注了它的数值,先读出标注,再与选项比较。",
        "origin": Origin(source="images", writer=WRITER, file=f"book/fig{n}.png", licence="CC-BY-4.0"),
    }  # fmt: skip
    return Item(
        id=item_id([picture], question, options), pictures=(picture,), question=question, options=options,
        **{**given, **changed},
    )  # fmt: skip


def half_checked(root: Path, pictures: list[bytes] | None = None, paid: bool = True) -> Dataset:
    """The folder, on these pictures or on drawn ones; two of the pictures taken in are refused."""
    ds = Dataset.create(root)
    made = []
    for p, data in enumerate(pictures or [drawn(n) for n in range(12)]):
        path = ds.add_image(data)
        made.append(Picture(path=path, source="images", file=f"book/fig{p}.png", width=320, height=200, group=path))
        items = []
        for t, (topic, level) in enumerate(TOPICS[: 5 - p % 2]):
            n = p * 5 + t
            checks = CHECKS[n % len(CHECKS)]
            item = mcq(n, path, topic, level)
            items.append(item.model_copy(update={"origin": item.origin.model_copy(update={"checks": checks})}))
        ds.append(items)
    made.append(Picture(path="", source="images", file="book/torn.png", fault="unreadable", why="cannot be read"))
    made.append(Picture(path="", source="images", file="book/fig1 copy.png", fault="duplicate", why="of fig1.png"))
    Stock(ds).append(made)
    if paid:
        pay(ds, [p.path for p in made if p.path])
    return ds


def pay(ds: Dataset, paths: list[str]) -> None:
    """Answers in the journal, as if both teachers had been asked about these pictures."""
    with Journal(ds.root / "journal.sqlite") as journal:
        for path in paths:
            for name, prompt, tokens_out in (("gpt-4o", "write@1", 900), ("qwen2.5-vl-72b", "blind@1", 40)):
                call = Call(path, name, prompt, (Message("user", "?", (ds.root / path,)),))
                asked = teacher(name)
                body = json.dumps({"usage": {"prompt_tokens": 1500, "completion_tokens": tokens_out}})
                journal.store(make_request(call, asked), asked, body, 1.0)


def gold(ds: Dataset) -> None:
    """Fifty gold items on which the writer is wrong three times; the second teacher notices two of them."""
    inside = Dataset.create(ds.root / "gold")
    picture = inside.add_image(drawn(999))
    items = []
    for n in range(50):
        wrong = n < 3
        checks = (
            Check(name="write", verdict="fail" if wrong else "pass", by="gpt-4o"),
            Check(name="blind", verdict="unsure" if n < 2 or n % 10 == 9 else "pass", by="qwen2.5-vl-72b"),
            Check(name="truth", verdict="fail" if n % 10 == 9 else "pass", by="qwen2.5-vl-72b"),
        )
        origin = Origin(source="circuits", writer="rule:count@1", checks=checks)
        items.append(mcq(n, picture, level=n % 4 + 1, origin=origin))
    inside.append(items)

"""Report folders made by hand: graded by the real grader, drawn pictures, no model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from eval.prediction import Prediction
from eval.report import Report, bench_report, write
from qa.formats.asked import Asked

OPTIONS = ("R1", "R2", "R3", "R4")


def choice(n: int, answer: str = "B", **more: Any) -> Asked:
    """A multiple-choice question."""
    fields = {"form": "mcq", "question": f"图中第{n}个节点连接的是哪个电阻?", "options": OPTIONS, "answer": answer}
    return _asked(n, fields | {"level": 1 + n % 2, "topic": "connected-to", "lang": "zh"} | more)


def cutoff(n: int, hertz: float = 1592.36, **more: Any) -> Asked:
    """A quantity to fill in."""
    fields = {
        "form": "fill",
        "question": f"The cutoff frequency of filter {n} is about ______.",
        "answer": f"{hertz:g} Hz",
        "accept": [{"value": hertz, "unit": "Hz", "rel_tol": 0.02}],
    }
    return _asked(n, fields | {"level": 4, "topic": "cutoff", "lang": "en"} | more)


def _asked(n: int, fields: dict[str, Any]) -> Asked:
    common = {"id": f"{n:012x}", "group": f"g{n}", "images": (f"images/{n % 5}.png",), "source": "circuits"}
    return Asked.model_validate(common | {"split": "test"} | fields)


def predicted(asked: Asked, reply: str, **more: Any) -> Prediction:
    """The question with a reply, as the benches would have it."""
    v = asked.grade(reply)
    graded = {"verdict": v.verdict, "score": v.score, "read": v.read, "why": v.why, "fault": v.fault}
    return Prediction.model_validate(
        asked.model_dump() | {"bench": f"circuit_{asked.form}", "reply": reply} | graded | more
    )


def report(predictions: Sequence[Prediction], name: str, folder: Path, **more: Any) -> Report:
    """The report on them."""
    benches = {b: [p for p in predictions if p.bench == b] for b in dict.fromkeys(p.bench for p in predictions)}
    fields: dict[str, Any] = {
        "model": name, "data": "toy", "folder": str(folder), "date": "2026-11-22T00:00:00+00:00", "versions": {},
        "settings": {}, "seconds": 1.0,
    }  # fmt: skip
    return Report(benches={b: bench_report(rows, "0" * 64, None) for b, rows in benches.items()}, **(fields | more))


def written(root: Path, name: str, predictions: Sequence[Prediction], **more: Any) -> Path:
    """A report folder on disk, with the pictures of the dataset beside it."""
    data = root / "data" / "toy"
    for image in {i for p in predictions for i in p.images}:
        path = data / image
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            drawn(path)
    folder = root / "reports" / name
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, report(predictions, name, data, **more), list(predictions))
    return folder


def drawn(path: Path) -> None:
    """A small picture, different for each name."""
    picture = Image.new("L", (240, 120), 255)
    draw = ImageDraw.Draw(picture)
    draw.line((20, 60, 220, 60), fill=0, width=2)
    draw.rectangle((90, 45, 150, 75), outline=0, fill=255, width=2)
    draw.text((100, 20), f"R{path.stem[:8]}", fill=0)
    picture.save(path)


def two_runs(root: Path, replies: Callable[[Asked], tuple[str, str]], asked: Sequence[Asked]) -> tuple[Path, Path]:
    """`before` and `after` on the same questions."""
    said = [(a, *replies(a)) for a in asked]
    return (
        written(root, "before", [predicted(a, one) for a, one, _ in said]),
        written(root, "after", [predicted(a, two) for a, _, two in said]),
    )

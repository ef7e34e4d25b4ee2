"""A bench folder of ten mcq and six fill rows with real PNGs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

OPTIONS = ["R1", "R2", "R3", "R4"]


def png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (24, 16), shade).save(buffer, "PNG")
    return buffer.getvalue()


def make_rows(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows by form; the picture of row n is a plain of shade n."""
    (root / "images").mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {"mcq": [], "fill": []}
    for n in range(16):
        image = f"images/{n}.png"
        (root / image).write_bytes(png(n * 10))
        common = {"id": f"{n:012x}", "group": f"g{n}", "images": [image], "source": "circuits" if n % 2 else "netlists"}
        if n < 10:
            rows["mcq"].append(
                common
                | {"form": "mcq", "level": 1 + n % 3, "topic": "connected-to", "lang": "zh", "answer": "ABCD"[n % 4],
                   "question": f"图中第{n}个节点连接的是哪个电阻?", "options": OPTIONS}
            )  # fmt: skip
        else:
            rows["fill"].append(
                common
                | {"form": "fill", "level": 4, "topic": "cutoff", "lang": "en", "answer": f"{n}00",
                   "question": f"The cutoff frequency of filter {n} is about ______ Hz.",
                   "accept": [{"value": n * 100.0, "unit": "Hz", "rel_tol": 0.02}]}
            )  # fmt: skip
    return rows


def write_rows(root: Path, rows: dict[str, list[dict[str, Any]]]) -> None:
    for form, some in rows.items():
        folder = root / "evalscope" / form
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "test.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in some), "utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data" / "toy"
    write_rows(root, make_rows(root))
    return root


@pytest.fixture(scope="module")
def no_charts() -> Iterator[None]:
    """EvalScope draws no page of charts beside its report: nothing of ours reads it, and it is half of a run's time.
    For files of many runs; the runs of the others draw it."""
    import evalscope.report

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evalscope.report, "gen_html_report_file", lambda folder: "left out by the tests")
        yield


@pytest.fixture
def answers(data: Path) -> Callable[[str], str]:
    """The right answer to a prompt, read from the rows."""
    rows = [json.loads(x) for f in ("mcq", "fill") for x in (data / "evalscope" / f / "test.jsonl").open()]

    def answer(prompt: str) -> str:
        return next(str(r["answer"]) for r in rows if r["question"] in prompt)

    return answer

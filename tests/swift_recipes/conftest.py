"""A dataset folder as `synth export` leaves it, and a folder that passes for a small model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.swift_recipes.warm_swift import WarmSwift

REPO = Path(__file__).parents[2]


def make_data(root: Path, rows: int = 40) -> Path:
    """`rows` questions on a few pictures in swift/{train,val,test}.jsonl."""
    (root / "swift").mkdir(parents=True)
    (root / "images").mkdir()
    for split, count in (("train", rows), ("val", 4), ("test", 8)):
        lines = []
        for i in range(count):
            picture = root / "images" / f"{split}-{i % 4}.png"
            if not picture.exists():
                image = Image.new("RGB", (168, 112), "white")
                ImageDraw.Draw(image).rectangle((20, 20, 60 + 10 * (i % 4), 60), outline="black")
                image.save(picture)
            text = f"<image>问题:电阻R{i}连接的是哪个元件?\n选项:A. R1 B. R2 C. R3 D. R4"
            turns = [{"role": "user", "content": text}, {"role": "assistant", "content": f"答案:{'ABCD'[i % 4]}"}]
            lines.append(json.dumps({"messages": turns, "images": [str(picture)]}, ensure_ascii=False))
        (root / "swift" / f"{split}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return root


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_data(tmp_path / "data")


@pytest.fixture
def fake_model(tmp_path: Path) -> Path:
    """Passes the checks before a start; nothing could load it."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "qwen2_5_vl"}', "utf-8")
    (folder / "model.safetensors").write_bytes(b"12345678")
    return folder


@pytest.fixture(scope="session")
def swift() -> Iterator[WarmSwift]:
    """Runs a script where swift is imported already. Files that ask for it stand in tests/conftest.py."""
    warm = WarmSwift()
    yield warm
    warm.close()

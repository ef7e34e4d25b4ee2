"""Pictures and a short way to import a text, for the import tests."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from qa.dataset import Dataset
from qa.item import Item
from synth.sources.imported import Given, Report, load, run


def pictures(folder: Path, *names: str) -> Path:
    """A folder with one small picture a name, no two alike."""
    for number, name in enumerate(names or ("a.png", "b.png")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (number, 90, 200)).save(path)
    return folder


def imported(
    root: Path, content: str | bytes, name: str = "rows.txt", given: Given | None = None
) -> tuple[Report, list[Item], Dataset]:
    """Import a file's content with the pictures of `root/pics` (a.png and b.png, unless made before)."""
    pics = root / "pics"
    if not pics.exists():
        pictures(pics)
    file = root / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    ds = Dataset.create(root / "out")
    report = run(load(file, pics), ds, given)
    assert ds.validate() == []
    return report, list(ds.items()), ds

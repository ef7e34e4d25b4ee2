"""What a bench reads: evalscope/<bench>/{test,val}.jsonl of a dataset folder, its pictures, its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from eval.benches.base import Bench
from qa.dataset import picture_fault
from qa.errors import KitError
from qa.formats import evalscope_rows
from qa.formats.asked import Asked

MEND = "circuit-vqa synth export"


def bench_folder(data: Path, bench: Bench) -> Path:
    """Where a dataset folder keeps the rows of one bench."""
    return data / "evalscope" / bench.short


def read_rows(folder: Path, split: str = "test") -> list[Asked]:
    """The rows of one bench folder, in order. Raises KitError naming file, line and field of what is wrong."""
    path, data = folder / f"{split}.jsonl", dataset_of(folder)
    if not path.is_file():
        raise KitError(f"{path} is not there; make it with: {MEND} {data}")
    rows: list[Asked] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):  # str.splitlines breaks at U+2028 too
        if not line.strip():
            continue
        try:
            rows.append(row := _row(line, split))
            if lines.setdefault(row.id, number) != number:  # two would be counted as one
                raise ValueError(f"id: {row.id} stands on line {lines[row.id]} too")
        except (ValueError, RecursionError) as e:
            raise KitError(f"{path}:{number}: {e}; make it anew: {MEND} {data}") from e
    if not rows:
        raise KitError(f"{path} holds no rows: no item of the {split} split has this form; see: {MEND} {data}")
    return rows


def _row(line: bytes, split: str) -> Asked:
    row = evalscope_rows.from_row(json.loads(line))
    if not row.split:  # rows of an older export
        row = row.model_copy(update={"split": split})
    missing = [name for name in ("id", "level", "topic") if not getattr(row, name)]
    if missing:
        raise ValueError(f"{missing[0]}: missing")
    if any(Path(p).is_absolute() or ".." in Path(p).parts for p in row.images):
        raise ValueError("images: a path that leads out of the dataset folder")
    try:
        row.model_dump_json()
    except ValueError:
        raise ValueError("holds half a surrogate pair, which no request can hold") from None
    return row


def picture_paths(row: Asked, folder: Path) -> list[Path]:
    """The row's pictures on disk. Raises KitError where one is missing or broken."""
    paths = [dataset_of(folder) / p for p in row.images]
    for p in paths:
        if fault := _fault(p):
            raise KitError(
                f"{folder}: item {row.id}: picture {p} {fault}; see all with:"
                f" circuit-vqa synth validate {dataset_of(folder)}"
            )
    return paths


def told_without_picture(found: Mapping[str, Sequence[str]], of: int, data: Path) -> str:
    """One line on questions that have no picture (ids by bench), of `of` in all; empty where each has one."""
    count = sum(map(len, found.values()))
    if not count:
        return ""
    bench, first = next((bench, ids[0]) for bench, ids in found.items() if ids)
    return (
        f"without a picture, so asked as text alone: {count} of {of} questions, the first {bench} {first}; if that is a"
        f" slip, name the picture in `pictures` of the item (`images` of a row made by hand) and run: {MEND} {data}"
    )


@cache
def _fault(picture: Path) -> str:
    """Looked at once: every picture is shared by several rows, and asked for several times."""
    return picture_fault(picture)


def data_hash(folder: Path, bench: Bench, split: str = "test") -> str:
    """SHA-256 over every row, every prompt and the bytes of every picture of a bench folder, hex."""
    digest = hashlib.sha256()
    bytes_of = cache(lambda p: hashlib.sha256(p.read_bytes()).digest())
    for row in read_rows(folder, split):
        digest.update(row.model_dump_json(exclude={"images"}).encode() + b"\0" + bench.prompt(row).encode() + b"\0")
        for p in picture_paths(row, folder):
            digest.update(bytes_of(p))
    return digest.hexdigest()


_GOLDEN = (5**0.5 - 1) / 2


def spread(rows: list[Asked], limit: int | float | None) -> list[Asked]:
    """`limit` rows (a count, or a fraction below 1), in order, far from each other so that few rows see many circuits.

    Those of a smaller limit are among those of a larger one: multiples of the golden ratio modulo 1 lie evenly however
    many are taken (Knuth, The Art of Computer Programming 3, 6.4).
    """
    if not limit:
        return rows
    count = min(len(rows), int(len(rows) * limit) if isinstance(limit, float) else limit)
    first = sorted(range(len(rows)), key=lambda i: i * _GOLDEN % 1)[:count]
    return [rows[i] for i in sorted(first)]


def dataset_of(folder: Path) -> Path:
    """The dataset folder of a bench folder."""
    return folder.parent.parent

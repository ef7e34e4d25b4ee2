"""A folder of pictures: which files are pictures, and each of them looked at, in a fixed order."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from qa.dataset import Dataset
from qa.errors import KitError
from synth.pictures.inspect import BadPicture, Inspected, Limits, file_bytes, inspect
from synth.pictures.intake import Intake, Taken
from synth.workers import in_order

SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff"}
_SYSTEM = {"__MACOSX", "Thumbs.db", "desktop.ini"}
_DATASET = ("items.jsonl", "pictures.jsonl")
_ADVICE = {
    ".pdf": "`synth pdf` takes them in",
    **dict.fromkeys((".heic", ".heif", ".avif", ".svg", ".emf", ".wmf", ".vsdx"), "convert them to PNG"),
}


@dataclass
class Found:
    """What a folder holds."""

    files: list[str] = field(default_factory=list)
    """Pictures, relative to the folder, with `/`, sorted."""
    aside: Counter[str] = field(default_factory=Counter)
    """What was left aside and why -> how many."""


def find(root: Path) -> Found:
    """The pictures under a folder, by suffix. Hidden files, links and dataset folders are left aside.

    Raises KitError where there is no such folder.
    """
    if root.is_file():
        what = "`synth pdf` takes PDFs in" if root.suffix.lower() == ".pdf" else "give the folder that holds it"
        raise KitError(f"{root}: is a file, not a folder; {what}")
    if not root.is_dir():
        raise KitError(f"{root}: no such folder; give the one that holds the pictures")
    found = Found()
    for here, folders, files in os.walk(root):
        keep = []
        for name in sorted(folders):
            path = Path(here) / name
            if name.startswith(".") or name in _SYSTEM:
                continue
            if path.is_symlink():
                found.aside["links, not followed"] += 1
            elif any((path / one).exists() for one in _DATASET):
                found.aside["dataset folders"] += 1
            else:
                keep.append(name)
        folders[:] = keep
        for name in files:
            if name.startswith(".") or name in _SYSTEM:
                continue
            path = Path(here) / name
            suffix = path.suffix.lower()
            if path.is_symlink():
                found.aside["links, not followed"] += 1
            elif not stat.S_ISREG(path.lstat().st_mode):
                found.aside["no plain files"] += 1
            elif suffix in SUFFIXES:
                found.files.append(path.relative_to(root).as_posix())
            else:
                advice = f" ({_ADVICE[suffix]})" if suffix in _ADVICE else ""
                found.aside[f"{suffix or 'without a suffix'} files{advice}"] += 1
    found.files.sort()
    return found


def take_in(
    root: Path,
    dataset: Dataset,
    licence: str = "unknown",
    limits: Limits | None = None,
    workers: int | None = None,
    keep_near: bool = False,
    advance: Callable[[int], None] | None = None,
) -> tuple[Found, Taken]:
    """Take the pictures of a folder into a dataset; a picture that is there already is not decoded again.

    Raises KitError where the folder holds no picture or another command fills the dataset.
    """
    limits = limits or Limits()
    found = find(root)
    if not found.files:
        aside = "; ".join(f"{n} {what}" for what, n in sorted(found.aside.items()))
        raise KitError(
            f"{root} holds no {', '.join(sorted(SUFFIXES))} files{f' (left aside: {aside})' if aside else ''};"
            " give the folder that holds the pictures"
        )
    with Intake(dataset, "images", licence, limits, keep_near) as intake:
        look = partial(_look, root=root, known=intake.digests, limits=limits)
        for done, (file, seen) in enumerate(zip(found.files, in_order(look, found.files, workers), strict=True), 1):
            name = readable(file)
            if isinstance(seen, str):
                intake.again(seen, name)
            else:
                intake.add(seen, name)
            if advance:
                advance(done)
        return found, intake.finish()


def _look(file: str, root: Path, known: frozenset[str], limits: Limits) -> Inspected | str:
    """What was found, or the digest of a picture that is known: it is not decoded again."""
    try:
        data = file_bytes(root / file)
    except BadPicture as e:
        return Inspected("", fault="unreadable", why=str(e))
    digest = hashlib.sha256(data).hexdigest()
    return digest if digest in known else inspect(data, limits)


def readable(file: str) -> str:
    """A name that can be written as UTF-8, whatever bytes the disk holds."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")

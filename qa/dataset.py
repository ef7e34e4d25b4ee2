"""The dataset folder: items.jsonl, images/ and manifest.json. Appending survives kill -9."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import KitError
from qa.jsonl import cut_torn_line, first_fault

if TYPE_CHECKING:  # pydantic waits until items are read: every --help comes by here
    from qa.item import Item


class DatasetError(KitError):
    """Something in a dataset folder is wrong; the message says what, where, and how to mend."""


@dataclass(frozen=True)
class Problem:
    """One fault found by `validate`: which file, which line (from 1), which field, what is wrong."""

    file: str
    line: int
    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.what}"


class Dataset:
    """A dataset folder on disk. Several processes may append; a reader sees whole lines only."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.items_path = self.root / "items.jsonl"
        self.images_dir = self.root / "images"
        self.manifest_path = self.root / "manifest.json"

    @classmethod
    def open(cls, root: Path | str) -> Dataset:
        """An existing folder. Raises DatasetError if it holds no items."""
        ds = cls(root)
        if not ds.items_path.is_file():
            raise DatasetError(f"{ds.root} holds no items.jsonl; make one first: {ds.filled_by}")
        return ds

    @property
    def filled_by(self) -> str:
        """The command that puts Items into this folder, for messages."""
        if (self.root / "pictures.jsonl").is_file():  # pictures that nobody was asked about yet
            return f"circuit-vqa synth write {self.root} --teacher NAME"
        return f"circuit-vqa synth circuits --out {self.root}"

    @classmethod
    def create(cls, root: Path | str) -> Dataset:
        """The folder, made if absent; a half-written last line left by a killed run is cut off."""
        ds = cls(root)
        ds.images_dir.mkdir(parents=True, exist_ok=True)
        with ds._locked():
            cut_torn_line(ds.items_path)
        return ds

    @contextmanager
    def filling(self) -> Iterator[None]:
        """One command fills or splits a folder at a time: two would make the same items twice.

        What a killed command left half-written is removed. Raises DatasetError if another command is at work.
        """
        with (self.root / ".filling").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system lets go of it, also after kill -9
            except BlockingIOError as e:
                raise DatasetError(f"another command is working on {self.root}; wait for it to end") from e
            for folder in (self.root, self.images_dir):
                for half in folder.glob(f"{_HALF}*"):
                    half.unlink(missing_ok=True)
            yield

    # -- pictures ---------------------------------------------------------------------------------
    def add_image(self, data: bytes, suffix: str = ".png") -> str:
        """Store picture bytes under their hash; returns the path relative to the folder."""
        name = f"images/{hashlib.sha256(data).hexdigest()[:20]}{suffix}"
        if not (self.root / name).exists():
            write_whole(self.root / name, data, durable=False)
        return name

    def netlist_path(self, picture: str) -> Path:
        """Where the netlist of a picture is kept as text, if it is known."""
        return self.root / "netlists" / f"{Path(picture).stem}.txt"

    def add_netlist(self, picture: str, text: str) -> None:
        """Keep the netlist of a picture, for questions on the circuit without the picture."""
        write_whole(self.netlist_path(picture), text.encode(), durable=False)

    # -- items ------------------------------------------------------------------------------------
    def append(self, items: Iterable[Item]) -> int:
        """Add items, all or none of them, flushed to disk. Returns how many."""
        rows = [item.model_dump_json(exclude_none=True) + "\n" for item in items]
        if not rows:
            return 0
        with self._locked():
            size = self.items_path.stat().st_size
            try:
                with self.items_path.open("ab") as f:
                    f.write("".join(rows).encode())
                    f.flush()
                    os.fsync(f.fileno())
            except OSError as e:
                os.truncate(self.items_path, size)  # a full disk leaves no half a circuit behind
                raise OSError(e.errno, e.strerror, str(self.items_path)) from e
        return len(rows)

    def items(self) -> Iterator[Item]:
        """Every item in order. Raises DatasetError naming the first bad line and field."""
        for line, problem_or_item in self._parsed():
            if isinstance(problem_or_item, Problem):
                raise DatasetError(
                    f"{self.root}/{problem_or_item}; mend or delete that line (circuit-vqa synth validate {self.root}"
                    " names all such lines), then run the same command again"
                )
            del line
            yield problem_or_item

    def replace(self, change: Callable[[Item], Item | None]) -> int:
        """Rewrite items.jsonl through `change` (None drops the item), whole or not at all. Returns the count."""
        with self._locked():
            kept = [new for item in self.items() if (new := change(item)) is not None]
            text = "".join(i.model_dump_json(exclude_none=True) + "\n" for i in kept)
            write_whole(self.items_path, text.encode())
        return len(kept)

    # -- manifest ---------------------------------------------------------------------------------
    def manifest(self) -> dict[str, Any]:
        """What manifest.json holds; empty if there is none. Raises DatasetError if it is not JSON."""
        try:
            data = json.loads(self.manifest_path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as e:
            raise DatasetError(f"{self.manifest_path} is not JSON ({e}); delete it, the next command remakes it") from e
        return data if isinstance(data, dict) else {}

    def write_manifest(self, **facts: Any) -> dict[str, Any]:
        """Count the items anew, merge `facts` in, write manifest.json. Returns what was written."""
        items = list(self.items())
        counts = {
            "items": len(items),
            "groups": len({i.group for i in items}),
            "pictures": len({p for i in items for p in i.pictures}),
        }
        for name, key in _COUNTED.items():
            counts[name] = dict(sorted(Counter(str(key(i)) for i in items).items()))  # type: ignore[assignment]
        data = self.manifest() | facts | {"counts": counts, "sha256": file_hash(self.items_path)}
        write_whole(self.manifest_path, (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode())
        return data

    # -- validate ---------------------------------------------------------------------------------
    def validate(self, look_at_pictures: bool = True) -> list[Problem]:
        """Every fault of the folder: bad lines and fields, twice-used ids, absent or unreadable pictures."""
        found: list[Problem] = []
        seen: dict[str, int] = {}
        bad_pictures: dict[str, str] = {}
        for line, got in self._parsed():
            if isinstance(got, Problem):
                found.append(got)
                continue
            if got.id in seen:
                found.append(Problem(self.items_path.name, line, "id", f"{got.id} stands on line {seen[got.id]} too"))
            seen.setdefault(got.id, line)
            for p in got.pictures:
                if p not in bad_pictures:
                    bad_pictures[p] = picture_fault(self.root / p) if look_at_pictures else ""
                if bad_pictures[p]:
                    found.append(Problem(self.items_path.name, line, "pictures", f"{p}: {bad_pictures[p]}"))
        return found

    # -- inside -----------------------------------------------------------------------------------
    def _parsed(self) -> Iterator[tuple[int, Item | Problem]]:
        from pydantic import ValidationError

        from qa.item import Item

        name = self.items_path.name
        with self.items_path.open("rb") as f:
            for number, raw in enumerate(f, 1):
                if not raw.endswith(b"\n"):
                    return  # being written right now, or torn by a kill: the next append cuts it off
                try:
                    yield number, Item.model_validate_json(raw)
                except ValidationError as e:
                    yield number, Problem(name, number, *first_fault(e))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        self.items_path.touch()
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


_HALF = ".tmp-"
"""How the name of a file begins while it is being written."""
_COUNTED: dict[str, Callable[[Item], object]] = {
    "by_split": lambda i: i.split or "none",
    "by_source": lambda i: i.origin.source,
    "by_form": lambda i: i.form,
    "by_level": lambda i: i.level,
    "by_topic": lambda i: i.topic,
    "by_lang": lambda i: i.lang,
    "by_licence": lambda i: i.origin.licence or "unknown",
    "by_truth": lambda i: i.origin.writer.split(":", 1)[0],
}


def picture_fault(path: Path) -> str:
    """Why a picture cannot be used, or an empty string."""
    from PIL import Image

    if not path.is_file():
        return "is not there"
    try:
        with Image.open(path) as im:
            im.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as e:
        return f"cannot be read as a picture ({e})"
    return ""


def write_whole(path: Path, data: bytes, durable: bool = True) -> None:
    """Write a file so that it is there whole or not at all, also after kill -9 or on a full disk.

    `durable` waits for the disk too: a power cut keeps it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        fd, tmp = tempfile.mkstemp(dir=path.parent, prefix=_HALF)
    except OSError as e:
        raise OSError(e.errno, e.strerror, str(path)) from e
    try:
        with os.fdopen(fd, "wb") as f:
            f.write(data)
            f.flush()
            if durable:
                os.fsync(f.fileno())
        Path(tmp).chmod(0o644)
        Path(tmp).replace(path)
    except BaseException as e:
        Path(tmp).unlink(missing_ok=True)
        if isinstance(e, OSError):  # it names the temporary file, or none
            raise OSError(e.errno, e.strerror, str(path)) from e
        raise


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()

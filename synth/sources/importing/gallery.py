"""The pictures that rows name: found inside one folder and nowhere else, made fit for the dataset once each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from qa.dataset import Dataset, file_hash
from synth.pictures.inspect import BadPicture, picture_bytes
from synth.sources.importing.found import BadRow

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_KEPT = 64  # pictures held in memory at a time: the rows of one picture mostly stand together


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as the dataset will hold it."""

    name: str
    """Path inside the dataset folder."""
    digest: str
    """SHA-256 of the bytes in the dataset."""
    path: Path


class Gallery:
    """Pictures under one folder. Nothing outside it is opened, whatever a row says."""

    def __init__(self, folder: Path, dataset: Dataset) -> None:
        self.folder, self.dataset = folder, dataset
        self._root = folder.resolve()
        self._known: dict[Path, Picture | str] = {}
        self._bytes: dict[Path, bytes] = {}
        self._stems: dict[Path, dict[str, list[Path]]] = {}

    def picture(self, name: str) -> Picture:
        """The picture a row names, by path or without its suffix. Raises BadRow."""
        path = self._path(name)
        if path not in self._known:
            try:
                self._known[path] = self._there(path) or _named(hashlib.sha256(self._data(path)).hexdigest(), path)
            except BadPicture as e:
                self._known[path] = str(e)
            except OSError as e:
                self._known[path] = f"{path.name} cannot be read ({e.strerror})"
        known = self._known[path]
        if isinstance(known, str):
            raise BadRow("images", known)
        return known

    def store(self, picture: Picture) -> None:
        """Put a picture into the dataset, if it is not there."""
        if not (self.dataset.root / picture.name).exists():
            self.dataset.add_image(self._data(picture.path))

    def _there(self, path: Path) -> Picture | None:
        """The dataset's own picture, where a row names a copy of it: it must not get a second name and group."""
        picture = _named(file_hash(path), path)
        return picture if (self.dataset.root / picture.name).exists() else None

    def _data(self, path: Path) -> bytes:
        if path not in self._bytes:
            while len(self._bytes) >= _KEPT:
                self._bytes.pop(next(iter(self._bytes)))
            self._bytes[path] = picture_bytes(path)
        return self._bytes[path]

    def _path(self, name: str) -> Path:
        """Where a picture lies, links followed. Raises BadRow unless that is a file inside the folder."""
        if name.startswith(("http://", "https://", "data:", "file:", "s3://", "oss://")):
            raise BadRow("images", f"{name[:60]!r} is an address, not a file; download it into {self.folder} first")
        try:
            asked = self._root / name.replace("\\", "/")
            path = asked.resolve()
            if not path.is_relative_to(self._root):
                raise BadRow("images", f"{name!r} leads out of {self.folder}; only pictures inside it are read")
            if path.is_file():
                return path
            fitting = self._by_stem(path.parent).get(path.name, []) if path.parent.is_dir() else []
        except (OSError, ValueError, RuntimeError) as e:  # too long, a NUL, links in a circle
            raise BadRow("images", f"{name[:60]!r} is no name of a file ({e})") from e
        if len(fitting) > 1:
            raise BadRow("images", f"{name!r} may be {' or '.join(p.name for p in fitting)}; write it with its suffix")
        if not fitting or not fitting[0].resolve().is_relative_to(self._root):
            raise BadRow("images", f"{name!r} is not there; paths start from {self.folder} (--images)")
        return fitting[0].resolve()

    def _by_stem(self, folder: Path) -> dict[str, list[Path]]:
        if folder not in self._stems:
            stems = self._stems.setdefault(folder, {})
            for p in sorted(folder.iterdir()):
                if p.suffix.lower() in SUFFIXES and p.is_file():
                    stems.setdefault(p.stem, []).append(p)
        return self._stems[folder]


def _named(digest: str, path: Path) -> Picture:
    return Picture(f"images/{digest[:20]}.png", digest, path)

"""A YAML for swift with the file and line of every key, the files under `extends` first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from qa.errors import KitError
from swift_recipes.flags import YES
from swift_recipes.flags import read as read_flags
from swift_recipes.recipe import OURS


@dataclass(frozen=True)
class Place:
    """Where a key stands. `file` as it is shown, lines from 1."""

    file: str
    line: int


@dataclass
class Given:
    """What a YAML tells swift: values and places by key, and keys written twice in one file."""

    path: Path
    command: str = "sft"  # of swift, that the file is for
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    twice: list[tuple[str, Place]] = field(default_factory=list)

    @property
    def trains(self) -> bool:
        """Whether the file is for training."""
        return self.command in ("sft", "pt", "rlhf")

    def has(self, *keys: str) -> bool:
        """Whether any of the keys has a value that is not empty."""
        return any(self.values.get(k) not in (None, "", [], {}) for k in keys)

    def on(self, key: str) -> bool:
        """Whether a switch is set, in the words swift takes for true."""
        return str(self.values.get(key, "")).strip().lower() in YES

    def off(self, key: str) -> bool:
        """Whether a switch is there and not set."""
        return self.has(key) and not self.on(key)

    def word(self, key: str) -> str:
        """The value as swift's parser gets it; empty without the key."""
        value = self.values.get(key)
        return "" if value is None else str(value).strip()

    def words(self, key: str) -> list[str]:
        """The values of a list; one value is a list of one."""
        value = self.values.get(key)
        if value is None:
            return []
        return [str(v) for v in value] if isinstance(value, list) else [str(value)]

    def number(self, key: str) -> float:
        """The value as a number; 0 without one."""
        try:
            return float(self.word(key))
        except ValueError:
            return 0.0

    def env(self, key: str) -> str:
        """A variable of the ENV block; empty without it."""
        block = self.values.get("ENV")
        return str(block[key]) if isinstance(block, dict) and block.get(key) is not None else ""

    def place(self, *keys: str) -> Place:
        """Where the first of the keys that is there stands; else the top of the file."""
        return next((self.places[k] for k in keys if k in self.places), Place(shown(self.path), 1))

    def add_flags(self, flags: list[str]) -> None:
        """Take over flags for swift, as `--key value …`, which win over the file."""
        for key, words in read_flags(flags).items():
            self.values[key] = words if len(words) > 1 else next(iter(words), None)
            self.places[key] = Place("flags", 1)


def shown(path: Path) -> str:
    """The path from here, where it lies below; else whole."""
    near = os.path.relpath(path)
    return str(path) if near.startswith("..") else near


def read(path: Path, command: str = "", parts: Sequence[Path] = ()) -> Given:
    """Every key of a YAML, of the files it extends, and of `parts` added to it; later ones win.

    `command` is found by the keys when empty.

    Raises:
        KitError: no such file, not YAML, no `key: value` lines, or a circle of `extends`.
    """
    given = Given(path)
    for file in (path, *parts):
        _add(given, file.resolve(), ())
    given.command = command or ("rlhf" if given.has("rlhf_type") else "sft")
    return given


def _add(given: Given, path: Path, seen: tuple[Path, ...]) -> None:
    name = shown(path)
    if path in seen:
        raise KitError(f"{name}: extends itself; take one `extends` away")
    node = _compose(path, name)
    loader = yaml.SafeLoader("")
    try:
        values = loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        raise KitError(f"{name}: not valid YAML: {' '.join(str(e).split())}") from e
    if not isinstance(values, dict):
        raise KitError(f"{name}: holds no `key: value` lines")
    parents = values.get("extends", [])
    parents = [parents] if isinstance(parents, str) else parents or []
    if not isinstance(parents, list) or not all(isinstance(p, str) for p in parents):
        raise KitError(f"{name}: extends must name YAML files, as [../parts/base.yaml]")
    for parent in parents:
        _add(given, (path.parent / parent).resolve(), (*seen, path))
    lines: set[str] = set()
    for key_node, _ in node.value:
        key, place = str(key_node.value), Place(name, key_node.start_mark.line + 1)
        if key in lines:
            given.twice.append((key, place))
        lines.add(key)
        given.places[key] = place
    for key, value in values.items():
        if key not in OURS:
            given.values[str(key)] = value


def _compose(path: Path, name: str) -> yaml.MappingNode:
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as e:
        raise KitError(f"{name}: cannot be read ({e.strerror}); name a YAML file") from e
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as e:
        raise KitError(f"{name}: not valid YAML: {' '.join(str(e).split())}") from e
    if not isinstance(node, yaml.MappingNode):
        raise KitError(f"{name}: holds no `key: value` lines")
    return node

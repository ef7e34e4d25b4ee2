"""Flags that a person passes on to swift, read as swift's own parser does: the last mention of a key wins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from qa.errors import KitError

SETTINGS = {  # flags that the scripts give swift and keep beside the weights, and the setting that means them
    "model": "MODEL=…",
    "output_dir": "OUT=…",
    "max_length": "MAX_LENGTH=…",
    "resume_from_checkpoint": "OUT=…, which goes on by itself",
    "add_version": "OUT=…",
}
YES = {"1", "true", "t", "yes", "y"}
"""Words that swift's parser takes for true."""


def read(flags: Sequence[str]) -> dict[str, list[str]]:
    """The words behind each key of `--key word …`, `--key=word` and `--switch`; none behind a switch."""
    found: dict[str, list[str]] = {}
    key = ""
    for flag in flags:
        if flag.startswith("--"):
            key, equals, value = flag[2:].partition("=")
            key = key.replace("-", "_")  # argparse takes both
            found[key] = [value] if equals else []
        elif key:
            found[key].append(flag)
    return found


def word(flags: Sequence[str], key: str) -> str:
    """The first word behind a key; empty where there is none."""
    return next(iter(read(flags).get(key, [])), "")


def on(flags: Sequence[str], key: str) -> bool:
    """Whether a switch is set: `--key` alone or with a word for true."""
    words = read(flags).get(key)
    return words is not None and (not words or words[0].lower() in YES)


def refuse_settings(flags: Sequence[str]) -> None:
    """Raises KitError at a flag the scripts give by themselves: kit.env would tell merge.sh another value."""
    for key in read(flags):
        if key in SETTINGS:
            raise KitError(
                f"--{key}: the script gives it to swift and keeps it beside the weights; set {SETTINGS[key]} instead"
            )


def files(flags: Sequence[str]) -> list[Path]:
    """JSONL files under `--dataset`, which takes the place of the dataset folder's rows; `#N` cut off."""
    names = [re.sub(r"#\d+$", "", name) for name in read(flags).get("dataset", [])]
    return [Path(name) for name in names if name.endswith(".jsonl")]

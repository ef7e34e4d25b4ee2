"""What of a model folder may leave this machine. Everything is named: sent, left out, or a reason to stop."""

from __future__ import annotations

import fnmatch
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import KitError

CARD = "README.md"
SENT = (
    "*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json", "*processor_config.json",
    "chat_template.*", "tokenizer*", "vocab.json", "merges.txt", "added_tokens.json", "special_tokens_map.json",
    "adapter_config.json", "quant*_config.json", "configuration.json", "kit.env", "stand_in.json",
    "LICENSE*", "NOTICE*",
)  # fmt: skip
LEFT_OUT = ("args.json", CARD, ".*.lock", "additional_config.json")  # swift's args.json tells paths of this machine
REFUSED = (
    (("optimizer*", "scheduler*", "rng_state*", "scaler*", "trainer_state.json", "training_args.bin", "global_step*"),
     "a state of training"),
    (("*.png", "*.jpg", "*.jpeg", "*.gif", "*.webp", "*.bmp", "*.tif*", "*.svg", "*.pdf"), "a picture"),
    ((".env*", "*.pem", "*.key", "id_*", ".netrc", "*token", "*.kdbx", "credentials*"), "may hold a key"),
    (("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt"), "a pickle, which may run code where it is loaded"),
    (("*.jsonl", "*.parquet", "*.arrow", "*.sqlite*", "*.log"), "data or a log"),
)  # fmt: skip
_KEY = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|ms-[0-9a-f]{8}-[0-9a-f-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|xox[abp]-[\w-]{10,})|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_LOCAL = re.compile(r"^(?:/[^/\s<>]+/|~/|[A-Za-z]:[\\/]|file://)")
_PATH = re.compile(
    r"(?<![\w.-])(?:/(?:home|root|Users|Volumes|mnt|media|tmp|var|srv|opt|data|work\w*|content|kaggle|private)/"
    r"|[A-Z]:\\)[^\s`'\"|]*"
)
_SECRET_NAMES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
_VOCABULARY = ("tokenizer.json", "vocab.json", "merges.txt")  # words of the world: any text may stand there
READ_UP_TO = 4 * 1024 * 1024


@dataclass(frozen=True)
class Contents:
    """Files of a folder by what becomes of them; paths are names in it."""

    sent: tuple[str, ...]
    left_out: tuple[str, ...]
    bytes: int  # of what is sent


def look(folder: Path) -> Contents:
    """Sort a model folder's files.

    Raises:
        KitError: no weights, or something in it must not or need not be public; all of it is named in one line.
    """
    if not folder.is_dir():
        raise KitError(f"{folder}: no such folder; merge first: OUT=… bash shell/merge.sh, then MODEL=…/merged")
    sent, left, wrong = [], [], []
    for file in sorted(folder.iterdir()):
        fault = _fault(file)
        if _matches(file.name, LEFT_OUT):
            left.append(file.name)
        elif fault:
            wrong.append(f"{file.name} ({fault})")
        else:
            sent.append(file.name)
    if wrong:
        more = f" and {len(wrong) - 6} more" if len(wrong) > 6 else ""
        raise KitError(f"{folder}: not for a hub: {', '.join(wrong[:6])}{more}; take them out, or push a merged folder")
    if not any(name.endswith(".safetensors") for name in sent):
        raise KitError(f"{folder}: holds no weights (*.safetensors); name a merged or quantised model folder")
    _check_whole(folder, sent)
    return Contents(tuple(sent), tuple(left), sum((folder / n).stat().st_size for n in sent))


def check_card(text: str) -> None:
    """Raises KitError where a card, made from logs and settings, would tell a key or a path of this machine."""
    found = _PATH.search(text)
    if found or holds_key(text):
        what = f"a path of this machine, {found[0][:60]}" if found else "a key"
        raise KitError(
            f"the card would tell {what}; mend the run's settings or name BASE and DATASET by their hub names"
        )


def holds_key(text: str) -> bool:
    """Whether something of the form of a key stands in a text, or one that the environment holds."""
    return bool(_KEY.search(text)) or any(key in text for key in _of_environment())


def _of_environment() -> list[str]:
    """What lies in variables such as HF_TOKEN and WANDB_API_KEY."""
    named = (value for name, value in os.environ.items() if name.upper().endswith(_SECRET_NAMES))
    return [value for value in named if len(value) >= 12 and not _LOCAL.match(value)]


def _fault(file: Path) -> str:
    """Why a file may not be sent; empty where it may."""
    if file.is_symlink():
        return "a link"
    for patterns, reason in REFUSED:
        if _matches(file.name, patterns):
            return reason
    if file.is_dir():
        return "a folder"
    if not file.is_file():
        return "no plain file"
    if not _matches(file.name, SENT):
        return "unknown here"
    if file.suffix == ".safetensors":
        head = _header(file)
        if head is None:
            return "cut off, or no weights"
        texts: Iterator[str] = _strings(head.get("__metadata__", {}))
    elif file.name in _VOCABULARY or file.stat().st_size > READ_UP_TO:
        return ""
    else:
        text = file.read_text("utf-8", "replace")
        if holds_key(text):
            return "holds a key"
        texts = _strings(_parsed(text))
    for text in texts:
        if holds_key(text):
            return "holds a key"
        if path := _LOCAL.match(text) or _PATH.search(text):
            return f"holds a path of this machine: {text[path.start() :][:60]}"
    return ""


def _parsed(text: str) -> Any:
    """JSON, else the values of KEY=value lines and the lines themselves."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return [line.rpartition("=")[2].strip().strip("\"'") for line in text.splitlines()]


def _strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            todo += item


def _header(file: Path) -> dict[str, Any] | None:
    """The head of a safetensors file; None where it is broken, or the file is shorter than the head says."""
    with file.open("rb") as f:
        size = int.from_bytes(f.read(8), "little")
        if size > 100 * 1024 * 1024:
            return None
        try:
            head = json.loads(f.read(size))
            ends = [int(t["data_offsets"][1]) for name, t in head.items() if name != "__metadata__"]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None
    return head if 8 + size + max(ends, default=0) == file.stat().st_size else None


def _check_whole(folder: Path, sent: list[str]) -> None:
    """Raises KitError where a model's config or a part of its weights is missing."""
    config = next((name for name in ("config.json", "adapter_config.json") if name in sent), None)
    if config is None or not isinstance(_json(folder / config), dict):
        raise KitError(
            f"{folder}: {config or 'config.json'} is missing or no JSON, so nothing could load it; merge again"
        )
    for name in sent:
        if name.endswith(".safetensors.index.json"):
            index = _json(folder / name)
            parts = index.get("weight_map") if isinstance(index, dict) else None
            names = {str(part) for part in parts.values()} if isinstance(parts, dict) else {"weight_map"}
            if missing := sorted(names - set(sent)):
                raise KitError(f"{folder}: {name} names {missing[0]}, which is not there; merge again")


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), p.lower()) for p in patterns)

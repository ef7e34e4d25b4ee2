"""The argument classes of the installed ms-swift: which keys they take, and of which type. 15-20 s to import."""

from __future__ import annotations

import argparse
import difflib
import io
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr
from typing import Any

from qa.errors import KitError
from swift_recipes.lint.findings import Finding
from swift_recipes.lint.names import RENAMED
from swift_recipes.lint.reading import Given

CLASSES = {
    "sft": "SftArguments", "pt": "PretrainArguments", "rlhf": "RLHFArguments", "infer": "InferArguments",
    "deploy": "DeployArguments", "export": "ExportArguments", "eval": "EvalArguments", "sample": "SamplingArguments",
}  # fmt: skip
NO_KEYS = {"ENV"}  # read by swift before its parser


class Arguments:
    """Parsers of swift's commands, made when first asked for."""

    def __init__(self) -> None:
        self._parsers: dict[str, dict[str, argparse.Action]] = {}

    def of(self, command: str) -> dict[str, argparse.Action]:
        """Option (as `--lora_rank`) to what it takes.

        Raises:
            KitError: unknown command, or swift is not installed.
        """
        if command not in CLASSES:
            raise KitError(f"{command}: no such command of swift here; take one of: {', '.join(CLASSES)}")
        if command not in self._parsers:
            self._parsers[command] = _options(CLASSES[command])
        return self._parsers[command]


def check(given: Given, arguments: Arguments) -> Iterator[Finding]:
    """Unknown keys with the nearest known name, and values the parser cannot read."""
    options = arguments.of(given.command)
    for key, value in given.values.items():
        if key in NO_KEYS or key in RENAMED or value is None:
            continue
        place = given.place(key)
        action = options.get(f"--{key}")
        if action is None:
            severity, why, fix = _unknown(key, given.command, arguments)
            yield Finding(place, key, severity, why, fix)  # type: ignore[arg-type]
        elif fault := _fault(action, value):
            yield Finding(place, key, "error", *fault)


def _options(name: str) -> dict[str, argparse.Action]:
    os.environ.setdefault("LOG_LEVEL", "ERROR")  # swift's own words belong to a run
    try:
        with redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from swift import arguments
            from swift.utils.utils import _patch_get_type_hints  # what swift's parse_args makes its parser under
            from transformers import HfArgumentParser
    except (ImportError, RuntimeError, OSError) as e:  # RuntimeError: torch and torchvision of different builds
        why = " ".join(str(e).split())
        raise KitError(f"ms-swift cannot be imported ({why}); run bash shell/setup.sh, or use --fast") from e
    with _patch_get_type_hints():
        parser = HfArgumentParser([getattr(arguments, name)])
    return dict(parser._option_string_actions)


def _unknown(key: str, command: str, arguments: Arguments) -> tuple[str, str, str]:
    names = [o.removeprefix("--") for o in arguments.of(command)]
    starts = [n for n in names if n.startswith(key)]
    if len(starts) == 1:  # argparse completes what it can only mean
        return (
            "warning",
            f"is short for {starts[0]}, until swift gets a second key that begins so",
            f"write {starts[0]}",
        )
    if command != "rlhf" and f"--{key}" in arguments.of("rlhf"):
        return "error", f"is a key of swift rlhf, not of swift {command}", "add rlhf_type, or leave the key out"
    near = difflib.get_close_matches(key, names, 1, 0.6)
    return "error", f"swift {command} does not know it and stops", f"write {near[0]}" if near else "leave it out"


def _fault(action: argparse.Action, value: Any) -> tuple[str, str] | None:
    """Reason and fix if swift's parser would refuse the value, which it gets as words."""
    if action.nargs == 0:
        return "takes no value, and a YAML key has one", f"write {action.dest}: false"
    words = [str(v) for v in value] if isinstance(value, list) else [_word(value)]
    if action.nargs in (None, "?") and len(words) != 1:
        return f"takes one value, not {len(words)}", "write one"
    if action.nargs == "+" and not words:
        return "an empty list reaches swift as no value at all", "leave the key out"
    for word in words:
        try:
            read = action.type(word) if callable(action.type) else word
        except (ValueError, TypeError, argparse.ArgumentTypeError):
            return f"{word!r} is not {_kind(action)}", f"write {_kind(action)}"
        if action.choices is not None and read not in action.choices:
            choices = ", ".join(str(c) for c in list(action.choices)[:12])
            return f"{word!r} is not among what swift takes", f"take one of: {choices}"
    return None


def _word(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict) else str(value)


def _kind(action: argparse.Action) -> str:
    name = getattr(action.type, "__name__", "")
    return {"int": "a whole number", "float": "a number", "string_to_bool": "true or false"}.get(name, f"a {name}")

"""What a model's card says: what it learned from, how it was measured, its licence. Read from the kit's files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from qa.errors import KitError
from swift_recipes import families, rundir
from swift_recipes.results import collect
from swift_recipes.results.summary import Summary

LICENCES: dict[str, tuple[str, str, str]] = {  # base on the hub: licence, its name, its text
    "qwen/qwen2.5-vl-3b-instruct": (
        "other", "qwen-research", "https://huggingface.co/Qwen/Qwen2.5-VL-3B-Instruct/blob/main/LICENSE",
    ),
    "qwen/qwen2.5-vl-7b-instruct": ("apache-2.0", "", ""),
    "qwen/qwen2.5-vl-32b-instruct": ("apache-2.0", "", ""),
    "qwen/qwen2-vl-7b-instruct": ("apache-2.0", "", ""),
    "qwen/qwen3-vl-8b-instruct": ("apache-2.0", "", ""),
}  # fmt: skip
STAND_IN = ("apache-2.0", "", "")


_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_LICENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}")


class Tally(BaseModel):
    """Right answers of a bench, as the card shows them."""

    n: int
    right: int
    accuracy: float
    interval: tuple[float, float] = (0.0, 1.0)
    unparsed_share: float = 0.0


class Nothing(BaseModel):
    """A bench without questions."""

    n: Literal[0] = 0


class Bench(BaseModel):
    """One bench of report.json."""

    total: Tally | Nothing
    by: dict[str, dict[str, Tally | Nothing]] = {}


class Report(BaseModel):
    """What a card reads of report.json (`circuit-vqa eval run`)."""

    benches: dict[str, Bench]


class Counts(BaseModel):
    """What a card reads of the counts in manifest.json."""

    items: int = 0
    pictures: int = 0
    groups: int = 0
    by_split: dict[str, int] = {}
    by_source: dict[str, int] = {}
    by_licence: dict[str, int] = {}
    by_truth: dict[str, int] = {}
    by_form: dict[str, int] = {}
    by_level: dict[str, int] = {}
    by_lang: dict[str, int] = {}


class Manifest(BaseModel):
    """What a card reads of manifest.json."""

    counts: Counts = Counts()


@dataclass(frozen=True)
class Facts:
    """All a card says; what is None or empty is not known, and the card says so."""

    name: str
    base: str  # hub name; empty for the stand-in
    stand_in: bool
    licence: tuple[str, str, str]
    run: Summary | None
    settings: dict[str, Any] = field(default_factory=dict)  # of the recipe
    data: dict[str, Any] = field(default_factory=dict)  # manifest.json
    report: dict[str, Any] = field(default_factory=dict)  # report.json of `circuit-vqa eval run`
    limits: dict[str, str] = field(default_factory=dict)  # kit.env beside the weights
    quantised: dict[str, Any] = field(default_factory=dict)  # quantization_config of config.json
    dataset: str = ""  # its name on a hub
    kind: str = ""  # swift's name of its type and template


def gather(
    model: Path, run: Path | None, data: Path | None, report: Path | None, base: str, licence: str, dataset: str
) -> Facts:
    """Facts for the card of `model`, from the folders the kit left.

    Args:
        model: folder of weights.
        run: folder of its training; the one that holds `model` without.
        data: dataset folder; the run's without.
        report: folder or report.json of `circuit-vqa eval run`.
        base: hub name of the base; the run's without.
        licence: SPDX-like name for the hub; the base's without.
        dataset: hub name of the training data, where it is public.

    Raises:
        KitError: no training is known, the licence of the base is not, or a file is broken.
    """
    base = _named("BASE", base, _HUB_NAME, "Qwen/Qwen2.5-VL-3B-Instruct")
    dataset = _named("DATASET", dataset, _HUB_NAME, "owner/name")
    licence = _named("LICENCE", licence, _LICENCE, "apache-2.0")
    run = _run_of(model) if run is None else run
    summary = collect.collect(run, Path("reports"), name="run") if run else None
    env = rundir.read_kit_env(run) if run else {}
    data = Path(env["DATA"]) if data is None and env.get("DATA") else data
    stand_in = (model / "stand_in.json").is_file() or bool(summary and summary.stand_in)
    base = base or _base(run, env.get("MODEL", ""))
    if not base and not stand_in:
        raise KitError(f"{model}: its base model is not known; name it as on the hub: BASE=Qwen/Qwen2.5-VL-3B-Instruct")
    terms = (licence, "", "") if licence else STAND_IN if stand_in else LICENCES.get(base.lower(), ("", "", ""))
    if not terms[0]:
        raise KitError(f"{base}: its licence is not known here; look at its page and name it: LICENCE=apache-2.0")
    return Facts(
        name=model.name,
        base=base,
        stand_in=stand_in,
        licence=terms,
        run=summary,
        settings=_settings(run) if run else {},
        data=_manifest(data / "manifest.json") if data else {},
        report=_report(report) if report else {},
        limits={k: v for k, v in rundir.read_kit_env(model).items() if v.isascii() and v.isdigit()},
        quantised=_mapping(_read(model / "config.json").get("quantization_config")),
        dataset=dataset,
        kind=families.model_type(str(model)) or families.model_type(base),
    )


def _settings(run: Path) -> dict[str, Any]:
    """What the recipe said, single values alone."""
    values = _mapping(_mapping(_read(run / "run.json").get("settings")).get("values"))
    return {k: v for k, v in values.items() if isinstance(v, str | int | float)}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _run_of(model: Path) -> Path | None:
    """The training's folder that holds a merged or quantised model."""
    parent = model.resolve().parent
    return parent if (parent / "run.json").is_file() else None


def _base(run: Path | None, model: str) -> str:
    """The hub name at the bottom of a chain of trainings; empty where it ends in a local folder."""
    for _ in range(8):
        if not model or not Path(model).exists():
            return model
        before = _run_of(Path(model))
        if before is None or before == run:
            return ""
        run, model = before, rundir.read_kit_env(before).get("MODEL", "")
    return ""


def _checked(file: Path, form: type[BaseModel], what: str, mend: str) -> dict[str, Any]:
    """A JSON object as it stands in `file`, once `form` takes it.

    Raises:
        KitError: it cannot be read, or `form` does not take it; the line says `what` it is not, and how to `mend` it.
    """
    found = _read(file, wanted=True)
    try:
        form.model_validate(found)
    except ValidationError as e:
        where = ".".join(map(str, e.errors()[0]["loc"]))
        raise KitError(f"{file}: {where}: {e.errors()[0]['msg']}, so it {what}; {mend}") from e
    return found


def _report(path: Path) -> dict[str, Any]:
    file = path / "report.json" if path.is_dir() else path
    return _checked(file, Report, "is no report of circuit-vqa eval run", "evaluate again: bash shell/eval.sh")


def _manifest(path: Path) -> dict[str, Any]:
    mend = f"it is written anew by: circuit-vqa synth export {path.parent}"
    return _checked(path, Manifest, "is no manifest of a dataset", mend)


def _named(setting: str, value: str, form: re.Pattern[str], example: str) -> str:
    """A name that goes into the card's front matter and commands as it is; nothing else may come with it."""
    if value and not form.fullmatch(value):
        raise KitError(f"{setting}={' '.join(value.split())[:60]}: is no name of a hub; write it as {example}")
    return value


def _read(path: Path, wanted: bool = False) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no object")
    except (OSError, ValueError, RecursionError) as e:
        if wanted:
            raise KitError(f"{path}: cannot be read ({e}); name another, or leave it out") from e
        return {}
    return found

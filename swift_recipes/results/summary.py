"""One training run in a few hundred bytes: what `docs/results/<run>.json` holds. No paths of a machine get in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from qa.dataset import write_whole
from qa.errors import KitError

_FORM = ConfigDict(frozen=True, ser_json_inf_nan="strings")  # JSON has no NaN: a string, read as a number again


class Machine(BaseModel):
    """What a run ran on."""

    model_config = _FORM
    cpu: str = ""
    cores: int | None = None
    ram_gb: float | None = None
    gpus: tuple[str, ...] = ()
    versions: dict[str, str] = {}


class Accuracy(BaseModel):
    """Right answers of one bench, of the model before and after training."""

    model_config = _FORM
    bench: str
    n: int
    before: float | None = None
    after: float | None = None


class Summary(BaseModel):
    """One run. What is None was not measured; a loss that ran away is NaN or infinite."""

    model_config = _FORM
    name: str
    recipe: str
    model: str
    stand_in: bool  # a small model of random weights: its figures say nothing of a real one
    date: str = ""
    machine: Machine = Machine()
    data: str = ""
    rows: int | None = None
    rows_a_step: int | None = None
    steps: int = 0
    steps_wanted: int | None = None
    samples_per_second: float | None = None
    peak_gpu_gib: float | None = None  # of one GPU, as torch reserved it
    peak_ram_gib: float | None = None  # of all processes
    measure: Literal["loss", "reward"] = "loss"
    first: float | None = None
    last: float | None = None
    validation_loss: float | None = None
    accuracy: tuple[Accuracy, ...] = ()
    state: Literal["finished", "failed", "stopped"] = "stopped"
    reason: str = ""
    note: str = ""


def write(folder: Path, summary: Summary) -> Path:
    """Write `folder/<name>.json`; returns it."""
    path = folder / f"{summary.name}.json"
    write_whole(path, (summary.model_dump_json(exclude_defaults=True, indent=1) + "\n").encode())
    return path


def read_all(folder: Path) -> list[Summary]:
    """Every summary of a folder, by name. Raises KitError naming the first that is none."""
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _read(path: Path) -> Summary:
    try:
        return Summary.model_validate_json(path.read_bytes())
    except ValidationError as e:
        fault = e.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "file"
        raise KitError(f"{path}: {where}: {fault['msg']}; make it anew: circuit-vqa recipes results RUN") from e

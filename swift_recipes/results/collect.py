"""Read a training run's folder: settings, swift's log, machine, reports of before and after. Writes nothing."""

from __future__ import annotations

import fcntl
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from qa.errors import KitError
from swift_recipes import machine, peak, rundir, screen
from swift_recipes.results.summary import Accuracy, Machine, Summary

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_PATH = re.compile(r"(?:/[^\s/'\":,;)]+)+/([^\s/'\":,;)]+)")  # of a path of this machine its last part is kept
LONGEST = 200  # characters of a reason

Row = dict[str, Any]


def collect(run: Path, reports: Path, name: str = "", note: str = "") -> Summary:
    """The summary of a run's folder, finished or not.

    Args:
        run: what train.sh calls OUT.
        reports: holds `<name>/before` and `<name>/after`, or what eval.sh calls them; missing ones leave no accuracy.
        name: of the run; its folder's if empty.
        note: a sentence that stands under the table.

    Raises:
        KitError: no run is there, it still trains, or a report is broken.
    """
    begun = _json(run / "run.json")
    if not begun:
        raise KitError(f"{run}: holds no run.json, so no run was begun there; name a folder that train.sh wrote")
    name = name or run.resolve().name
    if not _NAME.fullmatch(name):
        raise KitError(f"{run}: {name!r} cannot name a file; give another: --name")
    if _is_running(run):
        raise KitError(f"{run}: still trains; end it first, or wait")
    try:
        return _summary(run, reports, begun, name, note)
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as e:  # ValueError: pydantic's too
        why = " ".join(str(e).split())[:120]
        raise KitError(
            f"{run}: one of run.json, args.json, machine.json and logging.jsonl is not as train.sh and swift wrote it"
            f" ({type(e).__name__}: {why}); mend the file, or take it away: what it tells is left out then"
        ) from e


def _summary(run: Path, reports: Path, begun: Row, name: str, note: str) -> Summary:
    settings = begun.get("settings", {})
    args, env = _json(run / "args.json"), rundir.read_kit_env(run)
    log = _text(run / "train.log")
    rows = [r for r in log_rows(run / "logging.jsonl") if "global_step/max_steps" in r]
    there = machine.read(run)
    done = _steps(rows[-1]) if rows else (0, None)
    state, reason = _state(run, begun, done[0])
    measure: Literal["loss", "reward"] = "reward" if any("reward" in r for r in rows) else "loss"
    curve = [r[measure] for r in rows if measure in r]
    batch = rows_a_step(args)
    model = env.get("MODEL", str(settings.get("values", {}).get("model", "")))
    recipe = str(settings.get("recipe", ""))
    return Summary(
        name=name,
        recipe=recipe if len(recipe.split("/")) == 2 and not recipe.startswith("/") else Path(recipe).name,
        model=_model_name(model),
        stand_in=recipe.startswith("tiny/") or (Path(model) / "stand_in.json").is_file(),
        date=str(there.get("began", ""))[:10],
        machine=Machine.model_validate({k: v for k, v in there.items() if k in Machine.model_fields}),
        data=Path(env.get("DATA", "")).name,
        rows=_count(args, settings),
        rows_a_step=batch,
        steps=int(begun.get("finished") or done[0]),
        steps_wanted=done[1],
        samples_per_second=_rounded(speed(rows, batch)),
        peak_gpu_gib=max((r["memory(GiB)"] for r in rows if "memory(GiB)" in r), default=None),
        peak_ram_gib=peak.noted(log),
        measure=measure,
        first=_rounded(curve[0]) if curve else None,
        last=_rounded(curve[-1]) if curve else None,
        validation_loss=_rounded(next((r["eval_loss"] for r in reversed(rows) if "eval_loss" in r), None)),
        accuracy=tuple(_accuracy(*_reports(reports, name, run, model, Path(env.get("DATA", "")).name))),
        state=state,
        reason=reason,
        note=note,
    )


def _state(run: Path, begun: Row, step: int) -> tuple[Literal["finished", "failed", "stopped"], str]:
    if begun.get("finished"):
        return "finished", ""
    why = screen.explain(run / "train.log")
    if why in ("no error in the log", "no log was written"):
        return "stopped", f"ended from outside after step {step}, without an error of its own"
    return "failed", _plain(why)


def _plain(text: str) -> str:
    """One line without this machine's paths."""
    line = _PATH.sub(r"\1", " ".join(text.split()))
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _model_name(model: str) -> str:
    """A name on a hub as it is, of a folder its own name; `last` and `merged` with the run they belong to."""
    path = Path(model)
    if model.count("/") == 1 and not path.exists() and path.parts[0] not in ("models", "runs"):
        return model
    return f"{path.parent.name}/{path.name}" if path.name in ("last", "merged") else path.name


def _is_running(run: Path) -> bool:
    """Whether train.sh holds its lock."""
    try:
        with (run / ".train.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _steps(row: Row) -> tuple[int, int | None]:
    """(step, last step) of a line of swift's log."""
    found = re.fullmatch(r"(\d+)/(\d+)", str(row["global_step/max_steps"]))
    return (int(found[1]), int(found[2])) if found else (0, None)


def rows_a_step(args: Row) -> int | None:
    try:
        size = int(args["per_device_train_batch_size"]) * int(args["gradient_accumulation_steps"])
        return size * int(args.get("global_world_size") or 1)
    except (KeyError, TypeError, ValueError):
        return None


def speed(rows: Sequence[Row], batch: int | None) -> float | None:
    """Rows a second between the first and the last line of the newest start, validation not counted.

    The first logged step is left out: it pays for loading and warming up. None where fewer than two lines are there.
    """
    start = max((i for i in range(1, len(rows)) if _starts_anew(rows[i - 1], rows[i])), default=0)
    steps = [r for r in rows[start:] if "loss" in r or "reward" in r]
    if batch is None or len(steps) < 2:
        return None
    first, last = steps[0], steps[-1]
    origin = round(_origin(last)[0]) if start else 0
    seconds = _precise(last, origin) - _precise(first, origin)
    between = rows[rows.index(first) : rows.index(last)]
    seconds -= sum(float(r.get("eval_runtime", 0)) for r in between)
    return batch * (_steps(last)[0] - _steps(first)[0]) / seconds if seconds > 0 else None


def _precise(row: Row, origin: int) -> float:
    """Seconds since the start: swift's `elapsed_time` is in whole seconds, its speed is not."""
    pace = _pace(row)
    return pace * (_steps(row)[0] - origin) if pace is not None else _seconds(row)


def _pace(row: Row) -> float | None:
    """Swift's seconds a step; None where it says none, or no number above 0."""
    pace = row.get("train_speed(s/it)")
    return float(pace) if isinstance(pace, int | float) and math.isfinite(pace) and pace > 0 else None


def _starts_anew(before: Row, row: Row) -> bool:
    """Whether a killed run went on between two lines: its clock and its count of steps began anew."""
    (was, about), (now, roughly) = _origin(before), _origin(row)
    return _seconds(row) < _seconds(before) or now - was > about + roughly


def _origin(row: Row) -> tuple[float, float]:
    """The step at which a start's clock stood at zero, and how far that may be off: the clock shows whole seconds."""
    pace = _pace(row)
    if pace is None:
        return 0.0, float("inf")
    return _steps(row)[0] - _seconds(row) / pace, 1 / pace + 0.5


def _seconds(row: Row) -> float:
    """`1h 2m 3s` in seconds."""
    units = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    found = re.findall(r"([\d.]+)([dhms])", str(row.get("elapsed_time", "")))
    return sum(float(n) * units[u] for n, u in found)


def _count(args: Row, settings: Row) -> int | None:
    """Rows of the training files; None where one is of the hub or gone."""
    sets = args.get("dataset") or settings.get("values", {}).get("dataset") or []
    total = 0
    for name in [sets] if isinstance(sets, str) else sets:
        path, _, take = str(name).partition("#")
        if not Path(path).is_file():
            return None
        have = sum(1 for line in Path(path).read_bytes().splitlines() if line.strip())
        total += int(take) if take.isdigit() else have
    return total or None


def _reports(reports: Path, name: str, run: Path, model: str, data: str) -> tuple[Path, Path]:
    """Report folders of before and after: under the run's name, else as eval.sh names them after data and weights."""
    weights, own = Path(model), reports / data
    before = (reports / name / "before", own / f"{weights.parent.name}-{weights.name}")
    after = (reports / name / "after", *(own / f"{run.resolve().name}-{kind}" for kind in ("merged", "last")))
    first, second = (
        next((f for f in folders if (f / "report.json").is_file()), folders[0]) for folders in (before, after)
    )
    return first, second


def _accuracy(before: Path, after: Path) -> list[Accuracy]:
    """Benches of two report folders (`circuit-vqa eval run`); of different questions only the later ones count."""
    old, new = (_json(folder / "report.json").get("benches", {}) for folder in (before, after))
    found = []
    try:
        for bench, report in sorted((old | new).items()):
            was = old.get(bench)
            if was is not None and bench in new and _asked(was) != _asked(report):
                was = None
            total = report["total"]
            share = float(total["accuracy"]) if bench in new else None
            earlier = float(was["total"]["accuracy"]) if was is not None else None
            found.append(Accuracy(bench=bench, n=int(total["n"]), before=_rounded(earlier), after=_rounded(share)))
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        raise KitError(f"{after}: report.json is not one of circuit-vqa eval run ({e}); evaluate again") from e
    return found


def _asked(report: Row) -> tuple[Any, Any]:
    return report["data_sha256"], report["total"]["n"]


def _rounded(value: float | None) -> float | None:
    """Four digits that count."""
    return None if value is None else float(f"{value:.4g}")


def log_rows(path: Path) -> list[Row]:
    """Lines of a JSONL; a line cut off by a kill is left out."""
    found = []
    for line in _text(path).splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            found.append(row)
    return found


def _json(path: Path) -> Row:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""

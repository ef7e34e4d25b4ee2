"""Ask a served model all questions of a dataset's benches through EvalScope, grade, and write the report."""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eval import report as reports
from eval.prediction import Prediction
from eval.replies import ReplyStore
from eval.request import Request
from eval.rows import BENCHES, MEND, bench_folder, data_hash, read_rows, spread
from eval.server import api_root, served_model
from qa.errors import KitError
from qa.item import Form
from qa.progress import progress
from qa.prompts import SYSTEM


def run(request: Request) -> reports.Report:
    """The report, written to `request.out` too. Raises KitError for faults of server, dataset or disk.

    Every reply is kept in `out/replies.jsonl` the moment it comes, keyed by its content: a stopped run goes on from
    there, on any port, and a changed question, picture or model is asked anew.
    """
    url = api_root(request.url)
    benches = chosen(request.data, request.benches)
    hashes = {name: data_hash(folder) for name, folder in benches.items()}  # and every row and picture is looked at
    model = served_model(url, request.api_key, request.model)
    with _alone(request.out):
        return _run(request, benches, hashes, model, url)


def _run(request: Request, benches: dict[str, Path], hashes: dict[str, str], model: str, url: str) -> reports.Report:
    sizes = {name: len(spread(read_rows(folder), request.limit)) for name, folder in benches.items()}
    weights = fingerprint(request.weights)
    store = ReplyStore(request.out / "replies.jsonl")
    if request.fresh:
        store.clear()
    start = time.monotonic()
    with progress("evaluating", sum(sizes.values())) as advance:
        from eval.evalscope_run import evaluate

        counts = evaluate(request, benches, model, url, weights, store, advance)
    predictions = {name: list(_predictions(request.out, name, sizes[name])) for name in benches}
    report = reports.Report(
        model=model,
        title=request.title,
        weights=weights,
        data=request.data.resolve().name,
        folder=str(request.data),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={p: version(p) for p in ("circuit-vqa", "evalscope")} | {"python": platform.python_version()},
        settings={"temperature": 0, "max_tokens": request.max_tokens, "system": SYSTEM},
        replies=counts,
        seconds=round(time.monotonic() - start, 1),
        benches={name: reports.bench_report(predictions[name], hashes[name], request.limit) for name in benches},
    )
    reports.write(request.out, report, [p for rows in predictions.values() for p in rows])
    return report


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Nobody else writes into this folder meanwhile. Raises KitError if someone does."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise KitError(f"another evaluation is writing into {out}; wait for it, or choose another --out") from e
        yield


def chosen(data: Path, wanted: Sequence[str]) -> dict[str, Path]:
    """Benches by name with their folders: the wanted ones, or all the dataset has. Raises KitError if there is none."""
    if not data.is_dir():
        raise KitError(f"{data} is not there; give a dataset folder: --data data/NAME")
    forms = {name: form for name, form in BENCHES.items() if not wanted or _asked_for(name, form, wanted)}
    unknown = [w for w in wanted if not any(_asked_for(n, f, [w]) for n, f in BENCHES.items())]
    if unknown:
        raise KitError(f"no bench {unknown[0]!r}; there are: {', '.join(BENCHES.values())}")
    folders = {name: bench_folder(data, form) for name, form in forms.items()}
    there = {name: f for name, f in folders.items() if (f / "test.jsonl").is_file()}
    if not there or (wanted and len(there) < len(folders)):
        missing = next(f for n, f in folders.items() if n not in there)
        raise KitError(f"{missing / 'test.jsonl'} is not there; make it with: {MEND} {data}")
    return there


def _asked_for(name: str, form: Form, wanted: Sequence[str]) -> bool:
    return name in wanted or form in wanted


def fingerprint(folders: Sequence[Path]) -> str:
    """12 hex digits over names, sizes and times of the files of weights: quick also for 100 GB, empty for none."""
    if not folders:
        return ""
    digest = hashlib.sha256()
    for folder in folders:
        if not folder.is_dir():
            raise KitError(f"{folder} is no folder of weights; leave --weights out for a model that is not here")
        for p in sorted(folder.iterdir()):
            if p.suffix in (".safetensors", ".bin", ".json", ".gguf"):
                stat = p.stat()
                digest.update(f"{p.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def _predictions(out: Path, bench: str, expected: int) -> Iterator[Prediction]:
    """EvalScope's reviews of one bench as our rows, in the order of the questions."""
    rows: list[dict[str, Any]] = []
    for path in sorted((out / "evalscope" / "reviews").glob(f"*/{bench}_level_*.jsonl")):
        found = [json.loads(line) for line in path.read_bytes().splitlines()]
        rows += sorted(found, key=lambda r: int(r["index"]))
    if len(rows) != expected:
        raise KitError(f"EvalScope graded {len(rows)} of {expected} rows of {bench}; see {out / 'evalscope.log'}")
    for row in rows:
        score = row["sample_score"]["score"]
        yield Prediction.model_validate(
            row["sample_score"]["sample_metadata"]
            | {"bench": bench, "reply": score["prediction"] or ""}
            | score["metadata"]
        )

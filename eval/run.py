"""Ask a served model all questions of a dataset's benches through EvalScope, grade, and write the report."""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eval import report as reports
from eval.asking import Replies, Sampling, ask
from eval.benches import BENCHES
from eval.judging import Judged, judge
from eval.mode import WayError
from eval.prediction import Prediction
from eval.prepared import Prepared, count, prepared
from eval.replies import ReplyStore
from eval.request import Judge, Request
from eval.rows import MEND, bench_folder, data_hash, picture_paths, read_rows, told_without_picture
from eval.server import JUDGE_KEY, Endpoint, api_root, capacity
from eval.server import endpoint as found_at
from qa.errors import KitError
from qa.progress import progress
from qa.prompts import SYSTEM


def run(request: Request) -> reports.Report:
    """The report, written to `request.out` too. Raises KitError for faults of server, dataset or disk.

    Every reply is kept in `out/replies.jsonl` the moment it comes, keyed by its content: a stopped run goes on from
    there, on any port, and a changed question, picture or model is asked anew.
    """
    url = api_root(request.url)
    check(request.data, request.benches, request.split)
    benches = chosen(request.data, request.benches, request.split)
    endpoint = found_at(url, request.api_key, request.model)
    judge_at = _judge_endpoint(request.judge)  # a judge who is not there is told before hours of asking
    with alone(request.out):
        return _run(request, benches, endpoint, judge_at)


def check(data: Path, wanted: Sequence[str], split: str = "test") -> dict[str, int]:
    """Look at every row and picture; returns questions by bench. Raises KitError naming what is missing or broken."""
    counts = {}
    for name, folder in chosen(data, wanted, split).items():
        rows = read_rows(folder, split)
        for row in rows:
            picture_paths(row, folder)
        counts[name] = len(rows)
    return counts


def without_picture(data: Path, wanted: Sequence[str], split: str = "test") -> str:
    """One line on the questions of a dataset that have no picture, empty where each has one."""
    rows = {name: read_rows(folder, split) for name, folder in chosen(data, wanted, split).items()}
    found = {name: [r.id for r in some if not r.images] for name, some in rows.items()}
    return told_without_picture(found, sum(map(len, rows.values())), data)


def _words_hash(todo: Sequence[Prepared]) -> str:
    """12 hex digits over the words of all turns: netlists and examples are in them."""
    digest = hashlib.sha256()
    for text in (turn.text for part in todo for case in part.cases for turn in case.turns):
        digest.update(text.encode("utf-8", "replace") + b"\0")
    return digest.hexdigest()[:12]


def _judge_endpoint(asked: Judge | None) -> Endpoint | None:
    if asked is None:
        return None
    return found_at(api_root(asked.url), asked.api_key, asked.model, JUDGE_KEY)


def _run(request: Request, benches: dict[str, Path], endpoint: Endpoint, judge_at: Endpoint | None) -> reports.Report:
    start = time.monotonic()
    blanks = request.out / "blank"
    todo = _prepared(request, benches, blanks)
    left_out = sum(p.left_out for p in todo)
    if left_out:
        print(f"{left_out} questions are left out: no netlist of their pictures is known", file=sys.stderr)
    pictureless = {p.bench.name: p.without_picture for p in todo}
    told = told_without_picture(pictureless, sum(p.questions for p in todo), request.data)
    if told and request.mode.picture == "shown":
        print(told, file=sys.stderr)
    sampling = Sampling(fingerprint(request.weights), request.max_tokens, request.mode.temperature)
    at_once = request.batch or capacity(endpoint, request.max_tokens)
    store = ReplyStore(request.out / "replies.jsonl")
    judge_store = ReplyStore(request.out / "judge_replies.jsonl") if judge_at is not None else None
    if request.fresh:
        store.clear()
        if judge_store is not None:
            judge_store.clear()
    marks = request.out / "marks.json"
    marks.unlink(missing_ok=True)
    asking = time.monotonic()
    with progress("asking", count(todo)) as advance:
        # All benches in one go, so that the end of one does not wait for the start of the next.
        replies = ask([c for part in todo for c in part.cases], endpoint, sampling, store, at_once, advance)
    settings: dict[str, str | int | float] = {
        "temperature": request.mode.temperature, "max_tokens": request.max_tokens, "system": SYSTEM
    }  # fmt: skip
    if (
        request.mode.picture == "netlist" or request.mode.style_of
    ):  # what stands before a question is no part of its row
        settings["words"] = _words_hash(todo)
    if left_out:
        settings["left out"] = left_out
    if unseen := sum(map(len, pictureless.values())):
        settings["without picture"] = unseen
    judged = None
    if judge_at is not None and judge_store is not None:  # an empty store is false
        judged = _judged(judge_at, judge_store, todo, replies, at_once, marks)
        if judged is not None:
            settings["judge"] = judge_at.model
    asking = time.monotonic() - asking

    from eval.evalscope_run import evaluate

    evaluate(request, todo, endpoint.model, replies, marks)
    predictions = {p.bench.name: list(_predictions(request.out, p.bench.name, len(p.cases))) for p in todo}
    report = reports.Report(
        model=endpoint.model,
        title=request.title,
        weights=sampling.weights,
        root=endpoint.root,
        data=request.data.resolve().name,
        folder=str(request.data),
        mode=request.mode,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={p: version(p) for p in ("circuit-vqa", "evalscope")} | {"python": platform.python_version()},
        settings=settings,
        replies=_counts(replies),
        judged=judged.counts() if judged else {},
        seconds=round(time.monotonic() - start, 1),
        seconds_asking=round(asking, 2),
        benches={
            p.bench.name: reports.bench_report(
                predictions[p.bench.name], data_hash(benches[p.bench.name], p.bench, request.split), request.limit
            )
            for p in todo
        },
    )
    reports.write(request.out, report, [p for rows in predictions.values() for p in rows])
    return report


def _prepared(request: Request, benches: dict[str, Path], blanks: Path) -> list[Prepared]:
    """Every bench that can be asked this way. Raises WayError where one was named that cannot, or none can."""
    todo, faults = [], {}
    for name, folder in benches.items():
        try:
            todo.append(prepared(BENCHES[name], folder, request.mode, request.limit, blanks, request.split))
        except WayError as e:
            faults[name] = e
    if faults and (request.benches or not todo):
        raise next(iter(faults.values()))
    for name, fault in faults.items():
        print(f"{name} is left out: {fault}", file=sys.stderr)
    return todo


def _judged(
    endpoint: Endpoint, store: ReplyStore, todo: Sequence[Prepared], replies: Replies, at_once: int, marks: Path
) -> Judged | None:
    """Ask the judge about open answers; None where there are none, which is said."""
    start, found = 0, None
    for part in todo:
        if part.bench.short == "open":
            had = replies.between(start, start + len(part.cases))
            with progress("judging", len(part.cases)) as advance:
                found = judge(part.cases, had, endpoint, store, at_once, marks, advance)
        start += len(part.cases)
    if found is None:
        print("the judge was not asked: it marks open answers, and no open question is asked here", file=sys.stderr)
    elif found.example:
        print(f"the judge's first reply without a mark: {found.example}", file=sys.stderr)
    return found


def _counts(replies: Replies) -> dict[str, int]:
    cut_off = sum(r.stop == "max_tokens" for r in replies.by_case.values())
    return {"asked": replies.asked, "kept": replies.kept, "refused": len(replies.refused), "cut_off": cut_off}


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Nobody else writes into this folder meanwhile. Raises KitError if someone does."""
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise KitError(f"another evaluation is writing into {out}; wait for it, or choose another --out") from e
        yield


def chosen(data: Path, wanted: Sequence[str], split: str = "test") -> dict[str, Path]:
    """Benches by name with their folders: the wanted ones, or all the dataset has. Raises KitError if there is none."""
    if not data.is_dir():
        raise KitError(f"{data} is not there; give a dataset folder: --data data/NAME")
    for w in wanted:
        if not any(w in (b.name, b.short) for b in BENCHES.values()):
            raise KitError(f"no bench {w!r}; there are: {', '.join(b.short for b in BENCHES.values())}")
    asked_for = [b for b in BENCHES.values() if not wanted or b.name in wanted or b.short in wanted]
    folders = {b.name: bench_folder(data, b) for b in asked_for}
    there = {name: f for name, f in folders.items() if (f / f"{split}.jsonl").is_file()}
    if not there or (wanted and len(there) < len(folders)):
        missing = next(f for n, f in folders.items() if n not in there)
        found = ", ".join(f"{p.parent.name} ({p.stem})" for p in sorted(data.glob("evalscope/*/*.jsonl")))
        has = f" if its items have such questions; so far there are: {found}" if found else ""
        raise KitError(f"{missing / f'{split}.jsonl'} is not there; make it with: {MEND} {data}{has}")
    return there


def fingerprint(folders: Sequence[Path]) -> str:
    """12 hex digits over names, sizes and times of the files of weights: quick also for 100 GB, empty for none.

    `kit.env` beside them counts too: it says how large a picture the model sees.
    """
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
        if (limits := folder / "kit.env").is_file():
            digest.update(limits.read_bytes())
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

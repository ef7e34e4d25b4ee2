"""Standard sets for regression after fine-tuning: EvalScope's benches, our report, so that compare reads them."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval import report as reports
from eval.prediction import Prediction
from eval.replies import ReplyStore
from eval.server import Endpoint, capacity
from qa.errors import KitError

_OURS = "circuit_"


class Set(BaseModel):
    """One standard set, in EvalScope's words."""

    model_config = ConfigDict(extra="forbid")

    subset_list: list[str] | None = None
    limit: int | None = Field(default=None, ge=1)
    """So many questions of each subset."""
    local_path: str | None = None
    """A folder that holds the set already, where the hub cannot be reached."""


class Suite(BaseModel):
    """The sets of a suite, and the hub they come from."""

    model_config = ConfigDict(extra="forbid")

    hub: Literal["modelscope", "huggingface"] = "modelscope"
    sets: dict[str, Set] = Field(min_length=1)


def read_suite(name: str) -> Suite:
    """A suite by the name of a file in `eval/suites/`, or by path. Raises KitError naming file and field."""
    import yaml

    shipped = resources.files("eval") / "suites" / f"{name}.yaml"
    text, path = (shipped.read_text("utf-8"), name) if shipped.is_file() else ("", name)
    if not text:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as e:
            known = ", ".join(
                sorted(p.name.removesuffix(".yaml") for p in (resources.files("eval") / "suites").iterdir())
            )
            raise KitError(f"{path}: no suite ({type(e).__name__}); there are: {known}, or give a YAML file") from None
    try:
        return Suite.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as e:
        raise KitError(f"{path}: is not YAML ({str(e).splitlines()[0]})") from None
    except ValidationError as e:
        first = e.errors()[0]
        raise KitError(f"{path}: {'.'.join(map(str, first['loc'])) or 'suite'}: {first['msg']}") from None


def run_suite(suite: Suite, endpoint: Endpoint, out: Path, weights: str, title: str, max_tokens: int) -> dict[str, str]:
    """Ask every set that can be had; the report lands in `out` as that of our own benches. Returns what was skipped.

    A set is skipped, with the reason, where the hub cannot be reached or EvalScope cannot load it; the rest goes on.
    Where all are skipped there is no report. Raises KitError where the server is of no use.
    """
    start = time.monotonic()
    store = ReplyStore(out / "replies.jsonl")
    skipped: dict[str, str] = {}
    predictions: dict[str, list[Prediction]] = {}
    from eval.evalscope_run import emptied, quiet

    folders = {name: emptied(out / "evalscope" / name) for name in suite.sets}
    with quiet(out / "evalscope.log"):
        from eval.kept_model import KeptModel

        kept = KeptModel(endpoint, store, weights)
        reached = hub_answers(suite.hub) if any(one.local_path is None for one in suite.sets.values()) else True
        for name, one in suite.sets.items():
            if one.local_path is None and not reached:
                skipped[name] = f"{suite.hub} cannot be reached from here; give local_path, or run it where the hub is"
                continue
            try:
                _ask(name, one, suite.hub, kept, folders[name], max_tokens, capacity(endpoint, max_tokens))
                predictions[name] = list(_predictions(name, folders[name]))
            except KitError:
                raise
            except Exception as e:
                skipped[name] = " ".join(f"{type(e).__name__}: {e}".split())[:200]
    if not any(predictions.values()):
        return skipped
    report = reports.Report(
        model=endpoint.model,
        title=title,
        weights=weights,
        root=endpoint.root,
        data="standard sets",
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={p: version(p) for p in ("circuit-vqa", "evalscope")} | {"python": platform.python_version()},
        settings={"temperature": 0, "max_tokens": max_tokens},
        replies={"asked": kept.asked, "kept": kept.kept, "refused": kept.refused},
        seconds=round(time.monotonic() - start, 1),
        benches={
            name: reports.bench_report(rows, _hash(rows), suite.sets[name].limit)
            for name, rows in predictions.items()
            if rows
        },
    )
    reports.write(out, report, [p for rows in predictions.values() for p in rows])
    return skipped


def _ask(name: str, one: Set, hub: str, kept: Any, folder: Path, max_tokens: int, at_once: int) -> None:
    from evalscope.config import TaskConfig
    from evalscope.run import run_task

    if name.startswith(_OURS) or name == "doc_qa":
        raise ValueError("is a bench of ours; ask it with circuit-vqa eval run")
    arguments = {k: v for k, v in (("subset_list", one.subset_list), ("local_path", one.local_path)) if v}
    run_task(
        TaskConfig(
            model=kept,
            model_id="model",
            eval_type="openai_api",
            datasets=[name],
            dataset_args={name: arguments},
            dataset_hub=hub,
            limit=one.limit,
            generation_config={"temperature": 0.0, "max_tokens": max_tokens, "retries": 1},
            eval_batch_size=at_once,
            work_dir=str(folder),
            no_timestamp=True,
            collect_perf=False,
            seed=None,
        )
    )


def _predictions(name: str, folder: Path) -> Iterator[Prediction]:
    """EvalScope's verdicts as our rows; a question is known by its subset and the hash of its text."""
    for path in sorted(folder.glob("reviews/*/*.jsonl")):
        subset = path.stem.removeprefix(f"{name}_")
        rows = sorted((json.loads(line) for line in path.read_bytes().splitlines()), key=lambda r: int(r["index"]))
        for row in rows:
            scored = row["sample_score"]
            score = scored["score"]
            value = float(score["value"][score.get("main_score_name") or next(iter(score["value"]))])
            text = str(row.get("input", ""))
            yield Prediction(
                form="open",
                question=text[:2000] or f"{subset} {row['index']}",
                answer=str(row.get("target", "")),
                id=hashlib.sha256(f"{subset}/{row['index']}/{text}".encode()).hexdigest()[:12],
                topic=subset,
                lang="en",
                source=name,
                split="test",
                bench=name,
                reply=str(score.get("prediction") or ""),
                verdict="right" if value == 1 else "wrong",
                score=min(1.0, max(0.0, value)),
                read=str(score.get("extracted_prediction") or "") or None,
                why="as EvalScope reads it",
            )


def _hash(rows: list[Prediction]) -> str:
    return hashlib.sha256("\n".join(f"{p.id} {p.question}" for p in rows).encode()).hexdigest()


def hub_answers(hub: str) -> bool:
    """Whether the hub can be reached."""
    import os

    import httpx

    url = {
        "modelscope": "https://www.modelscope.cn",
        "huggingface": os.environ.get("HF_ENDPOINT", "https://huggingface.co"),
    }
    try:
        return httpx.head(url[hub], timeout=10, follow_redirects=True).status_code < 500
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return False

"""The one place that calls EvalScope: quiet on the console, its log in OUT/evalscope.log, no hub asked."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.asking import Replies
from eval.prepared import Prepared
from eval.request import Request
from eval.rows import bench_folder
from qa.errors import KitError


def evaluate(request: Request, todo: Sequence[Prepared], model: str, replies: Replies, marks: Path) -> None:
    """Have EvalScope grade the replies and count; its files land in OUT/evalscope. Raises KitError where it fails.

    `replies` are those to all cases of `todo`, one bench after the other; `marks` the judge's, where the file is there.
    """
    folder = emptied(request.out / "evalscope")
    with quiet(request.out / "evalscope.log"):
        from evalscope.config import TaskConfig
        from evalscope.run import run_task

        import eval.evalscope_benches  # noqa: F401  (importing registers them)
        from eval.model import AnsweredModel

        settings = request.mode.model_dump(include={"picture", "circular", "repeats", "style_of"})
        settings |= {"split": request.split, "limit": request.limit or 0, "blanks": str(request.out / "blank")}
        arguments = {}
        for part in todo:
            judged = {"marks": str(marks)} if part.bench.short == "open" and marks.is_file() else {}
            path = str(bench_folder(request.data, part.bench))
            arguments[part.bench.name] = {"local_path": path, "extra_params": settings | judged}
        task = TaskConfig(
            model=AnsweredModel(model, [case for part in todo for case in part.cases], replies),
            model_id=_file_name(model),
            eval_type="openai_api",
            datasets=list(arguments),
            dataset_args=arguments,
            generation_config={"temperature": request.mode.temperature, "max_tokens": request.max_tokens, "retries": 1},
            eval_batch_size=1,  # the replies are there: threads would only stand in each other's way
            work_dir=str(folder),
            no_timestamp=True,
            collect_perf=False,
            seed=None,  # nothing here is random, and seeding would import torch
        )
        try:
            run_task(task)
        except KitError:
            raise
        except OSError as e:
            where = e.filename or request.out
            raise KitError(f"{where}: {e.strerror or e}; replies are kept, run the same command again") from e
        except Exception as e:
            logging.getLogger().exception("EvalScope failed")
            raise KitError(f"EvalScope failed: {type(e).__name__}: {e}; see {request.out / 'evalscope.log'}") from e


_ITS_FOLDERS = {"configs", "logs", "predictions", "reports", "reviews"}


def emptied(folder: Path) -> Path:
    """EvalScope's folder, emptied: it appends to what it finds, and replies come from our store anyway."""
    there = {p.name for p in folder.iterdir()} if folder.exists() else set()
    if not there <= _ITS_FOLDERS and "configs" not in there:
        raise KitError(f"{folder} is not EvalScope's; choose another --out, nothing was deleted")
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _file_name(model: str) -> str:
    """A model's name as a folder name."""
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in model.strip("/"))[-100:] or "model"


@contextlib.contextmanager
def quiet(log: Path) -> Iterator[None]:
    """Everything EvalScope prints or logs goes to `log`, its progress bars too; the console stays ours."""
    ours = logging.FileHandler(log, mode="w", encoding="utf-8")
    ours.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    with log.open("a", encoding="utf-8") as f, contextlib.redirect_stdout(f), contextlib.redirect_stderr(f):
        root, theirs = logging.getLogger(), logging.getLogger("evalscope")
        before = list(root.handlers)
        import evalscope  # noqa: F401  (puts its handlers on both)

        theirs.handlers = [h for h in theirs.handlers if type(h) is not logging.StreamHandler]
        root.handlers = [ours]
        theirs.addHandler(ours)
        logging.captureWarnings(True)
        try:
            yield
        finally:
            logging.captureWarnings(False)
            theirs.removeHandler(ours)
            root.handlers = before
            ours.close()

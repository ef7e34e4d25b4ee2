"""The one place that calls EvalScope: quiet on the console, its log in OUT/evalscope.log, no hub asked."""

from __future__ import annotations

import contextlib
import logging
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from eval.replies import ReplyStore
from eval.request import Request
from qa.errors import KitError


def evaluate(
    request: Request,
    benches: dict[str, Path],
    model: str,
    url: str,
    weights: str,
    store: ReplyStore,
    on_reply: Callable[[int], None],
) -> dict[str, int]:
    """Run the benches; EvalScope's files land in OUT/evalscope. Returns counts of asked, kept and refused replies.

    Raises KitError where the server is of no use or EvalScope fails.
    """
    folder = _emptied(request.out)
    with _quiet(request.out / "evalscope.log"):
        from evalscope.config import TaskConfig
        from evalscope.run import run_task

        import eval.benches.circuit_fill
        import eval.benches.circuit_mcq  # noqa: F401  (importing registers it)
        from eval.model import KeptModel

        kept = KeptModel(model, url, request.api_key, store, weights, on_reply)
        task = TaskConfig(
            model=kept,
            model_id=_file_name(model),
            eval_type="openai_api",
            datasets=list(benches),
            dataset_args={name: {"local_path": str(path)} for name, path in benches.items()},
            generation_config={"temperature": 0.0, "max_tokens": request.max_tokens, "retries": 1},
            eval_batch_size=request.batch,
            limit=request.limit,
            work_dir=str(folder),
            no_timestamp=True,
            collect_perf=False,
            seed=None,  # nothing here is random, and seeding would import torch
        )
        try:
            with _stopping(kept.stopped):
                run_task(task)
        except KitError:
            raise
        except OSError as e:
            where = e.filename or request.out
            raise KitError(f"{where}: {e.strerror or e}; replies are kept, run the same command again") from e
        except Exception as e:
            logging.getLogger().exception("EvalScope failed")
            raise KitError(f"EvalScope failed: {type(e).__name__}: {e}; see {request.out / 'evalscope.log'}") from e
        finally:
            kept.client.close()
    return {"asked": kept.asked, "kept": kept.kept, "refused": kept.refused, "cut_off": kept.cut_off}


@contextlib.contextmanager
def _stopping(stopped: threading.Event) -> Iterator[None]:
    """Ctrl-C sets `stopped` before it raises, so that threads which wait for a reply let go."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_ctrl_c(*_: object) -> None:
        stopped.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, on_ctrl_c)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _emptied(out: Path) -> Path:
    """EvalScope's folder, emptied: it appends to what it finds, and replies come from our store anyway."""
    folder = out / "evalscope"
    if folder.exists() and any(folder.iterdir()) and not (folder / "configs").is_dir():
        raise KitError(f"{folder} is not EvalScope's; choose another --out, nothing was deleted")
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _file_name(model: str) -> str:
    """A model's name as a folder name."""
    return "".join(c if c.isalnum() or c in "-._" else "_" for c in model.strip("/"))[-100:] or "model"


@contextlib.contextmanager
def _quiet(log: Path) -> Iterator[None]:
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

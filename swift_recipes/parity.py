"""Does merging keep the model? Adapter and merged weights are asked the same questions, greedily."""

from __future__ import annotations

import gc
import json
import logging
import os
import warnings
from pathlib import Path
from typing import Any

from qa.errors import KitError

MAX_NEW_TOKENS = 32


def run(out: Path, rows: Path, count: int, need: int) -> None:
    """Compare OUT/last on its unquantised base with OUT/merged on `count` rows, print each difference.

    Raises:
        KitError: something is missing, or fewer than `need` answers are the same.
    """
    adapter, merged = out / "last", out / "merged"
    for folder in (adapter, merged):
        if not folder.is_dir():
            raise KitError(f"{folder}: not there; make it with: OUT={out} bash shell/merge.sh")
    questions = read_questions(rows, count)
    try:
        base = json.loads((adapter / "args.json").read_text("utf-8"))["model"]
    except (OSError, ValueError, KeyError) as e:
        raise KitError(f"{adapter}/args.json: cannot be read ({e}); train again with another OUT") from e
    if "quantization_config" in json.loads((merged / "config.json").read_text("utf-8")):
        raise KitError(f"{merged}: was quantised after merging; delete it and run merge.sh without quant flags")
    before = answers(base, adapter, questions)
    after = answers(str(merged), None, questions)
    same, widest = 0, 0.0
    for question, (old, old_p), (new, new_p) in zip(questions, before, after, strict=True):
        same += old == new
        if old != new:
            asked = question["messages"][0]["content"].replace("\n", " ")[:60]
            print(f"  differs: {asked!r}: adapter {old!r}, merged {new!r}")
        else:
            widest = max([widest, *(abs(a - b) for a, b in zip(old_p, new_p, strict=True))])
    print(f"parity {same}/{len(questions)} (log-probabilities of the same answers differ by at most {widest:.1e})")
    if same < min(need, len(questions)):
        raise KitError(
            f"parity: {same} of {len(questions)} answers are the same, {need} wanted; {merged} is kept but not the"
            " model you trained. In bfloat16 one may differ by rounding (PARITY_MIN=7); more mean a broken merge:"
            " was DoRA used, or the base changed?"
        )


def read_questions(rows: Path, count: int) -> list[dict[str, Any]]:
    """The first rows that ask different things, without their answers."""
    found: dict[str, dict[str, Any]] = {}
    with rows.open(encoding="utf-8") as f:
        for line in f:
            row = json.loads(line)
            turns = [m for m in row["messages"] if m["role"] != "assistant"]
            found.setdefault(json.dumps([turns, row.get("images", [])]), {**row, "messages": turns})
            if len(found) == count:
                break
    return list(found.values())


def answers(model: str, adapter: Path | None, questions: list[dict[str, Any]]) -> list[tuple[str, list[float]]]:
    """Greedy reply and log-probability of each of its tokens, by a model with an adapter or none; never quantised."""
    _hush()
    from swift.infer_engine import InferRequest, RequestConfig, TransformersEngine
    from swift.model import get_model_processor
    from swift.template import get_template

    limit = os.environ.get("MAX_LENGTH")
    loaded, processor = get_model_processor(model, model_type="qwen2_5_vl")
    template = get_template(processor, template_type="qwen2_5_vl", max_length=int(limit) if limit else None)
    engine = TransformersEngine(
        loaded, template=template, adapters=[str(adapter)] if adapter else [], max_batch_size=len(questions)
    )
    requests = [InferRequest(messages=q["messages"], images=q.get("images", [])) for q in questions]
    config = RequestConfig(max_tokens=MAX_NEW_TOKENS, temperature=0, logprobs=True)
    choices = [r.choices[0] for r in engine.infer(requests, config, use_tqdm=False)]
    del engine, loaded
    gc.collect()  # on a GPU the second model needs the first one's memory
    _empty_cuda_cache()
    return [(str(c.message.content), [t["logprob"] for t in (c.logprobs or {}).get("content", [])]) for c in choices]


def _hush() -> None:
    """Keep swift's and transformers' chatter off the screen."""
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # both models are on disk by now
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()


def _empty_cuda_cache() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()

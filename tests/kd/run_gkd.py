"""What the slow tests of GKD need of swift, in one process, which takes its half minute of start-up once.

Run as: python -m tests.kd.run_gkd DATA OUT      prints a line `SAID{…}` for each thing tried
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks import gkd_divergence
from swift_recipes import recipe, stand_in
from swift_recipes.gkd import divergence

SHORT = ("--max_steps", "2", "--save_steps", "2", "--logging_steps", "1", "--per_device_train_batch_size", "2",
         "--max_completion_length", "6", "--use_cpu", "true", "--report_to", "none")  # fmt: skip


def main(data: Path, out: Path) -> None:
    closer(data, out)
    teacher = out / "teacher" / "last"
    said("own answers, LoRA", gkd("tiny/gkd", data, out / "own", teacher, "--lmbda", "1"))
    nf4 = ("--quant_method", "bnb", "--quant_bits", "4", "--bnb_4bit_quant_type", "nf4", "--lmbda", "0")
    said("QLoRA", gkd("tiny/gkd", data, out / "nf4", teacher, *nf4))
    said("server without vLLM", gkd("tiny/gkd", data, out / "api", None, "--teacher_model_server",
                                    "http://127.0.0.1:9", "--gkd_logits_topk", "4"))  # fmt: skip
    said("served by transformers", {"prompt_logprobs": scored(teacher, data)})


def closer(data: Path, out: Path) -> None:
    """The benchmark in small: teacher, student, then fine-tuning or GKD on the dataset's answers."""
    steps = ["--teacher-steps", "16", "--student-steps", "8", "--steps", "8", "--batch", "4", "--rows", "8"]
    sys.argv = ["gkd_divergence", "--data", str(data), "--out", str(out), *steps, "--stop-after", "gkd"]
    gkd_divergence.main()
    rows = divergence.rows_of(data / "swift" / "test.jsonl")
    students = {name: out / name / "last" for name in ("student", "sft", "gkd")}
    found = divergence.measure(out / "teacher" / "last", list(students.values()), rows)
    said("divergence", {name: divergence.mean(r, "forward_kl") for name, r in zip(students, found, strict=True)})


def gkd(name: str, data: Path, out: Path, teacher: Path | None, *flags: str) -> dict[str, Any]:
    """Two steps: their losses, and which layers of the teacher are in 4 bits; or the error."""
    from swift.arguments import RLHFArguments
    from swift.cli.main import parse_yaml_args
    from swift.pipelines.train.rlhf import SwiftRLHF
    from swift.utils import parse_args

    found = recipe.load(name)
    found.values.pop("teacher_model")
    given = {"model": str(out.parent / "small"), "dataset": [str(data / "swift" / "gkd.jsonl")], "max_length": 512}
    given |= {"output_dir": str(out)} | ({"teacher_model": str(teacher.resolve())} if teacher else {})
    file = out.parent / f"{out.name}.yaml"
    file.write_text(found.to_yaml(given), "utf-8")
    argv, before = [str(file), *SHORT, *flags], dict(os.environ)
    try:
        parse_yaml_args(argv)
        args, rest = parse_args(RLHFArguments, argv)
        assert not rest, rest
        run = SwiftRLHF(args)
        run.main()
        (folder,) = out.glob("checkpoint-*")
        state = json.loads((folder / "trainer_state.json").read_text("utf-8"))
        parts = [type(m).__name__ for m in run.teacher_model.modules()]
        return {
            "losses": [row["loss"] for row in state["log_history"] if "loss" in row],
            "teacher 4-bit layers": parts.count("Linear4bit"),
            "own answers": (out / "completions.jsonl").is_file() and (out / "completions.jsonl").stat().st_size > 0,
        }
    except Exception as e:
        return {"error": f"{type(e).__name__}: {' '.join(str(e).split())[:300]}"}
    finally:
        os.environ.clear()
        os.environ.update(before)


def scored(model: Path, data: Path) -> Any:
    """What `swift deploy --infer_backend transformers` gives where GKD asks for the prompt's log-probabilities."""
    from swift.infer_engine import InferRequest, RequestConfig, TransformersEngine

    engine = TransformersEngine(str(model), model_type="qwen2_5_vl", template_type="qwen2_5_vl")
    row = divergence.rows_of(data / "swift" / "gkd.jsonl", 1)[0]
    asked = InferRequest(messages=row["messages"], images=row["images"])
    return engine.infer([asked], RequestConfig(prompt_logprobs=4, max_tokens=1, temperature=0.0))[0].prompt_logprobs


def said(what: str, found: dict[str, Any]) -> None:
    print("SAID" + json.dumps({"what": what} | found), flush=True)


if __name__ == "__main__":
    os.environ["MAX_PIXELS"] = str(stand_in.PIXELS)
    main(Path(sys.argv[1]), Path(sys.argv[2]))

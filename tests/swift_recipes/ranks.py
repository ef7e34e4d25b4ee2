"""Started by torchrun: several runs of `swift sft`, one after the other in the same processes; what each was like.

Run as: python -m torch.distributed.run --nproc_per_node 2 tests/swift_recipes/ranks.py jobs.json
jobs.json holds name -> words after `swift sft`. Each rank prints a line `SAID {"name": …, …}` for each run.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

OF_A_RUN = ("ACCELERATE_USE_DEEPSPEED", "ACCELERATE_USE_FSDP", "FSDP_CPU_RAM_EFFICIENT_LOADING")  # left in the process


def main(jobs: dict[str, list[str]]) -> None:
    from swift.cli.main import parse_yaml_args
    from swift.pipelines.train.sft import sft_main
    from transformers import Trainer
    from transformers.integrations.deepspeed import unset_hf_deepspeed_config

    seen: dict[str, Any] = {}
    prepare = Trainer._prepare_for_training

    def prepared(self: Any, *args: Any, **more: Any) -> Any:
        given = prepare(self, *args, **more)
        seen.update(about(self))
        return given

    Trainer._prepare_for_training = prepared
    for name, argv in jobs.items():
        for key in OF_A_RUN:
            os.environ.pop(key, None)
        unset_hf_deepspeed_config()
        seen.clear()
        parse_yaml_args(argv)
        try:
            sft_main(argv)
        except Exception as e:
            traceback.print_exc()
            seen["error"] = f"{type(e).__name__}: {e}"[:500]
        print("SAID " + json.dumps({"name": name, "rank": int(os.environ["RANK"])} | seen), flush=True)
        gc.collect()


def about(trainer: Any) -> dict[str, Any]:
    """How a model is spread: processes, kind, optimizer, and how many parameters this process holds a part of."""
    parameters = list(trainer.model.parameters())
    four_bits = [m.weight for m in trainer.model.modules() if type(m).__name__ == "Linear4bit"]
    optimizer = trainer.optimizer
    while hasattr(optimizer, "optimizer"):
        optimizer = optimizer.optimizer
    return {
        "world": trainer.args.world_size,
        "kind": str(trainer.accelerator.distributed_type).rpartition(".")[2],
        "optimizer": type(optimizer).__name__,
        "parameters": len(parameters),
        "shards": sum(map(partial, parameters)),
        "four_bits": len(four_bits),
        "four_bit_shards": sum(map(partial, four_bits)),
    }


def partial(parameter: Any) -> bool:
    """Whether this process holds a part of a parameter: DeepSpeed's ZeRO-3, or a DTensor of FSDP2."""
    if hasattr(parameter, "_local_tensor"):
        return bool(parameter._local_tensor.numel() < parameter.numel())
    return hasattr(parameter, "ds_tensor") and parameter.ds_tensor.numel() < parameter.ds_numel


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text("utf-8")))

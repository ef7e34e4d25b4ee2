"""Trains several recipes in one process, which takes swift's 20 s of start-up once. Prints one line of JSON a run.

Run as: python run_methods.py '{"name": ["recipe.yaml", "--flag", "value", …], …}'
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main(jobs: dict[str, list[str]]) -> None:
    from swift.arguments import SftArguments
    from swift.cli.main import parse_yaml_args
    from swift.pipelines.train.sft import SwiftSft
    from swift.utils import parse_args

    for name, argv in jobs.items():
        began, before = time.monotonic(), dict(os.environ)
        said: dict[str, Any] = {}
        try:
            parse_yaml_args(argv)
            args, rest = parse_args(SftArguments, argv)
            assert not rest, rest
            SwiftSft(args).main()
            said = look(Path(args.output_dir))
        except (Exception, SystemExit) as e:
            said["error"] = f"{type(e).__name__}: {' '.join(str(e).split())[:500]}"
        os.environ.clear()
        os.environ.update(before)
        gc.collect()
        print("RAN" + json.dumps({"name": name, "seconds": time.monotonic() - began} | said), flush=True)


def look(out: Path) -> dict[str, Any]:
    """What a run left: steps, losses, names of saved weights, learning rates of the optimiser's groups."""
    import torch
    from safetensors import safe_open

    (folder,) = out.glob("checkpoint-*")
    state = json.loads((folder / "trainer_state.json").read_text("utf-8"))
    groups = torch.load(folder / "optimizer.pt", weights_only=True)["param_groups"]
    names = []
    for file in folder.glob("*.safetensors"):
        with safe_open(file, "pt") as weights:
            names += list(weights.keys())
    adapter = folder / "adapter_config.json"
    return {
        "steps": state["global_step"],
        "losses": [row["loss"] for row in state["log_history"] if "loss" in row],
        "saved": names,
        "rates": sorted({float(f"{g['initial_lr']:.3g}") for g in groups if g["params"]}),
        "trained": sum(len(g["params"]) for g in groups),
        "adapter": json.loads(adapter.read_text("utf-8")) if adapter.is_file() else {},
    }


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

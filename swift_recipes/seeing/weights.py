"""The pretrained stand-in on disk: its body, the rows of vocabulary in use, and what it is, in one safetensors file.

Run as: python -m swift_recipes.seeing.weights runs/seeing      packs the state of a pretraining run
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from qa.errors import KitError

FILE = Path(__file__).parent / "weights.safetensors"
MOST_BYTES = 10_000_000
TABLE = "model.language_model.embed_tokens.weight"
PATCHES = "model.visual.patch_embed.weight"
CONVOLUTION = "model.visual.patch_embed.proj.weight"
UNUSED_STD = 0.02
"""Of the noise that tells the rows of tokens not in use apart; next to nothing beside 0.2, a row's own size."""


def pack(run: Path, file: Path = FILE) -> dict[str, Any]:
    """Write the weights of a pretraining run as 16-bit numbers. Returns the card: steps, seed, pictures, scores.

    Raises KitError where the run left no state, or the file would be larger than MOST_BYTES.
    """
    import torch
    from safetensors.torch import save_file

    try:
        state = torch.load(run / "state.pt", weights_only=True)
        ids = json.loads((run / "vocabulary.json").read_text("utf-8"))["ids"]
        curve = [json.loads(line) for line in (run / "curve.jsonl").read_text("utf-8").splitlines()]
    except (OSError, ValueError, KeyError) as e:
        raise KitError(f"{run}: no pretraining run ({e}); make one with: bash shell/pretrain_stand_in.sh") from e
    held = [line for line in curve if line["what"] == "held" and "mcq1" in line]
    card = {
        "what": "circuit-vqa stand-in: Qwen2.5-VL architecture, pretrained on generated circuits only",
        "steps": state["step"],
        "seconds": round(state["seconds"]),
        "plan": state["plan"],
        "held": held[-1] if held else {},
    }
    tensors = {k: v.to(torch.float16).contiguous() for k, v in state["model"].items()}
    tensors["ids"] = torch.tensor(ids, dtype=torch.int32)
    size = sum(t.numel() * t.element_size() for t in tensors.values())
    if size > MOST_BYTES:
        raise KitError(f"{run}: {size / 1e6:.1f} MB of weights, more than the {MOST_BYTES / 1e6:.0f} MB allowed here")
    save_file(tensors, file, metadata={"card": json.dumps(card)})
    file.chmod(0o644)  # safetensors writes 0600: an installed copy is read by others
    return card


def card(file: Path = FILE) -> dict[str, Any]:
    """What the packed weights are. Raises KitError where there are none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as f:
            return dict(json.loads(f.metadata()["card"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as e:
        raise KitError(f"{file}: no weights of the stand-in ({e}); take the file from the repository again") from e


def put_into(model: Any, seed: int, file: Path = FILE) -> None:
    """Put the packed weights into a whole stand-in: rows not in use become the row of the rest with a little noise.

    Raises KitError where the file is missing or belongs to another shape.
    """
    import torch
    from safetensors.torch import load_file

    card(file)
    tensors = {k: v.float() if v.is_floating_point() else v for k, v in load_file(file).items()}
    ids, rows = tensors.pop("ids").long(), tensors.pop(TABLE)
    grey = tensors.pop(PATCHES)
    side = int((grey.shape[1]) ** 0.5)
    state = model.state_dict()
    noise = torch.Generator().manual_seed(seed)
    table = rows[0] + UNUSED_STD * torch.randn(state[TABLE].shape, generator=noise)
    table[ids] = rows[1:]
    tensors[TABLE] = table
    # the picture's channels are averaged, and both frames are the same
    tensors[CONVOLUTION] = grey.view(-1, 1, 1, side, side).expand(-1, 3, 2, side, side).contiguous() / 6
    unfit = [k for k, v in tensors.items() if k not in state or state[k].shape != v.shape]
    left = set(state) - set(tensors) - {"lm_head.weight"}  # tied to the table
    if unfit or left:
        raise KitError(f"{file}: does not fit the stand-in's shape ({sorted([*unfit, *left])[0]}); pack it again")
    model.load_state_dict(tensors, strict=False)
    model.tie_weights()


def main() -> None:
    said = pack(Path(sys.argv[1]), *(Path(a) for a in sys.argv[2:3]))
    print(json.dumps(said, indent=1))


if __name__ == "__main__":
    main()

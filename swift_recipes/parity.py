"""Does merging keep the model? Adapter and merged weights are asked the same questions, greedily.

Two comparisons, as a QLoRA adapter has two bases: the unquantised one that it is merged onto (which must give the same
model), and the 4-bit one that it was trained on (which tells what the merge changed for whoever evaluated the adapter).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qa.errors import KitError
from swift_recipes import asking
from swift_recipes.asking import Agreement

_BNB = ("bnb_4bit_compute_dtype", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "bnb_4bit_quant_storage")


def run(out: Path, rows: Path, count: int, need: int) -> None:
    """Compare OUT/last with OUT/merged on `count` rows and print what differs.

    Raises:
        KitError: something is missing, or fewer than `need` answers are the same as on the unquantised base.
    """
    adapter, merged = out / "last", out / "merged"
    for folder in (adapter, merged):
        if not folder.is_dir():
            raise KitError(f"{folder}: not there; make it with: OUT={out} bash shell/merge.sh")
    args = _args(adapter)
    if "quantization_config" in json.loads((merged / "config.json").read_text("utf-8")):
        raise KitError(f"{merged}: was quantised after merging; delete it and run merge.sh without quant flags")
    asked = asking.read_rows(rows, count)
    after = asking.answers(str(merged), asked)
    found = asking.compare(asked, asking.answers(args["model"], asked, adapter), after)
    print(line("parity", found))
    if args.get("quant_method") == "bnb":
        trained = asking.compare(asked, asking.answers(args["model"], asked, adapter, bnb(args)), after)
        print(line(f"on the {args.get('quant_bits')}-bit base it was trained on", trained))
    if found.same < min(need, found.asked):
        raise KitError(
            f"parity: {found.same} of {found.asked} answers are the same, {need} wanted; {merged} is kept but not the"
            " model you trained. In bfloat16 a few may differ by rounding (PARITY_MIN); more mean a broken merge:"
            " was DoRA used, or the base changed?"
        )


def line(what: str, found: Agreement, show: int = 5) -> str:
    """The figures of one comparison, after the first `show` differences."""
    shown = [f"  differs: {q!r}: {a!r}, then {b!r}" for q, a, b in found.differing[:show]]
    if len(found.differing) > show:
        shown.append(f"  … and {len(found.differing) - show} more")
    figures = (
        f"{what} {found.same}/{found.asked} ({found.share:.1%}; log-probabilities of the same answers differ by at"
        f" most {found.widest:.1e}; right {found.right[0]} before, {found.right[1]} after)"
    )
    return "\n".join([*shown, figures])


def bnb(args: dict[str, Any]) -> dict[str, Any]:
    """How the base was quantised in training, from swift's args.json: keywords of BitsAndBytesConfig."""
    skip = ["visual", "lm_head"]  # as swift does for vision tower and aligner
    width = {"load_in_4bit": args["quant_bits"] == 4, "load_in_8bit": args["quant_bits"] == 8}
    return width | {k: args[k] for k in _BNB if args.get(k) is not None} | {"llm_int8_skip_modules": skip}


def _args(adapter: Path) -> dict[str, Any]:
    try:
        found = json.loads((adapter / "args.json").read_text("utf-8"))
        found["model"]
    except (OSError, ValueError, KeyError) as e:
        raise KitError(f"{adapter}/args.json: cannot be read ({e}); train again with another OUT") from e
    return dict(found)

"""Does merging keep the model? Adapter and merged weights are asked the same questions, greedily.

For QLoRA first as it was trained, on the 4-bit base. Where answers differ there, it is asked once more on the base that
it was merged onto, where all must be the same: that tells rounding from a broken merge.
"""

from __future__ import annotations

import json
from pathlib import Path

from qa.errors import KitError
from swift_recipes.export import asking, bases
from swift_recipes.export.asking import Agreement
from swift_recipes.rundir import read_kit_env

TRAINED_SHARE = 0.95
"""Of a QLoRA adapter's answers, as it was trained, that the merged model must give too."""
TELLING = 100
"""Questions from which on that share is demanded; of a few, one differing answer says little."""


def run(out: Path, rows: Path, count: int, need: int) -> None:
    """Compare OUT/last with OUT/merged on `count` rows and print what differs.

    Raises:
        KitError: something is missing, or fewer than `need` answers are the same on the base that was merged onto, or
            the merged model is not the QLoRA adapter that was trained.
    """
    adapter, merged = out / "last", out / "merged"
    for folder in (adapter, merged):
        if not folder.is_dir():
            raise KitError(f"{folder}: not there; make it with: OUT={out} bash shell/merge.sh")
    args = bases.read_args(adapter)
    if "quantization_config" in json.loads((merged / "config.json").read_text("utf-8")):
        raise KitError(f"{merged}: was quantised after merging; delete it and run merge.sh without quant flags")
    asked = asking.read_rows(rows, count)
    after = asking.answers(str(merged), asked)
    onto = read_kit_env(merged).get("ONTO", "plain")
    trained = None
    if bases.quantised(args):
        trained = asking.compare(asked, asking.answers(args["model"], asked, adapter, args), after)
        print(line(f"as trained, on the {args['quant_bits']}-bit base:", trained))
    found = trained
    if trained is None or trained.same < trained.asked:
        base = args if onto == "trained" else None
        found = asking.compare(asked, asking.answers(args["model"], asked, adapter, base, widened=True), after)
    assert found is not None
    print(line("parity", found))
    if found.same < min(need, found.asked):
        raise KitError(
            f"parity: {found.same} of {found.asked} answers are the same, {need} wanted; {merged} is kept but not the"
            " model you trained. In bfloat16 a few may differ by rounding (PARITY_MIN); more mean a broken merge:"
            " was DoRA used, or the base changed?"
        )
    if trained and onto == "trained" and trained.asked >= TELLING and trained.share < TRAINED_SHARE:
        raise KitError(
            f"parity: the merged model gives {trained.share:.1%} of the answers of the adapter as it was trained,"
            f" {TRAINED_SHARE:.0%} wanted; {merged} is kept: evaluate it, not the adapter"
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

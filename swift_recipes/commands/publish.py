"""`circuit-vqa recipes card|push`: a model's card, and the model on a hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[Path, typer.Option(help="folder of weights, as runs/mine/merged", show_default=False)]
Run = Annotated[Path | None, typer.Option(help="folder of its training; the one that holds the model without")]
Data = Annotated[Path | None, typer.Option(help="dataset folder; the one it was trained on without")]
Report = Annotated[Path | None, typer.Option(help="folder of circuit-vqa eval run; no scores without")]
Base = Annotated[str, typer.Option(help="base model's hub name, where the run does not tell")]
Licence = Annotated[str, typer.Option(help="as the hub names it; the base's without")]
Dataset = Annotated[str, typer.Option(help="hub name of the training data, if public")]


def card(
    model: Model, run: Run = None, data: Data = None, report: Report = None, base: Base = "", licence: Licence = "",
    dataset: Dataset = "", repo: Annotated[str, typer.Option(help="hub name it will have")] = "",
    out: Annotated[Path | None, typer.Option(help="file; README.md in the model without")] = None,
) -> None:  # fmt: skip
    """Write the model's README.md from its training, its data and its report."""
    from qa.dataset import write_whole
    from swift_recipes.publish import card as cards
    from swift_recipes.publish import card_text, contents

    facts = cards.gather(model, run, data, report, base, licence, dataset)
    out = model / contents.CARD if out is None else out
    write_whole(out, card_text.write(facts, repo).encode())
    missing = [n for n, v in (("training", facts.run), ("data", facts.data), ("scores", facts.report)) if not v]
    print(f"wrote {out}" + (f"; not known: {', '.join(missing)}" if missing else ""))


def push(
    model: Model, to: Annotated[str, typer.Option(help="hf or modelscope", show_default=False)],
    repo: Annotated[str, typer.Option(help="owner/name", show_default=False)],
    run: Run = None, data: Data = None, report: Report = None, base: Base = "",
    licence: Licence = "", dataset: Dataset = "",
    private: Annotated[bool, typer.Option(help="only you see it")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would be sent; no token, no network")] = False,
) -> None:  # fmt: skip
    """Send a model folder with its card to a hub. Tokens come from HF_TOKEN or MODELSCOPE_API_TOKEN."""
    from swift_recipes.publish import card as cards
    from swift_recipes.publish import card_text, contents, hubs

    hub = hubs.check(to, repo, dry_run)
    found = contents.look(model)
    text = card_text.write(cards.gather(model, run, data, report, base, licence, dataset), repo, to)
    contents.check_card(text)
    for name in found.sent:
        print(f"  {(model / name).stat().st_size:>15,}  {name}")
    print(f"  {len(text.encode()):>15,}  {contents.CARD}, made now")
    for name in found.left_out:
        print(f"  {'stays here':>15}  {name}")
    if dry_run:
        print(f"\n{text}\n{repo}: would be sent to {to}, {'private' if private else 'public'}; nothing was")
        return
    print(f"{repo}: {hubs.push(hub, model, found, text, repo, private)}")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(card)
    app.command()(push)

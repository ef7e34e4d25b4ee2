"""The plan of a run as lines to print."""

from __future__ import annotations

from collections.abc import Iterator

from swift_recipes.planning import memory, published
from swift_recipes.planning.plan import MARGIN, Run, changes, share_at


def lines(run: Run, gpu_gb: float) -> Iterator[str]:
    """Everything `recipes plan` prints."""
    yield from _data(run)
    yield from _steps(run)
    yield from _memory(run, gpu_gb)


def _spread(values: list[int]) -> str:
    ordered = sorted(values)
    return " / ".join(f"{n:,}" for n in (ordered[0], share_at(ordered, 0.5), share_at(ordered, 0.95), ordered[-1]))


def _data(run: Run) -> Iterator[str]:
    count = len(run.rows)
    yield f"rows      {count:,}"
    yield "tokens    min / median / 95 % / max"
    yield f"  text    {_spread([r.text for r in run.rows])}"
    yield f"  picture {_spread([r.image(run.max_pixels) for r in run.rows])}   at MAX_PIXELS={run.max_pixels}"
    yield f"  row     {_spread(run.lengths)}"
    fate = "cut" if run.cuts else "left out"
    yield (
        f"{fate:<10}{run.too_long:,} rows ({run.too_long / count:.1%}) at MAX_LENGTH={run.max_length};"
        f" 99 % fit into {run.fitting_length}"
    )


def _steps(run: Run) -> Iterator[str]:
    if not run.kept:
        yield "steps     none: every row is longer than MAX_LENGTH"
        return
    steps, epochs = run.steps()
    what = f"{len(run.kept):,} rows"
    if run.packed:
        what = f"{len(run.units):,} packs ({what}, {len(run.kept) / len(run.units):.1f} a pack)"
    yield (
        f"steps     {steps:,} = {epochs:.3g} epochs of {what}, {run.rows_a_step} a step"
        f" (batch {run.batch} x accumulation {run.accumulation} x GPUs {run.gpus})"
    )


def _memory(run: Run, gpu_gb: float) -> Iterator[str]:
    setup = run.memory()
    if not run.kept:
        return
    if setup is None:
        yield "memory    not estimated: the shape of this model is not known; see the recipe's Hardware, or --model"
        return
    parts = memory.estimate(setup)
    size, (count, median, _) = sum(parts.values()), published.summary("swift")
    where = "answers" if setup.logit_tokens else "all tokens"
    where = where if setup.keep_logits else "no token, by Liger"
    yield f"memory    estimate for a GPU, GiB ({setup.method}, {setup.tokens:,} tokens a row, logits of {where})"
    for name, gib in parts.items():
        yield f"  {name:<20}{gib:>6.1f}"
    yield f"  {'peak':<20}{size:>6.1f}   estimated, not measured; off by {median:.0%} (median) on {count} runs of swift"
    if size * MARGIN <= gpu_gb:
        yield f"fits      a GPU of {gpu_gb:g} GB, {gpu_gb - size:.1f} left"
        return
    too = "too much" if size > gpu_gb else "close"
    yield f"{too:<10}for a GPU of {gpu_gb:g} GB, {MARGIN - 1:.0%} of margin wanted; change, one after the other:"
    last = size
    for number, (what, last) in enumerate(changes(run, gpu_gb), 1):
        yield f"  {number}. {what}: {last:.1f}"
    if last * MARGIN > gpu_gb:
        yield "  and that is not enough: take larger GPUs or a smaller model"

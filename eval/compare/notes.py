"""What a reader of a comparison must know before believing it."""

from __future__ import annotations

from collections.abc import Sequence

from eval.compare.numbers import Against, Bench, Comparison, RunInfo
from eval.plain import code, word
from eval.stats import FEW_GROUPS


def notes(comparison: Comparison) -> list[str]:
    """Sentences in Markdown, the gravest first."""
    runs = comparison.runs
    found = [_questions(name, bench) for name, bench in comparison.benches.items() if not bench.same_questions]
    found += _modes(runs)
    few = [f"{word(name)} ({b.groups})" for name, b in comparison.benches.items() if 0 < b.groups < FEW_GROUPS]
    if few:
        rough = f"Below {FEW_GROUPS} the intervals are rough, and wider than need be."
        found.append(f"Few circuits: {', '.join(few)}. {rough}")
    for name, bench in comparison.benches.items():
        found += [n for a in bench.against if (n := _form(name, runs[0].name, a))]
    found += _settings(runs)
    for run in runs:
        if cut_off := run.replies.get("cut_off"):
            limit = code(str(run.settings.get("max_tokens", "")))
            found.append(f"{word(run.name)}: {cut_off:,} replies were cut off at --max-tokens {limit}.")
        if refused := run.replies.get("refused"):
            found.append(f"{word(run.name)}: {refused:,} questions were refused by the server and count as unparsed.")
        if run.missing:
            found.append(f"{word(run.name)} lacks {', '.join(map(word, run.missing))}: not compared.")
    return found


def _questions(name: str, bench: Bench) -> str:
    asked = " / ".join(f"{n:,}" for n in bench.asked)
    shared = bench.total.pairs[0].n if bench.total.pairs[0] else 0
    both = f"those in all runs are compared, {shared:,}" if shared else "they share none, so nothing is compared"
    return f"**Not the same questions** in {word(name)} ({asked} asked, or other data): {both}."


def _modes(runs: Sequence[RunInfo]) -> list[str]:
    if len({str(r.mode) for r in runs}) == 1:
        return []
    asked = "; ".join(f"{word(r.name)}: {r.mode}" for r in runs)
    models = {r.weights or (r.model, r.root) for r in runs}
    what = "the differences are those of the way of asking" if len(models) == 1 else "**the models differ too**"
    return [f"**Asked in different ways** ({asked}): {what}."]


def _form(name: str, base: str, against: Against) -> str:
    """Where most of what was won had no readable reply before, the form of the answer was learned, if no more."""
    unread = sum(c.base.read is None for c in against.won)
    if not against.won or unread * 2 < len(against.won):
        return ""
    return (
        f"{word(name)}, {word(against.run)}: of {len(against.won):,} won, {unread:,} had no readable answer in"
        f" {word(base)}. The form of an answer was learned; whether more was, only the others show."
    )


def _settings(runs: Sequence[RunInfo]) -> list[str]:
    """Settings and versions that are not the same in all runs."""
    found = []
    for what in ("settings", "versions"):
        maps = [dict(getattr(r, what)) for r in runs]
        for key in dict.fromkeys(k for m in maps for k in m):
            if key == "words" and len({str(r.mode) for r in runs}) > 1:
                continue  # other netlists or examples: what the ways of asking are about
            values = [str(m.get(key, "not said")) for m in maps]
            if len(set(values)) > 1:
                said = " / ".join(code(v, 40) for v in values)
                found.append(f"{what[:-1].capitalize()} {code(key)} differs: {said}.")
    return found

"""The page of results: tables written from the summaries alone, so that the same summaries give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

from swift_recipes.results.asked import Asked, section
from swift_recipes.results.escaping import escape
from swift_recipes.results.summary import Machine, Summary

NONE = "–"
INTRO = """# Results of training runs

Written by `circuit-vqa recipes results` from the summaries in `{folder}/`: do not edit it. Runs that failed or were
stopped stay. To add a run, on the machine where it ran, and to commit the summary and this page:

```bash
circuit-vqa recipes results runs/mine               # --note "what was special about it"
```

*a step*: rows a step, of all GPUs. *samples/s*: rows a second after the first logged step, validation not counted.
*GPU*, *RAM*: the most one GPU reserved, the most all processes held together. *val*: last loss on validation rows.
*accuracy*: right answers of EvalScope's benches before and after training. {none}: not measured.
"""
REAL = """
## Runs on GPUs
"""
NO_REAL = """
None yet: nobody has run these recipes on a GPU and sent the summary. Memory and time in the recipes are estimates.
"""
STAND_IN = """
## The stand-in, on CPU

**These figures say nothing about Qwen2.5-VL-3B.** The stand-in is a small model (22 M parameters), made so that every
command can be run without a GPU: a finished row says that this recipe trains, and no more. Its samples/s and memory
compare with other rows of the same machine only.
"""
HEAD = ("run", "recipe", "model", "rows", "a step", "steps", "samples/s", "GPU GiB", "RAM GiB", "loss or reward", "val")
TAIL = ("accuracy", "machine", "date", "state")
RIGHT = {"rows", "a step", "steps", "samples/s", "GPU GiB", "RAM GiB", "val"}


def page(summaries: Sequence[Summary], folder: str, asked: Sequence[Asked] = ()) -> str:
    """The whole page. `folder` is where the summaries lie, as the page should name it; `asked`: ways of asking."""
    ordered = sorted(summaries, key=lambda s: (s.recipe, s.name))
    machines: list[Machine] = []
    for s in ordered:
        machines += [] if s.machine in machines else [s.machine]
    real = [s for s in ordered if not s.stand_in]
    small = [s for s in ordered if s.stand_in]
    text = INTRO.format(folder=escape(folder), none=NONE) + REAL
    text += "\n".join(["", *_table(real, machines), ""]) if real else NO_REAL
    if small:
        text += "\n".join([STAND_IN, *_table(small, machines), ""])
    text += "\n".join(["", *_notes(ordered), ""]) if any(s.reason or s.note for s in ordered) else ""
    return text + "\n".join(["", *_machines(machines)]) + "\n" + section(asked, folder)


def _table(rows: Sequence[Summary], machines: Sequence[Machine]) -> list[str]:
    head = (*HEAD, *TAIL)
    rule = "|".join("--:" if h in RIGHT else "---" for h in head)
    return [f"| {' | '.join(head)} |", f"|{rule}|", *(_row(s, machines) for s in rows)]


def _row(s: Summary, machines: Sequence[Machine]) -> str:
    steps = f"{s.steps}" if s.steps_wanted in (None, s.steps) else f"{s.steps} of {s.steps_wanted}"
    arrow = f"{s.measure} {_number(s.first)} → {_number(s.last)}" if s.first is not None else NONE
    cells = (
        escape(s.name),
        escape(s.recipe),
        escape(s.model),
        NONE if s.rows is None else f"{s.rows:,}",
        NONE if s.rows_a_step is None else f"{s.rows_a_step:,}",
        steps,
        _number(s.samples_per_second),
        _number(s.peak_gpu_gib),
        _number(s.peak_ram_gib),
        arrow,
        _number(s.validation_loss),
        _accuracy(s),
        _letter(machines.index(s.machine)),
        escape(s.date) or NONE,
        s.state if s.state == "finished" else f"**{s.state}**",
    )
    return f"| {' | '.join(cells)} |"


def _accuracy(s: Summary) -> str:
    """`mcq 0 → 31 %, fill 0 → 13 %`."""
    parts = []
    for a in s.accuracy:
        bench = escape(a.bench.removeprefix("circuit_"))
        before = "" if a.before is None else f"{a.before * 100:.1f} → "
        after = NONE if a.after is None else f"{a.after * 100:.1f} %"
        parts.append(f"{bench} {before}{after} of {a.n}")
    return "; ".join(parts) or NONE


def _notes(rows: Sequence[Summary]) -> list[str]:
    """Why runs ended that did not finish, and what was special about others."""
    lines = ["## Notes", ""]
    for s in rows:
        said = [f"{s.state}: {escape(s.reason)}"] if s.reason else []
        said += [escape(s.note)] if s.note else []
        lines += [f"- {escape(s.name)}: {'. '.join(x.rstrip('.') for x in said)}"] if said else []
    return lines


def _machines(machines: Sequence[Machine]) -> list[str]:
    lines = ["## Machines", ""]
    for i, m in enumerate(machines):
        parts = [*(f"{m.gpus.count(g)} x {g}" for g in dict.fromkeys(m.gpus))]
        parts += [f"{m.cpu}, {m.cores} cores"] if m.cpu else []
        parts += [f"{m.ram_gb:g} GiB of RAM"] if m.ram_gb else []
        parts += [", ".join(f"{k} {v}" for k, v in m.versions.items())] if m.versions else []
        lines.append(f"- **{_letter(i)}**: {escape('; '.join(parts)) or 'not recorded'}")
    return lines


def _letter(index: int) -> str:
    """a, b … z, then a2, b2 …"""
    return "abcdefghijklmnopqrstuvwxyz"[index % 26] + (str(index // 26 + 1) if index >= 26 else "")


def _number(value: float | None) -> str:
    """Three digits that count, no exponents."""
    if value is None:
        return NONE
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return text if "e" not in text else f"{value:.6f}"

"""The gallery as one HTML file that needs nothing else: styles, script, data and pictures lie inside it."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from eval.gallery.chart import Chart, chart
from eval.gallery.collect import Card, Gallery, Run, explained
from eval.gallery.data import as_json, picture_names
from eval.gallery.letters import Confusion, confusion
from eval.gallery.visible import visible
from eval.report import cells
from eval.tally import Tally
from qa.thumbs import Thumb

SCRIPTS = ("filters.js", "cards.js", "keys.js")
"""Joined in this order."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of error, and in how many questions of each run it stands."""

    name: str
    counts: tuple[int, ...]
    means: str


@dataclass(frozen=True, slots=True)
class Letters:
    """One run's table of letters."""

    run: int
    name: str
    matrix: Confusion


def page(gallery: Gallery, pictures: Mapping[str, Thumb], everything: bool = False) -> str:
    """The page. Whatever a model or a file says is escaped, and no script runs but the page's own (content policy)."""
    import jinja2
    from markupsafe import Markup

    style = _file("page.css")
    script = "".join(_file(name) for name in SCRIPTS)
    env = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_finalize
    )
    names = [visible(r.name) for r in gallery.runs]
    benches = list(dict.fromkeys(b for r in gallery.runs for b in r.report.benches))
    return env.from_string(_file("page.html")).render(
        title=visible(title(gallery)),
        benches=benches,
        runs=[_run_row(r, benches) for r in gallery.runs],
        notes=[*_notes(gallery)],
        charts=charts(gallery, benches, names),
        letters=letters(gallery),
        kinds=kinds(gallery.cards, len(gallery.runs)),
        everything=everything,
        data=Markup(as_json(gallery)),
        pictures=[_picture(name, pictures[name]) for name in picture_names(gallery.cards)],
        style=Markup(style),
        style_hash=_hash(style),
        script=Markup(script),
        script_hash=_hash(script),
    )


def _file(name: str) -> str:
    return resources.files("eval.gallery").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _finalize(value: object) -> object:
    from markupsafe import Markup

    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def title(gallery: Gallery) -> str:
    """`Errors of after beside before on quickstart`."""
    names = [r.name for r in gallery.runs]
    return f"Errors: {' → '.join(names)} on {gallery.runs[-1].report.data}"


def _run_row(run: Run, benches: Sequence[str]) -> dict[str, Any]:
    r = run.report
    rows = [_accuracy(r.benches[b].total) if b in r.benches else {"accuracy": "–", "more": ""} for b in benches]
    model = r.title or r.model
    return {"name": run.name, "model": model, "mode": str(r.mode), "date": r.date[:10], "benches": rows}


def _accuracy(t: Tally) -> dict[str, str]:
    accuracy, interval, unparsed = cells(t)
    return {"accuracy": accuracy, "more": f"({interval}), n {t.n}, unparsed {unparsed}"}


def _notes(gallery: Gallery) -> list[str]:
    notes = []
    if gallery.differing:
        notes.append(f"The runs were not made on the same data in {', '.join(gallery.differing)}.")
    modes = {str(r.report.mode) for r in gallery.runs}
    if len(modes) > 1:
        notes.append("The runs were asked in different ways; what changed may come from that.")
    if any(r.report.mode.picture != "shown" for r in gallery.runs):
        notes.append("A run marked blank or netlist did not see the pictures that are shown here.")
    if any(0 < a.score < 1 for c in gallery.cards for a in c.runs if a):
        notes.append("Right here means a score above one half, where a bench measures overlap or asks several times.")
    if gallery.left_out:
        notes.append(f"{gallery.left_out:,} more questions are left out by --limit.")
    return notes


def charts(gallery: Gallery, benches: Sequence[str], names: Sequence[str]) -> list[Chart]:
    """Accuracy by level, one chart a bench."""
    reports = [r.report for r in gallery.runs]
    return [chart(b, reports, names, chance(gallery, b)) for b in benches]


def chance(gallery: Gallery, bench: str) -> float | None:
    """Share of a multiple-choice bench that guessing gets right; under circular asking nobody has worked it out."""
    if any(r.report.mode.circular for r in gallery.runs):
        return None
    counts = [len(p.options) for r in gallery.runs for p in r.predictions if p.bench == bench and p.options]
    return sum(1 / n for n in counts) / len(counts) if counts else None


def letters(gallery: Gallery) -> list[Letters]:
    """The tables of letters, of those runs that had multiple choice."""
    tables = [(i, r.name, confusion(r.predictions)) for i, r in enumerate(gallery.runs)]
    return [Letters(i, name, matrix) for i, name, matrix in tables if matrix]


def kinds(cards: Sequence[Card], runs: int) -> list[Kind]:
    """Kinds of error among the cards, the most frequent of the last run first."""
    counts = [Counter(f for c in cards if (a := c.runs[i]) for f in a.faults) for i in range(runs)]
    names = sorted({f for c in counts for f in c}, key=lambda f: (*(-c[f] for c in reversed(counts)), f))
    return [Kind(name, tuple(c[name] for c in counts), explained(name)) for name in names]


def _picture(name: str, thumb: Thumb) -> dict[str, Any]:
    from markupsafe import Markup

    fields = {"name": name, "width": thumb.width, "height": thumb.height, "why": thumb.why}
    return fields | {"uri": Markup(thumb.uri)}

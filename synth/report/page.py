"""A report as one HTML file that needs nothing else: styles, script and pictures lie inside it."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from pathlib import Path

from qa.item import LETTERS
from qa.thumbs import thumb
from synth.report.build import Report
from synth.report.counts import LEVELS
from synth.report.folder import STANDINGS

_LONGEST = 2_000
"""Characters of one text; an item may hold a book."""
_PICTURES = 4
"""Shown of one item."""


def page(report: Report, root: Path) -> str:
    """The page. Whatever an item says is escaped, and no script runs but the page's own (content security policy)."""
    import jinja2
    from markupsafe import Markup

    def short(value: object) -> object:
        plain = isinstance(value, str) and not isinstance(value, Markup)
        return f"{value[: _LONGEST - 1]}…" if plain and len(value) > _LONGEST else value  # type: ignore[index, arg-type]

    files = resources.files("synth.report")
    style, script = (files.joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    env = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=short
    )
    cards = [
        {"judged": j, "item": j.item, "pictures": [(p, thumb(root, p)) for p in j.item.pictures[:_PICTURES]]}
        for j in report.cards
    ]
    return env.from_string(files.joinpath("page.html").read_text("utf-8")).render(
        report=report,
        cards=cards,
        letters=LETTERS,
        levels=LEVELS,
        standings=[s for s in STANDINGS if any(j.standing == s for j in report.cards)],
        writers=sorted({j.teacher for j in report.cards}),
        style=Markup(style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )

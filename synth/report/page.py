"""A report as one HTML file that needs nothing else: styles, script and pictures lie inside it."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from pathlib import Path

from qa.item import LETTERS
from synth.report.build import Report
from synth.report.counts import LEVELS
from synth.report.folder import STANDINGS
from synth.report.thumbs import thumb


def page(report: Report, root: Path) -> str:
    """The page. Whatever an item says is escaped, and no script runs but the page's own (content security policy)."""
    import jinja2

    files = resources.files("synth.report")
    script = files.joinpath("page.js").read_text("utf-8")
    env = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = env.from_string(files.joinpath("page.html").read_text("utf-8"))
    shown = [
        {"it": j, "item": j.item, "pictures": [(p, thumb(root, p)) for p in j.item.pictures[:4]]} for j in report.cards
    ]
    return template.render(
        report=report,
        cards=shown,
        letters=LETTERS,
        levels=LEVELS,
        standings=[s for s in STANDINGS if any(j.standing == s for j in report.cards)],
        writers=sorted({j.teacher for j in report.cards}),
        style=jinja2.utils.markupsafe.Markup(files.joinpath("page.css").read_text("utf-8")),
        script=jinja2.utils.markupsafe.Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )

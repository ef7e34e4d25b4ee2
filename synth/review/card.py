"""The HTML of the review page. Every text of a model, a file or a person is escaped here."""

from __future__ import annotations

import html
import unicodedata
from urllib.parse import quote

from qa.item import LETTERS, Item
from qa.standing import BLIND, FORM, REVIEW, SENSE, TWIN, VOTE
from synth.pictures.stock import Picture
from synth.review.desk import Progress, Row
from synth.review.edit import answer_as_text
from synth.review.record import Record

LEVELS = {1: "component", 2: "connection", 3: "function", 4: "calculation"}
CHECKS = {
    FORM: "rules",
    SENSE: "makes sense",
    BLIND: "second teacher, blind",
    VOTE: "vote",
    TWIN: "near-duplicate",
    REVIEW: "a person",
}
"""What the checks of `qa.standing` are called on the page."""
SIGNS = {"pass": "\u2713", "fail": "\u2717", "unsure": "?"}
DONE = {"accept": "accepted", "edit": "edited", "reject": "rejected", "undo": "took back a decision on"}


_UNSEEN = ("Cc", "Cf")
"""Control and format characters: some turn the text around them about, and a person would accept what is not there."""


def _named(c: str) -> str:
    return "" if c == "\r" else f"[U+{ord(c):04X}]"


def text(value: object) -> str:
    """A text that stays text: no tag, no entity, no template of the page, nothing that cannot be seen."""
    seen = "".join(c if c in "\n\t" or unicodedata.category(c) not in _UNSEEN else _named(c) for c in str(value))
    safe = html.escape(seen)
    return safe.replace("$", "&#36;").replace("{", "&#123;").replace("}", "&#125;").replace("`", "&#96;")


def picture(item: Item, base: str = "picture/") -> str:
    """The picture pane; several pictures side by side."""
    shown = "".join(
        f'<img src="{text(base + quote(p))}" alt="picture {n} of the question" draggable="false">'
        for n, p in enumerate(item.pictures, 1)
    )
    names = text("|".join(item.pictures))
    return f'<div class="rv-stage" data-pictures="{names}"><div class="rv-sheet">{shown}</div></div>'


def empty_picture() -> str:
    """The pane where there is nothing to show."""
    return '<div class="rv-stage rv-empty"></div>'


def card(row: Row, stock: Picture | None) -> str:
    """Question, options with the marked answer, explanation, what the checks said, where it comes from."""
    item = row.item
    parts = [
        f'<div class="rv-tags">{_tags(row)}</div>',
        f'<div class="rv-question">{_lines(item.question)}</div>',
        _options(item) if item.options else f'<div class="rv-answer">{_lines(answer_as_text(item.answer))}</div>',
    ]
    if item.accept:
        also = ", ".join(a if isinstance(a, str) else f"{a.value:g} {a.unit}".strip() for a in item.accept)
        parts.append(f'<div class="rv-small">also right: {text(also)}</div>')
    if item.explanation:
        parts.append(f'<div class="rv-explanation">{_lines(item.explanation)}</div>')
    parts.append(_checks(item))
    parts.append(_source(item, stock))
    return f'<div class="rv-card" data-item="{text(item.id)}">{"".join(parts)}</div>'


def _tags(row: Row) -> str:
    item = row.item
    tags = [f"level {item.level} {LEVELS[item.level]}", item.topic, item.lang, item.form]
    shown = "".join(f'<span class="rv-tag">{text(t)}</span>' for t in tags)
    shown += f'<span class="rv-tag rv-{row.before}">{text(row.before)}</span>'
    if row.verdict:
        shown += f'<span class="rv-tag rv-said rv-{row.verdict}">{text(row.verdict)} by {text(row.by)}</span>'
    return shown


def _options(item: Item) -> str:
    rows = []
    for letter, option in zip(LETTERS, item.options or (), strict=False):
        kind, mark = ("rv-option", "")
        if letter == item.answer:
            kind, mark = "rv-option rv-right", f'<span class="rv-mark">{SIGNS["pass"]}</span>'
        rows.append(f'<div class="{kind}"><b>{letter}</b><span>{_lines(option)}</span>{mark}</div>')
    return f'<div class="rv-options">{"".join(rows)}</div>'


def _checks(item: Item) -> str:
    rows = "".join(
        f'<div class="rv-check rv-{c.verdict}"><b>{SIGNS[c.verdict]}</b>'
        f"<span>{text(CHECKS.get(c.name, c.name))}</span>"
        f'<span class="rv-note">{text(c.note or c.verdict)}</span><span class="rv-by">{text(c.by)}</span></div>'
        for c in item.origin.checks
    )
    return f'<div class="rv-checks">{rows}</div>' if rows else '<div class="rv-small">not checked yet</div>'


def _source(item: Item, stock: Picture | None) -> str:
    o = item.origin
    words = [o.writer, o.file + (f", page {o.page}" if o.page else ""), o.licence and f"licence {o.licence}", item.id]
    caption = f'<div class="rv-caption">{text(stock.caption)}</div>' if stock is not None and stock.caption else ""
    return f'{caption}<div class="rv-source">{" · ".join(text(w) for w in words if w)}</div>'


def _lines(value: str) -> str:
    return text(value).replace("\n", "<br>")


def nothing(progress: Progress) -> str:
    """The card where no Item is left under the filter."""
    if not progress.total:
        what = "No question has these properties. Choose others above, or clear the search."
    elif progress.done >= progress.total:
        what = f"All {progress.total} questions under this filter are decided. Choose others above, or end with Ctrl-C."
    else:
        what = "What is left under this filter is open on another page, or hidden by the decision filter."
    return f'<div class="rv-card rv-nothing" data-item=""><div class="rv-question">{text(what)}</div></div>'


def bar(name: str, progress: Progress, by: str) -> str:
    """The line on top: dataset, how far it is, who reviews."""
    share = 100 * progress.done / progress.total if progress.total else 0
    return (
        f'<div class="rv-bar"><b class="rv-name">{text(name)}</b>'
        f'<div class="rv-meter" title="decided under this filter"><div style="width:{share:.1f}%"></div></div>'
        f'<span class="rv-count"><b>{progress.done}</b> done, <b>{progress.total - progress.done}</b> left,'
        f" <b>{progress.mine}</b> by me</span>"
        f'<button class="rv-who" title="another name">{text(by) if by else "no name yet"}</button></div>'
    )


def notice(words: str, kind: str = "info") -> str:
    """One line above the buttons; empty for none."""
    return f'<div class="rv-notice rv-{kind}" role="status">{_lines(words)}</div>' if words else ""


def meanwhile(last: Record) -> str:
    """What somebody else did since the Item was shown."""
    said = f"{last.by} {DONE[last.decision]} this question meanwhile"
    if last.reason:
        said += f" ({last.reason})"
    changed = "".join(
        f"\n{k}: {' / '.join(v) if isinstance(v, list) else v}" for k, v in last.fields.items() if k != "accept"
    )
    return f"{said}. Nothing of yours was written; decide again to replace it.{changed}"

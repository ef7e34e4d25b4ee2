"""The review page: gradio Blocks over a Desk. Every answer of the server is the whole page's new state."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from qa.errors import KitError
from qa.item import LETTERS
from qa.standing import Standing
from synth.review import card
from synth.review.desk import Decided, Desk, Filters, Row
from synth.review.edit import answer_as_text
from synth.review.record import REASONS, Record, reviewer_name, version

HERE = Path(__file__).parent
FILTERS = ("standing", "decision", "check", "level", "writer", "topic", "lang", "text")
"""Names of the filters, as the address of the page holds them."""
EVERY = "all"
DECISIONS = ("open", EVERY, "accepted", "edited", "rejected", "mine")
KEYS = (
    ("a", "accept"),
    ("e", "edit (Ctrl+Enter saves, Esc leaves)"),
    ("r", "reject, then 1-5 for a reason, or Enter for none"),
    ("n →", "next"),
    ("p ←", "previous"),
    ("u", "undo my last decision"),
    ("+ − 0", "zoom in, out, fit; also wheel, double click and drag"),
    ("Shift+arrows", "move the picture"),
    ("/", "search"),
    ("?", "this help"),
)


class Place(BaseModel):
    """What the browser shows; it comes back with every press, so that a restarted server knows it too."""

    model_config = ConfigDict(extra="ignore")

    session: str = ""
    by: str = ""
    item: str = ""
    version: str = ""
    seen: str = ""
    pictures: tuple[str, ...] = ()
    mode: str = "view"
    address: dict[str, str] = {}


def place_of(text: str) -> Place:
    """The place a browser names; an empty one where it names none."""
    try:
        return Place.model_validate_json(text or "{}")
    except ValidationError:
        return Place()


def filters_of(values: tuple[Any, ...]) -> Filters:
    """The filters as the page's fields hold them."""
    named = {name: "" if v in (None, EVERY) else str(v) for name, v in zip(FILTERS, values, strict=True)}
    return Filters(**(named | {"standing": standings(named["standing"])}))  # type: ignore[arg-type]


def standings(text: str) -> tuple[Standing, ...]:
    """`review,unchecked` as standings; none of them: all. Raises KitError for a word that is none."""
    known: tuple[Standing, ...] = ("review", "unchecked", "accepted", "rejected")
    words = [w.strip() for w in text.split(",") if w.strip() and w.strip() != EVERY]
    for w in words:
        if w not in known:
            raise KitError(f"--standing {w}: must be of {', '.join(known)}, several with commas, or {EVERY}")
    return tuple(k for k in known if k in words)


class Page:
    """The handlers behind the page; `build` lays it out."""

    def __init__(self, desk: Desk, name: str, reviewer: str = "", standing: str = "review,unchecked") -> None:
        self.desk, self.name, self.reviewer, self.standing = desk, name, reviewer, standing

    # -- handlers: (place, filters) -> values of `outputs` ----------------------------------------
    def start(self, text: str) -> tuple[Any, ...]:
        """A page was opened or loaded again: where it was, or the first Item."""
        place = place_of(text)
        given = place.address
        values = [given.get(name, "") for name in FILTERS]
        values[0] = given.get("standing") or self.standing
        values[1] = given.get("decision") or "open"
        try:
            filters = filters_of(tuple(values))
        except KitError:
            values[0] = self.standing
            filters = filters_of(tuple(values))
        place.by = _name_or_none(place.by) or self.reviewer
        self.desk.reload()
        row = self.desk.find(given.get("item", "")) or self.desk.step(filters, place.session, place.by)
        shown = self._show(place, filters, row)
        return (*shown, *(v or EVERY if n < len(FILTERS) - 1 else v for n, v in enumerate(values)))

    def enter(self, text: str, name: str, *values: Any) -> tuple[Any, ...]:
        """A reviewer said who they are."""
        place = place_of(text)
        try:
            place.by = reviewer_name(name or "")
        except KitError as e:
            return self._same(place, filters_of(values), str(e), "bad")
        return self._show(place, filters_of(values), self.desk.find(place.item))

    def move(self, text: str, *values: Any, back: bool = False) -> tuple[Any, ...]:
        """Next or previous."""
        place, filters = place_of(text), filters_of(values)
        self.desk.reload()
        row = self.desk.step(filters, place.session, place.by, place.item, back)
        if row is None:
            if back:
                return self._same(place, filters, "nothing before this one under the filter")
            here = self.desk.find(place.item)
            still = here is not None and here.verdict is None
            if still:
                return self._same(place, filters, "this is the last one under the filter")
        return self._show(place, filters, row)

    def sift(self, text: str, *values: Any) -> tuple[Any, ...]:
        """Other filters: the Item shown stays if it passes them."""
        place, filters = place_of(text), filters_of(values)
        self.desk.reload()
        return self._show(place, filters, self.desk.first(filters, place.session, place.by, place.item))

    def again(self, text: str, *values: Any) -> tuple[Any, ...]:
        """Leave an edit: the Item as it is."""
        place = place_of(text)
        return self._show(place, filters_of(values), self.desk.find(place.item))

    def decide(self, text: str, *values: Any, decision: str, reason: str = "") -> tuple[Any, ...]:
        """Accept or reject, then on to the next."""
        place, filters = place_of(text), filters_of(values)
        got = self.desk.decide(place.item, place.version, place.seen, decision, place.by, reason)  # type: ignore[arg-type]
        return self._after(place, filters, got)

    def save(self, text: str, *values: Any) -> tuple[Any, ...]:
        """Write an edit, then on to the next; what cannot stand keeps the form as it is."""
        place, filters = place_of(text), filters_of(values[: len(FILTERS)])
        question, a, b, c, d, answer, explanation, level, topic = values[len(FILTERS) :]
        given = {
            "question": question or "",
            "options": (a or "", b or "", c or "", d or ""),
            "answer": answer or "",
            "explanation": explanation or "",
            "level": int(str(level)[:1]),
            "topic": topic or "",
        }
        got = self.desk.decide(place.item, place.version, place.seen, "edit", place.by, given=given)
        if got.record is None:
            place.mode = "edit"
        return self._after(place, filters, got)

    def undo(self, text: str, *values: Any) -> tuple[Any, ...]:
        """Take back the reviewer's last decision and show its Item."""
        place, filters = place_of(text), filters_of(values)
        if not place.by:
            return self._same(place, filters, "say who you are first", "bad")
        got = self.desk.undo(place.by)
        if got.record is None:
            return self._same(place, filters, got.fault, "warn")
        return self._show(place, filters, self.desk.find(got.item), "undone; decide anew")

    # -- what the page shows ----------------------------------------------------------------------
    def _after(self, place: Place, filters: Filters, got: Decided) -> tuple[Any, ...]:
        if got.record is not None:
            row = self.desk.step(filters, place.session, place.by, got.item)
            place.mode = "view"
            return self._show(place, filters, row, _told(got.record))
        row = self.desk.find(got.item or place.item)
        if got.taken is not None:
            return self._show(place, filters, row, card.meanwhile(got.taken), "warn", keep_form=place.mode == "edit")
        if place.mode == "edit":
            return self._same(place, filters, got.fault, "bad")
        return self._show(place, filters, row, got.fault, "bad")

    def _show(
        self,
        place: Place,
        filters: Filters,
        row: Row | None,
        words: str = "",
        kind: str = "info",
        keep_form: bool = False,
    ) -> tuple[Any, ...]:
        import gradio as gr

        progress = self.desk.progress(filters, place.by)
        bar = card.bar(self.name, progress, place.by)
        if not keep_form:
            place.mode = "view"
        if row is None:
            place = place.model_copy(update={"item": "", "version": "", "seen": "", "pictures": ()})
            form = (gr.skip(),) * 9
            return (_dump(place), bar, card.empty_picture(), card.nothing(progress), card.notice(words, kind), *form)
        item = row.item
        self.desk.leases.take(place.session, item.id, place.by)
        last = self.desk.log.last(item.id)
        same = place.pictures == item.pictures
        place = place.model_copy(
            update={
                "item": item.id,
                "version": version(item),
                "seen": last.key if last else "",
                "pictures": item.pictures,
            }
        )
        pane = gr.skip() if same else card.picture(item)
        stock = self.desk.pictures.get(item.pictures[0]) if item.pictures else None
        form = (gr.skip(),) * 9 if keep_form else _form(row)
        return (_dump(place), bar, pane, card.card(row, stock), card.notice(words, kind), *form)

    def _same(self, place: Place, filters: Filters, words: str, kind: str = "info") -> tuple[Any, ...]:
        """Nothing changes but the notice."""
        import gradio as gr

        bar = card.bar(self.name, self.desk.progress(filters, place.by), place.by)
        return (_dump(place), bar, gr.skip(), gr.skip(), card.notice(words, kind), *(gr.skip(),) * 9)


def _dump(place: Place) -> str:
    return place.model_copy(update={"address": {}}).model_dump_json()


def _name_or_none(text: str) -> str:
    try:
        return reviewer_name(text)
    except KitError:
        return ""


def _told(r: Record) -> str:
    reason = f": {r.reason}" if r.reason else ""
    return f"{card.DONE[r.decision]}{reason}. u takes it back"


def _form(row: Row) -> tuple[Any, ...]:
    """The fields of the edit form."""
    import gradio as gr

    item = row.item
    options = list(item.options or ())
    fields = [
        gr.update(value=options[n] if n < len(options) else "", visible=item.options is not None)
        for n in range(len(LETTERS))
    ]
    level = f"{item.level} {card.LEVELS[item.level]}"
    return (item.question, *fields, answer_as_text(item.answer), item.explanation, level, item.topic)


def build(page: Page) -> Any:
    """The gradio Blocks."""
    import gradio as gr

    with gr.Blocks(title=f"review {page.name}", analytics_enabled=False, fill_width=True) as blocks:
        place = gr.Textbox(elem_classes="rv-hidden", container=False)
        bar = gr.HTML(elem_id="rv-top")
        filters = _filters(page)
        with gr.Row(elem_id="rv-main"):
            with gr.Column(elem_id="rv-left", scale=3):
                pane = gr.HTML(card.empty_picture())
            with gr.Column(elem_id="rv-right", scale=2):
                shown = gr.HTML(elem_id="rv-card")
                form = _edit_form()
                notice = gr.HTML(elem_id="rv-notice")
                buttons = _buttons()
        with gr.Column(elem_id="rv-gate"), gr.Group():
            by = gr.Textbox(label="Your name (noted with every decision)", elem_id="rv-by", max_length=40)
            begin = gr.Button("Start", variant="primary", elem_id="rv-start", elem_classes="rv-act")
        gr.HTML(_help(), elem_id="rv-help-box")
        outputs = [place, bar, pane, shown, notice, *form]
        wire = partial(_wire, outputs=outputs, place=place, filters=filters)
        opened = blocks.load(page.start, [place], [*outputs, *filters], js="() => [window.review.start()]", **_QUIET)
        opened.then(None, [place, *filters], None, js=_AFTER, **_QUIET)
        wire(begin.click, page.enter, [place, by, *filters])
        acts: tuple[tuple[str, Callable[..., Any]], ...] = (
            ("accept", partial(page.decide, decision="accept")),
            ("next", page.move),
            ("previous", partial(page.move, back=True)),
            ("undo", page.undo),
            ("cancel", page.again),
            *((f"reason-{n}", partial(page.decide, decision="reject", reason=r)) for n, r in enumerate(("", *REASONS))),
        )
        for action, handler in acts:
            wire(buttons[action].click, handler, [place, *filters])
        wire(buttons["save"].click, page.save, [place, *filters, *form])
        for field in filters[:-1]:
            wire(field.input, page.sift, [place, *filters])
        wire(filters[-1].submit, page.sift, [place, *filters])
    return blocks


_QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_AFTER = f"(place, ...values) => window.review.after(place, {json.dumps(FILTERS)}, values)"


def _wire(
    event: Callable[..., Any],
    handler: Callable[..., Any],
    inputs: list[Any],
    *,
    outputs: list[Any],
    place: Any,
    filters: list[Any],
) -> None:
    """One press: ask the server, then let the browser note the new place."""
    event(handler, inputs, outputs, **_QUIET).then(None, [place, *filters], None, js=_AFTER, **_QUIET)


def _filters(page: Page) -> list[Any]:
    import gradio as gr

    has = page.desk.choices()
    standing = [
        *dict.fromkeys([page.standing, "review,unchecked", "review", "unchecked", "accepted", "rejected", EVERY])
    ]
    with gr.Row(elem_id="rv-filters"):
        fields = [
            gr.Dropdown(standing, label="Standing", value=page.standing),
            gr.Dropdown([*DECISIONS], label="Decision"),
        ]
        for name, label in (
            ("check", "Check"),
            ("level", "Level"),
            ("writer", "Teacher"),
            ("topic", "Topic"),
            ("lang", "Language"),
        ):
            fields.append(gr.Dropdown([EVERY, *has[name]], label=label, value=EVERY))
        fields.append(gr.Textbox(label="Search (/)", elem_id="rv-search", placeholder="words, Enter", max_lines=1))
    return fields


def _edit_form() -> list[Any]:
    import gradio as gr

    with gr.Column(elem_id="rv-edit"):
        question = gr.Textbox(label="Question", lines=2, max_lines=6, elem_id="rv-question")
        with gr.Column(elem_id="rv-options"):
            options = [
                gr.Textbox(label=f"Option {letter}", max_lines=3, elem_id=f"rv-option-{letter}") for letter in LETTERS
            ]
        answer = gr.Textbox(label="Answer (a letter where there are options)", max_lines=6, elem_id="rv-answer")
        explanation = gr.Textbox(label="Explanation", lines=2, max_lines=8, elem_id="rv-explanation")
        with gr.Row():
            level = gr.Dropdown([f"{n} {name}" for n, name in card.LEVELS.items()], label="Level", elem_id="rv-level")
            topic = gr.Textbox(label="Topic", max_lines=1, elem_id="rv-topic")
    return [question, *options, answer, explanation, level, topic]


def _buttons() -> dict[str, Any]:
    import gradio as gr

    def act(name: str, label: str, variant: str = "secondary", small: bool = False) -> Any:
        classes = ["rv-act", "rv-small-key"] if small else ["rv-act"]
        return gr.Button(label, variant=variant, elem_id=f"rv-{name}", elem_classes=classes, min_width=0)

    made = {}
    with gr.Row(elem_id="rv-view-keys"):
        made["accept"] = act("accept", "Accept (a)", "primary")
        gr.Button("Edit (e)", elem_id="rv-edit-open", min_width=0)
        gr.Button("Reject (r)", variant="stop", elem_id="rv-reject", min_width=0)
        made["previous"] = act("previous", "← Previous (p)", small=True)
        made["next"] = act("next", "Next → (n)", small=True)
        made["undo"] = act("undo", "Undo (u)", small=True)
        gr.Button("Keys (?)", elem_id="rv-help-open", elem_classes="rv-small-key", min_width=0)
    with gr.Row(elem_id="rv-reasons"):
        for n, reason in enumerate(REASONS, 1):
            made[f"reason-{n}"] = act(f"reason-{n}", f"{n} {reason}", "stop")
        made["reason-0"] = act("reason-0", "no reason (Enter)", "stop")
        gr.Button("Back (Esc)", elem_id="rv-reject-leave", min_width=0)
    with gr.Row(elem_id="rv-edit-keys"):
        made["save"] = act("save", "Save (Ctrl+Enter)", "primary")
        made["cancel"] = act("cancel", "Leave (Esc)")
    return made


def _help() -> str:
    rows = "".join(f"<tr><td><kbd>{k}</kbd></td><td>{what}</td></tr>" for k, what in KEYS)
    return f'<div id="rv-help"><table>{rows}</table></div>'

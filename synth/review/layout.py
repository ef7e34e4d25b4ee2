"""Where things stand on the review page, and which press calls which handler."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from qa.item import LETTERS
from synth.review import card
from synth.review.page import FILTERS, Page
from synth.review.record import REASONS

KEYS = (
    ("a", "accept"),
    ("e", "edit (Ctrl+Enter saves, Esc leaves)"),
    ("r", "reject, then 1-5 for a reason, or Enter for none"),
    ("n →", "next"),
    ("p ←", "previous"),
    ("u", "undo my last decision"),
    ("+ − 0", "zoom in, out, fit; also wheel, double click and drag"),
    ("Shift+arrows", "move the picture"),
    ("\u2191 \u2193", "scroll a long question"),
    ("/", "search"),
    ("?", "this help"),
)


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
        told = page.told
        wire = partial(_wire, outputs=outputs, place=place, filters=filters)
        opened = blocks.load(
            told(page.start, len(filters)), [place], [*outputs, *filters], js="() => [window.review.start()]", **_QUIET
        )
        opened.then(None, [place, *filters], None, js=_AFTER, **_QUIET)
        wire(begin.click, told(page.enter), [place, by, *filters])
        acts: tuple[tuple[str, Callable[..., Any]], ...] = (
            ("accept", partial(page.decide, decision="accept")),
            ("next", page.move),
            ("previous", partial(page.move, back=True)),
            ("undo", page.undo),
            ("cancel", page.again),
            *((f"reason-{n}", partial(page.decide, decision="reject", reason=r)) for n, r in enumerate(("", *REASONS))),
        )
        for action, handler in acts:
            wire(buttons[action].click, told(handler), [place, *filters])
        wire(buttons["save"].click, told(page.save), [place, *filters, *form])
        for field in filters[:-1]:
            wire(field.input, told(page.sift), [place, *filters])
        wire(filters[-1].submit, told(page.sift), [place, *filters])
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

    labels = ("Standing", "Decision", "Check", "Level", "Teacher", "Topic", "Language")
    with gr.Row(elem_id="rv-filters"):
        fields = [
            gr.Dropdown(page.choices[name], label=label, value=page.choices[name][0])
            for name, label in zip(FILTERS, labels, strict=False)
        ]
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
        made["previous"] = act("previous", "← Back (p)", small=True)
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

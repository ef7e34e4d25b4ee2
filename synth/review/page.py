"""The review page: gradio Blocks over a Desk. Every answer of the server is the whole page's new state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from qa.errors import KitError
from qa.item import LETTERS
from synth.review import card
from synth.review.desk import Decided, Desk, Filters, Row
from synth.review.edit import answer_as_text
from synth.review.record import Record, reviewer_name, version
from synth.review.rows import EVERY, standings

FILTERS = ("standing", "decision", "check", "level", "writer", "topic", "lang", "text")
"""Names of the filters, as the address of the page holds them."""
DECISIONS = ("open", EVERY, "accepted", "edited", "rejected", "mine")


class Place(BaseModel):
    """What the browser shows; it comes back with every press, so that a restarted server knows it too."""

    model_config = ConfigDict(extra="ignore")

    session: str = ""
    by: str = ""
    named: bool = False
    """The name was typed here, and goes before that of --reviewer."""
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


class Page:
    """The handlers behind the page; `build` lays it out."""

    def __init__(self, desk: Desk, name: str, reviewer: str = "", standing: str = "review,unchecked") -> None:
        self.desk, self.name, self.reviewer = desk, name, reviewer
        usual = (standing, "review,unchecked", "review", "unchecked", "accepted", "rejected", EVERY)
        self.choices = {"standing": [*dict.fromkeys(usual)], "decision": [*DECISIONS]}
        """What each filter can be set to, its setting at the start first."""
        self.choices |= {name: [EVERY, *values] for name, values in desk.choices().items()}

    def told(self, handler: Callable[..., tuple[Any, ...]], more: int = 0) -> Callable[..., tuple[Any, ...]]:
        """The handler; a fault that a person can mend (a full disk, a broken line) becomes a notice.

        `more` is how many values it returns beyond those of the page.
        """

        def safe(text: str, *values: Any) -> tuple[Any, ...]:
            import gradio as gr

            try:
                return handler(text, *values)
            except (KitError, OSError) as e:
                words = f"{e}. Nothing was written" if isinstance(e, OSError) else str(e)
                return (*self._still(place_of(text), words), *(gr.skip(),) * more)

        return safe

    # -- handlers: (place, filters) -> values of `outputs` ----------------------------------------
    def start(self, text: str) -> tuple[Any, ...]:
        """A page was opened or loaded again: where it was, or the first Item."""
        place = place_of(text)
        import gradio as gr

        given = place.address
        self.desk.reload()
        self.choices |= {name: [EVERY, *has] for name, has in self.desk.choices().items()}
        values = [v if (v := given.get(name)) in self.choices[name] else self.choices[name][0] for name in FILTERS[:-1]]
        values.append(given.get("text", ""))
        filters = filters_of(tuple(values))
        typed = _name_or_none(place.by)
        place.by, place.named = typed or self.reviewer, bool(typed)
        row = self.desk.find(given.get("item", "")) or self.desk.step(filters, place.session, place.by)
        shown = self._show(place, filters, row)
        fields = [
            gr.update(choices=self.choices[n], value=v) for n, v in zip(FILTERS, values, strict=False) if n != "text"
        ]
        return (*shown, *fields, values[-1])

    def enter(self, text: str, name: str, *values: Any) -> tuple[Any, ...]:
        """A reviewer said who they are."""
        place = place_of(text)
        place.by, place.named = reviewer_name(name or ""), True
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
        place, filters = _ready(place_of(text)), filters_of(values)
        got = self.desk.decide(place.item, place.version, place.seen, decision, place.by, reason)  # type: ignore[arg-type]
        return self._after(place, filters, got)

    def save(self, text: str, *values: Any) -> tuple[Any, ...]:
        """Write an edit, then on to the next; what cannot stand keeps the form as it is."""
        place, filters = _ready(place_of(text)), filters_of(values[: len(FILTERS)])
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
        got = self.desk.undo(reviewer_name(place.by))
        if got.record is None:
            return self._same(place, filters, got.fault, "warn")
        return self._show(place, filters, self.desk.find(got.item), "undone; decide anew")

    # -- what the page shows ----------------------------------------------------------------------
    def _after(self, place: Place, filters: Filters, got: Decided) -> tuple[Any, ...]:
        if got.record is not None:
            row = self.desk.step(filters, place.session, place.by, got.item)
            place.mode = "view"
            return self._show(place, filters, row, _told(got.record))
        row = self.desk.find(got.item or place.item) or self.desk.step(filters, place.session, place.by)
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

    def _still(self, place: Place, words: str) -> tuple[Any, ...]:
        """Everything stays as it is, an open form too."""
        import gradio as gr

        stay = place.model_copy(update={"mode": "still"})
        return (_dump(stay), gr.skip(), gr.skip(), gr.skip(), card.notice(words, "bad"), *(gr.skip(),) * 9)


def _ready(place: Place) -> Place:
    """The place, its reviewer's name looked at. Raises KitError where there is no name or nothing is shown."""
    if not place.item:
        raise KitError("there is no question here to decide")
    return place.model_copy(update={"by": reviewer_name(place.by)})


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

"""What the gallery shows, and how: data, without a browser."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.gallery.chart import PLOT, TOP, chart
from eval.gallery.collect import OTHER, Run, collect, explained
from eval.gallery.data import as_json, picture_names
from eval.gallery.letters import NONE, confusion
from eval.gallery.page import chance, kinds
from eval.gallery.visible import LONGEST, visible
from eval.mode import Mode
from eval.prediction import Prediction
from qa.faults import FAULTS
from tests.eval.gallery.made_runs import choice, cutoff, predicted, report


def run(name: str, *predictions: Prediction, **more: Any) -> Run:
    return Run(name, report(predictions, name, Path("nowhere"), **more), predictions)


def rotated(n: int, by: int, reply: str) -> Prediction:
    """Question n with its options moved on by some places; the right one is R2."""
    options = tuple(f"R{1 + (i + by) % 4}" for i in range(4))
    return predicted(choice(n, "ABCD"[options.index("R2")], options=options), reply, rotation=by)


# -- which questions
def test_wrong_in_either_run_is_shown_and_says_what_changed() -> None:
    asked = [choice(n) for n in range(4)]
    base = run("a", *(predicted(q, r) for q, r in zip(asked, ("B", "B", "C", "C"), strict=True)))
    new = run("b", *(predicted(q, r) for q, r in zip(asked, ("B", "C", "B", "A或B"), strict=True)))
    changes = {c.asked.id: c.change for c in collect([base, new]).cards}
    assert changes == {asked[1].id: "lost", asked[2].id: "won", asked[3].id: "both wrong"}
    everything = collect([base, new], everything=True).cards
    assert [c.change for c in everything if c.asked.id == asked[0].id] == ["both right"]


def test_a_question_of_one_run_alone_is_shown_as_such() -> None:
    base, new = run("a", predicted(choice(1), "C")), run("b", predicted(choice(1), "C"), predicted(choice(2), "C"))
    assert [c.change for c in collect([base, new]).cards] == ["one run only", "both wrong"]
    assert [c.change for c in collect([base]).cards] == [""]


def test_a_limit_is_spread_evenly_and_the_rest_is_counted() -> None:
    rows = [predicted(choice(n, topic=f"t{n:03d}", level=1), "C") for n in range(100)]
    got = collect([run("a", *rows)], limit=4)
    assert [c.asked.topic for c in got.cards] == ["t000", "t025", "t050", "t075"]
    assert got.left_out == 96


def test_rotations_are_one_card_and_one_wrong_rotation_makes_it_wrong() -> None:
    rows = [rotated(1, by, reply) for by, reply in enumerate(("B", "A", "D", "A"))]
    assert [p.verdict for p in rows] == ["right", "right", "right", "wrong"]
    (card,) = collect([run("a", *rows, mode=Mode(circular=True))]).cards
    assert card.runs[0] is not None and not card.runs[0].right and len(card.runs[0].replies) == 4
    data = json.loads(as_json(collect([run("a", *rows)])))["cards"][0]["runs"][0]
    assert data["letters"] == ["B → B", "A → A", "D → D", "C → A"]
    assert data["replies"][3]["options"] == ["R4", "R1", "R2", "R3"] and "options" not in data["replies"][0]


def test_a_repeat_that_failed_is_shown_even_where_most_were_right() -> None:
    rows = [predicted(choice(1), reply, repeat=k) for k, reply in enumerate("BBC")]
    (card,) = collect([run("a", *rows)]).cards
    assert card.runs[0] is not None and card.runs[0].right
    assert card.runs[0].faults == ("wrong letter",)


# -- how a reply was read
@pytest.mark.parametrize(
    ("reply", "reading", "fault"),
    [
        ("1.59 kHz", "read as 1.59 kHz, wanted 1.592 kHz ± 2 %: right", ""),
        ("1592 kHz", "wrong prefix (1000×): read as 1592 kHz, wanted 1.592 kHz ± 2 %: wrong", "wrong prefix"),
        ("-1592 Hz", "wrong sign: read as -1592 Hz, wanted 1.592 kHz ± 2 %: wrong", "wrong sign"),
        ("1592 V", "wrong unit: read as 1592 V, wanted 1.592 kHz ± 2 %: wrong", "wrong unit"),
    ],
)
def test_the_graded_reading(reply: str, reading: str, fault: str) -> None:
    (card,) = collect([run("a", predicted(cutoff(1), reply))], everything=True).cards
    assert card.runs[0] is not None
    (shown,) = card.runs[0].replies
    assert (shown.reading, shown.fault) == (reading, fault)


def test_reports_without_kinds_of_error_get_them_by_grading_again() -> None:
    old = [predicted(cutoff(1), "1592 kHz", fault=""), predicted(choice(2), "C", fault="")]
    refused = predicted(choice(3), "", fault="", why="the server refused the question: too long")
    stale = predicted(choice(4), "B", fault="", verdict="wrong", score=0.0)
    cards = {c.asked.id: c for c in collect([run("a", *old, refused, stale)]).cards}
    faults = [a.faults for c in sorted(cards) if (a := cards[c].runs[0])]
    assert faults == [("wrong prefix",), ("wrong letter",), ("refused by server",), (OTHER,)]
    assert all(explained(f) for f in (*FAULTS, OTHER))
    assert explained("of another bench") == ""


def test_a_component_that_is_not_in_the_picture_is_hallucinated_where_its_list_is_known() -> None:
    def parts(images: tuple[str, ...]) -> Prediction:
        fields = {
            "form": "components",
            "options": None,
            "answer": "R1, R2, U1",
            "question": "List all.",
            "images": images,
        }
        return predicted(choice(9, **fields), "R1, R2, U1")

    def named(reply: str, images: tuple[str, ...]) -> Prediction:
        fields = {"form": "fill", "options": None, "answer": "R1", "question": "Which? ____", "images": images}
        return predicted(choice(1, **fields), reply)

    one, two = ("images/1.png",), ("images/2.png",)
    for reply, images, fault in (
        ("R7", one, "hallucinated component"), ("R2", one, "wrong component"), ("R7", two, "wrong component"),
        ("N3", one, "wrong component"),
    ):  # fmt: skip
        cards = collect([run("a", named(reply, images), parts(one))]).cards
        assert [c.runs[0].faults for c in cards if c.runs[0]] == [(fault,)], reply


def test_kinds_are_counted_by_question_and_run() -> None:
    base = run("a", predicted(choice(1), "C"), predicted(choice(2), "C"), predicted(cutoff(3), "1592 V"))
    new = run("b", predicted(choice(1), "A或B"), predicted(choice(2), "B"), predicted(cutoff(3), "1592 Hz"))
    got = {k.name: k.counts for k in kinds(collect([base, new]).cards, 2)}
    assert got == {"several answers": (0, 1), "wrong letter": (2, 0), "wrong unit": (1, 0)}


# -- letters and levels
def test_confusion_of_letters() -> None:
    rows = [predicted(choice(n, a), r) for n, (a, r) in enumerate([("A", "A"), ("A", "B"), ("A", "B"), ("D", "?")])]
    table = confusion([*rows, predicted(cutoff(9), "1 Hz")])
    assert table is not None
    assert table.wanted == tuple("ABCD") and table.read == (*"ABCD", NONE)
    assert table.counts == ((1, 2, 0, 0, 0), (0,) * 5, (0,) * 5, (0, 0, 0, 0, 1))
    assert table.most == 2
    assert confusion([predicted(cutoff(9), "1 Hz")]) is None


def test_the_chart_is_drawn_to_scale() -> None:
    rows = [predicted(choice(n, level=2), "B" if n < 3 else "C") for n in range(4)]
    r = report(rows, "a", Path("nowhere"))
    drawn = chart("circuit_mcq", [r, r], ["a", "b"], 0.25)
    t = r.benches["circuit_mcq"].by["level"]["2"]
    assert [b.height for b in drawn.bars] == [round(0.75 * PLOT, 1)] * 2
    for bar in drawn.bars:
        assert bar.high <= bar.y <= bar.low
        assert bar.high == pytest.approx(TOP + PLOT * (1 - t.interval[1]), abs=0.06)
    assert drawn.chance is not None and drawn.chance.at == TOP + PLOT * 0.75
    assert drawn.rows[0].cells[0] == ("75.0 %", f"{t.interval[0] * 100:.1f}–{t.interval[1] * 100:.1f} %", "4")


def test_guessing_has_a_share_only_where_options_are_asked_once() -> None:
    rows = [predicted(choice(1), "B"), predicted(choice(2, "A", options=("R1", "R2")), "B"), predicted(cutoff(3), "")]
    got = collect([run("a", *rows)])
    assert chance(got, "circuit_mcq") == pytest.approx((1 / 4 + 1 / 2) / 2)
    assert chance(got, "circuit_fill") is None
    assert chance(collect([run("a", *rows, mode=Mode(circular=True))]), "circuit_mcq") is None


# -- text of strangers
def test_every_hidden_character_is_written_out() -> None:
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if char in "\n\t":
            assert visible(char) == char
        elif unicodedata.category(char) in hidden:
            assert visible(char) == f"⟦U+{code:04X}⟧", hex(code)
    assert visible("R1\u202e2k\r\nU") == "R1⟦U+202E⟧2k\nU"
    assert visible("电阻 R1 = 4.7 kΩ ± 2 %, µ") == "电阻 R1 = 4.7 kΩ ± 2 %, µ"


def test_an_endless_reply_is_cut_and_says_so() -> None:
    got = visible("loop " * 100_000)
    assert len(got) < LONGEST + 100 and got.endswith("380,000 more characters are in predictions.jsonl")


EVIL = st.text() | st.sampled_from(["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028", "\ud800"])


@given(question=EVIL, reply=EVIL, topic=EVIL)
def test_whatever_is_said_the_json_stays_inside_its_script_block(question: str, reply: str, topic: str) -> None:
    p = predicted(choice(1, topic=topic, question=question), reply)
    text = as_json(collect([run("a", p)], everything=True))
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(text)
    (card,) = json.loads(text)["cards"]
    assert card["question"] == visible(question) and card["runs"][0]["replies"][0]["text"] == visible(reply)
    text.encode()


def test_a_picture_of_many_questions_is_named_once() -> None:
    rows = [predicted(choice(n), "C") for n in range(50)]
    cards = collect([run("a", *rows)]).cards
    assert len(picture_names(cards)) == 5


def test_a_score_between_is_neither_right_nor_wrong() -> None:
    fields = {"form": "open", "options": None, "answer": "It amplifies.", "question": "What does it do?"}
    asked = choice(1, **fields)
    row = predicted(asked, "It amplifies, I think.", score=0.8, verdict="wrong", why="character F1 0.80", fault="")
    got = collect([run("a", row.model_copy(update={"scores": {"rouge_l": 0.75}}))])
    data = json.loads(as_json(got))["cards"][0]["runs"][0]
    assert data["right"] and data["score"] == 0.8
    assert data["replies"][0]["reading"] == "character F1 0.80: score 0.80"
    assert data["replies"][0]["scores"] == {"rouge_l": 0.75}

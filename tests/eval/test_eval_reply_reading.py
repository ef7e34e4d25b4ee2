"""The grader against hand-written replies (replies.jsonl): read as a person reads them."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import extractors
from qa.grading import grade
from qa.item import LETTERS, Wanted

ROWS = extractors.rows_of()
ENOUGH = 0.99


def test_at_least_99_percent_are_read_as_a_person_would() -> None:
    missed = [(r, got) for r in ROWS if not extractors.same_reading(r, got := extractors.ours(r))]
    shown = "\n".join(
        f"{r['kind']} ({r['form']}): wanted {r['verdict']} {r['read']}, got {g.verdict} {g.answer} ({g.why})\n"
        f"    {r['reply'][-160:]!r}"
        for r, g in missed
    )
    assert len(missed) <= (1 - ENOUGH) * len(ROWS), f"{len(missed)} of {len(ROWS)}:\n{shown}"


def test_the_replies_are_many_of_every_kind_and_language() -> None:
    assert len(ROWS) >= 300
    assert len({(r["question"], r["reply"]) for r in ROWS}) == len(ROWS)
    languages = Counter(r["lang"] for r in ROWS)
    assert min(languages["zh"], languages["en"]) >= 0.4 * len(ROWS)
    assert sum(n for lang, n in languages.items() if lang not in ("zh", "en")) >= 15
    kinds = Counter(r["kind"] for r in ROWS)
    wanted = ("chatty", "latex", "boxed", "reasoning", "two_answers", "refusal", "other_language", "markdown", "table",
              "unit_prefix", "self_correction", "restated_options", "option_text_only", "code_fence", "truncated",
              "hedged", "long_reasoning", "answer_first")  # fmt: skip
    assert all(kinds[k] >= 7 for k in wanted), kinds
    assert {r["form"] for r in ROWS} == {"mcq", "fill", "open", "components", "json"}
    assert all(n >= 0.12 * len(ROWS) for n in Counter(r["verdict"] for r in ROWS).values())
    assert sum(r["reply"].count("\n") >= 9 for r in ROWS) >= 25


def test_a_letter_is_read_whatever_the_right_one_is() -> None:
    """The reading must not lean on the answer: with each letter as the right one the same letter is read."""
    for row in (r for r in ROWS if r["form"] == "mcq"):
        read = {extractors.ours({**row, "answer": x}).answer for x in LETTERS[: len(row["options"])]}
        assert len(read) == 1, row


def test_a_quantity_is_read_whatever_the_right_one_is() -> None:
    """Ten times the right value, with the reply as it is: the same reading, and never right."""
    rows = [r for r in ROWS if r["form"] == "fill" and len(r.get("accept", ())) == 1 and r["verdict"] == "right"]
    for row in (r for r in rows if isinstance(r["accept"][0], dict) and r["accept"][0]["value"]):
        wanted = {**row["accept"][0], "value": row["accept"][0]["value"] * 10}
        got = extractors.ours({**row, "accept": [wanted]})
        assert (got.verdict, got.answer) == ("wrong", extractors.ours(row).answer), row


OPTIONS = ("21.6 kHz", "10.8 kHz", "68.0 kHz", "34.0 kHz")


def _letter(reply: str, options: tuple[str, ...] = OPTIONS) -> str | None:
    return grade("mcq", "?", "A", reply, options).read


@given(st.sampled_from(LETTERS), st.sampled_from(LETTERS))
def test_of_ticked_options_the_one_with_the_tick_counts(right: str, first: str) -> None:
    order = sorted(LETTERS, key=lambda x: x != first)
    lines = [f"{x}. {OPTIONS[LETTERS.index(x)]} {'✅' if x == right else '❌'}" for x in order]
    assert _letter("Comparing with the options:\n" + "\n".join(lines)) == right


@given(st.sampled_from(range(4)), st.sampled_from((1.0, 1e3, 1e-3)))
def test_an_option_is_known_by_its_quantity_in_any_prefix(which: int, scale: float) -> None:
    value = (21.6, 10.8, 68.0, 34.0)[which]
    unit = {1.0: "kHz", 1e3: "Hz", 1e-3: "MHz"}[scale]
    assert (
        _letter(f"The cutoff frequency follows from R and C. It is about {value * scale:.6g} {unit}.") == LETTERS[which]
    )


@given(st.floats(0.01, 9999), st.sampled_from(("Der Strom beträgt", "Le courant vaut", "La corriente es")))
def test_a_decimal_comma_of_another_language_is_a_point(value: float, said: str) -> None:
    text = f"{value:.2f}"
    wanted = (Wanted(value=float(text) / 1e3, unit="A", rel_tol=1e-6),)
    assert grade("fill", "I = ______", text, f"{said} {text.replace('.', ',')} mA.", None, wanted).verdict == "right"


@given(st.integers(1, 99), st.integers(1, 99), st.booleans())
def test_counts_go_to_the_blank_of_their_noun(r: int, c: int, swapped: bool) -> None:
    parts = [f"{r}个电阻", f"{c}个电容"]
    reply = "从图中可以看到,一共有" + "和".join(reversed(parts) if swapped else parts) + "。"
    v = grade("fill", "图中共有______个电阻和______个电容。", (str(r), str(c)), reply)
    assert v.verdict == "right", v


@given(st.integers(-99, 99), st.integers(-99, 99), st.booleans())
def test_labels_printed_before_blanks_name_them(i: int, u: int, swapped: bool) -> None:
    parts = [f"I1 = {i} mA", f"U2 = {u} V"]
    reply = "解得 " + ", ".join(reversed(parts) if swapped else parts)
    v = grade("fill", "I1=______mA,U2=______V。", (f"{i} mA", f"{u} V"), reply)
    assert v.verdict == "right", v


@given(st.text(alphabet="答案:选项ABCD是为或者不对if因此so,.\n()*_✅❌1第三个 ", max_size=60))
def test_reading_never_raises_and_reads_only_letters_of_options(reply: str) -> None:
    v = grade("mcq", "?", "A", reply, OPTIONS)
    assert v.read is None or re.fullmatch("[A-D]", v.read)


@pytest.mark.slow  # four seconds of importing
def test_evalscope_reads_a_plain_answer_through_the_same_table() -> None:
    """The peer's column is made by EvalScope itself: what it surely reads is counted as read."""
    row = next(r for r in ROWS if r["form"] == "mcq" and r["reply"].endswith(f"Answer: {r['answer']}"))
    its = extractors.evalscope(row)
    assert its is not None and its.answer == row["read"]
    assert extractors.evalscope({**row, "form": "json"}) is None
    tally = extractors.Tally()
    tally.add(row, extractors.ours(row), its)
    assert (tally.n, tally.ours_read, tally.its_read, tally.its_scored) == (1, 1, 1, 1)

"""The gallery in a real browser, from disk: filters, keys, colours, and nothing a model says becomes markup."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.gallery.write import write
from eval.mode import Mode
from qa.formats.asked import Asked
from tests.eval.gallery.made_runs import OPTIONS, choice, cutoff, predicted, two_runs, written
from tests.eval.gallery.visitor import Visitor

Visit = Callable[..., Visitor]
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)></script><svg onload=alert(3)>${7*7}{{7*7}}\u202e&lt;b"
SEEN = EVIL.replace("\u202e", "⟦U+202E⟧")


def replies(asked: Asked) -> tuple[str, str]:
    """Before and after: of every five, one won, one lost, three wrong in both."""
    n, right, wrong = int(asked.id, 16), str(asked.answer), ("答案:C" if asked.form == "mcq" else "1592 kHz")
    return (right if n % 5 == 1 else wrong), (right if n % 5 == 0 else "A或B" if asked.form == "mcq" else "-1592 Hz")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("gallery")
    asked = [choice(n) for n in range(40)] + [cutoff(n) for n in range(40, 50)]
    return write(two_runs(root, replies, asked), root / "gallery.html").path


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every text that a model, a file or a person chose is hostile, and one reply is endless."""
    root = tmp_path_factory.mktemp("evil")
    options = (EVIL, "</b>", "b|c", "d")
    fields = {"topic": EVIL, "source": EVIL, "split": EVIL, "question": f"{EVIL}?", "options": options}
    rows = [
        predicted(choice(1, **fields), EVIL, why=EVIL, fault=EVIL),
        predicted(choice(2), "x" * 5_000),
        predicted(choice(3, images=(f"images/{EVIL[:20]}.png",)), "-->]]>"),
        predicted(cutoff(4), "1592 V"),
    ]
    folders = [written(root, n, rows, title=EVIL, data=EVIL, model=EVIL) for n in (EVIL.replace("/", "|"), "new")]
    return write(folders, root / "gallery.html").path


def test_a_filter_is_clicked_and_the_address_brings_it_back(page: Path, visit: Visit) -> None:
    v = visit(page)
    assert v.shown == "50 questions"
    v.tick("before → after", "lost")
    assert v.shown == "10 of 50 questions"
    assert len(v.cards) == 10 and all(c.startswith("lost") for c in v.cards)
    v.tick("kind of error: after", "wrong sign")
    assert v.shown == "2 of 50 questions"
    assert all("✗ wrong sign: read as -1592 Hz, wanted 1.592 kHz ± 2 %: wrong" in c for c in v.cards)
    assert all("✓ read as 1592.36 Hz, wanted 1.592 kHz ± 2 %: right" in c for c in v.cards)
    assert v.hash == "#change=lost&error1=wrong+sign"
    assert visit(page, hash=v.hash).shown == "2 of 50 questions"
    v.page.get_by_role("button", name="remove: before → after: lost").click()
    assert v.shown == "8 of 50 questions"
    v.page.get_by_role("button", name="clear all").click()
    assert (v.shown, v.hash) == ("50 questions", "")


def test_counts_beside_a_filter_say_what_it_would_leave(page: Path, visit: Visit) -> None:
    v = visit(page)
    v.tick("bench", "circuit_fill")
    levels = v.page.locator("fieldset", has_text="level").first.locator("label").all_inner_texts()
    assert [" ".join(x.split()) for x in levels] == ["1 component 0", "2 connection 0", "4 calculation 10"]
    letters = v.page.locator(".confusion").nth(1).get_by_role("button", name="B wanted, none read")
    assert letters.inner_text() == "32"
    letters.click()
    assert v.shown == "32 of 50 questions"
    v.page.locator(".kinds button").first.click()
    assert v.hash == "#error1=several+answers"


def test_by_keyboard_alone(page: Path, visit: Visit) -> None:
    v = visit(page)
    v.press("Tab", "Enter")  # the first link skips to the answers
    assert v.focus == "SECTION#answers." and v.hash == ""
    v.press("f", "Space")
    assert v.hash == "#change=both+wrong" and v.shown == "30 of 50 questions"
    v.press("Escape", "j", "j", "k", "ArrowRight")
    assert v.focus == "ARTICLE#.card"
    second = v.page.locator(".card").nth(1)
    assert second.evaluate("e => e === document.activeElement")
    assert second.evaluate("e => { const r = e.getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight }")
    v.press("Enter")
    assert v.page.locator("#zoom img").evaluate("e => e.complete && e.naturalWidth") == 240
    v.press("Escape")
    assert not v.page.locator("#zoom").is_visible() and second.evaluate("e => e === document.activeElement")
    v.press("/")
    v.page.keyboard.type("filter 42")
    v.says("1 of 50 questions")
    assert v.hash == "#change=both+wrong&search=filter+42"
    v.press("Escape", "c", "?")
    assert v.shown == "50 questions" and v.page.locator("#help").is_visible()
    v.press("Escape", *["j"] * 45)
    assert len(v.cards) == 50 and v.page.locator(".card").nth(44).evaluate("e => e === document.activeElement")


def test_hostile_text_is_shown_as_text(evil: Path, visit: Visit) -> None:
    v = visit(evil)
    assert v.page.locator(".card script, .card svg, main img[src=x]").count() == 0
    card = v.page.locator(".card", has=v.page.locator(".question", has_text="alert(1)"))
    assert card.locator(".question").inner_text() == f"{SEEN}?"
    assert card.locator(".options li span").first.inner_text() == SEEN
    assert card.locator(".reply").first.inner_text() == SEEN
    assert card.locator(".reading").first.inner_text().startswith(f"✗ {SEEN}: ")
    assert SEEN in card.locator("header").inner_text()
    assert SEEN in v.page.locator(".runs").inner_text() and SEEN in v.page.locator("h1").inner_text()
    assert SEEN in v.page.title() and SEEN in v.page.locator(".kinds").inner_text()
    assert v.page.locator(".facet label", has_text=SEEN).count() >= 2
    v.tick("topic", SEEN)
    assert v.shown == "1 of 4 questions"
    assert visit(evil, hash=v.hash).shown == "1 of 4 questions"
    assert v.page.evaluate("document.querySelectorAll('script').length") == 2 + 4


def test_a_long_reply_is_cut_until_asked_for(evil: Path, visit: Visit) -> None:
    v = visit(evil, hash=f"#id=circuit_mcq%2F{2:012x}")
    reply = v.page.locator(".reply").first
    assert len(reply.inner_text()) < 1_600
    v.page.get_by_role("button", name="show all 5,000 characters").first.click()
    assert reply.inner_text() == "x" * 5_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_and_nothing_is_wider_than_a_phone(evil: Path, page: Path, visit: Visit, scheme: str) -> None:
    for file in (evil, page):
        v = visit(file, size=(390, 844), color_scheme=scheme)
        v.page.locator("#panel summary").click()
        assert v.contrast() == {}
        assert v.page.evaluate("document.documentElement.scrollWidth") == 390
        dark = v.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 17, 19)"
        assert dark == (scheme == "dark")
        v.page.get_by_role("button", name="theme").click()
        v.page.get_by_role("button", name="theme").click()
        assert v.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 17, 19)"


def test_rotations_are_folded(tmp_path: Path, visit: Visit) -> None:
    rows = []
    for by in range(4):
        options = OPTIONS[by:] + OPTIONS[:by]
        rows.append(predicted(choice(1, "ABCD"[options.index("R2")], options=options), "答案:B", rotation=by))
    v = visit(write([written(tmp_path, "turned", rows, mode=Mode(circular=True))], tmp_path / "g.html").path)
    assert v.page.locator(".turn").count() == 1  # the first that is wrong is seen without unfolding
    assert "✗ read as B, wanted A: wrong" in v.cards[0]
    v.page.get_by_text("asked 4 times, 1 right").click()
    third = v.page.locator("details .turn").nth(2)
    third.wait_for()
    assert "options moved on by 2" in third.inner_text() and "✗ read as B, wanted D: wrong" in third.inner_text()
    assert third.locator("li").all_inner_texts()[1].split() == ["B", "R4", "✗", "chosen"]


@pytest.mark.slow
def test_five_thousand_questions_stay_quick(tmp_path: Path, visit: Visit) -> None:
    asked = [choice(n, topic=f"topic {n % 40}") for n in range(5_000)]
    file = write(two_runs(tmp_path, lambda a: (replies(a)[0], "A或B"), asked), tmp_path / "g.html").path
    start = time.monotonic()
    v = visit(file)
    assert time.monotonic() - start < 2
    assert v.shown == "5000 questions" and len(v.cards) < 60
    start = time.monotonic()
    v.tick("topic", "topic 7")
    assert v.shown == "125 of 5000 questions"
    assert time.monotonic() - start < 1

"""The review page in a real browser, by keyboard: what a person sees, and what is on disk after each key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa.dataset import Dataset
from qa.item import Item
from qa.standing import standing
from synth.review import card
from synth.review.log import apply
from tests.synth.review.review_items import folder
from tests.synth.review.reviewer import Reviewer

Serve = Callable[..., str]


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Reviewer]]:
    opened: list[Reviewer] = []

    def open_(url: str, name: str = "", **more: Any) -> Reviewer:
        opened.append(Reviewer(browser, url, name, **more))
        return opened[-1]

    yield open_
    for r in opened:
        r.context.close()
        assert r.faults == []
        assert r.hosts == {"127.0.0.1"}  # nothing leaves this machine


def lines(ds: Dataset) -> list[dict[str, Any]]:
    path = ds.root / "reviews.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


@pytest.fixture
def ds(tmp_path: Path) -> Dataset:
    return folder(tmp_path / "mine")


@pytest.fixture
def items(ds: Dataset) -> list[Item]:
    return list(ds.items())


Visit = Callable[..., Reviewer]


def test_by_keyboard_alone_accept_edit_reject_reload_still_there(
    ds: Dataset, items: list[Item], served: Serve, visit: Visit
) -> None:
    ann = visit(served(ds), "Ann")
    assert ann.item == items[0].id
    ann.act("a")
    assert [(r["item"], r["decision"], r["by"]) for r in lines(ds)] == [(items[0].id, "accept", "Ann")]
    assert ann.item == items[1].id
    ann.press("e")
    ann.page.wait_for_selector("#rv-edit", state="visible")
    ann.press("End")
    ann.page.keyboard.type(" (narne)")  # holds a, n, r and e: they are text here
    ann.press("Tab")
    ann.act("Control+Enter")
    assert lines(ds)[1]["fields"] == {"question": items[1].question + " (narne)"}
    assert ann.item == items[2].id
    ann.press("r")
    ann.act("1")
    assert (lines(ds)[2]["decision"], lines(ds)[2]["reason"]) == ("reject", "wrong answer")
    assert "3 done, 3 left, 3 by me" in ann.page.inner_text(".rv-count")
    at, address = ann.item, ann.page.url
    ann.reload()
    assert (ann.item, ann.page.url) == (at, address)
    assert "3 done, 3 left, 3 by me" in ann.page.inner_text(".rv-count")
    ann.act("p")
    assert "rejected by Ann" in ann.shown
    ann.act("u")
    assert ann.item == items[2].id
    assert "rejected" not in ann.shown
    ann.act("a")
    assert apply(ds) == 3
    assert [standing(i) for i in ds.items()] == ["accepted", "accepted", "accepted", "unchecked", "review", "unchecked"]


def test_what_is_typed_in_a_field_is_no_key(ds: Dataset, served: Serve, visit: Visit) -> None:
    ann = visit(served(ds), "Ann")
    ann.press("/")
    ann.page.keyboard.type("2.png are")
    assert lines(ds) == []
    ann.act("Enter")
    assert "in circuit 2?" in ann.shown
    ann.press("Escape", "?")
    ann.page.wait_for_selector("#rv-help", state="visible")
    ann.press("Escape")
    ann.page.wait_for_selector("#rv-help", state="hidden")


def test_an_edit_that_cannot_stand_says_why_and_keeps_the_text(ds: Dataset, served: Serve, visit: Visit) -> None:
    ann = visit(served(ds), "Ann")
    at = ann.item
    ann.press("e")
    ann.page.fill("#rv-question textarea", "What now?")
    ann.page.fill("#rv-answer textarea", "F")
    ann.act("Control+Enter")
    assert "answer: 'F' is not the letter of an option" in ann.notice
    assert ann.page.input_value("#rv-question textarea") == "What now?"
    assert ann.page.is_visible("#rv-edit")
    assert lines(ds) == []
    ann.page.fill("#rv-answer textarea", "d")
    ann.act("Control+Enter")
    assert lines(ds)[0]["fields"] == {"question": "What now?", "answer": "D"}
    ann.act("p")
    assert "edited by Ann" in ann.shown
    assert ann.item != at


def test_two_reviewers_on_one_server_get_different_questions_and_see_each_other(
    ds: Dataset, items: list[Item], served: Serve, visit: Visit
) -> None:
    url = served(ds)
    ann, bob = visit(url, "Ann"), visit(url, "Bob")
    assert (ann.item, bob.item) == (items[0].id, items[1].id)
    ann.act("n")
    assert ann.item == items[2].id  # the second is open at Bob's
    bob.act("a")
    assert bob.item == items[3].id
    ann.act("p")
    assert ann.item == items[1].id
    assert "accepted by Bob" in ann.shown


@pytest.mark.parametrize("servers", [1, 2])
def test_nobody_is_overwritten(ds: Dataset, items: list[Item], served: Serve, visit: Visit, servers: int) -> None:
    urls = [served(ds) for _ in range(servers)]
    at = f"?item={items[0].id}"
    ann, bob = visit(urls[0] + at, "Ann"), visit(urls[-1] + at, "Bob")
    assert ann.item == bob.item == items[0].id
    bob.press("r")
    bob.act("4")
    ann.act("a")
    assert "Bob rejected this question meanwhile (bad options). Nothing of yours was written" in ann.notice
    assert [r["by"] for r in lines(ds)] == ["Bob"]
    ann.act("a")  # knowingly now
    assert [(r["by"], r.get("over", "")) for r in lines(ds)] == [("Bob", ""), ("Ann", lines(ds)[0]["key"])]
    assert apply(ds) == 1
    assert next(ds.items()).origin.reviewer == "Ann"


def test_an_edit_meets_an_edit_and_keeps_its_text(ds: Dataset, items: list[Item], served: Serve, visit: Visit) -> None:
    at = f"?item={items[0].id}"
    ann, bob = visit(served(ds) + at, "Ann"), visit(served(ds) + at, "Bob")
    ann.press("e")
    ann.page.fill("#rv-question textarea", "Ann's words?")
    bob.press("e")
    bob.page.fill("#rv-question textarea", "Bob's words?")
    bob.act("Control+Enter")
    ann.act("Control+Enter")
    assert "Bob edited this question meanwhile" in ann.notice
    assert "Bob's words?" in ann.notice
    assert ann.page.input_value("#rv-question textarea") == "Ann's words?"
    ann.act("Control+Enter")
    assert apply(ds) == 1
    first = next(ds.items())
    assert (first.question, first.origin.reviewer) == ("Ann's words?", "Ann")


def test_texts_of_models_stay_text(ds: Dataset, served: Serve, visit: Visit) -> None:
    ann = visit(served(ds, reviewer="Ann"))
    evil = "<script>document.title='hacked'</script> ${1+1} {{this}} </div>"
    assert f"read C (4) {evil}" in ann.shown
    assert f"Fig. 0 {evil}" in ann.shown
    ann.act("n")
    assert f"U = R I {evil}" in ann.shown
    ann.press("e")
    assert evil in ann.page.input_value("#rv-explanation textarea")
    assert ann.page.title() != "hacked"
    assert ann.page.locator("#rv-card script").count() == 0


def test_the_picture_zooms_and_moves_and_stays_so_for_the_next_question_on_it(
    ds: Dataset, served: Serve, visit: Visit
) -> None:
    ann = visit(served(ds, reviewer="Ann"))
    stage = ann.page.locator(".rv-stage")
    box = stage.bounding_box()
    ann.page.mouse.move(box["x"] + 100, box["y"] + 100)
    ann.page.mouse.wheel(0, -400)
    ann.page.wait_for_function("document.querySelector('.rv-stage').dataset.scale > 2.5")
    before = ann.page.get_attribute(".rv-sheet", "style")
    ann.page.mouse.down()
    ann.page.mouse.move(box["x"] + 160, box["y"] + 140)
    ann.page.mouse.up()
    assert ann.page.get_attribute(".rv-sheet", "style") != before
    ann.act("n")
    assert float(stage.get_attribute("data-scale")) > 2.5
    ann.act("n")
    assert float(stage.get_attribute("data-scale")) == 1
    ann.press("+", "+")
    assert float(stage.get_attribute("data-scale")) > 1.5
    ann.press("0")
    assert float(stage.get_attribute("data-scale")) == 1


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_everything_fits_the_screen(ds: Dataset, served: Serve, visit: Visit, size: tuple[int, int]) -> None:
    ann = visit(served(ds, reviewer="Ann"), size=size)

    def inside(selector: str) -> bool:
        box = ann.page.locator(selector).bounding_box()
        return bool(
            box and box["y"] >= 0 and box["y"] + box["height"] <= size[1] and box["x"] + box["width"] <= size[0]
        )

    assert all(inside(f"#rv-{b}") for b in ("accept", "edit-open", "reject", "previous", "next", "undo"))
    stage = ann.page.locator(".rv-stage").bounding_box()
    assert stage["width"] * stage["height"] > 0.4 * size[0] * size[1]
    ann.press("r")
    assert all(inside(f"#rv-reason-{n}") for n in range(6))
    ann.press("Escape", "e")
    assert inside("#rv-save")
    assert ann.page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_filters_narrow_what_is_shown(ds: Dataset, items: list[Item], served: Serve, visit: Visit) -> None:
    ann = visit(served(ds) + "?standing=unchecked&level=nonsense", "Ann")
    assert ann.item == items[1].id
    assert "3 left" in ann.page.inner_text(".rv-count")
    ann.page.get_by_label("Check").click()
    before = ann.page.evaluate("window.review.answers()")
    ann.page.get_by_role("option", name="blind: unsure").click()
    ann.page.wait_for_function(f"window.review.answers() > {before}")
    assert "No question has these properties" in ann.shown
    ann.press("Escape")
    ann.press("a")
    assert lines(ds) == []


def test_a_topic_made_by_an_edit_can_be_filtered_by(
    ds: Dataset, items: list[Item], served: Serve, visit: Visit
) -> None:
    ann = visit(served(ds, reviewer="Ann"))
    ann.press("e")
    ann.page.fill("#rv-topic textarea, #rv-topic input", "mirror")
    ann.act("Control+Enter")
    ann.page.goto(ann.page.url + "&decision=all&item=")
    ann.reload()
    ann.page.get_by_label("Topic").first.click()
    before = ann.page.evaluate("window.review.answers()")
    ann.page.get_by_role("option", name="mirror").click()
    ann.page.wait_for_function(f"window.review.answers() > {before}")
    assert "1 done, 0 left" in ann.page.inner_text(".rv-count")


def test_a_folder_broken_meanwhile_is_said_on_the_page(ds: Dataset, served: Serve, visit: Visit) -> None:
    ann = visit(served(ds, reviewer="Ann"))
    whole = ds.items_path.read_text("utf-8")
    ds.items_path.write_text("{}\n" + whole, "utf-8")
    ann.act("a")
    assert "items.jsonl:1: id: Field required" in ann.notice
    assert lines(ds) == []
    ds.items_path.write_text(whole, "utf-8")
    ann.act("a")
    assert len(lines(ds)) == 1


def test_a_key_held_down_rejects_nothing(ds: Dataset, served: Serve, visit: Visit) -> None:
    r = visit(served(ds), "Ann")
    shown = r.item
    for _ in range(4):  # playwright marks what follows the first as repeated
        r.page.keyboard.down("r")
    r.page.keyboard.up("r")
    r.page.wait_for_timeout(400)
    assert r.item == shown
    assert not (ds.root / "reviews.jsonl").exists()
    r.act("2")
    assert r.item != shown


def test_a_long_question_scrolls_above_the_buttons(tmp_path: Path, served: Serve, visit: Visit) -> None:
    ds = folder(tmp_path / "long", 1)
    options = tuple(f"{n} " + "a long option " * 20 for n in range(4))
    over = {"question": "a long stem " * 150, "options": options, "explanation": "and so on " * 200 + "END"}
    ds.replace(lambda i: i.model_copy(update=over) if i.form == "mcq" else i)
    r = visit(served(ds), "Ann")
    shown_card = r.page.locator("#rv-card")
    box, accept = shown_card.bounding_box(), r.page.locator("#rv-accept").bounding_box()
    assert box["y"] + box["height"] <= accept["y"]
    assert r.page.evaluate("getComputedStyle(document.getElementById('rv-card')).overflowY") == "auto"
    assert shown_card.evaluate("e => e.scrollHeight > 2 * e.clientHeight")
    r.press("PageDown", "ArrowDown")
    assert shown_card.evaluate("e => e.scrollTop") > 300
    r.press("e")
    shown, needed = r.page.locator("#rv-option-A textarea").evaluate("e => [e.clientHeight, e.scrollHeight]")
    assert shown >= needed - 2  # the whole option can be read while it is edited


def test_characters_that_cannot_be_seen_are_shown() -> None:
    assert card.text("5\u202e\u200bV\x07\r\n") == "5[U+202E][U+200B]V[U+0007]\n"
    assert card.text("\u7535\u963b 10 k\u03a9 \u00b5A \U0001f600") == "\u7535\u963b 10 k\u03a9 \u00b5A \U0001f600"


def test_a_server_that_comes_back_is_found_without_a_reload_by_hand(ds: Dataset, served: Serve, visit: Visit) -> None:
    r = visit(served(ds), "Ann")
    shown = r.item
    r.context.set_offline(True)
    r.press("a")
    r.page.wait_for_timeout(2500)
    with r.page.expect_navigation():
        r.context.set_offline(False)
    r.page.wait_for_selector(f"#rv-card .rv-card[data-item='{shown}']")
    r.page.wait_for_function("window.review && window.review.answers() > 0")
    r.act("a")
    assert r.item != shown
    assert (ds.root / "reviews.jsonl").read_text("utf-8").count("accept") == 1


def test_a_question_that_is_gone_gives_way_to_the_next(ds: Dataset, served: Serve, visit: Visit) -> None:
    r = visit(served(ds), "Ann")
    gone = r.item
    kept = [line for line in ds.items_path.read_text("utf-8").splitlines() if gone not in line]
    ds.items_path.write_text("\n".join(kept) + "\n", "utf-8")
    r.act("a")
    assert "is not in the folder any more" in r.notice
    assert r.item not in ("", gone)

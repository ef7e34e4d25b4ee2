"""report.html in a real browser, and nothing a model or a file says becomes markup, in HTML or in Markdown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from qa.dataset import Dataset
from qa.item import Check, Origin
from synth.cli import app
from synth.pictures.stock import Picture, Stock
from synth.report.markdown import escape
from synth.writing.log import Record, WritingLog
from tests.synth.report.half_checked import drawn, gold, half_checked, mcq, pay

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>|`x`|${7*7}{{7*7}}\n\n# @you https://x.invalid ![a](b)"


def evil_folder(root: Path) -> Dataset:
    """Every text that a model, a file or a person chose is hostile."""
    ds = half_checked(root)
    picture = ds.add_image(drawn(70))
    for n, verdict in enumerate(("pass", "fail", "unsure")):
        checks = (
            Check(name=f"blind{EVIL}", verdict=verdict, by=EVIL, note=EVIL),  # type: ignore[arg-type]
            Check(name="blind", verdict="unsure" if verdict == "unsure" else "pass", by=f"teacher:{EVIL}"),
        )
        origin = Origin(
            source=f"images{EVIL}", writer=f"teacher:{EVIL}@write@1", file=EVIL, licence=EVIL, checks=checks
        )
        ds.append([mcq(300 + n, picture, EVIL, 2, question=f"{n}{EVIL}?", options=(EVIL, "</b>", "b|c", "d"),
                       explanation=f"</script>{EVIL}", origin=origin)])  # fmt: skip
    Stock(ds).append([Picture(path="", source="images", file=EVIL, caption=EVIL, fault="blank", why=EVIL)])
    skipped = {"category": "calculation", "reason": EVIL}
    WritingLog(ds).append([Record(picture=picture, teacher=EVIL, model=EVIL, prompt=EVIL, lang="zh", dropped=(EVIL,),
                                  skipped=(skipped,), why=EVIL)])  # type: ignore[arg-type]  # fmt: skip
    pay(ds, [picture])
    return ds


def write(root: Path, *options: str) -> None:
    got = CliRunner().invoke(app, ["report", str(root), *options], catch_exceptions=False)
    assert got.exit_code == 0


def rendered(markdown: str) -> str:
    """As a page that lets HTML through would show it: the worst case."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def opened(browser: Any, file: Path) -> tuple[Any, list[str]]:
    """The page, and what went wrong in it: console messages, errors, alerts, requests that leave the file."""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    said: list[str] = []

    def dismiss(dialog: Any) -> None:
        said.append(f"alert {dialog.message}")
        dialog.dismiss()

    page.on("console", lambda m: said.append(m.text))
    page.on("pageerror", lambda e: said.append(str(e)))
    page.on("dialog", dismiss)
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else said.append(r.url))
    page.goto(file.as_uri())
    return page, said


def test_page_filters_zooms_and_stays_quiet(tmp_path: Path, browser: Any) -> None:
    gold(half_checked(tmp_path))
    write(tmp_path)
    page, said = opened(browser, tmp_path / "report.html")
    cards = page.locator("article.card:visible")
    everything = cards.count()
    assert everything > 20
    widths = "[...document.querySelectorAll('article img')].map(i => i.complete && i.width)"
    assert all(page.evaluate(widths)), "pictures are there before anybody scrolls: nothing jumps, and it can be printed"
    page.get_by_label("standing").focus()
    page.keyboard.type("rejected")  # by keyboard alone
    page.keyboard.press("Tab")
    shown = cards.count()
    assert 0 < shown < everything
    assert page.locator("#shown").inner_text() == f"{shown} of {everything} shown"
    assert set(page.locator("article.card:visible .badge").all_inner_texts()) == {"rejected"}
    page.get_by_label("level").select_option("4")
    assert 0 < cards.count() < shown
    page.get_by_role("button", name="show all").click()
    assert cards.count() == everything
    page.locator("button.zoom").first.press("Enter")
    assert page.locator("dialog img").bounding_box()["width"] > 200
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # a phone need not scroll sideways
    assert not said


def test_nothing_in_the_page_is_run(tmp_path: Path, browser: Any) -> None:
    evil_folder(tmp_path)
    write(tmp_path, "--wrong-first")
    page, said = opened(browser, tmp_path / "report.html")
    page.wait_for_timeout(200)
    assert not said
    assert page.locator("script").count() == 1
    assert page.locator("img[onerror]").count() == 0
    assert any("<script>alert(1)</script>" in q for q in page.locator(".question").all_inner_texts())
    page.get_by_label("writer").select_option(index=1)
    assert page.locator("article.card:visible").count() > 0


def test_markdown_holds_no_html_link_mention_or_torn_table(tmp_path: Path) -> None:
    evil_folder(tmp_path)
    write(tmp_path, "--wrong-first")
    text = (tmp_path / "report.md").read_text("utf-8")
    html = rendered(text)
    assert "alert(1)" in html
    assert not re.search(r"<(script|img|a)\b", html)
    assert "@you" not in text and "https://" not in text
    rows: list[list[int]] = [[]]
    for line in text.splitlines():  # markdown-it cuts a row that is too long, so count the bars that are not escaped
        if line.startswith("|"):
            rows[-1].append(len(re.findall(r"(?<!\\)\|", line)))
        elif rows[-1]:
            rows.append([])
    assert all(len(set(table)) <= 1 for table in rows)
    assert html.count("<h1>") == 1


@given(st.text(max_size=300))
def test_escaped_text_reads_as_it_was_and_is_no_markup(text: str) -> None:
    cell = escape(text)
    html = rendered(f"| a | b |\n|---|---|\n| x{cell} | y |\n")
    cells = re.findall(r"<td>(.*?)</td>", html, re.S)
    assert len(cells) == 2 and cells[1] == "y"
    assert not re.search(r"<[a-z]", cells[0])

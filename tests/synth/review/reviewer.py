"""One person at one browser, for tests of the review page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit


class Reviewer:
    """One person at one browser."""

    def __init__(self, browser: Any, url: str, name: str = "", size: tuple[int, int] = (1280, 800)) -> None:
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.hosts: set[str | None] = set()
        self.page.on("pageerror", lambda e: self.faults.append(str(e)))
        self.page.on("request", lambda r: self.hosts.add(urlsplit(r.url).hostname) if r.url[:4] == "http" else None)
        self.page.on("dialog", lambda d: (self.faults.append(f"dialog {d.message}"), d.dismiss()))
        self.page.goto(url)
        self.page.wait_for_selector("#rv-card .rv-card")
        if name:
            self.page.wait_for_selector("body.rv-nameless")
            self.page.keyboard.type(name)
            self.page.keyboard.press("Enter")
            self.page.wait_for_selector("body:not(.rv-nameless)")

    @property
    def item(self) -> str:
        return str(self.page.get_attribute("#rv-card .rv-card", "data-item"))

    @property
    def shown(self) -> str:
        return str(self.page.inner_text("#rv-card"))

    @property
    def notice(self) -> str:
        return str(self.page.inner_text("#rv-notice"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def act(self, *keys: str) -> None:
        """Keys that ask the server; returns when its answer is on the page."""
        before = self.page.evaluate("window.review.answers()")
        self.press(*keys)
        self.page.wait_for_function(f"window.review.answers() > {before}")
        self.page.wait_for_timeout(50)  # the page is drawn a moment after

    def reload(self) -> None:
        self.page.reload()
        self.page.wait_for_selector("#rv-card .rv-card")
        self.page.wait_for_function("window.review && window.review.answers() > 0")

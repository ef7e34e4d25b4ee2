"""One person at one browser with a gallery from disk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")
"""Elements whose text stands out from what is behind it by less than 4.5 to 1 (WCAG 2, AA), with that ratio."""


class Visitor:
    """One person at one browser."""

    def __init__(
        self, browser: Any, page: Path, hash: str = "", size: tuple[int, int] = (1280, 800), **more: Any
    ) -> None:
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **more)
        self.context.set_default_timeout(5_000)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.left: list[str] = []
        """Requests for anything but the page itself."""
        self.page.on("pageerror", lambda e: self.faults.append(str(e)))
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("dialog", lambda d: (self.faults.append(f"dialog {d.message}"), d.dismiss()))
        own = page.resolve().as_uri()
        self.page.on("request", lambda r: None if r.url.startswith(("data:", own)) else self.left.append(r.url))
        self.page.goto(own + hash)
        self.page.wait_for_selector(".card")

    @property
    def shown(self) -> str:
        return str(self.page.inner_text("#shown"))

    @property
    def cards(self) -> list[str]:
        """Text of each card that is drawn."""
        return [str(t) for t in self.page.locator(".card").all_inner_texts()]

    @property
    def hash(self) -> str:
        return str(self.page.evaluate("location.hash"))

    @property
    def focus(self) -> str:
        """What has the focus: tag, id or first class."""
        return str(self.page.evaluate("(e => e.tagName + '#' + e.id + '.' + e.className)(document.activeElement)"))

    def tick(self, facet: str, value: str) -> None:
        """Click one filter."""
        exact = re.compile(rf"^{re.escape(facet)}$")
        box = self.page.locator("fieldset", has=self.page.locator("legend", has_text=exact))
        name = self.page.locator(".name", has_text=re.compile(rf"^{re.escape(value)}$"))
        box.locator("label", has=name).click()

    def says(self, text: str) -> None:
        """Wait until the line above the cards says so."""
        self.page.locator("#shown", has_text=re.compile(rf"^{re.escape(text)}$")).wait_for()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def contrast(self) -> dict[str, float]:
        return dict(self.page.evaluate(CONTRAST))

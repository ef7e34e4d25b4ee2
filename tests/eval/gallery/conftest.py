"""The gallery opened in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.eval.gallery.visitor import Visitor


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visitor]]:
    """Opens a page from disk; at the end nothing may have gone wrong in it, and nothing left it."""
    opened: list[Visitor] = []

    def open_(page: Path, **more: Any) -> Visitor:
        opened.append(Visitor(browser, page, **more))
        return opened[-1]

    yield open_
    for v in opened:
        v.context.close()
        assert v.faults == []
        assert v.left == []

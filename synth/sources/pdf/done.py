"""pdf_pages.jsonl of a dataset folder: which pages are done, also those on which nothing was found."""

from __future__ import annotations

import os
from contextlib import ExitStack
from types import TracebackType

from pydantic import BaseModel, ConfigDict, ValidationError

from qa.dataset import Dataset
from synth.sources.pdf.render import Box

RULES = 1
"""Raised when figures are found or sized by other rules: pages are done anew then."""


class Done(BaseModel):
    """A page that was rendered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    """sha256 of the PDF."""
    page: int
    what: str
    max_pixels: int
    pictures: list[tuple[Box | None, str]]
    """(part of the page, digest in pictures.jsonl)."""
    rules: int = RULES


class DonePages:
    """The record, read when opened, appended to as pages are done. A lost line costs a page rendered twice."""

    def __init__(self, dataset: Dataset) -> None:
        self.path = dataset.root / "pdf_pages.jsonl"

    def __enter__(self) -> DonePages:
        self._pages: dict[tuple[str, int, str, int], Done] = {}
        self._stack = ExitStack()
        f = self._stack.enter_context(self.path.open("a+b"))
        f.seek(0)
        whole = 0
        for raw in f:
            if not raw.endswith(b"\n"):
                os.truncate(self.path, whole)  # what a killed run left half-written
                break
            whole += len(raw)
            try:
                self._keep(Done.model_validate_json(raw))
            except ValidationError:
                continue  # only costs time
        self._file = f
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()

    def get(self, file: str, page: int, what: str, max_pixels: int) -> Done | None:
        """The page as it was done, by the same rules and budget, or None."""
        done = self._pages.get((file, page, what, max_pixels))
        return done if done is not None and done.rules == RULES else None

    def add(self, done: Done) -> None:
        """Note a page."""
        self._keep(done)
        self._file.write(done.model_dump_json().encode() + b"\n")
        self._file.flush()

    def _keep(self, done: Done) -> None:
        self._pages[done.file, done.page, done.what, done.max_pixels] = done

"""report.md and report.html of a dataset folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qa.dataset import write_whole
from synth.report.build import Report
from synth.report.markdown import markdown
from synth.report.page import page


@dataclass(frozen=True, slots=True)
class Written:
    """Where the report lies."""

    markdown: Path
    html: Path


def write(report: Report, root: Path) -> Written:
    """Both files, each there whole or not at all."""
    written = Written(root / "report.md", root / "report.html")
    write_whole(written.markdown, markdown(report).encode())
    write_whole(written.html, page(report, root).encode())
    return written

"""Questions and decisions as CSV for a spreadsheet, and back. Cells that a spreadsheet would run are defused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from qa.dataset import write_whole
from qa.errors import KitError
from qa.item import LETTERS
from synth.review.desk import Desk
from synth.review.edit import answer_as_text
from synth.review.incoming import Said, checks_line, said_so_far
from synth.review.record import version
from synth.review.rows import Row
from synth.sources.importing.encoding import decode

COLUMNS = (
    "id", "version", "seen", "picture", "question", *LETTERS, "answer", "explanation", "level", "topic",
    "decision", "reviewer", "reason", "standing", "checks", "writer",
)  # fmt: skip
NEEDED = ("id", "version", "question", "answer", "decision")
_RUNS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_DANGEROUS = re.compile(rf"'*[ \u3000\u00a0]*[{_RUNS}]")
_DEFUSED = re.compile(rf"'+[ \u3000\u00a0]*[{_RUNS}]")


def defused(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula: an apostrophe before it where it could be one.

    Source: OWASP, "CSV Injection"; full-width signs are run by East Asian versions too.
    """
    return "'" + cell if _DANGEROUS.match(cell) else cell


def restored(cell: str) -> str:
    """The exact inverse of `defused`."""
    return cell[1:] if _DEFUSED.match(cell) else cell


def write_table(rows: Iterable[Row], desk: Desk, path: Path) -> int:
    """Write a CSV with a byte order mark, so that spreadsheets read it as UTF-8; returns how many rows."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    cells = [_cells(row, desk) for row in rows]
    writer.writerows([defused(cell) for cell in row] for row in cells)
    write_whole(path, out.getvalue().encode("utf-8-sig"))
    return len(cells)


def _cells(row: Row, desk: Desk) -> list[str]:
    item, last = row.item, desk.log.last(row.item.id)
    options = [*(item.options or ()), *[""] * len(LETTERS)][: len(LETTERS)]
    return [
        *map(_kept, (item.id, version(item), last.key if last else "")),
        " ".join(item.pictures), item.question, *options,
        answer_as_text(item.answer), item.explanation, str(item.level), item.topic,
        *said_so_far(row), row.before, checks_line(row), item.origin.writer,
    ]  # fmt: skip


def _kept(hexadecimal: str) -> str:
    """A name that a spreadsheet leaves alone: it would make `00125e` and `12e456` numbers of its own."""
    return f"#{hexadecimal}" if hexadecimal else ""


def read_table(path: Path, reviewer: str = "") -> Iterator[Said]:
    """What a CSV says, row by row. `reviewer` stands for an empty reviewer cell.

    Raises KitError where it is no such table, or naming the line that is no CSV.
    """
    try:
        data = path.read_bytes()
        if data.startswith(b"PK\x03\x04"):
            raise KitError(f"{path}: is a workbook (.xlsx, .ods), not a table of text; save it as CSV")
        text = decode(data)
    except (ValueError, OSError) as e:
        raise KitError(f"{path}: cannot be read as a table ({e})") from e
    header, reader = _header(path, text)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as e:
            raise KitError(f"{path}:{line}: not CSV ({e}); mend the quotes") from e
        if cells is None:
            return
        if any(c.strip() for c in cells):
            padded = [*cells, *[""] * len(header)]
            yield _said(f"{path}:{line}", dict(zip(header, map(restored, padded), strict=False)), reviewer)


def _header(path: Path, text: str) -> tuple[list[str], Any]:
    """The names of the columns, and a reader that stands behind them."""
    for between in (",", ";", "\t"):
        reader = csv.reader(io.StringIO(text), delimiter=between, strict=True)
        try:
            header = [c.strip() for c in next(reader, [])]
        except csv.Error:
            continue
        if set(NEEDED) <= set(header):
            return header, reader
    raise KitError(f"{path}: the first line must name the columns {', '.join(NEEDED)}; write one with --csv-out")


def _said(where: str, row: dict[str, str], reviewer: str) -> Said:
    given: dict[str, object] = {k: row[k] for k in ("question", "answer", "explanation", "topic") if k in row}
    if set(LETTERS) <= row.keys():
        given["options"] = tuple(row[letter] for letter in LETTERS)
    level = row.get("level", "").strip()
    if level in ("1", "2", "3", "4"):
        given["level"] = int(level)
    return Said(
        where=where,
        item=row["id"].strip().removeprefix("#"),
        version=row["version"].strip().removeprefix("#"),
        seen=row.get("seen", "").strip().removeprefix("#"),
        decision=row["decision"],
        by=row.get("reviewer", "").strip() or reviewer,
        reason=row.get("reason", ""),
        given=given,
        fault=f"level: {level[:20]!r} must be 1, 2, 3 or 4" if "level" in row and "level" not in given else "",
    )

"""Tables with a header: `图像名称,问题,答案`, or `image,question,answer`; comma, semicolon or tab between cells."""

from __future__ import annotations

import csv
import io

from synth.sources.importing.columns import field_of, question_of
from synth.sources.importing.found import Bad, BadRow, Rows

NAME = "csv"
LOOKS_LIKE = "CSV with a header 图像名称,问题,答案 (image,question,answer)"


def separator(text: str) -> str | None:
    """What stands between the cells of a header with the columns that are needed; None if there is no such header."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    for between in (",", "\t", ";"):
        try:
            cells = next(csv.reader([first], delimiter=between), [])
        except csv.Error:
            continue
        if {"image", "question", "answer"} <= {field_of(c) for c in cells}:
            return between
    return None


def rows(text: str) -> Rows:
    """The questions of a table, and what is wrong with the rest."""
    reader = csv.reader(io.StringIO(text), delimiter=separator(text) or ",", strict=True)
    header: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as e:
            yield Bad(line, "row", f"not CSV ({e}); mend the quotes")
            continue
        if cells is None:
            return
        if not any(c.strip() for c in cells):
            continue
        if not header:
            header = cells
            continue
        try:
            yield question_of(line, _named(header, cells))
        except BadRow as e:
            yield e.at(line)


def _named(header: list[str], cells: list[str]) -> dict[str, str]:
    while len(cells) > len(header) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) > len(header):
        raise BadRow("row", f"{len(cells)} cells under {len(header)} columns; quote a cell that holds a comma")
    return dict(zip(header, cells, strict=False))

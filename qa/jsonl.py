"""Files of records, one JSON object a line: appended to, whole lines only, never left torn by a kill."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from qa.errors import KitError

if TYPE_CHECKING:  # not needed for --help, and slow to load
    from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound="BaseModel")


def read_records(path: Path, model: type[M]) -> Iterator[M]:
    """Every record of a file in order; none where there is no file. A last line that is torn is not read.

    Raises KitError naming the first bad line and its field.
    """
    from pydantic import ValidationError

    if not path.is_file():
        return
    with path.open("rb") as f:
        for number, raw in enumerate(f, 1):
            if not raw.endswith(b"\n"):
                return  # being written right now, or torn by a kill: the next append cuts it off
            try:
                record = model.model_validate_json(raw)
            except ValidationError as e:
                field, what = first_fault(e)
                raise KitError(f"{path}:{number}: {field}: {what}; mend or delete that line") from e
            yield record


def first_fault(error: ValidationError) -> tuple[str, str]:
    """(field, what is wrong) of the first fault; the field is `line` where the line as a whole is at fault."""
    first = error.errors()[0]
    return ".".join(str(x) for x in first["loc"]) or "line", first["msg"]


def append_records(path: Path, records: Iterable[BaseModel]) -> None:
    """Add records, on disk when this returns; a last line torn by a kill is cut off first.

    The caller sees to it that nobody else writes the file meanwhile.
    """
    rows = "".join(r.model_dump_json(exclude_defaults=True) + "\n" for r in records)
    if not rows:
        return
    cut_torn_line(path)
    with path.open("ab") as f:
        f.write(rows.encode())
        f.flush()
        os.fsync(f.fileno())


def cut_torn_line(path: Path) -> None:
    """Cut off a last line that a killed process left without its end."""
    if not path.is_file():
        return
    with path.open("rb") as f:
        size = f.seek(0, os.SEEK_END)
        if not size:
            return
        f.seek(size - 1)
        if f.read(1) == b"\n":
            return
        f.seek(0)
        whole = f.read().rfind(b"\n") + 1
    os.truncate(path, whole)

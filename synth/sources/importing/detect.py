"""Which format a file is in, told from what it holds, whatever its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from qa.errors import KitError
from synth.sources.importing import csv_table, llava, mcq, seed, sharegpt, swift
from synth.sources.importing.encoding import decode
from synth.sources.importing.found import Rows
from synth.sources.importing.records import records

_BY_RECORD = (swift, llava, sharegpt, mcq)
KNOWN = "; ".join(f"{f.NAME}: {f.LOOKS_LIKE}" for f in (*_BY_RECORD, csv_table, seed))
_LOOKED_AT = 50
"""Records looked at before a file is given up: the first ones may be broken."""


@dataclass(frozen=True, slots=True)
class Read:
    """A file's format and its rows."""

    format: str
    rows: Callable[[], Rows]


def read_file(path: Path) -> Read:
    """The format of a file and a way to its rows.

    Raises:
        KitError: the file is in no format known here; the message lists them.
        OSError: it cannot be read.
    """
    try:
        text = decode(path.read_bytes())
    except ValueError as e:
        raise KitError(f"{path} is no text in UTF-8, UTF-16 or GB18030; save it as UTF-8") from e
    if not text.strip():
        raise KitError(f"{path} is empty; give a file with questions")
    if text.lstrip()[0] in "[{":
        looked_at = [r for _, r in islice(records(text), _LOOKED_AT) if isinstance(r, dict)]
        for record in looked_at:
            for f in _BY_RECORD:
                if f.fits(record):
                    return Read(f.NAME, partial(f.rows, text))
    elif csv_table.separator(text):
        return Read(csv_table.NAME, partial(csv_table.rows, text))
    elif seed.fits(text):
        return Read(seed.NAME, partial(seed.rows, text, path.stem))
    raise KitError(f"{path}: cannot tell its format; known are {KNOWN}")

"""Bytes of a file somebody else wrote, as text: UTF-8 with or without BOM, UTF-16 with BOM, GB18030 (GBK, GB2312)."""

from __future__ import annotations

import codecs

LOST = "\ufffd"
"""Stands where bytes of a UTF-8 file are damaged; a row that holds it is reported."""
_DAMAGED = 0.05  # damaged characters for each that is not ASCII: more, and the file is not UTF-8


def decode(data: bytes) -> str:
    """The text, with `\\n` at the end of lines. Raises ValueError where no encoding fits."""
    return _decoded(data).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", "replace")
    if text.count(LOST) <= _DAMAGED * sum(not c.isascii() for c in text):
        return text
    return data.decode("gb18030")

"""Fixtures of the teacher tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A file that begins like a PNG; no test looks further."""
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG" + bytes(20_000))
    return file

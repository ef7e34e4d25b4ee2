"""Fixtures of the kd tests: a dataset folder of generated circuits, split."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.command_line import said


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty circuits in both languages, split; only to be copied."""
    folder = tmp_path_factory.mktemp("made") / "mine"
    said("synth", "circuits", "--count", "20", "--lang", "both", "--out", folder)
    said("synth", "split", folder)
    return folder


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """Where commands run: it holds a copy of the folder as `mine`."""
    shutil.copytree(made, tmp_path / "home" / "mine")
    return tmp_path / "home"

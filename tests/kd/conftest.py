"""Fixtures of the kd tests: a dataset folder of generated circuits, split."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty circuits in both languages, split; only to be copied."""
    folder = tmp_path_factory.mktemp("made") / "mine"
    vqa = [sys.executable, "-m", "circuit_vqa", "synth"]
    for words in (["circuits", "--count", "20", "--lang", "both", "--out", str(folder)], ["split", str(folder)]):
        done = subprocess.run([*vqa, *words], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """Where commands run: it holds a copy of the folder as `mine`."""
    shutil.copytree(made, tmp_path / "home" / "mine")
    return tmp_path / "home"

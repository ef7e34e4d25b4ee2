"""DeepSpeed is installed beside the test tools; commands that train nothing neither wait for it nor show its lines."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from swift_recipes import stand_in
from swift_recipes.cli import app
from swift_recipes.export import bases


@pytest.fixture(autouse=True)
def not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process; what the test leaves is taken back."""
    monkeypatch.setitem(sys.modules, "deepspeed", ModuleType("deepspeed"))
    del sys.modules["deepspeed"]


def test_merging_and_asking_do_without_it() -> None:
    """test_scripts_slow.py looks at what merge.sh prints."""
    bases.hush()
    assert importlib.util.find_spec("deepspeed") is None


def test_the_stand_in_is_built_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: Any) -> dict[str, Any]:
        assert importlib.util.find_spec("deepspeed") is None
        return {"parameters": 1, "weights": ""}

    monkeypatch.setattr(stand_in, "build", build)
    app(["tiny", "--random", "--out", str(tmp_path / "tiny")], standalone_mode=False)


def test_what_is_loaded_already_stays() -> None:
    sys.modules["deepspeed"] = loaded = ModuleType("deepspeed")
    bases.hush()
    assert sys.modules["deepspeed"] is loaded

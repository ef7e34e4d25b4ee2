"""The front door: quick help, one-line errors, exit codes."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from circuit_vqa import ROOMS, main


def test_help_names_every_room(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {room} " in out for room in ROOMS)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = "import sys; from circuit_vqa import main; main(['--help']); print(sorted(sys.modules))"
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert time.perf_counter() - start < 5  # a gross regression only; the figure is in benchmarks/start_up.py
    assert not {"typer", "pydantic", "numpy", "torch", "evalscope", "swift"} & set(eval(done.stdout.splitlines()[-1]))


def test_unknown_room_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sing"]) == 2
    err = capsys.readouterr().err
    assert "no room 'sing'" in err and err.count("\n") == 1


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_shows_its_verbs_without_torch(room: str) -> None:
    code = f"import sys; from circuit_vqa import main; c = main([{room!r}, '--help']); print('torch' in sys.modules, c)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False 0"


def test_a_fault_of_the_user_is_one_line(tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synth", "validate", f"{tmp_path}/none"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "none" in err and "circuit-vqa synth circuits" in err

"""The front door: quick help, one-line errors, exit codes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

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


def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    bad = (["--count", "0", "--out", "x"], ["--count", "2"], ["--count", "2", "--out", "x", "--nope"], ["--count", "x"])
    for args in bad:
        assert main(["synth", "circuits", *args]) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and "circuit-vqa synth circuits --help" in err, err
    assert main(["synth", "sing"]) == 2
    assert "sing" in capsys.readouterr().err


def test_a_room_without_a_verb_shows_its_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synth"]) == 2
    assert "circuits" in capsys.readouterr().out


def run(command: str) -> subprocess.CompletedProcess[str]:
    line = f'set -o pipefail; vqa() {{ {sys.executable} -m circuit_vqa "$@"; }}; {command}'
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True)


def test_a_reader_that_has_enough_is_no_fault() -> None:
    done = run("vqa synth families | head -1")
    assert done.returncode == 0 and done.stderr == "" and done.stdout.count("\n") == 1


def test_a_full_disk_behind_the_output_is_said() -> None:
    done = run("vqa synth families > /dev/full")
    assert done.returncode == 1 and "the disk is full" in done.stderr and done.stderr.count("\n") == 1


def test_what_the_system_refuses_comes_with_a_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    for out in ("file", "file/x", "round/x"):
        assert main(["synth", "circuits", "--count", "1", "--out", str(tmp_path / out)]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and "name another place" in err and str(tmp_path) in err

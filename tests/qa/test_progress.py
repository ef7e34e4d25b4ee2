"""What a log is told while work goes on."""

from __future__ import annotations

import pytest

from qa import progress as module
from qa.progress import progress


def test_a_log_is_told_of_tenths_and_of_long_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    with progress("circuits", 20) as advance:
        for now in (1.0, 29.0, 31.0, 45.0, 60.9):
            advance(0, f"weighing {now:.0f}")
        for now in (62.0, 63.0, 200.0):  # a tenth, no tenth, and silence without a note
            advance(int(now) // 61 + int(now > 62))
    assert capsys.readouterr().err.splitlines() == [
        "circuits: 0/20 (31 s) weighing 31",
        "circuits: 2/20 (63 s)",
        "circuits: 4/20 (200 s)",
    ]

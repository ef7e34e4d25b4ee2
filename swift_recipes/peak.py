"""Peak memory of a command and its children, looked up while they run and noted at the end of their log."""

from __future__ import annotations

import re
import time
from pathlib import Path

NOTE = "[circuit-vqa] peak memory of all processes: "
_NOTED = re.compile(re.escape(NOTE) + r"([\d.]+) GiB")
EVERY = 1.0  # seconds between two looks; a process keeps its own highest mark, so little is missed


class Peak:
    """The highest sum of what the processes of one group held in memory."""

    def __init__(self, group: int) -> None:
        self.group, self.bytes, self._next = group, 0, 0.0

    def look(self) -> None:
        """Look again, if the last time is long enough ago."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        self.bytes = max(self.bytes, sum(_highest(p) for p in Path("/proc").glob("[0-9]*") if _group(p) == self.group))

    def note(self, log: Path) -> None:
        """Add one line to the log, where anything was seen."""
        if self.bytes:
            try:
                with log.open("a", encoding="utf-8") as f:
                    f.write(f"\n{NOTE}{self.bytes / 1024**3:.2f} GiB\n")
            except OSError:  # a full disk: the run itself says so
                return


def noted(log: str) -> float | None:
    """The highest peak noted in the text of a log, in GiB; None where none is."""
    return max((float(x) for x in _NOTED.findall(log)), default=None)


def _group(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text("utf-8").rpartition(")")[2].split()[2])
    except (OSError, ValueError, IndexError):
        return None


def _highest(process: Path) -> int:
    """Bytes of a process's own high-water mark."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", (process / "status").read_text("utf-8"), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0

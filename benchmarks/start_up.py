"""Seconds until `circuit-vqa --help` and each room's help have answered.

Run as: python benchmarks/start_up.py

Prints the best of five against the floor, a Python that starts and stops.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from circuit_vqa import ROOMS


def seconds(*command: str) -> float:
    """Best of five wall times."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> int:
    """Print one line a command; 1 if the front door takes 0.4 s or more."""
    floor = seconds(sys.executable, "-c", "pass")
    print(f"{'python -c pass':<28}{floor:.3f} s")
    door = 0.0
    for room in ("", *ROOMS):
        took = seconds(str(Path(sys.executable).with_name("circuit-vqa")), *room.split(), "--help")
        door = door or took
        print(f"{'circuit-vqa ' + room + ' --help':<28}{took:.3f} s, {took / floor:.1f} x floor")
    return int(door >= 0.4)


if __name__ == "__main__":
    sys.exit(main())

"""How long a report of a large folder takes, against only reading its items, and how large its files become.

Run as: nice python benchmarks/report.py [--items 10000]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from qa.dataset import Dataset
from synth.report.assess import not_asked
from synth.report.build import build
from synth.report.folder import read_folder
from synth.report.write import write
from synth.sources import circuits as source


def main() -> int:
    """Print the figures; 1 where a bound is broken."""
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--items", type=int, default=10_000)
    args.add_argument("--workers", type=int, default=2)
    args.add_argument("--data", type=Path, help="measure this folder instead of making one")
    a = args.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        ds = Dataset.create(a.data or Path(tmp) / "data")
        if not a.data:
            list(source.run(ds, source.jobs(a.items // 8 + 1, 0, "both"), a.workers))
        start = time.perf_counter()
        count = sum(1 for _ in ds.items())
        floor = time.perf_counter() - start
        start = time.perf_counter()
        folder = read_folder(ds.root, {})
        made = build(folder, not_asked(folder))
        computed = time.perf_counter() - start
        written = write(made, ds.root)
        whole = time.perf_counter() - start
        markdown, html = written.markdown.stat().st_size, written.html.stat().st_size
        print(f"{count} items read in {floor:.2f} s; report {whole:.2f} s = {whole / floor:.1f} x that", end="")
        print(f" ({whole - computed:.2f} s of it {len(made.cards)} pictures and the files)")
        print(f"report.md {markdown / 1e3:.0f} kB, report.html {html / 1e6:.1f} MB")
    bad = [f"{whole:.1f} s > 10 s"] * (whole > 10) + ["report.md > 60 kB"] * (markdown > 60_000)
    bad += ["report.html > 6 MB"] * (html > 6e6)
    print("broken: " + "; ".join(bad) if bad else "every bound holds")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())

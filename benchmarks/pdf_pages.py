"""Pages of a PDF rendered at the size the model sees, against the usual loop at 600 dpi.

Run as: .venv/bin/python benchmarks/pdf_pages.py [--slice N] [--many 5000]

Builds a PDF of 200 pages (circuits as vector art, text and tables, scans) and renders it twice.
The loop is what people write, in one process: `page.get_pixmap(dpi=600).save(png)` for every page, then the model's
side: Pillow opens the file and resizes it, bicubic, to the size `smart_resize` of transformers works out.
Ours, with one process and with all cores: pages rendered at that size, PNGs written, opened by Pillow; the resize is
the identity. `circuit-vqa synth pdf` does the same and checks every picture too; its time is printed beside.
Then the pixels the model receives are compared, page type by page type, through transformers' own image processor.
`--slice N` gives the loop every N-th page only and extrapolates. `--many` times a document of so many pages and takes
the memory of all processes. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from qa.dataset import Dataset
from qa.picture_size import MAX_PIXELS, MIN_PIXELS
from synth.sources.pdf.fill import Asked, Report, fill, survey
from synth.sources.pdf.pages import PagePicture, pages
from tests.synth.pdf_sheets import Sheets

COUNT, GOAL = 200, 15.0
MIX = ("figure", "plain", "sheet", "scan", "two_figures", "table", "columns", "plot", "block", "plain")
TYPES = {"plain": "text", "table": "text", "scan": "scan", "sheet": "schematic sheet"}


def build(path: Path, count: int) -> list[str]:
    """Write the document; returns the type of every page."""
    sheets = Sheets(7)
    for i in range(count):
        kind = MIX[i % len(MIX)]
        sheets.add(kind, *((1191, 842) if kind == "sheet" else (595, 842)))
    sheets.document.save(path, garbage=4, deflate=True)
    return [TYPES.get(t.kind, "text and figures") for t in sheets.truth]


def the_loop(pdf: Path, out: Path, every: int) -> tuple[float, float, float, list[int]]:
    """(seconds to PNG files, seconds more to the model's pixels, seconds of CPU to PNG files, pages done)."""
    import pymupdf

    done, begun, cpu = [], time.perf_counter(), time.process_time()
    document = pymupdf.open(pdf)
    for number in range(0, len(document), every):
        document[number].get_pixmap(dpi=600).save(out / f"{number}.png")
        done.append(number)
    rendered, cpu = time.perf_counter() - begun, time.process_time() - cpu
    begun = time.perf_counter()
    for number in done:
        model_side(out / f"{number}.png")
    return rendered, time.perf_counter() - begun, cpu, done


def model_side(path: Path) -> object:
    """What a processor does with a file before the numbers: open, size, resize."""
    from PIL import Image
    from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        h, w = smart_resize(image.height, image.width, 28, MIN_PIXELS, MAX_PIXELS)
        image = image.convert("RGB")
        return image if image.size == (w, h) else image.resize((w, h), Image.Resampling.BICUBIC)


def ours(pdf: Path, out: Path) -> tuple[float, float, float]:
    """(seconds to PNG files, seconds more to the model's pixels, seconds of CPU to PNG files), one process."""
    begun, cpu = time.perf_counter(), time.process_time()
    names = []
    for picture in pages(pdf):
        assert isinstance(picture, PagePicture), picture
        names.append(out / f"{picture.page - 1}.png")
        names[-1].write_bytes(picture.png())
    rendered, cpu = time.perf_counter() - begun, time.process_time() - cpu
    begun = time.perf_counter()
    for name in names:
        model_side(name)
    return rendered, time.perf_counter() - begun, cpu


def command(pdf: Path, out: Path, workers: int | None) -> tuple[float, Report]:
    """(seconds, report) of what `synth pdf --what pages` does."""
    begun = time.perf_counter()
    sources, faults = survey([(pdf.name, pdf)], workers=workers)
    assert not faults, faults
    report = fill(Dataset.create(out), sources, Asked("pages"), workers=workers)
    return time.perf_counter() - begun, report


def compare(loop: Path, mine: Path, types: list[str], done: list[int], most: int) -> bool:
    """Print how far the model's pixels differ by page type; returns whether all have one size."""
    import numpy as np
    from PIL import Image
    from transformers.models.qwen2_vl.image_processing_qwen2_vl import Qwen2VLImageProcessor

    processor = Qwen2VLImageProcessor(size={"shortest_edge": MIN_PIXELS, "longest_edge": MAX_PIXELS})
    scale = 255 * float(np.mean(processor.image_std))
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for number in done:
        if len(found[types[number]]) >= most:
            continue
        values = []
        for folder in (loop, mine):
            with Image.open(folder / f"{number}.png") as image:
                got = processor(images=image.convert("RGB"), return_tensors="np")
            values.append((got["image_grid_thw"].tolist(), got["pixel_values"].astype(np.float64) * scale))
        if values[0][0] != values[1][0]:
            print(f"page {number + 1}: {values[0][0]} from 600 dpi, {values[1][0]} from ours")
            return False
        off = np.abs(values[0][1] - values[1][1])
        found[types[number]].append((off.mean(), 10 * np.log10(255**2 / max((off**2).mean(), 1e-9)), (off > 64).mean()))
    for kind, rows in sorted(found.items()):
        mean, psnr, far = np.mean(rows, 0)
        print(f"  {kind:17} mean difference {mean:.2f} of 255, PSNR {psnr:.1f} dB, pixels off by > 64: {far:.2%}")
    return True


@contextmanager
def memory() -> Iterator[list[float]]:
    """Yields a list whose one entry is the most memory of this process and all it started, in MB."""
    import psutil

    peak, stop, here = [0.0], threading.Event(), psutil.Process()

    def watch() -> None:
        while not stop.wait(0.1):
            total = 0
            for p in [here, *here.children(recursive=True)]:
                try:
                    total += p.memory_full_info().pss
                except psutil.Error:
                    continue
            peak[0] = max(peak[0], total / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def many(folder: Path, count: int) -> None:
    """Time and memory of a long document."""
    import pymupdf

    build(folder / "part.pdf", 100)
    long = pymupdf.open()
    with pymupdf.open(folder / "part.pdf") as part:
        for _ in range(-(-count // len(part))):
            long.insert_pdf(part)
    for page in long:
        page.insert_text((20, 20), f"page {page.number + 1}", fontsize=8)
    long.delete_pages(range(count, len(long))) if len(long) > count else None
    long.save(folder / "long.pdf")  # tidying so many pages would take longer than rendering them
    long.close()
    with memory() as peak:
        seconds, report = command(folder / "long.pdf", folder / "long", None)
    again, second = command(folder / "long.pdf", folder / "long", None)
    size = (folder / "long.pdf").stat().st_size / 1e6
    print(
        f"{report.pages} pages, {size:.0f} MB: {seconds:.0f} s with {os.cpu_count()}"
        f" workers ({report.pages / seconds:.0f} pages/s), {peak[0]:.0f} MB at most in all processes;"
        f" again: {again:.1f} s, {second.pages} pages rendered"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slice", type=int, default=1, help="the loop does every N-th page")
    parser.add_argument("--many", type=int, default=0, help="pages of the long document; 0: none")
    parser.add_argument("--count", type=int, default=COUNT)
    args = parser.parse_args()
    import transformers.models.qwen2_vl.image_processing_qwen2_vl  # noqa: F401  loaded before anything is timed

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pdf, a, b = folder / "book.pdf", folder / "loop", folder / "ours"
        a.mkdir()
        b.mkdir()
        types = build(pdf, args.count)
        print(f"{args.count} pages, {pdf.stat().st_size / 1e6:.1f} MB, {os.cpu_count()} cores")
        mine, mine_model, mine_cpu = ours(pdf, b)
        one, _ = command(pdf, folder / "one", 1)
        all_cores, report = command(pdf, folder / "all", None)
        loop, loop_model, loop_cpu, done = the_loop(pdf, a, args.slice)
        factor = args.count / len(done)
        said = f" (extrapolated from {len(done)} pages)" if len(done) < args.count else ""
        print(
            f"600-dpi loop: {loop * factor:.1f} s to PNGs, {loop_model * factor:.1f} s more to the model's pixels{said}"
        )
        print(f"ours, one process: {mine:.1f} s to PNGs, {mine_model:.1f} s more to the model's pixels")
        print(f"synth pdf, checks and records too: {one:.1f} s with 1 worker, {all_cores:.1f} s with {os.cpu_count()}")
        ratio, whole = loop * factor / mine, (loop + loop_model) * factor / (mine + mine_model)
        print(
            f"to PNGs: {ratio:.1f} x; to the model's pixels: {whole:.1f} x (one process each; goal {GOAL:.0f});"
            f" by CPU to PNGs: {loop_cpu * factor / mine_cpu:.1f} x"
        )
        print(
            f"the whole command: {loop * factor / one:.1f} x with 1 worker, {loop * factor / all_cores:.1f} x with all"
        )
        assert report.pages == args.count
        same = compare(a, b, types, done, 8)
        if args.many:
            many(folder, args.many)
    return 0 if same and ratio >= GOAL and whole >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())

"""The review page on a large folder: time to open, and from a key to the next question on the screen.

Run as: python benchmarks/review.py [--items 10000] [--browser]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from qa.dataset import Dataset
from qa.item import Check, Item, Origin, item_id
from synth.review.desk import Desk
from synth.review.record import version
from synth.review.rows import Filters

GOAL_MS = 100


def made(root: Path, count: int) -> Dataset:
    """A folder of `count` questions on one picture in five."""
    from PIL import Image

    ds, rows = Dataset.create(root), []
    for n in range(count // 5):
        out = io.BytesIO()
        Image.new("RGB", (640, 400), (n % 256, n // 256, 255)).save(out, "PNG")
        path, digest = ds.add_image(out.getvalue()), hashlib.sha256(out.getvalue()).hexdigest()
        for q in range(5):
            question, options = f"How many transistors of kind {q} are in circuit {n}?", ("1", "2", "3", "4")
            checks = (Check(name="blind", verdict="unsure", by="teacher:b@blind@1", note="read C"),)
            origin = Origin(source="images", writer="teacher:a@write@1", file=f"{n}.png", checks=checks)
            data = {"id": item_id([digest], question, options), "pictures": (path,), "form": "mcq", "level": 1}
            data |= {"topic": "count", "lang": "en", "question": question, "options": options, "answer": "B"}
            rows.append(Item.model_validate(data | {"group": f"g{n}", "origin": origin}))
    ds.append(rows)
    return ds


def opening(ds: Dataset) -> Desk:
    """Print how long a desk takes to open, against reading the Items alone."""
    began = time.perf_counter()
    count = len(list(ds.items()))
    floor = time.perf_counter() - began
    began = time.perf_counter()
    desk = Desk(ds)
    took = time.perf_counter() - began
    print(f"open {count} items: {took:.2f} s = {took / floor:.1f} x reading them")
    return desk


def turning(desk: Desk) -> None:
    """Print what a decision and the next question cost the server."""
    filters, at, times = Filters(), desk.rows[0].item, []
    for _ in range(100):
        began = time.perf_counter()
        desk.decide(at.id, version(at), "", "accept", "Ann")
        following = desk.step(filters, "session", "Ann", at.id)
        desk.progress(filters, "Ann")
        times.append(1000 * (time.perf_counter() - began))
        assert following is not None
        at = following.item
    _print("decide, fsync, next, progress on the server", times)


def in_browser(ds: Dataset) -> None:
    """Print how long a reviewer waits from a key to the next question."""
    import uvicorn
    from playwright.sync_api import sync_playwright

    from synth.review.page import Page
    from synth.review.server import app_of, listen

    sock = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app_of(Page(Desk(ds), "bench", "Ann")), log_level="error"))
    threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True).start()
    with sync_playwright() as p:
        page = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"]).new_page()
        page.goto(f"http://127.0.0.1:{sock.getsockname()[1]}/")
        page.wait_for_selector("#rv-card .rv-card")
        times = [_press(page) for _ in range(40)]
    _print("key a to the next question on the screen", times)
    server.should_exit = True


def _press(page: Any) -> float:
    """Milliseconds from the key to the card of another question, measured in the page."""
    return float(
        page.evaluate(
            """() => new Promise(done => {
                const card = () => document.querySelector('#rv-card .rv-card')?.dataset.item, was = card();
                const began = performance.now();
                const look = () => card() && card() !== was ? done(performance.now() - began) : setTimeout(look, 2);
                dispatchEvent(new KeyboardEvent('keydown', {key: 'a'})); look();
            })"""
        )
    )


def _print(what: str, times: list[float]) -> None:
    times = sorted(times)
    worst = times[int(0.95 * len(times))]
    print(f"{what}: median {statistics.median(times):.0f} ms, 95% under {worst:.0f} ms (goal {GOAL_MS} ms)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--browser", action="store_true", help="also drive the page in chromium")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ds = made(Path(folder) / "large", args.items)
        turning(opening(ds))
        if args.browser:
            in_browser(ds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How near the scheduler of teacher calls comes to the floor, against a scripted teacher on loopback.

Run as: .venv/bin/python benchmarks/teacher.py [--sdk]

500 pictures, 200 ms an answer, 64 at a time (floor: 8 rounds, 1.6 s); then a teacher that takes 100 requests in any
second and says 429 to the rest (ideal: 5 s); then one that fails every third request; then all of `synth write`, where
five questions a picture are read, checked and stored. `--sdk` adds a plain loop over the openai package, for
comparison. Exits with 1 when a goal is missed. Every run is in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.synth.teacher.fake_teacher import counted, fake_teacher
from tests.synth.writing.writing_teacher import writing_teacher

COUNT, LATENCY, CONCURRENCY, CAP = 500, 0.2, 64, 100
FLOOR = -(-COUNT // CONCURRENCY) * LATENCY
GOAL_WALL, GOAL_CPU_MS, GOAL_MB, GOAL_CAP = 1.35, 5.0, 150.0, 1.3


def make_pictures(folder: Path) -> list[Path]:
    """500 different PNGs of line art, 1000 x 750, about 20 kB each."""
    from PIL import Image, ImageDraw

    rng = random.Random(0)
    made = []
    for i in range(COUNT):
        sheet = Image.new("L", (1000, 750), 255)
        pen = ImageDraw.Draw(sheet)
        for _ in range(150):
            x, y = rng.randrange(1000), rng.randrange(750)
            pen.line((x, y, x + rng.randrange(200), y), width=2)
            pen.text((x, y), f"R{rng.randrange(99)} {rng.randrange(1000)}k")
        buffer = io.BytesIO()
        sheet.save(buffer, "PNG")
        made.append(folder / f"{i:04}.png")
        made[-1].write_bytes(buffer.getvalue())
    return made


def measure_ours(url: str, folder: Path) -> dict[str, float]:
    """One run through `ask`, timed from before the first call to the last answer."""
    import aiohttp  # noqa: F401  # paid once a process, not once a run

    from synth.teacher.call import Call, Message
    from synth.teacher.config import Price, Teacher
    from synth.teacher.journal import Journal
    from synth.teacher.schedule import ask

    price = Price.model_validate({"input": 1, "output": 1, "date": "2026-01-01"})
    fake = Teacher(name="fake", base_url=url, model="m", price=price, concurrency=CONCURRENCY)
    pictures = sorted(folder.glob("*.png"))
    calls = (Call(p.stem, "fake", "p@1", (Message("user", f"row {p.stem} ?", (p,)),)) for p in pictures)
    with Journal(folder / "journal.sqlite") as journal:
        wall, cpu = time.monotonic(), time.process_time()
        good = sum(a.text is not None for a in ask(calls, {"fake": fake}, journal))
        return figures(wall, cpu, good)


def measure_sdk(url: str, folder: Path) -> dict[str, float]:
    """The openai package in a plain loop: no journal, no budget, no order to its retries."""
    import openai

    async def main() -> int:
        client = openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0)
        slots = asyncio.Semaphore(CONCURRENCY)

        async def one(path: Path) -> bool:
            async with slots:
                data = base64.b64encode(path.read_bytes()).decode()
                picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
                text = {"type": "text", "text": f"row {path.stem} ?"}
                messages = [{"role": "user", "content": [picture, text]}]
                got = await client.chat.completions.create(model="m", messages=messages)  # type: ignore[call-overload]
                return got.choices[0].message.content is not None

        return sum(await asyncio.gather(*(one(p) for p in sorted(folder.glob("*.png")))))

    wall, cpu = time.monotonic(), time.process_time()
    return figures(wall, cpu, asyncio.run(main()))


def measure_write(url: str, folder: Path) -> dict[str, float]:
    """All of `synth write` on the pictures: from the plan to the manifest."""
    import aiohttp  # noqa: F401

    from qa.dataset import Dataset
    from synth.pictures.stock import Picture, Stock
    from synth.teacher.budget import Budget
    from synth.teacher.config import Price, Teacher
    from synth.teacher.journal import Journal
    from synth.teacher.schedule import ask
    from synth.writing.run import Report, make_plan, run

    dataset = Dataset.create(folder / "written")
    taken = [(p, dataset.add_image(p.read_bytes())) for p in sorted(folder.glob("*.png"))]
    stock = Stock(dataset)
    stock.append(Picture(path=to, source="images", file=p.name, width=1000, height=750) for p, to in taken)
    price = Price.model_validate({"input": 1, "output": 1, "date": "2026-01-01"})
    fake = Teacher(name="fake", base_url=url, model="m", price=price, concurrency=CONCURRENCY)
    report = Report()
    with dataset.filling(), Journal(dataset.root / "journal.sqlite") as journal:
        wall, cpu = time.monotonic(), time.process_time()
        run(dataset, make_plan(dataset, [fake]), journal, Budget(), ask, report)
        return figures(wall, cpu, report.items)


def figures(wall: float, cpu: float, good: int) -> dict[str, float]:
    """Seconds, CPU milliseconds a call, peak megabytes, rows answered."""
    return {
        "s": time.monotonic() - wall,
        "cpu_ms": 1e3 * (time.process_time() - cpu) / COUNT,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "good": good,
    }


def run(kind: str, folder: Path, **script: object) -> tuple[dict[str, float], dict[str, int]]:
    """One measurement in a fresh process against a fresh server."""
    for old in folder.glob("journal.sqlite*"):
        old.unlink()
    with (writing_teacher if kind == "write" else fake_teacher)(**script) as url:
        command = [sys.executable, __file__, "--measure", kind, url, str(folder)]
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        return json.loads(out), counted(url)


def main() -> None:
    """Prints the figures; exits with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sdk", action="store_true")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        kind, url, folder = args.measure
        measure = {"sdk": measure_sdk, "ours": measure_ours, "write": measure_write}[kind]
        print(json.dumps(measure(url, Path(folder))))
        return

    missed = []

    def goal(name: str, value: float, most: float, unit: str) -> None:
        print(f"  {name}: {value:.2f}{unit} (goal <= {most:g}{unit})")
        if value > most:
            missed.append(name)

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        size = sum(p.stat().st_size for p in make_pictures(folder)) / COUNT / 1e3
        print(f"{COUNT} pictures of {size:.0f} kB, {LATENCY * 1e3:.0f} ms an answer, {CONCURRENCY} at a time")
        got, _ = run("ours", folder, latency=LATENCY)
        print(f"  first call to last answer: {got['s']:.2f} s, floor {FLOOR:.1f} s")
        goal("x the floor", got["s"] / FLOOR, GOAL_WALL, "")
        goal("CPU a call", got["cpu_ms"], GOAL_CPU_MS, " ms")
        goal("peak memory", got["mb"], GOAL_MB, " MB")
        goal("rows lost", COUNT - got["good"], 0, "")
        if args.sdk:
            sdk, _ = run("sdk", folder, latency=LATENCY)
            print(f"  openai package, plain loop: {sdk['s']:.2f} s, {sdk['cpu_ms']:.2f} ms, {sdk['mb']:.0f} MB")

        ideal = COUNT / CAP
        print(f"the same under a cap of {CAP} requests a second that the scheduler is not told of")
        got, seen = run("ours", folder, latency=LATENCY, cap=CAP)
        print(
            f"  first call to last answer: {got['s']:.2f} s, ideal {ideal:.1f} s; {seen.get('429', 0)} answers of 429"
        )
        goal("x the ideal", got["s"] / ideal, GOAL_CAP, "")
        goal("rows lost", COUNT - got["good"], 0, "")

        print("the same with 30 % HTTP 500")
        got, seen = run("ours", folder, latency=LATENCY, error_500=0.3)
        print(f"  first call to last answer: {got['s']:.2f} s; {seen.get('500', 0)} answers of 500")
        goal("rows lost", COUNT - got["good"], 0, "")

        print("all of synth write")
        got, _ = run("write", folder, latency=LATENCY)
        print(f"  plan to manifest: {got['s']:.2f} s, floor {FLOOR:.1f} s; {got['good']:.0f} items")
        goal("x the floor", got["s"] / FLOOR, GOAL_WALL, "")
        goal("CPU a call", got["cpu_ms"], GOAL_CPU_MS, " ms")
        goal("peak memory", got["mb"], GOAL_MB, " MB")
        goal("items lost", 5 * COUNT - got["good"], 0, "")
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()

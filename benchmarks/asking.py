"""How long 5,000 test questions take against a loopback server of 20 ms latency, 64 at once; and a server that dies.

Run as: python -m benchmarks.asking [--items 5000] [--latency 0.02] [--at-once 64]

Prints seconds and the ratio to the ideal (items / at-once x latency): of asking alone, of the same questions through
the OpenAI SDK in as many threads (what EvalScope does by itself), and of all of `circuit-vqa eval run`. Then the server
is killed half-way and comes back on another port: how many were asked twice, how many were lost. Exit code 1 where a
bound breaks.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.asking import Sampling, ask
from eval.benches import BENCHES
from eval.mode import Mode
from eval.prepared import prepared
from eval.replies import ReplyStore
from eval.server import Endpoint
from qa.errors import KitError

BOUND = 1.5


def serve(latency: float, port: Any, log: Path, lives: int) -> None:
    """Answers every question after `latency` seconds; after `lives` answers (0: never) it dies without a word."""
    from aiohttp import web

    answered = 0

    async def chat(request: web.Request) -> web.Response:
        nonlocal answered
        import asyncio

        body = await request.read()
        with log.open("a") as f:
            f.write(json.dumps(body[-300:].decode("utf-8", "replace").partition('"text": "')[2]) + "\n")
        await asyncio.sleep(latency)
        answered += 1
        if lives and answered > lives:
            os._exit(1)
        message = {"role": "assistant", "content": "Answer: A"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
        return web.json_response(
            {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}
        )

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "m", "object": "model"}]})

    async def ready(app: web.Application) -> None:
        port.value = runner.addresses[0][1]

    app = web.Application(client_max_size=2**28)
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, access_log=None)

    async def main() -> None:
        import asyncio

        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        await ready(app)
        await asyncio.Event().wait()

    import asyncio

    asyncio.run(main())


@contextmanager
def server(latency: float, log: Path, lives: int = 0) -> Iterator[str]:
    """The address of a server in a process of its own."""
    port = multiprocessing.Value("i", 0)
    run = multiprocessing.Process(target=serve, args=(latency, port, log, lives), daemon=True)
    run.start()
    while not port.value:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port.value}/v1"
    finally:
        run.kill()
        run.join()


def dataset(root: Path, items: int) -> Path:
    """Multiple choice, eight questions a picture, pictures of about 10 kB."""
    import numpy
    from PIL import Image

    (root / "images").mkdir(parents=True)
    folder = root / "evalscope" / "mcq"
    folder.mkdir(parents=True)
    rows = []
    for n in range(items):
        image = f"images/{n // 8}.png"
        if n % 8 == 0:
            pixels = numpy.random.default_rng(n).integers(0, 255, (90, 120), dtype="uint8")
            Image.fromarray(pixels).save(root / image)
        rows.append({
            "id": f"{n:012x}", "form": "mcq", "level": 1, "topic": "value", "lang": "en", "group": f"g{n // 8}",
            "question": f"What is R{n}?", "options": ["1", "2", "3", "4"], "answer": "A", "images": [image],
        })  # fmt: skip
    (folder / "test.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return root


def timed(work: Callable[[], object]) -> float:
    """Seconds a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Print the figures; 1 where a bound is broken."""
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--items", type=int, default=5000)
    args.add_argument("--latency", type=float, default=0.02)
    args.add_argument("--at-once", type=int, default=64)
    args.add_argument("--sdk", action="store_true", help="measure the OpenAI SDK in threads as well")
    a = args.parse_args()
    ideal = a.items / a.at_once * a.latency
    with tempfile.TemporaryDirectory() as tmp:
        root = Path(tmp)
        data = dataset(root / "d", a.items)
        todo = prepared(BENCHES["circuit_mcq"], data / "evalscope/mcq", Mode(), None, root).cases

        def asking(url: str, store: Path) -> Callable[[], object]:
            return lambda: ask(
                todo, Endpoint(url, "m"), Sampling(), ReplyStore(store), a.at_once, lambda n: None
            )  # fmt: skip

        print(f"{a.items} questions, {a.latency * 1000:.0f} ms, {a.at_once} at once: ideal {ideal:.2f} s")
        with server(a.latency, root / "log") as url:
            alone = min(timed(asking(url, root / f"r{n}.jsonl")) for n in range(3))
            say("asking", alone, ideal)
            if a.sdk:
                say("OpenAI SDK in threads", timed(lambda: by_sdk(url, todo, a.at_once)), ideal)
            command = [sys.executable, "-m", "circuit_vqa", "eval", "run", "--url", url, "--data", str(data), "--out"]
            command += [str(root / "R"), "--batch", str(a.at_once)]
            say("all of eval run", timed(lambda: subprocess.run(command, check=True, capture_output=True)), ideal)
        twice, lost = dies(a.latency, root, asking, a.items)
    print(f"server killed half-way, back on another port: {twice} asked twice (in flight: {a.at_once}), {lost} lost")
    return int(alone > BOUND * ideal or twice > a.at_once or lost > 0)


def dies(
    latency: float, root: Path, asking: Callable[[str, Path], Callable[[], object]], items: int
) -> tuple[int, int]:
    """(questions asked twice, questions without a reply) where the first server dies half-way."""
    log, store = root / "dies", root / "dies.jsonl"
    with server(latency, log, lives=items // 2) as url:
        try:
            asking(url, store)()
        except KitError as e:
            print(f"  it says: {e}")
    with server(latency, log) as url:
        asking(url, store)()
    counts = Counter(json.loads(line) for line in log.read_text().splitlines())
    return sum(n - 1 for n in counts.values()), items - len(ReplyStore(store))


def by_sdk(url: str, todo: Any, at_once: int) -> None:
    """The same questions through the OpenAI SDK in threads."""
    from openai import OpenAI

    from qa.data_url import data_url

    client = OpenAI(base_url=url, api_key="EMPTY")

    def one(case: Any) -> None:
        user = case.turns[-1]
        parts: Any = [{"type": "image_url", "image_url": {"url": data_url(p.read_bytes())}} for p in user.pictures]
        parts.append({"type": "text", "text": user.text})
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": parts}], max_tokens=9)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, todo))


def say(what: str, seconds: float, ideal: float) -> None:
    print(f"{what:<24} {seconds:7.2f} s = {seconds / ideal:5.2f} x ideal", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

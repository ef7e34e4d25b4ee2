"""Pictures shown to a moderation service first: what it flags nobody is asked about, what it was not shown waits."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from qa.dataset import Dataset
from qa.errors import KitError
from qa.wire import Reply, post
from synth.pictures.stock import WAITING, Picture, Stock, is_waiting
from synth.teacher.config import Price, Teacher

if TYPE_CHECKING:
    import aiohttp

MODEL = "omni-moderation-latest"
_TRIES = 5
_GIVE_UP = 5
"""So many pictures in a row that got no verdict, and the service is left alone for this run."""
_TIMEOUT_S = 60.0


class _Result(BaseModel):
    flagged: bool
    categories: dict[str, bool | None] = {}


class _Results(BaseModel):
    results: list[_Result]


@dataclass
class Moderated:
    """What came of a run."""

    clean: int = 0
    flagged: int = 0
    waiting: int = 0
    """Without a verdict: not usable until a later run brings one."""
    why: str = ""
    """The last trouble, in one line without a key."""


def service(url: str, key_env: str | None, model: str = MODEL, concurrency: int = 8) -> Teacher:
    """Where to ask; url with or without `/moderations`. Raises KitError for a bad URL or a key that is not there."""
    try:
        found = Teacher.model_validate(
            {
                "name": "moderation",
                "base_url": url.rstrip("/").removesuffix("/moderations"),
                "model": model,
                "key_env": key_env,
                "price": Price.model_validate({"input": 0, "output": 0, "date": "2026-01-01"}),
                "concurrency": concurrency,
                "timeout_s": _TIMEOUT_S,
            }
        )
    except ValidationError as e:
        first = e.errors(include_input=False, include_context=False, include_url=False)[0]
        option = "--moderate-key-env" if "key_env" in first["loc"] else "--moderate"
        raise KitError(f"{option}: {first['msg'].removeprefix('Value error, ')}") from None
    found.key()
    return found


def moderate(
    dataset: Dataset, teacher: Teacher, advance: Callable[[int], None] | None = None, pause_s: float = 1.0
) -> Moderated:
    """Show every usable picture that this model has not seen; verdicts are on disk as they come.

    Pictures without a verdict get the fault `moderated` with a `why` that says so, and the next run goes on with them.
    `pause_s`: before a second try; longer each time, or as long as the service asks for.
    Raises KitError where another command is filling the dataset.
    """
    with dataset.filling():
        return _Run(dataset, teacher, advance or (lambda _: None), pause_s).all()


def to_show(dataset: Dataset) -> int:
    """How many pictures a run of `moderate` would look at."""
    return sum(p.fault is None or is_waiting(p) for p in Stock(dataset).read())


@dataclass
class _Run:
    dataset: Dataset
    teacher: Teacher
    advance: Callable[[int], None]
    pause_s: float
    verdicts: dict[str, list[str]] = field(default_factory=dict)
    """picture -> flagged categories, none where it is clean."""
    trouble: str = ""
    in_a_row: int = 0
    stopped: bool = False

    def all(self) -> Moderated:
        self.journal = self.dataset.root / "moderation.jsonl"
        self.verdicts = dict(_journaled(self.journal, self.teacher.model))
        stock = Stock(self.dataset)
        offered = [p.path for p in stock.read() if p.fault is None or is_waiting(p)]
        todo = [p for p in offered if p not in self.verdicts]
        if todo:  # nobody takes them for clean while this runs, or after it was killed
            stock.replace(self._marked)
        try:
            asyncio.run(self._ask_all(todo, len(offered)))
        finally:
            stock.replace(self._marked)
        known = [self.verdicts[p] for p in offered if p in self.verdicts]
        flagged = sum(bool(v) for v in known)
        return Moderated(len(known) - flagged, flagged, len(offered) - len(known), self.trouble)

    def _marked(self, p: Picture) -> Picture:
        if p.fault is not None and not is_waiting(p):
            return p
        verdict = self.verdicts.get(p.path)
        if verdict is None:
            return p.model_copy(update={"fault": "moderated", "why": WAITING})
        if verdict:
            return p.model_copy(update={"fault": "moderated", "why": f"flagged: {', '.join(verdict)}"})
        return p.model_copy(update={"fault": None, "why": ""})

    async def _ask_all(self, todo: list[str], offered: int) -> None:
        import aiohttp

        queue, done = iter(todo), offered - len(todo)
        async with aiohttp.ClientSession() as session:
            with self.journal.open("ab") as journal:

                async def worker() -> None:
                    nonlocal done
                    for path in queue:
                        if self.stopped:
                            return
                        verdict = await self._ask(session, path)
                        if verdict is not None:
                            self.verdicts[path] = verdict
                            row = {"path": path, "model": self.teacher.model, "flagged": verdict}
                            journal.write(json.dumps(row).encode() + b"\n")
                            journal.flush()
                            done += 1
                            self.advance(done)

                await asyncio.gather(*(worker() for _ in range(min(self.teacher.concurrency, len(todo)))))

    async def _ask(self, session: aiohttp.ClientSession, path: str) -> list[str] | None:
        """Flagged categories of one picture; None where there was no verdict."""
        try:
            data = (self.dataset.root / path).read_bytes()
        except OSError as e:
            self.trouble = f"{path}: {e.strerror}"
            return None
        url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        body = {"model": self.teacher.model, "input": [{"type": "image_url", "image_url": {"url": url}}]}
        for attempt in range(_TRIES):
            reply = await post(session, self.teacher, json.dumps(body).encode(), "/moderations")
            if reply.kind == "ok":
                try:
                    result = _Results.model_validate_json(reply.body).results[0]
                except (ValidationError, IndexError):
                    reply = Reply("again", what="the reply is not in the form of a moderation service")
                else:
                    self.in_a_row = 0
                    named = sorted(name for name, on in result.categories.items() if on)
                    return (named or ["without a category"]) if result.flagged else []
            self.trouble = reply.what
            if reply.kind == "fatal":
                self.stopped = True
                return None
            if reply.kind == "rejected" or self.stopped:
                break
            wait = reply.retry_after if reply.retry_after is not None else self.pause_s * 2**attempt
            await asyncio.sleep(min(60.0, wait) * random.uniform(1.0, 1.2) if attempt + 1 < _TRIES else 0)
        self.in_a_row += 1
        self.stopped = self.stopped or self.in_a_row >= _GIVE_UP
        return None


def _journaled(path: Path, model: str) -> Iterator[tuple[str, list[str]]]:
    """Verdicts of a model; a line torn by a kill is passed over (and ended, so that the next one is whole)."""
    if not path.is_file():
        return
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        with path.open("ab") as f:
            f.write(b"\n")
    for raw in data.splitlines():
        try:
            row = json.loads(raw)
            if row["model"] == model:
                yield str(row["path"]), [str(name) for name in row["flagged"]]
        except (ValueError, LookupError, TypeError):
            continue

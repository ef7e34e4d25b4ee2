"""One teacher's batch files: written, sent, looked at. One step of one part at a time, each noted in the state."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from synth.teacher.batch.provider import Batch, Provider, Refused, Unavailable
from synth.teacher.batch.results import ENDED
from synth.teacher.batch.state import Part, State
from synth.teacher.call import Request
from synth.teacher.config import BatchFiles, Price, Teacher, TeacherError

Say = Callable[[str], None]
_FIRST_LOOK_S = 1.0
_MB = 10**6


def at_batch_price(teacher: Teacher) -> Teacher:
    """The teacher with the price of its batch files.

    Raises:
        TeacherError: it takes none of the OpenAI form, or their price is not known.
    """
    if teacher.batch is None:
        why = "its entry has no `batch:`, so it takes no batch files of the OpenAI form"
        if "anthropic" in teacher.base_url:
            why = "Anthropic's batches are of another form"
        raise TeacherError(f"teacher {teacher.name}: {why}; leave --batch out or name another teacher")
    if teacher.price.batch is None:
        raise TeacherError(
            f"teacher {teacher.name}: no price for batch files; look it up and set price.batch in teachers.yaml"
        )
    batch = teacher.price.batch
    price = Price(input=batch.input, output=batch.output, date=teacher.price.date, batch=batch)
    return teacher.model_copy(update={"price": price})


@dataclass(slots=True)
class Work:
    """A part on its way."""

    part: Part
    due: float = 0.0
    failures: int = 0
    looks: int = 0
    said: str = ""
    """Of the last look at its batch: status and tenths done."""
    unsure: bool = False
    """A batch may have been started whose id is not known."""
    resumed: bool = False
    seen: set[str] = field(default_factory=set)
    """Rows whose results are read."""


class Desk:
    """The parts of one teacher. `dead` says why nothing more is to be had from it in this run."""

    def __init__(self, teacher: Teacher, state: State, poll_s: float, say: Say) -> None:
        self.teacher = at_batch_price(teacher)
        assert teacher.batch is not None
        self.limits: BatchFiles = teacher.batch
        self.provider = Provider(teacher)
        self.work: list[Work] = []
        self.dead = ""
        self.most_tokens: float = self.limits.tokens or math.inf
        self._state, self._poll_s, self._say = state, poll_s, say
        self._writing: tuple[Work, IO[bytes]] | None = None
        self._size = self._tokens = 0
        self._failing_since: float | None = None

    def fits(self, request: Request) -> str:
        """Why this row fits into no file of this teacher; empty when it does."""
        most = min(self.limits.row_mb or math.inf, self.limits.file_mb)
        size = len(_line(request))
        if size <= most * _MB:
            return ""
        return (
            f"its request is {size / _MB:.1f} MB, {self.teacher.name} takes {most:g} MB in a batch; shrink the picture"
        )

    def write(self, request: Request) -> None:
        """Appends a row to the file being written; a file that is full is sent."""
        line = _line(request)
        if self._writing is not None and (
            len(self._writing[0].part.requests) >= self.limits.requests
            or self._size + len(line) > self.limits.file_mb * _MB
            or self._tokens + request.most_in > self.most_tokens
        ):
            self.seal()
        if self._writing is None:
            work = Work(self._state.new(uuid.uuid4().hex, self.teacher))
            self._writing = work, self._state.path(work.part).open("wb")
            self._size = self._tokens = 0
        work, file = self._writing
        file.write(line)
        work.part.requests[request.key] = request.without_body()
        self._size += len(line)
        self._tokens += request.most_in

    def seal(self) -> None:
        """Ends the file being written and tries to send it."""
        if self._writing is None:
            return
        work, file = self._writing
        self._writing = None
        file.close()
        self.work.append(work)
        self.step(work)

    def step(self, work: Work) -> Batch | None:
        """The next step of a part, if it is due; returns its batch once that has ended."""
        if self.dead or work.due > time.monotonic():
            return None
        try:
            batch = self._step(work)
        except Unavailable as e:
            self.failed(work, e)
            return None
        except Refused as e:
            self._refused(work, e)
            return None
        self._failing_since, work.failures = None, 0
        return batch

    def failed(self, work: Work, e: Unavailable) -> None:
        """A step failed and is worth another try, later."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since > self.teacher.patience_s:
            self.dead = f"teacher {self.teacher.name}: {e} for {self.teacher.patience_s:g} s; run again to go on"
        work.due = now + max(min(self._poll_s, 0.25 * 2**work.failures), min(e.retry_after or 0.0, 600.0))
        work.failures += 1

    def _refused(self, work: Work, e: Refused) -> None:
        self.dead = f"teacher {self.teacher.name}: {e}"
        if work.part.batch and e.gone:
            self.dead += f"; if batch {work.part.batch} is gone for good, delete {self._state.folder} and run again"

    def _step(self, work: Work) -> Batch | None:
        part = work.part
        if part.step == "writing":
            if not self._room(work):
                return None
            self._state.sending(part, self.provider.upload(self._state.path(part), f"{part.part}.jsonl"))
        if part.step == "sending":
            batch = self.provider.started(part.file, part.at) if work.unsure else None
            if batch is None:
                work.unsure = True  # until its id is noted
                batch = self.provider.create(part.file, self.limits.window, part.part)
            self._opened(work, batch)
            return None
        return self._look(work)

    def _room(self, work: Work) -> bool:
        """Whether the account's limit of waiting tokens lets this part go now."""
        waiting = sum(w.part.tokens for w in self.work if w.part.step != "writing")
        if waiting == 0 or waiting + work.part.tokens <= self.most_tokens:
            return True
        work.due = time.monotonic() + min(self._poll_s, _FIRST_LOOK_S)
        return False

    def find(self, work: Work) -> bool:
        """Whether the part of an earlier run, cut off while it was sent, did become a batch.

        Raises:
            Unavailable, Refused: that cannot be told.
        """
        batch = self.provider.started(work.part.file, work.part.at)
        if batch is not None:
            self._opened(work, batch)
        return batch is not None

    def _opened(self, work: Work, batch: Batch) -> None:
        self._state.opened(work.part, batch.id)
        self._state.path(work.part).unlink(missing_ok=True)
        work.unsure = False
        self._later(work)
        self._say(f"{self.teacher.name}: {len(work.part.requests)} rows sent as {batch.id}")

    def _look(self, work: Work) -> Batch | None:
        batch = self.provider.get(work.part.batch)
        self._later(work)
        rows = batch.total or len(work.part.requests)
        tenth = f"{batch.status} {batch.done * 10 // rows}"
        if tenth != work.said:
            work.said = tenth
            self._say(f"{self.teacher.name}: {batch.id}: {batch.status}, {batch.done} of {rows} rows done")
        return batch if batch.status in ENDED else None

    def _later(self, work: Work) -> None:
        work.due = time.monotonic() + min(self._poll_s, _FIRST_LOOK_S * 1.5**work.looks)
        work.looks = min(work.looks + 1, 20)


def _line(request: Request) -> bytes:
    assert request.body is not None
    head = f'{{"custom_id":"{request.key}","method":"POST","url":"/v1/chat/completions","body":'
    return head.encode() + request.body + b"}\n"

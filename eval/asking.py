"""Asking a server many questions at once, each reply kept the moment it comes."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.cases import Case, Turn
from eval.replies import Reply, ReplyStore, request_key
from eval.server import Endpoint, is_loopback
from qa.data_url import data_url
from qa.errors import KitError
from qa.wire import Reply as Response
from qa.wire import post, text_of

if TYPE_CHECKING:
    import aiohttp

GIVE_UP_AFTER = 5
"""So many refusals without one reply mean that the set-up is wrong, not the question."""
MOST_TRIES = 4
"""Of one question; a server that fails so often in a row is down."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
"""Before a second try, doubled each time; and the longest."""
_SAID_AFTER = 4
"""Waits of one question, after which the console says that it is the server that is slow."""
QUIET_S = 60.0
"""Without a reply for so long, a person is told."""
PATIENCE_S = 900.0
"""A server may answer `slow down` (429) for so long without one reply to any question."""


@dataclass(frozen=True)
class Sampling:
    """What beside the turns decides a reply."""

    weights: str = ""
    """Fingerprint of the weights served, empty where it is not known."""
    max_tokens: int = 512
    temperature: float = 0.0


@dataclass
class Replies:
    """What came of a run: replies by case, and how they were had."""

    by_case: dict[int, Reply] = field(default_factory=dict)
    """Index of the case -> reply. A refused question has none."""
    refused: dict[int, str] = field(default_factory=dict)
    """Index of the case -> what the server said."""
    asked: int = 0
    kept: int = 0

    def between(self, start: int, end: int) -> Replies:
        """Those to the cases from `start` to before `end`, counted from 0 again."""
        own = range(start, end)
        return Replies(
            {i - start: self.by_case[i] for i in own if i in self.by_case},
            {i - start: self.refused[i] for i in own if i in self.refused},
        )


def ask(
    todo: Iterable[Case],
    endpoint: Endpoint,
    sampling: Sampling,
    store: ReplyStore,
    at_once: int,
    on_reply: Callable[[int], None],
) -> Replies:
    """The reply to every case: from the store where it is kept, else from the server, then kept.

    Cases with the same content are asked once. `on_reply` is told how many are done. Raises KitError where the server
    is of no use; what it replied until then is in the store. Ctrl-C stops at once.
    """
    return asyncio.run(_Asking(endpoint, sampling, store, on_reply).all(todo, at_once))


class _Asking:
    def __init__(
        self, endpoint: Endpoint, sampling: Sampling, store: ReplyStore, on_reply: Callable[[int], None]
    ) -> None:
        self.endpoint, self.sampling, self.store, self.on_reply = endpoint, sampling, store, on_reply
        self.got = Replies()
        self._waiting: dict[str, list[int]] = {}
        """Key of a question in flight -> the cases that want its reply."""
        self._done = 0
        self._last_reply = 0.0
        """When the server last answered, on the clock of the loop."""
        self._said = False
        self._rng = random.Random("backoff")
        self._digest = functools.cache(lambda path: hashlib.sha256(path.read_bytes()).hexdigest())
        self._url = functools.lru_cache(maxsize=256)(_sent)  # questions on one picture mostly follow each other

    async def all(self, todo: Iterable[Case], at_once: int) -> Replies:
        import aiohttp

        fresh = self._fresh(todo)
        connector = aiohttp.TCPConnector(limit=at_once)
        trust = not is_loopback(self.endpoint.base_url)
        async with aiohttp.ClientSession(connector=connector, trust_env=trust) as session:
            watch = asyncio.create_task(self._watch())
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(at_once):
                        group.create_task(self._worker(session, fresh))
            except* (KitError, OSError) as e:
                raise e.exceptions[0] from None
            finally:
                watch.cancel()
        return self.got

    async def _watch(self) -> None:
        """Says so where no reply comes for a while: a server that hangs looks like one that thinks."""
        while True:
            done = self._done
            await asyncio.sleep(QUIET_S)
            if self._done == done:
                print(
                    f"no reply for {QUIET_S:.0f} s from {self.endpoint.base_url}; each question is waited for up to"
                    f" {self.endpoint.timeout_s:.0f} s",
                    file=sys.stderr,
                )

    def _fresh(self, todo: Iterable[Case]) -> Iterator[tuple[Case, str]]:
        """Cases to be asked; those with a kept reply, or with a twin in flight, are seen to on the way."""
        for n, case in enumerate(todo):
            key = self._key(case)
            if (known := self.store.get(key)) is not None:
                self.got.kept += 1
                self._settle(n, known)
            elif key in self._waiting:
                self._waiting[key].append(n)
            else:
                self._waiting[key] = [n]
                yield case, key

    async def _worker(self, session: aiohttp.ClientSession, fresh: Iterator[tuple[Case, str]]) -> None:
        for case, key in fresh:
            response = await self._response(session, self._body(case))
            said = text_of(response.body) if response.kind == "ok" else None
            cases = self._waiting.pop(key)
            if said is None:
                self._refuse(cases, response)
                continue
            text = "" if said.text is None else said.text
            reply = Reply(key=key, text=text, stop="max_tokens" if said.finish == "length" else "stop")
            self.store.put(reply)
            self.got.asked += 1
            self.got.kept += len(cases) - 1
            for case_number in cases:
                self._settle(case_number, reply)

    def _settle(self, n: int, reply: Reply) -> None:
        self.got.by_case[n] = reply
        self._done += 1
        self.on_reply(self._done)

    def _refuse(self, cases: list[int], response: Response) -> None:
        """A question the server turns down (a picture too large, say) is unparsed; a wrong set-up ends the run."""
        if len(self.got.refused) >= GIVE_UP_AFTER and not self.got.asked + self.got.kept:
            raise KitError(f"the server at {self.endpoint.base_url} refuses every question: {response.what}")
        for n in cases:
            self.got.refused[n] = response.what
            self._done += 1
        self.on_reply(self._done)

    async def _response(self, session: aiohttp.ClientSession, body: bytes) -> Response:
        """The server's answer, or its refusal. Raises KitError where it is down or wants something else."""
        loop = asyncio.get_running_loop()
        tries, waits, since = 0, 0, loop.time()
        while True:
            response = await post(session, self.endpoint, body)
            if response.kind == "ok" and text_of(response.body) is None:
                response = Response("again", what="an answer that is no chat completion")
            if response.kind in ("ok", "rejected"):
                self._last_reply = loop.time()
                return response
            if response.kind == "fatal":
                raise KitError(self._fatal(response.what))
            tries, waits = tries + (response.kind == "again"), waits + 1
            if tries >= MOST_TRIES or loop.time() - max(since, self._last_reply) > PATIENCE_S:
                raise KitError(
                    f"the server at {self.endpoint.base_url} stopped answering after {len(self.got.by_case)} replies"
                    f" ({response.what}); they are kept in {self.store.path}: mend the server and run the same command"
                    " again"
                )
            backoff = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(waits, 16)) * self._rng.uniform(0.5, 1)
            if response.kind == "slow_down" and waits == _SAID_AFTER and not self._said:
                self._said = True
                print(f"the server says to slow down ({response.what}); asking more rarely", file=sys.stderr)
            # `Retry-After: 0` says nothing; without growing waits 64 workers would ask hundreds of times a second
            await asyncio.sleep(min(LONGEST_WAIT_S, response.retry_after or backoff))

    def _fatal(self, what: str) -> str:
        hint = f" (set {self.endpoint.key_in})" if "401" in what else ""
        return f"the server at {self.endpoint.base_url} cannot be asked for {self.endpoint.model!r}{hint}: {what}"

    def _key(self, case: Case) -> str:
        """What decides a reply: model, weights, sampling, turns with the bytes of their pictures, which repeat."""
        more = {"repeat": case.repeat} if case.repeat else {}
        return request_key(
            **self.endpoint.identity(self.sampling.weights),
            max_tokens=self.sampling.max_tokens,
            temperature=self.sampling.temperature,
            turns=[[t.role, t.text, [self._digest(p) for p in t.pictures]] for t in case.turns],
            **more,
        )

    def _body(self, case: Case) -> bytes:
        seed = {"seed": case.repeat} if self.sampling.temperature else {}
        body = {
            "model": self.endpoint.model,
            "messages": [self._message(t) for t in case.turns],
            "max_tokens": self.sampling.max_tokens,
            "temperature": self.sampling.temperature,
            **seed,
        }
        return json.dumps(body, ensure_ascii=False).encode()

    def _message(self, turn: Turn) -> dict[str, Any]:
        if not turn.pictures:
            return {"role": turn.role, "content": turn.text}
        parts = [{"type": "image_url", "image_url": {"url": self._url(path)}} for path in turn.pictures]
        return {"role": turn.role, "content": [*parts, {"type": "text", "text": turn.text}]}


def _sent(picture: Path) -> str:
    try:
        return data_url(picture.read_bytes())
    except ValueError as e:
        raise KitError(f"{picture}: {e}") from None

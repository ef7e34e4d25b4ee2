"""One request over HTTP to an OpenAI-compatible endpoint, and what its answer means. No retries here."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import aiohttp

_LARGEST = 16 * 2**20
_FATAL = {401: "the key was refused", 402: "the account holds no money", 404: "no such address or model"}
_AGAIN = {408, 409, 425}
_NO_MONEY = ("insufficient_quota", "arrearage", "credit balance")


class Endpoint(Protocol):
    """Who is asked: a teacher, or a model that is evaluated."""

    @property
    def base_url(self) -> str:
        """Up to and with the version: `https://api.openai.com/v1`."""

    @property
    def timeout_s(self) -> float: ...

    def key(self) -> str | None: ...

    def scrub(self, text: str) -> str:
        """The text without the key."""


def sayable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can name but no file or request can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request came to.

    ok: `body` is an answer, paid for. slow_down: 429. again: worth another try. rejected: this request never will be
    taken. fatal: no request to this endpoint will.
    """

    kind: Literal["ok", "slow_down", "again", "rejected", "fatal"]
    body: str = ""
    what: str = ""
    retry_after: float | None = None


async def post(
    session: aiohttp.ClientSession, endpoint: Endpoint, body: bytes, path: str = "/chat/completions"
) -> Reply:
    """Sends one request. Network trouble is a Reply too; nothing in a Reply's `what` holds the key."""
    import aiohttp

    headers = {"Content-Type": "application/json"}
    if key := endpoint.key():
        headers["Authorization"] = f"Bearer {key}"
    try:
        async with session.post(
            f"{endpoint.base_url}{path}",
            data=body,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=endpoint.timeout_s, sock_connect=min(20.0, endpoint.timeout_s)),
            allow_redirects=False,  # a redirect would carry the key to another host
        ) as response:
            raw = await response.content.read(_LARGEST + 1)
            while len(raw) <= _LARGEST and (more := await response.content.read(_LARGEST + 1)):
                raw += more
            status, said = response.status, response.headers
    except TimeoutError:
        return Reply("again", what=f"no answer in {endpoint.timeout_s:g} s")
    except (aiohttp.ClientError, OSError) as e:
        return Reply("again", what=endpoint.scrub(f"{type(e).__name__}: {e}")[:200])
    if len(raw) > _LARGEST:
        return Reply("rejected", what=f"the answer is longer than {_LARGEST >> 20} MiB")
    return judge(status, raw.decode("utf-8", "replace"), said, endpoint)


def judge(status: int, text: str, headers: Mapping[str, str], endpoint: Endpoint) -> Reply:
    """What a status, a body and headers mean."""
    if status == 200:
        return Reply("ok", body=endpoint.scrub(text))
    what = f"HTTP {status}: {endpoint.scrub(_said(endpoint.scrub(text)))}"  # before it is cut, and as it reads then
    no_money = any(sign in text.lower() for sign in _NO_MONEY)
    if status in _FATAL or (no_money and 400 <= status < 500):
        return Reply("fatal", what=f"{_FATAL.get(status, _FATAL[402])}: {what}")
    if status == 429:
        return Reply("slow_down", what=what, retry_after=retry_after(headers))
    if status >= 500 or status in _AGAIN:
        return Reply("again", what=what, retry_after=retry_after(headers))
    return Reply("rejected", what=what)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait that a response asks for: `Retry-After` (seconds or a date) or `retry-after-ms`."""
    for name, unit in (("retry-after-ms", 1e-3), ("Retry-After", 1.0)):
        said = headers.get(name)
        if said is None:
            continue
        try:
            seconds = float(said) * unit
        except ValueError:
            try:
                seconds = parsedate_to_datetime(said).timestamp() - time.time()
            except (ValueError, TypeError, OverflowError):
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _said(text: str) -> str:
    try:
        error = json.loads(text)["error"]
        text = error["message"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return " ".join(sayable(str(text)).split())[:200]


@dataclass(frozen=True, slots=True)
class Said:
    """The text of an answer, or why there is none."""

    text: str | None
    finish: str
    """`stop`, `length` (cut off), … as the server says."""
    fault: Literal["", "refused", "empty"] = ""
    why: str = ""


def text_of(body: str) -> Said | None:
    """What an answer's body says; None when it is no chat completion at all (worth asking again)."""
    try:
        choice = json.loads(body)["choices"][0]
        message = choice["message"]
        finish = str(choice.get("finish_reason") or "")
        content, refusal = message.get("content"), message.get("refusal")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return None
    if isinstance(content, list):  # some servers send parts
        content = "".join(str(p.get("text", "")) for p in content if isinstance(p, dict))
    if refusal or finish == "content_filter":
        return Said(None, finish, "refused", " ".join(sayable(str(refusal or finish)).split())[:200])
    if not isinstance(content, str) or not content.strip():
        return Said(None, finish, "empty", f"an empty answer (finish_reason {finish or 'not given'})")
    return Said(sayable(content), finish)

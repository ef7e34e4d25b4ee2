"""A teacher for tests: an OpenAI-compatible server on loopback, in a process of its own, that misbehaves on demand.

Run as: python tests/synth/teacher/fake_teacher.py '{"latency": 0.2, "error_500": 0.3}'

Prints its port. What it does to a request follows from the row it is asked about and how often that was asked, never
from chance, so that a test can count on it. Nothing of the kit is imported here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
DEFAULTS: dict[str, Any] = {
    "latency": 0.0,
    "error_500": 0.0,  # share of requests
    "hang_up": 0.0,
    "truncated": 0.0,  # share of rows whose first reply is cut-off JSON
    "prose": 0.0,  # share of rows with prose and a fence around the JSON
    "refusals": 0.0,  # share of rows refused
    "cap": 0,  # requests in any window of one second; 0: no cap
    "retry_after": "1",
    "always": 0,  # answer everything with this status
    "echo_key": False,  # put the Authorization header into errors and answers
    "slow_rows": "",  # pattern of rows that never get an answer
}


def share(*of: object) -> float:
    """A number in [0, 1) that follows from its arguments alone."""
    return int(hashlib.sha256(repr(of).encode()).hexdigest()[:8], 16) / 2**32


class Server:
    def __init__(self, script: dict[str, Any]) -> None:
        self.script = {**DEFAULTS, **script}
        self.seen: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self.window: deque[float] = deque()
        self.counts: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = re.search(rb"(?i)content-length: *(\d+)", head)
                body = await reader.readexactly(int(size[1])) if size else b""
                if head.startswith(b"GET"):
                    reply = (200, {}, {**self.counts, "paid": self.paid, "seen": self.seen})
                else:
                    key = re.search(rb"(?i)authorization: *(.*?)\r", head)
                    reply = await self.answer(json.loads(body), key[1].decode() if key else "")
                if reply is None:
                    return
                writer.write(http(*reply))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, request: dict[str, Any], key: str) -> tuple[int, dict[str, str], Any] | None:
        s = self.script
        name = self.name_of(request)
        self.counts["requests"] += 1
        self.seen[name] += 1
        n = self.seen[name]
        echo = f" you sent {key}" if s["echo_key"] else ""
        if s["always"]:
            return s["always"], {}, {"error": {"message": f"always{echo}"}}
        if s["cap"]:
            now = time.monotonic()
            while self.window and self.window[0] <= now - 1:
                self.window.popleft()
            if len(self.window) >= s["cap"]:
                self.counts["429"] += 1
                headers = {"Retry-After": s["retry_after"]} if s["retry_after"] else {}
                return 429, headers, {"error": {"message": "slow down"}}
            self.window.append(now)
        if s["slow_rows"] and re.fullmatch(s["slow_rows"], name):
            await asyncio.sleep(3600)
        await asyncio.sleep(s["latency"])
        chance = share("fault", name, n)
        if chance < s["error_500"]:
            self.counts["500"] += 1
            return 500, {}, {"error": {"message": f"oops{echo}"}}
        if chance < s["error_500"] + s["hang_up"]:
            self.counts["hung_up"] += 1
            return None
        self.paid[name] += 1
        corrected = any(m["role"] == "assistant" for m in request["messages"])
        return 200, {}, self.completion(name, self.text_for(name, request), corrected, echo)

    def name_of(self, request: dict[str, Any]) -> str:
        """What a request is counted under, and its faults follow from."""
        row = re.search(r"row (\S+?)[\s\"]", json.dumps(request["messages"], ensure_ascii=False))
        return row[1] if row else "?"

    def text_for(self, name: str, request: dict[str, Any]) -> str:
        """The good reply."""
        return json.dumps({"questions": [{"question": f"{name} 第{i}问", "answer": str(i)} for i in range(1, 6)]})

    def cut(self, text: str) -> str:
        """The reply where it is cut off."""
        return text[:-30]

    def completion(self, name: str, text: str, corrected: bool, echo: str) -> dict[str, Any]:
        s = self.script
        message: dict[str, Any] = {"role": "assistant", "content": text + echo}
        kind = share("form", name)
        if kind < s["truncated"]:
            if not corrected:
                message["content"] = self.cut(text)
        elif kind < s["truncated"] + s["prose"]:
            message["content"] = f"Here you are [as asked]:\n```json\n{text}\n```\nGood luck!"
        elif kind < s["truncated"] + s["prose"] + s["refusals"]:
            message.update(content=None, refusal="I cannot help with that.")
        return {
            "choices": [{"message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 200},
        }


def http(status: int, headers: dict[str, str], body: Any) -> bytes:
    payload = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join([*lines, *(f"{k}: {v}" for k, v in headers.items()), "", ""]).encode() + payload


@contextmanager
def fake_teacher(**script: Any) -> Iterator[str]:
    """A server with this script; yields its base URL."""
    with running([str(Path(__file__).resolve())], script) as url:
        yield url


@contextmanager
def running(program: list[str], script: dict[str, Any]) -> Iterator[str]:
    """A server of this kind in a process of its own; yields its base URL."""
    command = [sys.executable, *program, json.dumps(script)]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    finally:
        server.kill()
        server.communicate()


def counted(base_url: str) -> dict[str, Any]:
    """What the server counted: requests, 429, 500, hung_up; `seen` and `paid` by row."""
    with urllib.request.urlopen(base_url, timeout=10) as response:
        data: dict[str, Any] = json.load(response)
    return data


def end_with_starter() -> None:
    """Ends this process when its input is closed, so that no server outlives a killed test."""
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()


async def serve_forever(server: Server) -> None:
    """Serves on a free port, which it prints, until the process that started it ends or closes its input."""
    end_with_starter()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=2**26)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve_forever(Server(json.loads(sys.argv[1]))))

"""A moderation service for tests: loopback, scripted by what stands in its class."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Moderator:
    """`flagged`: sha256 of pictures -> categories. `status`: what the first `trouble` requests get."""

    def __init__(self) -> None:
        self.flagged: dict[str, list[str]] = {}
        self.status, self.trouble, self.junk = 500, 0, False
        self.seen: Counter[str] = Counter()
        self.keys: set[str] = set()
        self.paths: set[str] = set()
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.url = ""

    def answer(self, path: str, key: str, body: dict[str, Any]) -> tuple[int, str]:
        url = body["input"][0]["image_url"]["url"]
        digest = hashlib.sha256(base64.b64decode(url.removeprefix("data:image/png;base64,"))).hexdigest()
        with self.lock:
            self.keys.add(key)
            self.paths.add(path)
            if self.trouble > 0:
                self.trouble -= 1
                return self.status, json.dumps({"error": {"message": f"trouble with {key}"}})
            self.seen[digest] += 1
        if self.junk:
            return 200, '{"results": "none"}'
        categories = self.flagged.get(digest, [])
        names = dict.fromkeys(["violence", "sexual"], False) | dict.fromkeys(categories, True)
        return 200, json.dumps({"results": [{"flagged": bool(categories), "categories": names}]})


@contextmanager
def moderator() -> Iterator[Moderator]:
    script = Moderator()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with script.lock:
                script.at_once += 1
                script.most_at_once = max(script.most_at_once, script.at_once)
            status, text = script.answer(self.path, self.headers.get("Authorization", ""), body)
            with script.lock:
                script.at_once -= 1
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()

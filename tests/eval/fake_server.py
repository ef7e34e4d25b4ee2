"""An OpenAI-compatible server on the loopback that answers from a script, and remembers what it was asked."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = str | tuple[int, str]
"""A text, or an HTTP status with a message."""


def text_of(request: dict[str, Any]) -> str:
    """The text of the user's turn."""
    parts = request["messages"][-1]["content"]
    return parts if isinstance(parts, str) else "".join(p["text"] for p in parts if p["type"] == "text")


def pictures_of(request: dict[str, Any]) -> list[bytes]:
    """The bytes of the pictures of the user's turn; anything but base64 fails."""
    urls = [p["image_url"]["url"] for p in request["messages"][-1]["content"] if p["type"] == "image_url"]
    assert all(u.startswith("data:image/png;base64,") for u in urls), urls
    return [base64.b64decode(u.split(",", 1)[1], validate=True) for u in urls]


class _Roomy(ThreadingHTTPServer):
    request_queue_size = 256  # of five, the sixth that comes at once waits a second
    daemon_threads = True


class FakeServer:
    """Serves `model`; `script(request)` says what it replies. Use as a context manager."""

    def __init__(
        self, script: Callable[[dict[str, Any]], Reply], model: str = "scripted", key: str = "", root: str = ""
    ) -> None:
        self.script, self.model, self.key, self.root = script, model, key, root
        self.requests: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet: two wait 40 ms for each other
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send(200, {"object": "list", "data": [{"id": outer.model, "root": outer.root or None}]})

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if outer.key and self.headers.get("Authorization") != f"Bearer {outer.key}":
                    self._send(401, {"error": {"message": "bad key"}})
                    return
                with outer._lock:
                    outer.requests.append(request)
                reply = outer.script(request)
                if isinstance(reply, tuple):
                    self._send(reply[0], {"error": {"message": reply[1], "code": reply[0]}})
                else:
                    self._send(200, _completion(outer.model, reply))

            def _send(self, status: int, body: dict[str, Any]) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self._httpd = _Roomy(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._httpd.server_address[1]}/v1"

    def __enter__(self) -> FakeServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


def _completion(model: str, text: str) -> dict[str, Any]:
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13},
    }

"""A Hugging Face hub on the loopback: keeps what is committed, and every header it was sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class FakeHub:
    """What arrived: `files` by name, `created` repositories, `tokens` that were shown."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.stored: dict[str, bytes] = {}
        self.created: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.refuse = False
        self.url = ""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON for one request."""
        path = path.split("?")[0]
        if self.refuse:
            return 403, {"error": "this token may not write"}
        if path == "/api/repos/create":
            self.created.append(json.loads(body))
            made = self.created[-1]
            return 200, {"url": f"{self.url}/{made.get('organization', 'me')}/{made['name']}"}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if "/preupload/" in path:
            mode = {True: "lfs", False: "regular"}
            files = [
                {"path": f["path"], "uploadMode": mode[f["path"].endswith(".safetensors")], "shouldIgnore": False}
                for f in json.loads(body)["files"]
            ]
            return 200, {"files": files}
        if path.endswith("/info/lfs/objects/batch"):
            asked = json.loads(body)["objects"]
            there = [o for o in asked if o["oid"] in self.stored]
            up = [{**o, "actions": {"upload": {"href": f"{self.url}/put/{o['oid']}"}}} for o in asked if o not in there]
            return 200, {"transfer": "basic", "objects": [*there, *up]}
        if method == "PUT" and path.startswith("/put/"):
            self.stored[path.removeprefix("/put/")] = body
            return 200, {}
        if "/commit/" in path:
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "file":
                    self.files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    self.files[value["path"]] = self.stored[value["oid"]]
            return 200, {"commitUrl": f"{self.url}/c/1", "commitOid": "1" * 40, "pullRequestUrl": None}
        return 404, {"error": f"{method} {path} is not known here"}


@contextmanager
def running() -> Iterator[FakeHub]:
    """The hub, listening until the block ends."""
    hub = FakeHub()

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.tokens.add(self.headers.get("Authorization", ""))
            status, said = hub.answer(self.command, self.path, body)
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_HEAD = do

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

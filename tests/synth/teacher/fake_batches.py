"""A provider of batch files for tests: `/files` and `/batches` on loopback, in a process of its own, faults on demand.

Run as: python -m tests.synth.teacher.fake_batches '{"delay": 0.5}'

Prints its port. A row is known by the words `row NAME` in its messages; what happens to it follows from NAME and from
how often it was sent. Nothing of the kit is imported here.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.synth.teacher.fake_teacher import end_with_starter, running

DEFAULTS: dict[str, Any] = {
    "delay": 0.0,  # seconds from a batch's start to its end
    "reject": "",  # pattern of rows answered with 400
    "busy": "",  # of rows answered with 429 the first time they are sent
    "broken": "",  # of rows answered with 500 every time
    "expire": "",  # of rows that expire the first time, and the batch with them
    "missing": "",  # of rows that are in no file the first time
    "no_form": "",  # of rows whose answer is no chat completion the first time
    "bad_line": "",  # of rows for which the whole batch fails its check
    "twice": False,  # every line of a result file is there twice, in wrong order
    "every_500": 0,  # every so-manieth request of any kind fails with 500
    "lost_create": 0,  # so many batches are started without an answer
    "lost_upload": 0,
    "slow_lines": 0.0,  # seconds a line of a result file
    "cut_content": 0,  # so many downloads break off half-way
    "tokens": 0,  # most characters of rows that may wait at once; 0: no limit
    "always": 0,  # answer everything with this status
    "cancelled": False,
    "echo_key": False,
    "page": 100,  # batches on a page of the list
}


class Provider:
    def __init__(self, script: dict[str, Any]) -> None:
        self.script = {**DEFAULTS, **script}
        self.lock = threading.Lock()
        self.files: dict[str, list[tuple[str, str]]] = {}  # id -> (custom_id, row)
        self.sizes: dict[str, int] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.results: dict[str, list[str]] = {}
        self.sent: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def hit(self, row: str, pattern: str, first: bool = True) -> bool:
        p = self.script[pattern]
        return bool(p and re.fullmatch(p, row) and (not first or self.sent[row] == 1))

    def keep(self, custom: str, body: dict[str, Any]) -> None:
        """Told of every row."""

    def text_for(self, custom: str, row: str) -> str:
        """The good reply."""
        return f"answer of {row}"

    def start(self, file: str, metadata: Any) -> dict[str, Any]:
        id_ = f"batch_{len(self.batches) + 1:04d}"
        rows = self.files[file]
        for _, row in rows:
            self.sent[row] += 1
        self.counts["rows"] += len(rows)
        batch = {
            "id": id_, "object": "batch", "status": "in_progress", "input_file_id": file, "metadata": metadata,
            "created_at": int(time.time()), "output_file_id": None, "error_file_id": None, "errors": None,
            "request_counts": {"total": len(rows), "completed": 0, "failed": 0},
            "ends": time.time() + self.script["delay"],
        }  # fmt: skip
        waiting = sum(self.sizes[b["input_file_id"]] for b in self.batches.values() if b["status"] == "in_progress")
        bad = [n for n, (_, row) in enumerate(rows, 1) if self.hit(row, "bad_line", first=False)]
        if self.script["tokens"] and waiting + self.sizes[file] > self.script["tokens"]:
            for _, row in rows:
                self.sent[row] -= 1
            batch |= {"status": "failed", "errors": {"data": [{"code": "token_limit_exceeded", "message": "too many"}]}}
        elif bad:
            errors = [{"code": "invalid_request", "message": "bad row", "line": n} for n in bad]
            batch |= {"status": "failed", "errors": {"object": "list", "data": errors}}
        self.batches[id_] = batch
        return batch

    def look(self, id_: str, key: str) -> dict[str, Any]:
        batch = self.batches[id_]
        if batch["status"] == "in_progress" and time.time() >= batch["ends"]:
            self.end(batch, key)
        return batch

    def end(self, batch: dict[str, Any], key: str) -> None:
        good, bad = [], []
        expired = False
        echo = f" you sent {key}" if self.script["echo_key"] else ""
        for custom, row in self.files[batch["input_file_id"]]:
            if self.script["cancelled"] or self.hit(row, "missing"):
                continue
            if self.hit(row, "expire"):
                expired = True
                error = {"code": "batch_expired", "message": f"not done in time{echo}"}
                bad.append(json.dumps({"custom_id": custom, "response": None, "error": error}))
            elif (
                status := 400 * self.hit(row, "reject", False)
                or 429 * self.hit(row, "busy")
                or 500 * self.hit(row, "broken", False)
            ):
                body = {"error": {"message": f"status {status}{echo}"}}
                bad.append(
                    json.dumps({"custom_id": custom, "response": {"status_code": status, "body": body}, "error": None})
                )
            else:
                body = (
                    completion(f"{self.text_for(custom, row)}{echo}") if not self.hit(row, "no_form") else {"usage": {}}
                )
                good.append(
                    json.dumps({"custom_id": custom, "response": {"status_code": 200, "body": body}, "error": None})
                )
        for name, lines in (("output", good), ("error", bad)):
            if lines:
                if self.script["twice"]:
                    lines = [*reversed(lines), "{not json", "", *lines]
                self.results[f"file-{name}-{batch['id']}"] = lines
                batch[f"{name}_file_id"] = f"file-{name}-{batch['id']}"
        batch["status"] = "cancelled" if self.script["cancelled"] else "expired" if expired else "completed"
        batch["request_counts"] |= {"completed": len(good), "failed": len(bad)}


def completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 1000, "completion_tokens": 200}
    return {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        p, parts = self.provider, urlsplit(self.path)
        if parts.path == "/v1":
            self.reply(200, {**p.counts, "sent": p.sent, "batches": len(p.batches), "files": len(p.files)})
        elif self.spoiled():
            pass
        elif m := re.fullmatch(r"/v1/batches/(\w+)", parts.path):
            with p.lock:
                self.reply(200, p.look(m[1], self.key())) if m[1] in p.batches else self.reply(404, {})
        elif parts.path == "/v1/batches":
            query = parse_qs(parts.query)
            ids = sorted(p.batches, reverse=True)
            after = query.get("after", [""])[0]
            ids = ids[ids.index(after) + 1 :] if after else ids
            page = ids[: p.script["page"]]
            self.reply(200, {"data": [p.batches[i] for i in page], "has_more": len(ids) > len(page)})
        elif m := re.fullmatch(r"/v1/files/([\w-]+)/content", parts.path):
            self.content(p.results[m[1]])
        else:
            self.reply(404, {"error": {"message": "no such path"}})

    def content(self, lines: list[str]) -> None:
        p = self.provider
        data = "".join(f"{line}\n" for line in lines).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with p.lock:
            cut = p.counts["cut"] < p.script["cut_content"]
            p.counts["cut"] += cut
        if cut:
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        elif p.script["slow_lines"]:
            for line in lines:
                self.wfile.write(f"{line}\n".encode())
                self.wfile.flush()
                time.sleep(p.script["slow_lines"])
        else:
            self.wfile.write(data)

    def do_POST(self) -> None:
        p = self.provider
        if self.path == "/v1/files":
            file = self.upload()
            if self.spoiled():
                return
            with p.lock:
                lost = p.counts["lost_upload"] < p.script["lost_upload"]
                p.counts["lost_upload"] += lost
            self.hang_up() if lost else self.reply(200, {"id": file, "object": "file", "purpose": "batch"})
            return
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.spoiled():
            return
        assert asked["endpoint"] == "/v1/chat/completions" and asked["completion_window"] == "24h", asked
        with p.lock:
            batch = p.start(asked["input_file_id"], asked.get("metadata"))
            lost = p.counts["lost_create"] < p.script["lost_create"]
            p.counts["lost_create"] += lost
            last = p.counts["lost_create"] == p.script["lost_create"]
        if lost:
            print("lost", flush=True)
            if last:
                time.sleep(1.5)  # time to be killed in
            self.hang_up()
        else:
            self.reply(200, batch)

    def do_DELETE(self) -> None:
        self.reply(200, {"deleted": True})

    def upload(self) -> str:
        """Reads a multipart file a line at a time, keeping only what rows it holds."""
        p, left = self.provider, int(self.headers["Content-Length"])
        boundary = self.headers["Content-Type"].partition("boundary=")[2].encode()
        rows, size, head, purpose = [], 0, True, False
        while left > 0:
            line = self.rfile.readline(left)
            left -= len(line)
            if head:
                purpose |= line.strip() == b"batch"
                head = not line.startswith(b"Content-Type: application/jsonl")
                if not head:
                    left -= len(self.rfile.readline(left))
            elif line.startswith(b"{"):
                row = json.loads(line)
                assert row["method"] == "POST" and row["url"] == "/v1/chat/completions", "no batch row"
                p.keep(row["custom_id"], row["body"])
                name = re.search(r"row (\S+?)[\s\"]", json.dumps(row["body"]["messages"]))
                rows.append((row["custom_id"], name[1] if name else "?"))
                size += len(line)
            else:
                assert line in (b"\r\n",) or boundary in line, line[:80]
        assert purpose and len({c for c, _ in rows}) == len(rows), "no purpose, or a custom_id twice"
        with p.lock:
            file = f"file-batch-{len(p.files) + 1:04d}"
            p.files[file], p.sizes[file] = rows, size
            p.counts["largest_file"] = max(p.counts["largest_file"], size)
            p.counts["most_rows"] = max(p.counts["most_rows"], len(rows))
        return file

    def spoiled(self) -> bool:
        p = self.provider
        with p.lock:
            p.counts["requests"] += 1
            n = p.counts["requests"]
        echo = f" you sent {self.key()}" if p.script["echo_key"] else ""
        if p.script["always"]:
            self.reply(p.script["always"], {"error": {"message": f"always{echo}"}})
            return True
        if p.script["every_500"] and n % p.script["every_500"] == 0:
            self.reply(500, {"error": {"message": f"oops{echo}"}})
            return True
        return False

    def key(self) -> str:
        return self.headers.get("Authorization", "")

    def hang_up(self) -> None:
        self.close_connection = True

    def reply(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that was killed is no fault of the server."""


@contextmanager
def fake_batches(**script: Any) -> Iterator[str]:
    """A provider with this script; yields its base URL. `counted` tells of `sent`: how often a row was in a batch."""
    with running(["-m", "tests.synth.teacher.fake_batches"], script) as url:
        yield url


def serve_forever(handler: type[Handler]) -> None:
    """Serves on a free port, which it prints, until the process that started it ends or closes its input."""
    end_with_starter()
    server = Quiet(("127.0.0.1", 0), handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    Handler.provider = Provider(json.loads(sys.argv[1]))
    serve_forever(Handler)

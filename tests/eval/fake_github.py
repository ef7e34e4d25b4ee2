"""The part of GitHub's REST API that the comment asks, on the loopback, with a storage of its own for artifacts."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_quite-secret"
OURS, FORK = "kit/kit", "someone/kit"


def zipped(name: str, text: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(name, text)
    return buffer.getvalue()


class FakeGitHub:
    """Holds pull requests, runs, artifacts and comments of `kit/kit`. Use as a context manager."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.runs: list[dict[str, Any]] = []
        self.artifacts: dict[int, list[dict[str, Any]]] = {}
        self.zips: dict[int, bytes] = {}
        self.comments: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.stumbles = 0
        """So many of the next calls get 502."""
        self._api, self._storage = (_server(self, kind) for kind in ("api", "storage"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._api.server_address[1]}"

    def open(self, sha: str, repo: str = OURS, branch: str = "b", number: int = 7) -> None:
        """A pull request whose newest commit is `sha`; in place of one of that number."""
        self.pulls = [p for p in self.pulls if p["number"] != number]
        self.pulls.append({"number": number, "head": {"sha": sha, "ref": branch, "repo": {"full_name": repo}}})

    def run(
        self, part: str, sha: str, table: str | bytes | None, conclusion: str | None = "success", repo: str = OURS
    ) -> dict[str, Any]:
        """A run of a workflow and its artifact; returns the event that its end gives. No conclusion: it goes on."""
        n = max((r["id"] for r in self.runs), default=0) + 1
        found = {
            "id": n, "path": f".github/workflows/eval{'_gpu' if part == 'gpu' else ''}.yml", "head_sha": sha,
            "status": "completed" if conclusion else "in_progress", "conclusion": conclusion, "head_branch": "b",
            "head_repository": {"full_name": repo, "owner": {"login": repo.split("/")[0]}},
            "html_url": f"https://github.com/kit/kit/actions/runs/{n}", "event": "pull_request",
        }  # fmt: skip
        self.runs.append(found)
        self.artifacts[n] = [{"id": n * 100, "name": f"eval-{part}", "expired": False, "size_in_bytes": 99_000_000}]
        if table is not None:
            self.zips[n * 100 + 1] = table if isinstance(table, bytes) else zipped("compare.md", table.encode())
            size = len(self.zips[n * 100 + 1])
            kept = {"id": n * 100 + 1, "name": f"eval-table-{part}", "expired": False, "size_in_bytes": size}
            self.artifacts[n].append(kept)
        return found

    def answer(self, method: str, path: str, fields: dict[str, str]) -> Any:
        """What the API says, None for 404."""
        split = urlsplit(path)
        asked = {k: v[0] for k, v in parse_qs(split.query).items()}
        where = split.path.removeprefix(f"/repos/{OURS}")
        match where.strip("/").split("/"):
            case ["pulls"]:
                owner, branch = asked["head"].split(":")
                rows = [p for p in self.pulls if (p["head"]["repo"]["full_name"].split("/")[0], p["head"]["ref"])
                        == (owner, branch)]  # fmt: skip
            case ["actions", "runs"]:
                rows = [r for r in self.runs if r["head_sha"] == asked["head_sha"]]
            case ["actions", "runs", run, "artifacts"]:
                rows = [a for a in self.artifacts[int(run)] if a["name"] == asked["name"]]
            case ["actions", "artifacts", artifact, "zip"]:
                return f"http://127.0.0.1:{self._storage.server_address[1]}/{artifact}"
            case ["issues", _, "comments"] if method == "POST":
                self.say(fields["body"])
                return {}
            case ["issues", _, "comments"]:
                rows = self.comments
            case ["issues", "comments", comment]:
                next(c for c in self.comments if c["id"] == int(comment))["body"] = fields["body"]
                return {}
            case _:
                return None
        start, size = (int(asked["page"]) - 1) * int(asked["per_page"]), int(asked["per_page"])
        rows = rows[start : start + size]
        key = {"runs": "workflow_runs", "artifacts": "artifacts"}.get(where.rsplit("/", 1)[-1])
        return {key: rows} if key else rows

    def say(self, body: str, kind: str = "Bot") -> None:
        """A comment."""
        self.comments.append({"id": len(self.comments) + 1, "user": {"type": kind}, "body": body})

    def __enter__(self) -> FakeGitHub:
        for server in (self._api, self._storage):
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._api, self._storage):
            server.shutdown()
            server.server_close()


def _server(github: FakeGitHub, kind: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self._do({})

        def do_POST(self) -> None:
            self._do(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        do_PATCH = do_POST

        def _do(self, fields: dict[str, str]) -> None:
            github.calls.append(f"{self.command} {urlsplit(self.path).path}")
            if kind == "storage":
                leaked = self.headers["Authorization"] is not None
                self._send(400 if leaked else 200, b"" if leaked else github.zips[int(self.path.strip("/"))])
                return
            if github.stumbles:
                github.stumbles -= 1
                self._send(502, b'{"message": "stumbled"}')
                return
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                self._send(401, b'{"message": "Bad credentials"}')
                return
            found = github.answer(self.command, self.path, fields)
            if isinstance(found, str):
                self._send(302, b"", found)
            else:
                self._send(404 if found is None else 200, json.dumps(found).encode())

        def _send(self, status: int, body: bytes, location: str = "") -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)

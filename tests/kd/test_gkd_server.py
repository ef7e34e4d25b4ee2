"""A teacher's server is asked before the run: what swift would take in silence, or die of after an hour, is said."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from qa.errors import KitError
from qa.picture_size import TOKEN_SIDE
from swift_recipes.gkd import server
from swift_recipes.planning import tokens

PIXELS = 50176


class Server(ThreadingHTTPServer):
    """Answers /infer/ with `reply`, as `swift deploy` would; `seen` holds what was asked."""

    reply: tuple[int, Any]
    seen: list[dict[str, Any]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append({"path": self.path} | json.loads(body))
        code, data = self.server.reply
        text = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(code)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def teacher() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.seen = []
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    picture = tmp_path / "images" / "a.png"
    picture.parent.mkdir()
    Image.new("RGB", (168, 112)).save(picture)
    turns = [{"role": "user", "content": "<image>问题:R1?"}, {"role": "assistant", "content": "答案:A"}]
    path = tmp_path / "swift" / "gkd.jsonl"
    path.parent.mkdir()
    path.write_text(json.dumps({"messages": turns, "images": [str(picture)]}) + "\n", "utf-8")
    return path


def answer(count: int, width: int) -> list[dict[str, Any]]:
    one = {str(i): {"logprob": -float(i + 1), "rank": i + 1} for i in range(width)}
    return [{"choices": [], "prompt_logprobs": [None, *[one] * (count - 1)]}]


def length(rows: Path) -> int:
    return tokens.read(rows)[0].tokens(PIXELS)


def test_a_server_that_will_do_is_asked_as_swift_asks_it(teacher: Server, rows: Path) -> None:
    teacher.reply = (200, answer(length(rows), 8))
    server.probe(teacher.url, 8, rows, PIXELS)
    asked = teacher.seen[0]
    assert asked["path"] == "/infer/"
    assert asked["request_config"] == {"prompt_logprobs": 8, "max_tokens": 1, "temperature": 0.0}
    assert asked["infer_requests"][0]["messages"][-1]["content"] == "答案:A", "the answer is scored, not written"
    assert asked["infer_requests"][0]["images"] == json.loads(rows.read_text("utf-8"))["images"]
    assert asked["infer_requests"][0]["add_eos"] == "auto", "the end of the answer is scored too"


def test_without_log_probabilities_of_the_prompt_nothing_would_be_learnt(teacher: Server, rows: Path) -> None:
    replies: list[Any] = [[{"choices": []}], [{"prompt_logprobs": None}], [{"prompt_logprobs": []}]]
    for reply in replies:
        teacher.reply = (200, reply)
        with pytest.raises(KitError, match="nothing would be learnt"):
            server.probe(teacher.url, 8, rows, PIXELS)


def test_another_limit_on_pictures_shifts_every_token(teacher: Server, rows: Path) -> None:
    teacher.reply = (200, answer(length(rows) - 3, 8))
    with pytest.raises(KitError, match=f"MAX_PIXELS={PIXELS}"):
        server.probe(teacher.url, 8, rows, PIXELS)
    server.probe(teacher.url, 8, rows, PIXELS, count_tokens=False)


def test_fewer_words_than_asked_for(teacher: Server, rows: Path) -> None:
    teacher.reply = (200, answer(length(rows), 5))
    with pytest.raises(KitError, match="gives 5 words a token"):
        server.probe(teacher.url, 8, rows, PIXELS)


@pytest.mark.parametrize(
    ("code", "body", "said"),
    [
        (404, {"detail": "Not Found"}, "vllm serve will not do"),
        (400, {"message": "API key error"}, "wants an API key"),
        (500, b"Internal Server Error", "same paths"),
        (200, b"<html>", "no answer as of `swift deploy`"),
        (200, {}, "no answer as of `swift deploy`"),
        (200, [7], "no answer as of `swift deploy`"),
    ],
)
def test_other_answers_end_in_one_line(teacher: Server, rows: Path, code: int, body: Any, said: str) -> None:
    teacher.reply = (code, body)
    with pytest.raises(KitError, match=said) as e:
        server.probe(teacher.url, 8, rows, PIXELS)
    assert "\n" not in str(e.value)


def test_no_server_there(rows: Path) -> None:
    with pytest.raises(KitError, match="start it: swift deploy --infer_backend vllm --max_logprobs 8"):
        server.probe("http://127.0.0.1:9", 8, rows, PIXELS)


def test_addresses() -> None:
    assert server.urls("http://a:1") == ["http://a:1"]
    assert server.urls('[{"url": "http://a:1", "tags": ["x"]}, {"url": "http://b:2"}]') == ["http://a:1", "http://b:2"]
    for wrong, said in (
        ("[", "not a JSON list"),
        ("[1]", "not a JSON list"),
        ("ftp://a", "wants http"),
        ("http://", "wants http"),
        ("http://me:secret@a:1", "no user or key"),
        ("http://a:1/v1", "leave /v1 out"),
    ):
        with pytest.raises(KitError, match=said) as e:
            server.urls(wrong)
        assert "secret" not in str(e.value)


def test_swift_needs_vllm_here_too(monkeypatch: pytest.MonkeyPatch, rows: Path) -> None:
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    with pytest.raises(KitError, match="EXTRAS=dev,gpu"):
        server.check("http://127.0.0.1:9", 8, rows, PIXELS)


def test_tokens_are_those_of_one_row(rows: Path) -> None:
    assert tokens._row(json.loads(rows.read_text("utf-8")), "x", TOKEN_SIDE, tokens.SYSTEM).tokens(PIXELS) == length(
        rows
    )

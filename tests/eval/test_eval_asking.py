"""Asking many questions at once: nothing lost, nothing asked twice, faults in one line."""

from __future__ import annotations

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from eval.asking import Replies, Sampling, ask
from eval.cases import Case, Turn
from eval.replies import ReplyStore
from eval.server import FEW, MANY, MOST, PROMPT_TOKENS, Endpoint, capacity
from qa.errors import KitError
from qa.formats.asked import Asked
from tests.eval.fake_server import FakeServer, Reply, text_of


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.asking.FIRST_WAIT_S", 0.01)


def case(n: int, repeat: int = 0) -> Case:
    row = Asked(form="fill", question=f"q{n}", answer="1", id=f"{n:012x}")
    return Case(row, (Turn("user", f"q{n}"),), repeat=repeat)


def asked(url: str, store: Path, todo: list[Case], at_once: int = 8, **sampling: Any) -> Replies:
    return ask(todo, Endpoint(url, "m"), Sampling(**sampling), ReplyStore(store), at_once, lambda n: None)


def test_a_server_that_dies_and_comes_back_elsewhere_is_asked_only_for_the_rest(tmp_path: Path) -> None:
    todo, seen, lock = [case(n) for n in range(200)], Counter[str](), threading.Lock()

    def script(request: dict[str, Any]) -> Reply:
        with lock:
            seen[text_of(request)] += 1
            count = seen.total()
        return (500, "out of memory") if dying and count > 100 else f"answer to {text_of(request)}"

    dying = True
    with FakeServer(script) as server, pytest.raises(KitError, match="run the same command again") as error:
        asked(server.url, tmp_path / "r.jsonl", todo)
    assert "\n" not in str(error.value)
    kept = len(ReplyStore(tmp_path / "r.jsonl"))
    assert kept == 100
    dying, before = False, seen.copy()
    with FakeServer(script) as server:
        got = asked(server.url, tmp_path / "r.jsonl", todo)
    assert (got.kept, got.asked, len(got.by_case)) == (100, 100, 200)
    assert all(got.by_case[n].text == f"answer to q{n}" for n in range(200))
    again = {q for q in seen if seen[q] > before[q] and before[q]}
    assert len(again) <= 8  # those in flight when it died


def test_equal_questions_are_asked_once_and_repeats_apart(tmp_path: Path) -> None:
    todo = [case(1), case(1), case(2), case(1, repeat=1)]
    with FakeServer(lambda r: str(len(server.requests))) as server:
        got = asked(server.url, tmp_path / "r.jsonl", todo, temperature=0.7)
        assert len(server.requests) == 3
        assert sorted(r["seed"] for r in server.requests) == [0, 0, 1]
    assert got.by_case[0] == got.by_case[1] != got.by_case[3]


def test_other_weights_temperature_or_length_are_asked_anew(tmp_path: Path) -> None:
    with FakeServer(lambda r: "x") as server:
        for n, sampling in enumerate(({}, {"weights": "a"}, {"max_tokens": 9}, {"temperature": 0.1}, {"weights": "a"})):
            asked(server.url, tmp_path / "r.jsonl", [case(0)], **sampling)
            assert len(server.requests) == min(n + 1, 4)


def test_slow_down_is_waited_for_and_a_hiccup_tried_again(tmp_path: Path) -> None:
    said: list[Reply] = [(429, "slow down"), (503, "busy"), "fine"]
    with FakeServer(lambda r: said[len(server.requests) - 1]) as server:
        start = time.monotonic()
        got = asked(server.url, tmp_path / "r.jsonl", [case(0)], at_once=1)
    assert got.by_case[0].text == "fine" and time.monotonic() - start < 5


def test_slow_down_without_end_is_asked_ever_more_rarely_and_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eval.asking.PATIENCE_S", 0.6)
    with FakeServer(lambda r: (429, "slow down")) as server, pytest.raises(KitError, match="slow down"):
        asked(server.url, tmp_path / "r.jsonl", [case(0)], at_once=1)
    assert "says to slow down (HTTP 429" in capsys.readouterr().err
    assert 3 < len(server.requests) < 12  # 0.6 s of waits that do not grow would be 60 or more


def test_a_question_that_waits_long_does_not_end_a_run_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.asking.PATIENCE_S", 0.3)
    monkeypatch.setattr("eval.asking.LONGEST_WAIT_S", 0.05)
    start = time.monotonic()

    def script(request: dict[str, Any]) -> Reply:
        if text_of(request) == "q0":
            return "late" if time.monotonic() - start > 0.6 else (429, "slow down")
        time.sleep(0.05)
        return "x"

    with FakeServer(script) as server:
        got = asked(server.url, tmp_path / "r.jsonl", [case(n) for n in range(30)], at_once=2)
    assert got.by_case[0].text == "late" and len(got.by_case) == 30


def test_a_server_that_hangs_is_named_while_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("eval.asking.QUIET_S", 0.1)
    with FakeServer(lambda r: time.sleep(0.35) or "at last") as server:
        assert asked(server.url, tmp_path / "r.jsonl", [case(0)]).by_case[0].text == "at last"
    assert f"no reply for 0 s from {server.url}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((401, "no key"), "CIRCUIT_VQA_API_KEY"),
        ((404, "no such model"), "'m'"),
        ((400, "nonsense"), "refuses every question"),
    ],
)
def test_a_wrong_set_up_ends_the_run(reply: Reply, words: str, tmp_path: Path) -> None:
    with FakeServer(lambda r: reply) as server, pytest.raises(KitError, match=words):
        asked(server.url, tmp_path / "r.jsonl", [case(n) for n in range(40)])


def test_a_key_that_is_echoed_stands_nowhere(tmp_path: Path) -> None:
    endpoint = Endpoint("", "m", "sk-quite-secret")
    with FakeServer(lambda r: "your key is sk-quite-secret", key="sk-quite-secret") as server:
        endpoint = Endpoint(server.url, "m", "sk-quite-secret")
        ask([case(0)], endpoint, Sampling(), ReplyStore(tmp_path / "r.jsonl"), 1, lambda n: None)
    assert b"sk-quite" not in (tmp_path / "r.jsonl").read_bytes() and "sk-quite" not in repr(endpoint)


@pytest.fixture
def says() -> Any:
    """Starts a server with an owner and a page of metrics; returns its address."""
    running: list[ThreadingHTTPServer] = []

    def start(owner: str, metrics: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                models = f'{{"data": [{{"id": "m", "owned_by": "{owner}"}}]}}'
                body = (models if self.path == "/v1/models" else metrics).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

        httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True).start()
        running.append(httpd)
        return f"http://127.0.0.1:{httpd.server_address[1]}/v1"

    yield start
    for httpd in running:
        httpd.shutdown()
        httpd.server_close()


def test_how_many_at_once_is_what_the_server_has_room_for(says: Any) -> None:
    def room(blocks: int) -> str:
        return f'# HELP x\nvllm:cache_config_info{{block_size="16",cache_dtype="auto",num_gpu_blocks="{blocks}"}} 1.0\n'

    tokens = PROMPT_TOKENS + 512
    assert capacity(Endpoint(says("vllm", room(100 * tokens // 16)), "m"), 512) in (99, 100)
    assert capacity(Endpoint(says("vllm", room(10**7)), "m"), 512) == MOST
    assert capacity(Endpoint(says("vllm", room(10)), "m"), 512) == FEW
    assert capacity(Endpoint(says("vllm", ""), "m"), 512) == MANY
    assert capacity(Endpoint(says("swift", ""), "m"), 512) == FEW
    assert capacity(Endpoint("http://127.0.0.1:9/v1", "m"), 512) == FEW

"""`circuit-vqa synth review` as a process of its own: killed, started again, asked for what it should refuse."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import circuit_vqa
from qa.dataset import Dataset
from qa.standing import standing
from synth.review.desk import Desk
from synth.review.record import version
from synth.review.rows import Filters
from tests.synth.review.conftest import free_port
from tests.synth.review.review_items import folder

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def ds(tmp_path: Path) -> Dataset:
    return folder(tmp_path / "mine")


def start(ds: Dataset, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "circuit_vqa.py"), "synth", "review", str(ds.root), "--port", str(port)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                page.read()
                return run
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the page did not come up")


@pytest.mark.slow  # starts the command twice, and gradio takes its time to be imported
def test_kill_9_loses_nothing_and_ctrl_c_merges(ds: Dataset, browser: Any) -> None:
    port = free_port()
    run = start(ds, port)
    page = browser.new_context().new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_selector("body.rv-nameless")
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    page.wait_for_selector("body:not(.rv-nameless)")

    def accept(done: int) -> None:
        """Returns when the page knows its new place: the count is drawn a little before the address is."""
        before = page.evaluate("window.review.answers()")
        page.keyboard.press("a")
        page.wait_for_function(f"window.review.answers() > {before}")
        page.wait_for_function(f"document.querySelector('.rv-count').innerText.startsWith('{done} done')")

    accept(1)
    accept(2)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    at = page.url
    run = start(ds, port)
    page.goto(at)
    page.wait_for_function("document.querySelector('.rv-count')?.innerText.startsWith('2 done')")
    page.wait_for_function("window.review && window.review.answers() > 0")
    page.wait_for_selector("body:not(.rv-nameless)")  # the browser remembers who it is
    accept(3)
    page.context.close()
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert "1 decisions in" in out
    assert "3 items changed" in out
    assert [standing(i) for i in ds.items()][:4] == ["accepted", "accepted", "accepted", "unchecked"]


def asked(url: str, **headers: str) -> int:
    """The status a request gets."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as got:
            got.read()
            return int(got.status)
    except urllib.error.HTTPError as e:
        return e.code


def test_only_this_folder_s_pictures_are_served_and_other_sites_are_refused(
    ds: Dataset, served: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    (ds.root / "images" / "link.png").symlink_to(tmp_path / "secret.png")
    url = served(ds)
    first = next(ds.items()).pictures[0]
    assert asked(f"{url}picture/{first}") == 200
    for path in (
        "picture/items.jsonl",
        "picture/..%2Fsecret.png",
        "picture/images/link.png",
        f"picture/{ds.root}/items.jsonl",
        f"gradio_api/file={ds.root}/items.jsonl",
        f"file={ds.root}/items.jsonl",
        "gradio_api/proxy=http://127.0.0.1:1/",
        "gradio_api/upload",
        "docs",
        "openapi.json",
    ):
        assert asked(url + path) in (403, 404), path
    assert asked(url, Host="evil.example") == 403  # a name that was made to point here
    assert asked(url, Origin="http://evil.example") == 403
    assert asked(url) == 200


def test_the_port_is_taken(ds: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert circuit_vqa.main(["synth", "review", str(ds.root), "--port", str(port)]) == 1
    err = capsys.readouterr().err
    what = "cannot be used (Address already in use); name another with --port or --host"
    assert err == f"circuit-vqa: 127.0.0.1:{port} {what}\n"


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda root: None, "holds no items.jsonl"),
        (lambda root: Dataset.create(root), "is empty; nothing to review"),
        (lambda root: Dataset.create(root).items_path.write_text("{}\n"), "items.jsonl:1: id: Field required"),
        (lambda root: (root.parent.mkdir(exist_ok=True), root.write_text("x")), "holds no items.jsonl"),
    ],
)
def test_an_odd_folder_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], Any], what: str
) -> None:
    make(tmp_path / "odd")
    assert circuit_vqa.main(["synth", "review", str(tmp_path / "odd"), "--port", "0"]) == 1
    err = capsys.readouterr().err
    assert what in err
    assert err.count("\n") == 1


def test_a_name_that_is_none(ds: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    assert circuit_vqa.main(["synth", "review", str(ds.root), "--reviewer", "x" * 41]) == 1
    assert "at most 40 printable characters" in capsys.readouterr().err


def test_a_broken_line_of_the_log_is_named(ds: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    (ds.root / "reviews.jsonl").write_text('{"item": 3}\n')
    assert circuit_vqa.main(["synth", "review", str(ds.root), "--port", "0"]) == 1
    assert "reviews.jsonl:1: " in capsys.readouterr().err


def test_ten_thousand_items_open_and_turn_quickly(tmp_path: Path) -> None:
    small = folder(tmp_path / "mine", 1)
    mcq, fill = small.items()
    rows = []
    for n in range(5_000):
        for item in (mcq, fill):
            rows.append(item.model_copy(update={"id": f"{len(rows):012x}", "question": f"{item.question} {n}"}))
    small.items_path.write_text("".join(r.model_dump_json(exclude_none=True) + "\n" for r in rows), "utf-8")
    began = time.perf_counter()
    assert len(list(small.items())) == 10_000
    read = time.perf_counter() - began
    began = time.perf_counter()
    desk = Desk(small)
    opened = time.perf_counter() - began
    began = time.perf_counter()
    filters, at = Filters(), rows[0]
    for _ in range(10):
        desk.decide(at.id, version(at), "", "accept", "Ann")
        following = desk.step(filters, "s", "Ann", at.id)
        desk.progress(filters, "Ann")
        assert following is not None
        at = following.item
    each = (time.perf_counter() - began) / 10
    assert len((small.root / "reviews.jsonl").read_text().splitlines()) == 10
    assert json.loads((small.root / "reviews.jsonl").read_text().splitlines()[0])["decision"] == "accept"
    # held against reading the file in the same minute: a busy machine slows all of it
    assert opened < 10 * read, f"{opened:.1f} s, reading alone {read:.1f} s"
    assert each < read, f"{each * 1000:.0f} ms, reading alone {read:.1f} s"

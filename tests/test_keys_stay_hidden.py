"""A key is in nothing the kit writes or says: output, logs, dataset folder byte by byte, errors, reports.

The commands run in processes of their own, everything logged, against a teacher that puts the key it was sent into
every error and every reply. What is searched for is the key, pieces of it, and its escaped forms.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from circuit_vqa import main
from qa.dataset import Dataset
from qa.wire import judge
from synth.teacher.config import Teacher
from tests.command_line import said, vqa
from tests.synth.teacher.fake_teacher import counted, running

KEY = "sk-Hidden/0123+4567~89ab=CdefGHIJklmnOPQR"
PIECES = (KEY[:14], KEY[10:24], KEY[-14:], KEY.replace("/", "\\/")[:14], quote(KEY, safe="")[:16])
LOGGED = (
    "import logging, sys; logging.basicConfig(level=logging.DEBUG); "
    "from circuit_vqa import main; sys.exit(main(sys.argv[1:]))"
)
PRICE = "{input: 1, output: 1, date: 2026-01-01, batch: {input: 0.5, output: 0.5}}"


@dataclass
class Home:
    """A folder to work in, a dataset of three pictures, and the teachers `one` and `two`."""

    path: Path
    url: str
    said: bytes = b""

    def vqa(self, *words: str, codes: tuple[int, ...] = (0,), stop_after: int = 0, room: str = "synth") -> str:
        """What the command said. `stop_after`: Ctrl-C once it has sent so many requests."""
        given = {"ECHO_KEY": KEY, "CIRCUIT_VQA_API_KEY": KEY, "PYTHONASYNCIODEBUG": "1"}
        if stop_after:
            code, text = self.stopped((room, *words), stop_after, given)
        else:
            done = vqa(room, *words, cwd=self.path, log_all=True, **given)
            code, text = done.returncode, done.stdout + done.stderr
        self.said += text.encode()
        assert code in codes, text
        return text

    def stopped(self, words: tuple[str, ...], stop_after: int, given: dict[str, str]) -> tuple[int, str]:
        stop_at = counted(self.url).get("requests", 0) + stop_after
        run = subprocess.Popen(
            [sys.executable, "-c", LOGGED, *words], cwd=self.path, env=os.environ | given,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
        )  # fmt: skip
        until = time.monotonic() + 100
        while counted(self.url).get("requests", 0) < stop_at and run.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        text, _ = run.communicate(timeout=120)
        return run.returncode, text

    def all_written(self) -> Iterator[tuple[str, bytes]]:
        yield "what was said", self.said
        for file in self.path.rglob("*"):
            yield str(file), os.fsencode(file)
            if file.is_file():
                yield str(file), file.read_bytes()

    def nothing_leaked(self) -> None:
        for where, data in self.all_written():
            for piece in PIECES:
                assert piece.encode() not in data, f"{piece} is in {where}"


@contextmanager
def at_home(folder: Path, **script: Any) -> Iterator[Home]:
    with running(["-m", "tests.synth.teacher.echoing_teacher"], script) as url:
        entries = [
            f"  - {{name: {name}, base_url: '{url}', model: m-{name}, key_env: ECHO_KEY, price: {PRICE}, batch: {{}}}}"
            for name in ("one", "two")
        ]
        (folder / "teachers.yaml").write_text("\n".join(["teachers:", *entries]), "utf-8")
        yield Home(folder, url)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset folder with three generated circuits as its pictures."""
    folder = tmp_path_factory.mktemp("taken")
    said("synth", "circuits", "--count", "3", "--out", folder / "made")
    said("synth", "images", folder / "made" / "images", "--out", folder / "mine")
    return folder / "mine"


@pytest.fixture
def pictures(tmp_path: Path, taken_in: Path) -> Path:
    """Where commands run: it holds the dataset folder `mine`."""
    shutil.copytree(taken_in, tmp_path / "home" / "mine")
    return tmp_path / "home"


@pytest.mark.parametrize("batch", [(), pytest.param(("--batch",), marks=pytest.mark.slow)], ids=["live", "batch"])
def test_every_command_that_asks(pictures: Path, batch: tuple[str, ...]) -> None:
    with at_home(pictures, every_500=4) as home:
        home.vqa("write", "mine", "--teacher", "one", *batch)
        home.vqa("check", "mine", "--teacher", "two", "--third", "one", "--gold", "2", *batch)
        home.vqa("report", "mine", "--assess", "two", codes=(0, 1))
        home.vqa("split", "mine", codes=(0, 1))
        home.vqa("export", "mine", "--unchecked", codes=(0, 1))
        home.vqa("validate", "mine", codes=(0, 1))
        asked = counted(home.url)
        home.nothing_leaked()
    assert asked["batches"] > 0 if batch else asked["answered"] > 5
    items = list(Dataset.open(pictures / "mine").items())
    assert any("***" in i.model_dump_json() for i in items), "the key was in no Item, so nothing was tried"


@pytest.mark.parametrize("script", [{"every_500": 4}, {"always": 401}, {"always": 400}], ids=["answers", "401", "400"])
def test_every_kd_command_that_asks(tmp_path: Path, taken_in: Path, script: dict[str, Any]) -> None:
    home_path = tmp_path / "home"
    shutil.copytree(taken_in.parent / "made", home_path / "mine")
    assert main(["synth", "split", str(home_path / "mine")]) == 0
    with at_home(home_path, **script) as home:
        for words in (
            ("solutions", "mine", "--teacher", "one", "--limit", "4"),
            ("analyses", "mine", "--teacher", "one"),
            ("solutions", "mine", "--teacher", "two", "--limit", "4", "--batch"),
            ("reject", "mine", "--teacher", "two", "--samples", "2", "--limit", "2"),
            ("reject", "mine", "--url", home.url, "--model", "m", "--samples", "2", "--limit", "2"),
        ):
            home.vqa(*words, codes=(0, 1), room="kd")
        assert counted(home.url)["requests"] > 0
        home.nothing_leaked()
        asked = counted(home.url)
    kept = [home_path / "mine" / f for f in ("solutions.jsonl", "analyses.jsonl", "samples.jsonl")]
    assert asked["requests"] > 0
    if "always" not in script:
        assert asked["batches"] > 0
        assert all("***" in f.read_text("utf-8") for f in kept), "the key was in no record, so nothing was tried"


@pytest.mark.parametrize(
    ("status", "batch"),
    [(400, ()), (401, ()), (500, ()), (400, ("--batch",)), (401, ("--batch",)), (500, ("--batch",))],
)
def test_every_error(pictures: Path, status: int, batch: tuple[str, ...]) -> None:
    with at_home(pictures, always=status) as home:
        stop_after = 2 if status == 500 else 0  # it is tried again for minutes
        home.vqa("write", "mine", "--teacher", "one", *batch, codes=(0, 1, 130), stop_after=stop_after)
        assert counted(home.url)["requests"] > 0
        home.nothing_leaked()


@pytest.mark.parametrize("script", [{"every_500": 2}, {"always": 401}], ids=["answers", "refused"])
def test_moderation_of_pictures(pictures: Path, script: dict[str, Any]) -> None:
    pytest.importorskip("synth.pictures.moderation")
    with at_home(pictures, **script) as home:
        flags = ("--moderate", f"{home.url}/moderations", "--moderate-key-env", "ECHO_KEY")
        home.vqa("images", "mine/images", "--out", "again", *flags, codes=(0, 1))
        assert counted(home.url)["requests"] > 0
        home.nothing_leaked()


def test_batches_left_open_and_stopped(pictures: Path) -> None:
    with at_home(pictures, delay=60) as home:
        home.vqa("write", "mine", "--teacher", "one", "--batch", "--no-wait", codes=(75,))
        home.vqa("write", "mine", "--teacher", "one", "--batch", codes=(130,), stop_after=1)
        home.nothing_leaked()
        assert counted(home.url)["batches"] == 1


WRONG_PLACES = (
    f"teachers: [{{name: '{KEY}', base_url: 'http://h/v1', model: m, price: {PRICE}}}]",
    f"teachers: [{{name: one, base_url: 'http://h/v1?key={KEY}', model: m, price: {PRICE}}}]",
    f"teachers: [{{name: one, base_url: 'http://me:{KEY}@h/v1', model: m, price: {PRICE}}}]",
    f"teachers: [{{name: one, base_url: '{KEY}', model: m, price: {PRICE}}}]",
    f"teachers: [{{preset: gpt-4o, key_env: '{KEY}'}}]",
    f"teachers: [{{preset: gpt-4o, api_key: '{KEY}'}}]",
    f"teachers: [{{preset: '{KEY}'}}]",
    f"teachers: [{{preset: gpt-4o, price: '{KEY}'}}]",
    f"teachers: [{{preset: gpt-4o, batch: {{tokens: '{KEY}'}}}}]",
    f"teachers: [{{preset: gpt-4o, '{KEY}': 1}}]",
    f"teachers: [{{preset: gpt-4o, parameters: {{messages: '{KEY}'}}}}]",
    f"{KEY}: [",
    f"teachers: {KEY}",
)


@pytest.mark.parametrize("text", WRONG_PLACES, ids=range(len(WRONG_PLACES)))
def test_a_key_typed_in_the_wrong_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "teachers.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["synth", "write", "mine", "--teacher", "one"]) == 1
    said = "".join(capfd.readouterr())
    assert "teachers.yaml" in said and not any(p in said for p in PIECES), said


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
@pytest.mark.parametrize("verb", ["synth write", "synth check", "kd analyses", "kd solutions", "kd reject"])
def test_a_key_given_as_the_name_of_a_teacher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], verb: str, dry: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*verb.split(), "mine", "--teacher", KEY, *dry]) == 1
    said = "".join(capfd.readouterr())
    assert "no teacher is called ***" in said and not any(p in said for p in PIECES)


def test_an_error_that_is_cut_short_does_not_end_in_half_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_KEY", KEY)
    entry = {"name": "t", "base_url": "http://h/v1", "model": "m", "key_env": "ECHO_KEY"}
    teacher = Teacher.model_validate({**entry, "price": {"input": 1, "output": 1, "date": "2026-01-01"}})
    for pad in range(150, 200):
        what = judge(400, f'{{"error": {{"message": "{"x" * pad} {KEY}"}}}}', {}, teacher).what
        assert KEY[:6] not in what
    for escaped in (KEY.replace("/", "\\/"), quote(KEY, safe=""), "".join(f"\\u{ord(c):04x}" for c in KEY)):
        assert teacher.scrub(f"you sent {escaped}.") == "you sent ***."


def test_the_search_finds_a_key(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite-wal").write_bytes(b"\0\1" + KEY.encode())
    with pytest.raises(AssertionError, match="is in"):
        Home(tmp_path, "").nothing_leaked()

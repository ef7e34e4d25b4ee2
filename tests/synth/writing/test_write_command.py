"""`synth write` against a teacher on loopback: every good question lands once, whatever the teacher and the user do."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from qa.dataset import Dataset
from qa.standing import standing
from synth.pictures.stock import Stock
from synth.writing.log import WritingLog
from tests.synth.teacher.fake_teacher import counted
from tests.synth.writing.folder import KEY, command, items, stocked, teachers_yaml, write
from tests.synth.writing.writing_teacher import writing_teacher

COUNT = 40


def everything(root: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file())


def test_five_items_a_picture_with_their_origin_and_nobody_asked_again(tmp_path: Path) -> None:
    ds = stocked(tmp_path / "d", 6)
    with writing_teacher(prose=0.3) as url:
        teachers_yaml(tmp_path, url)
        said = write(tmp_path, "--teacher", "one")
        assert "30 items on 6 pictures" in said and "6 requests" in said
        again = write(tmp_path, "--teacher", "one")
        assert "0 pictures to ask about, 6 done before" in again and counted(url)["requests"] == 6
    found = items(tmp_path)
    assert len(found) == 30 and all(n == 5 for n in Counter(i.pictures for i in found).values())
    assert sorted(Counter(i.level for i in found).items()) == [(1, 12), (2, 6), (3, 6), (4, 6)]
    item = next(i for i in found if i.form == "mcq" and i.topic != "absent")
    assert item.origin.writer == "teacher:m-one@write@1" and item.origin.source == "images"
    assert item.origin.licence == "CC0-1.0" and item.origin.file.startswith("p0") and item.group.startswith("g")
    assert item.topic == "connected-to" and item.lang == "zh" and standing(item) == "unchecked"
    assert not ds.validate() and ds.manifest()["counts"]["items"] == 30
    assert KEY.encode() not in everything(tmp_path / "d")


@pytest.mark.parametrize(
    "script",
    [{"truncated": 0.01}, {"truncated": 0.2}, {"wrong_letters": 0.3}, {"few": 0.3}, {"error_500": 0.3}, {"cap": 60}],
    ids=lambda s: f"{next(iter(s))} {next(iter(s.values()))}",
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_what_goes_wrong_is_put_right(tmp_path: Path, script: dict[str, float], form: str) -> None:
    stocked(tmp_path / "d", COUNT)
    with writing_teacher(**script) as url:
        teachers_yaml(tmp_path, url)
        write(tmp_path, "--teacher", "one", "--form", form)
        seen = counted(url)
    found = items(tmp_path)
    assert len(found) == 5 * COUNT and set(Counter(i.pictures for i in found).values()) == {5}
    records = WritingLog(Dataset(tmp_path / "d")).read()
    corrected = [r for r in records if r.corrected]
    assert len(corrected) == seen.get("corrections", 0) and all(r.failure is None for r in records)
    assert sum(seen["paid"].values()) == COUNT + len(corrected)
    if "truncated" not in script and {"wrong_letters", "few"} & script.keys():
        assert corrected
    if "wrong_letters" in script:
        assert all(len(r.dropped) == 2 for r in corrected)


def test_refusals_and_empty_talk_are_named_and_the_rest_is_done(tmp_path: Path) -> None:
    stocked(tmp_path / "d", COUNT)
    with writing_teacher(refusals=0.15, junk=0.15, not_circuits=0.1) as url:
        teachers_yaml(tmp_path, url, ["one", "two"])
        said = write(tmp_path, "--teacher", "one", code=1)
        records = WritingLog(Dataset(tmp_path / "d")).read()
        failed = [r for r in records if r.failure]
        assert {r.failure for r in failed} == {"refused", "nothing"} and len(records) == COUNT
        for r in failed:
            assert next(p.file for p in Stock(Dataset(tmp_path / "d")).read() if p.path == r.picture) in said
        assert f"{len(failed)} pictures got no questions" in said and "second --teacher" in said
        skipped = [r for r in records if not r.failure and not r.items]
        assert skipped and all(len(r.skipped) == 5 for r in skipped)
        assert len(items(tmp_path)) == 5 * (COUNT - len(failed) - len(skipped))
        before = counted(url)["requests"]
        write(tmp_path, "--teacher", "one", code=1)  # says the same and pays for nothing
        assert counted(url)["requests"] == before
        write(tmp_path, "--teacher", "one", "--teacher", "two", code=1)  # the second is asked where the first failed
        more = [r for r in WritingLog(Dataset(tmp_path / "d")).read() if r.teacher == "two"]
        assert {r.picture for r in more} == {r.picture for r in failed}


def test_the_budget_stops_and_the_next_run_goes_on(tmp_path: Path) -> None:
    stocked(tmp_path / "d", COUNT)
    with writing_teacher(few=0.2) as url:
        teachers_yaml(tmp_path, url, concurrency=4)
        said = write(tmp_path, "--teacher", "one", "--max-requests", "10")
        assert "stopped by the budget: max_requests 10 reached" in said and "10 requests, $12.00" in said
        assert counted(url)["requests"] == 10 and len(items(tmp_path)) <= 50
        said = write(tmp_path, "--teacher", "one", "--max-cost", "0.0001")
        assert "stopped by the budget: max_cost" in said and counted(url)["requests"] == 10
        write(tmp_path, "--teacher", "one")
        seen = counted(url)
    assert len(items(tmp_path)) == 5 * COUNT and sum(seen["paid"].values()) == seen["requests"]
    assert seen["first"] == COUNT


def test_killed_half_way_and_run_again(tmp_path: Path) -> None:
    stocked(tmp_path / "d", 4 * COUNT)
    with writing_teacher(latency=0.1, few=0.2) as url:
        teachers_yaml(tmp_path, url, concurrency=16)
        line, env = command(tmp_path, "--teacher", "one")
        run = subprocess.Popen(line, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while sum(counted(url)["paid"].values()) < 2 * COUNT:
            assert run.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
        run.wait()
        assert len({i.pictures for i in items(tmp_path)}) < 4 * COUNT
        with (tmp_path / "d" / "writing.jsonl").open("ab") as f:
            f.write(b'{"picture": "torn')
        write(tmp_path, "--teacher", "one")
        twice = sum(counted(url)["paid"].values()) - counted(url)["first"] - counted(url)["corrections"]
        paid = counted(url)
    found = items(tmp_path)
    assert set(Counter(i.pictures for i in found).values()) == {5} and len(found) == 20 * COUNT
    needed = 4 * COUNT + sum(r.corrected for r in WritingLog(Dataset(tmp_path / "d")).read())
    assert twice == 0 and needed <= paid["first"] + paid["corrections"] <= needed + 16


def test_two_teachers_share_the_pictures_and_later_pictures_move_nothing(tmp_path: Path) -> None:
    ds = stocked(tmp_path / "d", COUNT)
    both = ("--teacher", "one", "--teacher", "two", "--lang", "both")
    with writing_teacher() as url:
        teachers_yaml(tmp_path, url, ["one", "two"])
        write(tmp_path, *both)
        stocked(tmp_path / "d", 10, first=COUNT)
        assert f"10 pictures to ask about, {COUNT} done before" in write(tmp_path, *both)
        assert counted(url)["requests"] == COUNT + 10
    records = WritingLog(ds).read()
    for field in ("teacher", "lang"):
        shares = Counter(getattr(r, field) for r in records)
        assert len(shares) == 2 and min(shares.values()) > COUNT / 4
    writers = {i.pictures: i.origin.writer for i in items(tmp_path)}
    assert {(r.picture,): f"teacher:{r.model}@write@1" for r in records} == writers


def test_a_dry_run_asks_nobody_needs_no_key_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stocked(tmp_path / "d", 12)
    with writing_teacher() as url:
        teachers_yaml(tmp_path, url, ["one", "two"])
        before = everything(tmp_path / "d")
        said = write(tmp_path, "--teacher", "one", "--teacher", "two", "--dry-run")
        assert "12 pictures to ask about" in said and "at most $" in said and "nobody was asked" in said
        assert counted(url).get("requests", 0) == 0 and everything(tmp_path / "d") == before
        write(tmp_path, "--teacher", "one", "--limit", "4")
        (tmp_path / "d" / "writing.jsonl").unlink()
        said = write(tmp_path, "--teacher", "one", "--dry-run")
        assert "one: 12 calls, 4 answered in the journal already; 8 to ask" in said
        assert counted(url)["requests"] == 4


def test_another_prompt_is_another_answer(tmp_path: Path) -> None:
    stocked(tmp_path / "d", 3)
    mine = tmp_path / "mine.md"
    mine.write_text('这张图:出 {{count}} 道题,按 JSON {"questions": []} 输出。', "utf-8")
    with writing_teacher() as url:
        teachers_yaml(tmp_path, url)
        write(tmp_path, "--teacher", "one")
        said = write(tmp_path, "--teacher", "one", "--prompt", str(mine))
        assert "3 of them were written about with write@1" in said and counted(url)["requests"] == 6
        prompts = {r.prompt for r in WritingLog(Dataset(tmp_path / "d")).read()}
        assert len(prompts) == 2 and any(p.startswith("write@own-") for p in prompts)
        mine.write_text("出 {{number}} 道题", "utf-8")
        assert "--lang zh or --lang en" in write(
            tmp_path, "--teacher", "one", "--prompt", str(mine), "--lang", "both", code=1
        )
        assert "{{number}}" in write(tmp_path, "--teacher", "one", "--prompt", str(mine), code=1)


def test_every_fault_is_one_line(tmp_path: Path) -> None:
    teachers_yaml(tmp_path, "http://127.0.0.1:9/v1")
    (tmp_path / "d").mkdir()
    assert "circuit-vqa synth images" in write(tmp_path, "--teacher", "one", code=1)
    ds = stocked(tmp_path / "d", 2)
    assert "no teacher is called other; there are: one" in write(tmp_path, "--teacher", "other", code=1)
    assert "no such" in write(tmp_path, "--teacher", "one", "--prompt", "absent.md", code=1).lower()
    Stock(ds).replace(lambda p: p.model_copy(update={"fault": "blank"}))
    said = write(tmp_path, "--teacher", "one", code=1)
    assert "none of 2 pictures can be used (2 blank)" in said and len(said.strip().splitlines()) == 1
    line, env = command(tmp_path, "--teacher", "one")
    done = subprocess.run(
        line, env={k: v for k, v in env.items() if k != "WRITING_KEY"}, capture_output=True, text=True
    )
    assert done.returncode == 1 and "export WRITING_KEY" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_teacher_that_turns_everything_down_is_said_once(tmp_path: Path) -> None:
    stocked(tmp_path / "d", COUNT)
    with writing_teacher(always=401, echo_key=True) as url:
        teachers_yaml(tmp_path, url)
        said = write(tmp_path, "--teacher", "one", code=1)
    assert f"{COUNT} pictures wait: teacher one" in said and len(said.splitlines()) < 10

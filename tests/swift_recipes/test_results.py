"""The page of results: figures from the logs alone, failures kept, no paths of a machine, the same bytes each time."""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import KitError
from swift_recipes import machine, peak
from swift_recipes.commands.results import results
from swift_recipes.results import collect, page
from swift_recipes.results.asked import read_asked
from swift_recipes.results.escaping import escape
from swift_recipes.results.summary import Accuracy, Machine, Summary, read_all, write

REPO = Path(__file__).parents[2]
PAGE = REPO / "docs" / "results.md"


def log_line(step: int, of: int, speed: float, **values: float) -> dict[str, Any]:
    return {
        "global_step/max_steps": f"{step}/{of}",
        "elapsed_time": clock(speed * step),
        "train_speed(s/it)": speed,
    } | values


def clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


LOG = [
    log_line(1, 20, 9.0, loss=15.0),
    log_line(10, 20, 2.7, loss=6.0),  # 27 s: nine steps of 2 s after the slow first
    log_line(10, 20, 3.1, eval_loss=2.5, eval_runtime=4.0),
    log_line(20, 20, 2.55, loss=1.5, **{"memory(GiB)": 9.5}),  # 51 s: ten steps of 2 s and 4 s of validation
    log_line(20, 20, 2.8, eval_loss=1.8, eval_runtime=5.0),
]
ARGS = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": 2, "global_world_size": 2}


def make_run(root: Path, log: list[dict[str, Any]] = LOG, finished: int | None = 20, said: str = "") -> Path:
    """What train.sh leaves of a run."""
    run = root / "runs" / "mine"
    run.mkdir(parents=True)
    rows = root / "train.jsonl"
    rows.write_text("{}\n{}\n\n{}\n", "utf-8")
    settings = {"recipe": "qwen2_5_vl_3b/lora", "values": {"dataset": [str(rows)]}}
    (run / "run.json").write_text(json.dumps({"settings": settings} | ({"finished": finished} if finished else {})))
    (run / "args.json").write_text(json.dumps(ARGS | {"dataset": [str(rows)]}))
    (run / "logging.jsonl").write_text("".join(json.dumps(r) + "\n" for r in log) + '{"loss": 0.5, "glo')
    (run / "train.log").write_text(f"{said}\n{peak.NOTE}3.50 GiB\nmore\n{peak.NOTE}3.25 GiB\n")
    (run / "kit.env").write_text(f"MODEL=Qwen/Qwen2.5-VL-3B-Instruct\nRECIPE=x\nDATA={root}/data/mine\n")
    facts = {"began": "2026-01-02T03:04:05+00:00", "cpu": "CPU", "cores": 8, "gpus": ["NVIDIA A10, 24 GiB"]}
    (run / "machine.json").write_text(json.dumps(facts | {"versions": {"torch": "2.14.0"}}))
    return run


def make_report(folder: Path, right: int, data: str = "d1") -> None:
    folder.mkdir(parents=True)
    total = {"n": 200, "right": right, "accuracy": right / 200}
    (folder / "report.json").write_text(json.dumps({"benches": {"circuit_mcq": {"data_sha256": data, "total": total}}}))


def test_a_finished_run(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    make_report(tmp_path / "reports/mine/before", 50)
    make_report(tmp_path / "reports/mine/after", 150)
    found = collect.collect(run, tmp_path / "reports")
    assert (found.name, found.recipe, found.model) == ("mine", "qwen2_5_vl_3b/lora", "Qwen/Qwen2.5-VL-3B-Instruct")
    assert (found.state, found.steps, found.steps_wanted, found.rows, found.rows_a_step) == ("finished", 20, 20, 3, 32)
    assert (found.first, found.last, found.validation_loss) == (15.0, 1.5, 1.8)
    assert found.samples_per_second == pytest.approx(32 * 19 / 38), "first step and validation are left out"
    assert (found.peak_gpu_gib, found.peak_ram_gib) == (9.5, 3.5)
    assert found.accuracy == (Accuracy(bench="circuit_mcq", n=200, before=0.25, after=0.75),)
    assert (found.date, found.data, found.stand_in) == ("2026-01-02", "mine", False)
    assert str(tmp_path) not in found.model_dump_json()


def test_reports_where_eval_sh_puts_them(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    make_report(tmp_path / "reports/mine/Qwen-Qwen2.5-VL-3B-Instruct", 20)
    make_report(tmp_path / "reports/mine/mine-merged", 30)
    found = collect.collect(run, tmp_path / "reports")
    assert found.accuracy == (Accuracy(bench="circuit_mcq", n=200, before=0.1, after=0.15),)


def test_other_questions_do_not_compare(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    make_report(tmp_path / "reports/mine/before", 50, "other")
    make_report(tmp_path / "reports/mine/after", 150)
    assert collect.collect(run, tmp_path / "reports").accuracy[0].before is None


def test_a_run_that_went_on_counts_its_newest_start(tmp_path: Path) -> None:
    """Swift's clock and speed start anew; the steps do not."""
    went_on = [
        log_line(30, 40, 0, loss=3.0) | {"elapsed_time": "29s", "train_speed(s/it)": 2.9},  # ten steps since 20
        log_line(40, 40, 0, loss=2.0) | {"elapsed_time": "49s", "train_speed(s/it)": 2.45},
    ]
    log = [r | {"global_step/max_steps": r["global_step/max_steps"].replace("/20", "/40")} for r in LOG]
    found = collect.collect(make_run(tmp_path, log + went_on, 40), tmp_path)
    assert found.samples_per_second == pytest.approx(32 * 10 / 20)
    assert (found.first, found.last, found.steps_wanted) == (15.0, 2.0, 40)


def test_a_slow_second_start_is_seen_too(tmp_path: Path) -> None:
    """Its clock shows more than the first one's did."""
    second = [
        log_line(20, 40, 0, loss=3.0) | {"elapsed_time": "1m 0s", "train_speed(s/it)": 6.0},  # ten steps since 10
        log_line(40, 40, 0, loss=2.0) | {"elapsed_time": "1m 40s", "train_speed(s/it)": 100 / 30},
    ]
    found = collect.collect(make_run(tmp_path, [*LOG[:2], *second], 40), tmp_path)
    assert found.samples_per_second == pytest.approx(32 * 20 / 40)


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried…", "failed", "GPU's memory is full"),
        ("ValueError: bad file /home/me/data/x.png here", "failed", "bad file x.png here"),
        ("all well", "stopped", "ended from outside after step 10"),
    ],
)
def test_why_a_run_ended(tmp_path: Path, said: str, state: str, words: str) -> None:
    found = collect.collect(make_run(tmp_path, LOG[:2], None, said), tmp_path)
    assert (found.state, found.steps) == (state, 10)
    assert words in found.reason and "/home" not in found.reason
    assert f"**{state}**" in page.page([found], "docs/results") and "10 of 20" in page.page([found], "docs/results")


def test_a_run_that_failed_before_its_first_step(tmp_path: Path) -> None:
    run = make_run(tmp_path, [], None, "ValueError: packing wants flash attention")
    (run / "args.json").unlink()
    found = collect.collect(run, tmp_path)
    assert (found.steps, found.first, found.samples_per_second, found.rows) == (0, None, None, 3)
    assert "packing wants flash attention" in page.page([found], "docs/results")


def test_rewards_instead_of_losses(tmp_path: Path) -> None:
    log = [log_line(1, 2, 5.0, loss=0.0, reward=0.25), log_line(2, 2, 5.0, loss=-0.0, reward=0.5)]
    found = collect.collect(make_run(tmp_path, log, 2), tmp_path)
    assert "reward 0.25 → 0.5" in page.page([found], "docs/results")


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_a_figure_that_is_no_number_keeps_its_row(tmp_path: Path, odd: float) -> None:
    """A loss that ran away is what a row of a failed run has to tell."""
    log = [
        log_line(1, 20, 9.0, loss=15.0),
        log_line(20, 20, 2.5, loss=odd, eval_loss=odd, **{"memory(GiB)": odd, "train_speed(s/it)": odd}),
        log_line(20, 20, 2.8, eval_loss=odd, eval_runtime=odd),
    ]
    found = collect.collect(make_run(tmp_path, log), tmp_path)
    text = write(tmp_path / "out", found).read_text("utf-8")
    json.loads(text, parse_constant=refuse)
    again = read_all(tmp_path / "out")
    assert page.page(again, "out") == page.page([found], "out")
    row = next(line for line in page.page(again, "out").splitlines() if line.startswith("| mine |"))
    cells = row.split(" | ")
    assert cells[9:11] == [f"loss 15 \u2192 {odd}", str(odd)] and "finished" in row


def test_a_share_or_reward_that_is_no_number(tmp_path: Path) -> None:
    """Also in a report, whose own writer leaves NaN as it is."""
    make_report(tmp_path / "reports/mine/after", 50)
    report = tmp_path / "reports/mine/after/report.json"
    report.write_text(report.read_text("utf-8").replace("0.25", "NaN"), "utf-8")
    log = [log_line(1, 2, 5.0, reward=float("nan")), log_line(2, 2, 5.0, reward=0.5)]
    found = collect.collect(make_run(tmp_path, log, 2), tmp_path / "reports")
    json.loads(write(tmp_path / "out", found).read_text("utf-8"), parse_constant=refuse)
    text = page.page(read_all(tmp_path / "out"), "out")
    assert "reward nan \u2192 0.5" in text and "mcq nan % of 200" in text


def test_what_is_no_run_or_still_trains(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="no run was begun"):
        collect.collect(tmp_path, tmp_path)
    run = make_run(tmp_path)
    with pytest.raises(KitError, match="--name"):
        collect.collect(run, tmp_path, name="../up")
    with (run / ".train.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(KitError, match="still trains"):
            collect.collect(run, tmp_path)


def test_broken_files_are_no_crash(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    (run / "logging.jsonl").write_bytes(
        b'\xff\n{"global_step/max_steps": 5}\n[1]\n{"global_step/max_steps": "x", "loss": 1}\n'
    )
    (run / "args.json").write_text('{"per_device_train_batch_size": "many", "gradient_accumulation_steps": 1}')
    (run / "machine.json").write_text("[]")
    assert collect.collect(run, tmp_path).samples_per_second is None


@given(st.text())
def test_any_name_is_plain_text_in_one_cell(text: str) -> None:
    cell = escape(text)
    assert "\n" not in cell and "<" not in cell
    assert not re.search(r"(?<!\\)(?:\\\\)*[|*_`\[]", cell)
    row = page.page([Summary(name="a", recipe=text, model=text, stand_in=True, reason=text, note=text)], "docs/results")
    table = [line for line in row.splitlines() if line.startswith("| a |")]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", table[0])) == len(page.HEAD) + len(page.TAIL) + 1


def test_the_page_does_not_depend_on_order(tmp_path: Path) -> None:
    runs = [Summary(name=n, recipe="tiny/lora", model="t", stand_in=True, machine=Machine(cpu=n)) for n in "cab"]
    assert page.page(runs, "x") == page.page(runs[::-1], "x")
    for s in runs:
        write(tmp_path, s)
    assert read_all(tmp_path) == sorted(runs, key=lambda s: s.name)


def test_a_broken_summary_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"name": "x"}')
    with pytest.raises(KitError, match=r"x\.json: recipe"):
        read_all(tmp_path)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, out = make_run(tmp_path), tmp_path / "docs" / "results.md"
    results([run], out=out, reports=tmp_path, name="first", note="On a *rented* card.")
    first = out.read_bytes()
    assert b"first: On a \\*rented\\* card" in first and b"A10, 24 GiB" in first
    results([], out=out, reports=tmp_path, name="", note="")
    assert out.read_bytes() == first
    assert str(tmp_path).encode() not in first
    with pytest.raises(KitError, match="name just one"):
        results([], out=out, reports=tmp_path, name="x", note="")
    assert "2 runs" not in capsys.readouterr().out


def test_the_committed_page_is_what_the_command_writes() -> None:
    written = page.page(read_all(PAGE.with_suffix("")), "docs/results", read_asked(PAGE.with_suffix("")))
    assert PAGE.read_text("utf-8") == written, "run: circuit-vqa recipes results"
    assert not re.search(r"/(work|root|tmp|home)/", written)


def test_facts_of_this_machine(tmp_path: Path) -> None:
    machine.record(tmp_path)
    first = machine.read(tmp_path)
    assert first["cores"] >= 1 and first["cpu"] and "python" in first["versions"]
    Machine.model_validate({k: v for k, v in first.items() if k in Machine.model_fields})
    machine.record(tmp_path)
    assert machine.read(tmp_path)["began"] == first["began"]


def test_peak_of_a_group_of_processes(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "x = bytearray(60_000_000); print(1, flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    child.stdout.readline()
    seen = peak.Peak(child.pid)
    seen.look()
    child.communicate(b"\n")
    assert 60_000_000 < seen.bytes < 200_000_000
    log = tmp_path / "train.log"
    log.write_text("step 1")
    seen.note(log)
    noted = peak.noted(log.read_text())
    assert noted is not None and noted == pytest.approx(seen.bytes / 1024**3, abs=0.006)
    assert peak.noted("nothing") is None


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("run.json", '{"settings": [], "finished": 20}'),
        ("run.json", '{"settings": {"values": []}, "finished": 20}'),
        ("run.json", '{"settings": {}, "finished": "abc"}'),
        ("args.json", '{"dataset": 5}'),
        ("args.json", '{"per_device_train_batch_size": 1e999, "gradient_accumulation_steps": 2}'),
        ("machine.json", '{"gpus": {"a": 1}, "versions": []}'),
        ("logging.jsonl", '{"loss": "1.0", "global_step/max_steps": "1/2"}'),
        ("logging.jsonl", '{"loss": 1, "eval_loss": {}, "global_step/max_steps": "1/2"}'),
    ],
)
def test_a_file_of_another_form_ends_in_one_line(tmp_path: Path, file: str, text: str) -> None:
    run = make_run(tmp_path)
    (run / file).write_text(text, "utf-8")
    with pytest.raises(KitError, match=r"is not as train\.sh and swift wrote it"):
        collect.collect(run, tmp_path / "reports")


def test_settings_in_another_encoding_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    (run / "kit.env").write_bytes(b"DATA=data/mine\nMODEL=\xff/x\n")
    assert collect.collect(run, tmp_path / "reports").data == "mine"

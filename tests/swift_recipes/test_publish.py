"""A model on a hub: what is sent, what stays, what the card says, and that a token is in none of it."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import KitError
from swift_recipes.publish import card, card_text, contents, hubs
from swift_recipes.rundir import write_kit_env
from tests.conftest import ROOT
from tests.swift_recipes import fake_hub

TOKEN = "hf_HiddenToken0123456789abcdefABCDEF"
BASE = "Qwen/Qwen2.5-VL-3B-Instruct"
TALLY = {"n": 50, "right": 30, "unparsed": 1, "accuracy": 0.6, "interval": [0.46, 0.72], "unparsed_share": 0.02}


def weights(path: Path, **metadata: str) -> None:
    head = json.dumps({"__metadata__": {"format": "pt"} | metadata}).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished training on its dataset folder, merged, and a report."""
    run, data, report = tmp_path / "runs" / "mine", tmp_path / "data" / "mine", tmp_path / "reports" / "mine"
    for folder in (run / "merged", data, report):
        folder.mkdir(parents=True)
    values = {"tuner_type": "lora", "lora_rank": 16, "quant_method": "bnb", "quant_bits": 4, "learning_rate": 1e-4}
    values["model"] = str(tmp_path)  # paths of this machine are in the run's notes and must not get into the card
    begun = {"settings": {"recipe": "qwen2_5_vl_3b/qlora", "values": values}, "finished": 400}
    (run / "run.json").write_text(json.dumps(begun), "utf-8")
    lines = [{"loss": 2.5, "global_step/max_steps": "1/400"}, {"loss": 0.5, "global_step/max_steps": "400/400"}]
    (run / "logging.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    write_kit_env(run, MODEL=BASE, RECIPE="qwen2_5_vl_3b/qlora", DATA=data, MAX_PIXELS=501760, MAX_LENGTH=1024)
    counts = {"items": 900, "pictures": 300, "groups": 200, "by_lang": {"zh": 500, "en": 400}}
    counts |= {"by_source": {"circuits": 600, "images": 300}, "by_licence": {"Apache-2.0": 600, "CC-BY-4.0": 300}}
    (data / "manifest.json").write_text(json.dumps({"counts": counts, "sha256": "ab" * 32}), "utf-8")
    bench = {"data_sha256": "x", "total": TALLY, "by": {"level": {"1": TALLY}}}
    told = {"title": "runs/mine/merged", "date": "2026-11-22T01:00:00", "benches": {"circuit_mcq": bench}}
    (report / "report.json").write_text(json.dumps(told), "utf-8")
    merged = run / "merged"
    (merged / "config.json").write_text('{"model_type": "qwen2_5_vl"}', "utf-8")
    (merged / "tokenizer.json").write_text('{"words": ["/home/of", "sk-aaaaaaaaaaaaaaaaaaaaaaaa"]}', "utf-8")
    (merged / "args.json").write_text(json.dumps({"output_dir": str(run)}), "utf-8")
    weights(merged / "model.safetensors")
    write_kit_env(merged, FROM="checkpoint-400", MAX_PIXELS=501760, MAX_LENGTH=1024)
    return run


def facts(run: Path, **changed: Any) -> card.Facts:
    reports = run.parents[1] / "reports" / "mine"
    given = {"run": None, "data": None, "report": reports, "base": "", "licence": "", "dataset": ""} | changed
    return card.gather(run / "merged", **given)


def front(text: str) -> dict[str, Any]:
    _, head, _ = text.split("---\n", 2)
    return dict(yaml.safe_load(head))


def test_the_card_tells_training_data_and_scores(run: Path) -> None:
    text = card_text.write(facts(run), "me/circuits")
    head = front(text)
    assert head["base_model"] == BASE and head["license_name"] == "qwen-research" and head["license"] == "other"
    assert head["language"] == ["en", "zh"] and head["pipeline_tag"] == "image-text-to-text"
    assert head["library_name"] == "transformers" and "qlora" in head["tags"] and head["metrics"] == ["accuracy"]
    (result,) = head["model-index"][0]["results"]
    assert result["metrics"][0]["value"] == 0.6 and head["model-index"][0]["name"] == "circuits"
    for words in (
        "400 of 400", "2.5, 0.5", "900 questions on 300 pictures", "Apache-2.0: 600, CC-BY-4.0: 300",
        "| **circuit_mcq** | all | 50 | 30 | 60.0% | 46.0% to 72.0% | 2.0% |", "MAX_PIXELS=501760", "research",
    ):  # fmt: skip
        assert words in text, words
    contents.check_card(text)
    assert str(run.parent) not in text


def test_the_base_is_found_through_a_chain_of_trainings(run: Path) -> None:
    later = run.parent / "grpo"
    (later / "merged").mkdir(parents=True)
    (later / "run.json").write_text("{}", "utf-8")
    assert card._base(later, str(run / "merged")) == BASE


def test_what_is_not_known_is_asked_for(run: Path) -> None:
    write_kit_env(run, MODEL="someone/other-vl", DATA=run.parents[1] / "data" / "mine")
    with pytest.raises(KitError, match="LICENCE="):
        facts(run)
    assert front(card_text.write(facts(run, licence="mit"), "me/x"))["license"] == "mit"
    with pytest.raises(KitError, match=r"report\.json"):
        facts(run, report=run.parents[1] / "data", licence="mit")
    (run / "run.json").unlink()
    with pytest.raises(KitError, match="BASE="):
        facts(run)
    text = card_text.write(facts(run, base=BASE, report=None), "me/x")
    assert "Not evaluated." in text and "Not recorded." in text and "metrics" not in front(text)


@given(text=st.text(min_size=1, max_size=40))
def test_what_a_manifest_says_is_never_html_nor_another_table(text: str) -> None:
    words = {"counts": {"items": 1, "by_source": {f"<script>{text}|x": 1}}}
    made = card.Facts(name="m", base=BASE, stand_in=False, licence=card.STAND_IN, run=None, data=words)
    out = card_text.write(made, "me/x")
    assert "<script>" not in out
    (row,) = [x for x in out.splitlines() if x.startswith("| where pictures")]
    assert len(row.replace("\\|", "").strip("|").split("|")) == 2


WRONG: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a state of training": ("optimizer.pt", lambda p: p.write_bytes(b"1")),
    "a picture": ("x.PNG", lambda p: p.write_bytes(b"1")),
    "may hold a key": (".env", lambda p: p.write_text("A=1")),
    "a pickle": ("pytorch_model.bin", lambda p: p.write_bytes(b"1")),
    "a folder": ("checkpoint-1", lambda p: p.mkdir()),
    "a link": ("LICENSE", lambda p: p.symlink_to("/etc/passwd")),
    "unknown here": ("notes.txt", lambda p: p.write_text("x")),
    "holds a key": ("generation_config.json", lambda p: p.write_text(json.dumps({"x": TOKEN}))),
    "holds a path of this machine: /srv/base": (
        "adapter_config.json", lambda p: p.write_text('{"base_model_name_or_path": "/srv/base/x"}'),
    ),
    "holds a path of this machine: C:": ("configuration.json", lambda p: p.write_text('{"x": ["C:\\\\me\\\\x"]}')),
    "holds a path of this machine: /srv/x": ("model-2.safetensors", lambda p: weights(p, source="/srv/x")),
}  # fmt: skip


@pytest.mark.parametrize("reason", WRONG)
def test_what_should_not_leave_this_machine_stops_it(run: Path, reason: str) -> None:
    name, make = WRONG[reason]
    make(run / "merged" / name)
    with pytest.raises(KitError, match="not for a hub") as told:
        contents.look(run / "merged")
    assert f"{name} ({reason}" in str(told.value) and TOKEN not in str(told.value)


def test_all_of_a_merged_folder_is_named(run: Path) -> None:
    found = contents.look(run / "merged")
    assert found.left_out == ("args.json",)
    assert found.sent == ("config.json", "kit.env", "model.safetensors", "tokenizer.json")
    (run / "merged" / "model.safetensors").unlink()
    with pytest.raises(KitError, match="no weights"):
        contents.look(run / "merged")


def push(run: Path, *flags: str, **settings: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "MODELSCOPE_"))} | {"HF_HOME": str(run)}
    env |= {"MODEL": str(run / "merged"), "REPO": "me/circuits", "REPORT": str(run.parents[1] / "reports" / "mine")}
    command = ["bash", "shell/push.sh", *flags]
    return subprocess.run(command, cwd=ROOT, env=env | settings, capture_output=True, text=True, timeout=100)


def test_a_push_sends_card_and_weights_and_the_token_in_its_header_alone(run: Path) -> None:
    with fake_hub.running() as hub:
        there = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"}
        done = push(run, HF_TOKEN=TOKEN, **there)
        assert done.returncode == 0, done.stderr
        assert f"{hub.url}/me/circuits" in done.stdout
        assert set(hub.files) == {"README.md", "config.json", "kit.env", "model.safetensors", "tokenizer.json"}
        assert hub.files["model.safetensors"] == (run / "merged" / "model.safetensors").read_bytes()
        assert front(hub.files["README.md"].decode())["base_model"] == BASE
        assert hub.created[0]["visibility"] == "private"
        assert f"Bearer {TOKEN}" in hub.tokens
        hub.refuse = True
        refused = push(run, HF_TOKEN=TOKEN, **there)
    assert refused.returncode == 1 and "not pushed" in refused.stderr.splitlines()[-1]
    assert TOKEN not in done.stdout + done.stderr + refused.stdout + refused.stderr
    assert not any(TOKEN.encode() in data for data in hub.files.values())
    assert not list((run).glob(".merged-push*")), "nothing is left"
    assert not any(TOKEN in f.read_text("utf-8", "replace") for f in run.rglob("*") if f.is_file())


def test_a_dry_run_needs_no_token_and_sends_nothing(run: Path) -> None:
    with fake_hub.running() as hub:
        done = push(run, "--dry-run", HF_ENDPOINT=hub.url)
    assert done.returncode == 0, done.stderr
    assert "model.safetensors" in done.stdout and "base_model" in done.stdout and "nothing was" in done.stdout
    assert not hub.tokens and not (run / "merged" / "README.md").exists()


def test_what_cannot_work_is_one_line(run: Path) -> None:
    cases: dict[str, dict[str, str]] = {
        "HF_TOKEN": {}, "MODELSCOPE_API_TOKEN": {"TO": "modelscope"}, "owner/name": {"REPO": "x"},
    }  # fmt: skip
    for words, settings in cases.items():
        done = push(run, **settings)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert words in line


def test_modelscope_is_sent_the_same_folder(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own library is in between, so only what that is told is looked at; nobody here has pushed to ModelScope."""
    modelscope = pytest.importorskip("modelscope_hub.api")
    told: dict[str, Any] = {}

    class Api:
        def __init__(self, token: str) -> None:
            told["token"] = token

        def repo_exists(self, repo: str, kind: str) -> bool:
            return False

        def create_repo(self, repo: str, kind: str, visibility: str) -> None:
            told["made"] = (repo, kind, visibility)

        def upload_folder(self, repo: str, kind: str, folder: Path, **more: Any) -> None:
            told["files"] = sorted(f.name for f in Path(folder).iterdir())

    monkeypatch.setattr(modelscope, "HubApi", Api)
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "ms-1")
    hub = hubs.check("modelscope", "me/circuits", dry_run=False)
    hubs.push(hub, run / "merged", contents.look(run / "merged"), "# card\n", "me/circuits", True)
    assert told["made"] == ("me/circuits", "model", "private")
    assert told["files"] == ["README.md", "config.json", "kit.env", "model.safetensors", "tokenizer.json"]


@pytest.mark.parametrize(
    "report",
    [
        {"benches": {"a": 5}},
        {"benches": {"a": {"total": {"n": 3}}}},
        {"benches": {"a": {"total": TALLY | {"accuracy": "<b>"}}}},
        {"benches": {"a": {"total": TALLY | {"interval": [1]}}}},
        {"benches": {"a": {"total": TALLY, "by": []}}},
        {"benches": {"a": {"total": TALLY, "by": {"level": {"1": TALLY | {"n": "<u>|"}}}}}},
    ],
)
def test_a_report_of_another_form_is_refused(run: Path, report: dict[str, Any]) -> None:
    (run.parents[1] / "reports" / "mine" / "report.json").write_text(json.dumps(report), "utf-8")
    with pytest.raises(KitError, match="is no report of circuit-vqa eval run"):
        facts(run)


@pytest.mark.parametrize("counts", [[], {"items": "many"}, {"by_split": []}, {"by_lang": {"zh": "x"}}])
def test_a_manifest_of_another_form_is_refused(run: Path, counts: object) -> None:
    (run.parents[1] / "data" / "mine" / "manifest.json").write_text(json.dumps({"counts": counts}), "utf-8")
    with pytest.raises(KitError, match=r"manifest\.json: counts.*synth export"):
        facts(run)


@pytest.mark.parametrize(
    "named",
    [
        {"base": "Evil/x\n---\nlicense: mit"},
        {"base": "x`y`/z"},
        {"licence": "mit\n---\nx: y"},
        {"dataset": "you/<script>"},
        {"dataset": "/data/mine"},
    ],
)
def test_a_name_brings_nothing_else_into_the_card(run: Path, named: dict[str, str]) -> None:
    with pytest.raises(KitError, match="is no name of a hub") as refused:
        facts(run, **named)
    assert "\n" not in str(refused.value)


def test_limits_that_are_no_numbers_stay_out_of_the_commands(run: Path) -> None:
    write_kit_env(run / "merged", MAX_PIXELS="1; rm -rf x", MAX_LENGTH=1024)
    text = card_text.write(facts(run), "you/x")
    assert "rm -rf" not in text and "--max_length 1024" in text


def test_a_key_of_the_environment_is_found_in_any_form(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "0123456789abcdef0123")
    with pytest.raises(KitError, match="would tell a key"):
        contents.check_card("a note: <0123456789abcdef0123>")
    (run / "merged" / "generation_config.json").write_text('{"note": "0123456789abcdef0123"}', "utf-8")
    with pytest.raises(KitError, match="holds a key"):
        contents.look(run / "merged")


@pytest.mark.parametrize("said", ["&lt;b&gt;/home/me/pics", "(/workspace/x/y)", "file:///data/mine", r"at C:\\me\\x"])
def test_a_path_is_found_behind_other_signs(said: str) -> None:
    with pytest.raises(KitError, match="a path of this machine"):
        contents.check_card(f"from {said} it came")
    contents.check_card("https://huggingface.co/home/x and data/quickstart and 1/2 of it")


def test_weights_that_are_cut_off_stay_here(run: Path) -> None:
    merged = run / "merged"
    file = merged / "model.safetensors"
    head = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    whole = struct.pack("<Q", len(head)) + head + bytes(8)
    file.write_bytes(whole)
    assert "model.safetensors" in contents.look(merged).sent
    for cut in (b"", whole[:5], whole[:20], whole[:-1], whole + b"x", struct.pack("<Q", 2**60)):
        file.write_bytes(cut)
        with pytest.raises(KitError, match="cut off"):
            contents.look(merged)


def test_a_model_without_its_config_or_a_shard_stays_here(run: Path) -> None:
    merged = run / "merged"
    index = merged / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}', "utf-8")
    with pytest.raises(KitError, match="model-2"):
        contents.look(merged)
    index.write_text("[]", "utf-8")
    with pytest.raises(KitError, match="not there"):
        contents.look(merged)
    index.unlink()
    for broken in ("{", "[]"):
        (merged / "config.json").write_text(broken, "utf-8")
        with pytest.raises(KitError, match=r"config\.json is missing or no JSON"):
            contents.look(merged)


def test_what_is_no_plain_file_or_names_a_path_within_a_sentence_is_named(run: Path) -> None:
    merged = run / "merged"
    os.mkfifo(merged / "tokenizer_x.json")
    (merged / "generation_config.json").write_text('{"note": "see /workspace/me/pic"}', "utf-8")
    with pytest.raises(KitError, match=r"generation_config.*: /workspace/me/pic.*tokenizer_x.json \(no plain file\)"):
        contents.look(merged)

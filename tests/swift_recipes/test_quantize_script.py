"""shell/quantize.sh: what each method is told, what cannot work, and a folder that is whole or not there.

`swift` and `nvidia-smi` are scripted here: AWQ, GPTQ and FP8 need packages or a GPU that this machine may lack. bnb
runs for real in test_export_slow.py.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from qa.errors import KitError
from swift_recipes.export import quant
from swift_recipes.rundir import read_kit_env, write_kit_env
from tests.conftest import ROOT

SWIFT = """#!/usr/bin/env python3
import json, os, pathlib, sys
json.dump(sys.argv[1:], open(os.environ["TOLD"], "w"))
flags = sys.argv[1:]
out = pathlib.Path(flags[flags.index("--output_dir") + 1])
assert not out.exists(), "swift refuses a folder that is there"
out.mkdir()
(out / "model.safetensors").write_bytes(b"1234")
if os.environ.get("BREAK"):
    sys.exit("torch.OutOfMemoryError: CUDA out of memory")
config = {"model_type": "qwen2_5_vl", "quantization_config": {"quant_method": "x"}}
(out / "config.json").write_text(json.dumps({} if os.environ.get("FORGET") else config))
"""
SMI = "#!/usr/bin/env bash\n[[ -n ${GPU:-} ]] || exit 6\necho '0, 81920, 81100'\n"
OURS = ("MODEL", "DATA", "OUT", "QUANT", "BITS", "SAMPLES", "ASK", "MAX_PIXELS", "MAX_LENGTH", "AGREE_MIN")


@pytest.fixture
def place(tmp_path: Path, data: Path, fake_model: Path) -> dict[str, str]:
    """Settings for the script: a model, rows, a scripted swift, and the packages that it would import."""
    for name, text in (("swift", SWIFT), ("nvidia-smi", SMI)):
        (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / name).chmod(0o755)
    for package in ("awq", "optimum", "gptqmodel"):
        (tmp_path / "packages" / package).mkdir(parents=True)
        (tmp_path / "packages" / package / "__init__.py").touch()
    write_kit_env(fake_model, MAX_PIXELS=50176, MAX_LENGTH=512)
    env = {k: v for k, v in os.environ.items() if k not in OURS}
    return env | {
        "PATH": f"{tmp_path}:{env['PATH']}", "SWIFT": str(tmp_path / "swift"), "TOLD": str(tmp_path / "told.json"),
        "PYTHONPATH": str(tmp_path / "packages"), "MODEL": str(fake_model), "DATA": str(data), "ASK": "0",
    }  # fmt: skip


def run(place: dict[str, str], *flags: str, code: int = 0, **settings: str) -> str:
    command = ["bash", "shell/quantize.sh", *flags]
    done = subprocess.run(command, cwd=ROOT, env=place | settings, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    if code:
        lines = [x for x in done.stderr.splitlines() if x.strip()]
        assert len(lines) == 1, done.stderr
        return lines[0]
    return done.stdout


def told(place: dict[str, str]) -> dict[str, Any]:
    argv = json.loads(Path(place["TOLD"]).read_text("utf-8"))
    assert argv[0] == "export"
    return dict(zip(argv[1::2], argv[2::2], strict=True))


EXPECTED = {
    "bnb": ({}, "4", False, "-bnb-int4"),
    "bnb 8": ({"BITS": "8"}, "8", False, "-bnb-int8"),
    "awq": ({}, "4", True, "-awq-int4"),
    "gptq": ({"SAMPLES": "17"}, "4", True, "-gptq-int4"),
    "gptq 3": ({"BITS": "3"}, "3", True, "-gptq-int3"),
    "fp8": ({"GPU": "1"}, None, False, "-fp8"),
}


@pytest.mark.parametrize("case", EXPECTED)
def test_what_swift_is_told(place: dict[str, str], case: str) -> None:
    settings, bits, calibrated, name = EXPECTED[case]
    method = case.split()[0]
    run(place, "--quant_batch_size", "2", QUANT=method, **settings)
    flags = told(place)
    assert flags["--quant_method"] == method and flags.get("--quant_bits") == bits
    assert flags["--load_args"] == "false", "an args.json beside the weights may say that they are in 4 bits already"
    assert flags["--model_type"] == flags["--template"] == "qwen2_5_vl"
    assert flags["--quant_batch_size"] == "2", "further flags are passed on"
    rows = Path(place["DATA"]) / "swift" / "train.jsonl"
    assert flags.get("--dataset") == (str(rows) if calibrated else None), "calibration never sees val or test"
    if calibrated:
        assert flags["--quant_n_samples"] == settings.get("SAMPLES", "256") and flags["--max_length"] == "512"
    made = Path(place["MODEL"] + name)
    kept = read_kit_env(made)
    assert kept["MAX_PIXELS"] == "50176" and kept["MAX_LENGTH"] == "512" and kept["FROM"] == "model"


def test_a_fault_leaves_nothing_and_the_same_command_makes_it(place: dict[str, str]) -> None:
    made = Path(place["MODEL"] + "-bnb-int4")
    assert "memory is full" in run(place, code=1, BREAK="1")
    assert not made.exists()
    assert "not quantised" in run(place, code=1, FORGET="1")
    assert not made.exists()
    run(place)
    assert (made / "model.safetensors").is_file()
    Path(place["TOLD"]).unlink()
    assert "is there already" in run(place)
    assert not Path(place["TOLD"]).exists()
    (Path(place["MODEL"]) / "model.safetensors").write_bytes(b"other weights")
    run(place)
    assert Path(place["TOLD"]).exists(), "other weights are quantised anew"


CANNOT: dict[str, tuple[dict[str, str], str]] = {
    "no method": ({"QUANT": "int4"}, "take one of bnb, fp8, awq, gptq"),
    "bits": ({"QUANT": "awq", "BITS": "8"}, "take BITS=4"),
    "bits of fp8": ({"QUANT": "fp8", "BITS": "8", "GPU": "1"}, "leave BITS out"),
    "no number": ({"BITS": "four"}, "BITS=four"),
    "no share": ({"AGREE_MIN": "most"}, "AGREE_MIN=most"),
    "no package": ({"QUANT": "gptq", "PYTHONPATH": ""}, "gptqmodel, not installed"),
    "no GPU": ({"QUANT": "fp8"}, "nvidia-smi finds none"),
    "no model": ({"MODEL": ""}, "which model?"),
    "a hub name": ({"MODEL": "Qwen/Qwen2.5-VL-3B-Instruct"}, "merge first"),
    "no rows": ({"QUANT": "awq", "DATA": "nowhere"}, "circuit-vqa synth"),
}


@pytest.mark.parametrize("case", CANNOT)
def test_what_cannot_work_is_one_line_at_once(place: dict[str, str], case: str) -> None:
    settings, words = CANNOT[case]
    assert words in run(place, code=1, **settings)
    assert not Path(place["TOLD"]).exists()


def test_weights_that_are_quantised_already_and_folders_of_others(place: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert "not made by quantize.sh" in run(place, code=1, OUT=str(tmp_path / "mine"))
    config = {"model_type": "qwen2_5_vl", "quantization_config": {}}
    (Path(place["MODEL"]) / "config.json").write_text(json.dumps(config), "utf-8")
    assert "is quantised already" in run(place, code=1)


def test_only_what_calibrates_reads_rows(tmp_path: Path) -> None:
    for method, facts in quant.METHODS.items():
        job = quant.plan(method, None, tmp_path / "m", None, tmp_path / "d")
        assert (job.rows is not None) == facts.calibrates == ("--dataset" in quant.flags(job, 8))
    with pytest.raises(KitError, match="take one of"):
        quant.plan("hqq", None, tmp_path, None, tmp_path)

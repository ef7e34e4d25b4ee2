"""W&B and SwanLab: what is missing is said before a run starts, keys stay out of flags and files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from qa.errors import KitError
from swift_recipes import loggers

REPO = Path(__file__).parents[2]
KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Those that pass for installed; a test may take some away."""
    there = {"wandb", "swanlab", "swanboard"}
    monkeypatch.setattr(loggers, "find_spec", lambda name: name if name in there else None)
    return there


def setup(tmp_path: Path, logger: str = "", *flags: str, **environ: str) -> loggers.Setup:
    return loggers.setup(logger, flags, tmp_path / "runs" / "mine", environ, tmp_path)


def test_tensorboard_needs_nothing(tmp_path: Path, packages: set[str]) -> None:
    packages.clear()
    assert setup(tmp_path) == loggers.Setup()
    assert setup(tmp_path, "tensorboard").flags == ("--report_to", "tensorboard")
    assert setup(tmp_path, "none").flags == ("--report_to", "none")


def test_a_run_is_named_after_its_folder_and_stays_itself(tmp_path: Path) -> None:
    first = setup(tmp_path, "wandb", WANDB_API_KEY=KEY)
    assert first.flags == ("--report_to", "tensorboard", "wandb", "--run_name", "mine")
    assert dict(first.env)["WANDB_RESUME"] == "allow"
    assert setup(tmp_path, "wandb", WANDB_API_KEY=KEY) == first, "going on is the same run"
    assert KEY not in str(first)
    other = loggers.setup("wandb", (), tmp_path / "runs" / "other", {"WANDB_API_KEY": KEY}, tmp_path)
    assert dict(other.env)["WANDB_RUN_ID"] != dict(first.env)["WANDB_RUN_ID"]


def test_what_the_user_set_wins(tmp_path: Path) -> None:
    found = setup(tmp_path, "wandb", "--run_name", "best", WANDB_MODE="offline", WANDB_PROJECT="p", WANDB_RUN_ID="x1")
    assert "--run_name" not in found.flags
    assert not {"WANDB_PROJECT", "WANDB_RUN_ID"} & dict(found.env).keys()
    assert setup(tmp_path, "swanlab", "--report_to", "none").flags == (), "the flag wins over LOGGER"


def test_report_to_is_checked_like_logger(tmp_path: Path, packages: set[str]) -> None:
    packages.clear()
    for flags in (("--report_to", "tensorboard", "wandb", "--max_steps", "2"), ("--report_to=wandb",)):
        with pytest.raises(KitError, match="uv pip install wandb"):
            setup(tmp_path, "", *flags)


@pytest.mark.parametrize(
    ("logger", "missing", "environ", "words"),
    [
        ("mlflow", "", {}, "take one of: tensorboard, wandb, swanlab, none"),
        ("wandb", "wandb", {"WANDB_API_KEY": KEY}, "uv pip install wandb"),
        ("wandb", "", {}, "wandb login.*WANDB_MODE=offline"),
        ("wandb", "", {"WANDB_BASE_URL": "https://wandb.mine.org", "WANDB_MODE": "online"}, "wandb login"),
        ("swanlab", "swanlab", {"SWANLAB_API_KEY": KEY}, "uv pip install swanlab"),
        ("swanlab", "", {}, "swanlab login.*SWANLAB_MODE=local"),
        ("swanlab", "swanboard", {"SWANLAB_MODE": "local"}, r"swanlab\[dashboard\]"),
        ("swanlab", "", {"SWANLAB_MODE": "offline"}, "SWANLAB_MODE=local"),
    ],
)
def test_what_is_missing_is_said_in_a_line(
    tmp_path: Path, packages: set[str], logger: str, missing: str, environ: dict[str, str], words: str
) -> None:
    packages.discard(missing)
    with pytest.raises(KitError, match=words) as caught:
        setup(tmp_path, logger, **environ)
    assert "\n" not in str(caught.value) and KEY not in str(caught.value)


def test_a_login_is_enough(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(f"machine api.wandb.ai login user password {KEY}\n", "utf-8")
    found = setup(tmp_path, "wandb")
    assert KEY not in str(found)
    with pytest.raises(KitError, match="wandb login"):
        setup(tmp_path, "wandb", WANDB_BASE_URL="https://wandb.mine.org")
    (tmp_path / ".swanlab").mkdir()
    (tmp_path / ".swanlab/.netrc").write_text(f"machine api.swanlab.cn login web password {KEY}\n", "utf-8")
    assert "--swanlab_exp_name" in setup(tmp_path, "swanlab").flags
    (tmp_path / ".netrc").write_text("machine", "utf-8")  # half a file is no login and no crash
    with pytest.raises(KitError, match="wandb login"):
        setup(tmp_path, "wandb")


def test_swanlab_on_this_machine(tmp_path: Path) -> None:
    flags = setup(tmp_path, "swanlab", SWANLAB_MODE="local").flags
    assert flags[flags.index("--swanlab_mode") + 1] == "local"


@pytest.mark.parametrize("flags", [("--swanlab_token", KEY), (f"--swanlab_secret={KEY}",)])
def test_a_key_among_the_flags_is_refused(tmp_path: Path, flags: tuple[str, ...]) -> None:
    with pytest.raises(KitError, match="would be written") as caught:
        setup(tmp_path, "swanlab", *flags, SWANLAB_API_KEY=KEY)
    assert KEY not in str(caught.value)


def test_the_script_takes_flags_and_environment(tmp_path: Path) -> None:
    """logger.sh, with `recipes` played: words with blanks and quotes arrive whole, a fault ends the script."""
    script = """
    set -euo pipefail
    recipes() { [[ $3 != broken ]] || return 1; printf '%s\\n' 'env X=a "b" $HOME' 'flag --run_name' 'flag my run'; }
    source shell/logger.sh
    logger_flags --max_steps 2
    echo "[$X]"; printf '<%s>' "${LOGGER_FLAGS[@]}"; echo
    LOGGER=broken; logger_flags; echo NOT REACHED
    """
    env = os.environ | {"LOGGER": "wandb", "OUT": str(tmp_path)}
    done = subprocess.run(["bash", "-c", script], cwd=REPO, env=env, capture_output=True, text=True)
    assert done.stdout == '[a "b" $HOME]\n<--run_name><my run>\n', done.stderr
    assert done.returncode == 1


def test_without_a_logger_nothing_is_called(tmp_path: Path) -> None:
    script = (
        'recipes() { echo CALLED; }; source shell/logger.sh; logger_flags --max_steps 2; echo "${#LOGGER_FLAGS[@]}"'
    )
    env = {k: v for k, v in os.environ.items() if k != "LOGGER"}
    done = subprocess.run(["bash", "-euc", script], cwd=REPO, env=env, capture_output=True, text=True)
    assert done.stdout == "0\n", done.stderr


def test_a_logger_that_cannot_work_stops_before_swift(tmp_path: Path, data: Path, fake_model: Path) -> None:
    (fake_model / "stand_in.json").write_text("{}", "utf-8")
    env = {k: v for k, v in os.environ.items() if k not in ("RECIPE", "FORCE")} | {"LOGGER": "mlflow"}
    env |= {"MODEL": str(fake_model), "DATA": str(data), "OUT": str(tmp_path / "run")}
    command = ["bash", "shell/train_lora.sh"]
    done = subprocess.run(command, cwd=REPO, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "LOGGER=mlflow" in done.stderr, done.stderr
    assert not (tmp_path / "run" / "train.log").exists()

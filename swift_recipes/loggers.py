"""Where the curves of a run go: TensorBoard, W&B or SwanLab besides. Looked at before anything expensive starts.

Keys come from the environment or from the logger's own login; they are never taken as flags, since swift writes those
into args.json and the script writes them into train.log.
"""

from __future__ import annotations

import json
import netrc
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlparse

from qa.dataset import write_whole
from qa.errors import KitError
from swift_recipes.flags import read

NAMES = ("tensorboard", "wandb", "swanlab", "none")
KEYS = ("swanlab_token", "swanlab_secret")  # flags of swift that would put a key into files
PROJECT = "circuit-vqa"
IDENTITY = ".swift/logger.json"  # by which a run that goes on is the same run to the logger


@dataclass(frozen=True)
class Setup:
    """What a run is started with: flags for swift, and settings of the environment."""

    flags: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


def setup(logger: str, flags: Sequence[str], out: Path, environ: Mapping[str, str], home: Path) -> Setup:
    """Flags and environment for a logger; the run is named after OUT and keeps its name and id when it goes on.

    Args:
        logger: one of NAMES, several with commas between; empty: what `--report_to` among `flags` says.
        flags: what the user passes on to swift.
        out: folder of the run.
        environ: the environment.
        home: where logins are kept.

    Raises:
        KitError: an unknown logger, its package is missing, or nobody is logged in; or a key stands among the flags.
    """
    told = read(flags)
    for key in KEYS:
        if key in told:
            raise KitError(f"--{key}: would be written to train.log and args.json; set SWANLAB_API_KEY instead")
    asked = tuple(told.get("report_to", ()))
    names = asked or tuple(n for n in re.split(r"[,\s]+", logger.lower()) if n)
    for name in names:
        if name not in NAMES:
            raise KitError(f"LOGGER={name}: no such logger; take one of: {', '.join(NAMES)}")
    given: list[str] = []
    if not asked and names:
        given = ["--report_to", *(("none",) if names == ("none",) else _with_tensorboard(names))]
    env: list[tuple[str, str]] = []
    run = out.resolve().name
    if "wandb" in names:
        _check_wandb(environ, home)
        given += [] if "run_name" in told else ["--run_name", run]
        env += _unset(environ, WANDB_PROJECT=PROJECT, WANDB_DIR=str(out), WANDB_RUN_ID=_identity(out))
        env += _unset(environ, WANDB_RESUME="allow", WANDB_SILENT="true")
    if "swanlab" in names:
        local = _check_swanlab(environ, home)
        given += [] if "swanlab_exp_name" in told else ["--swanlab_exp_name", run]
        given += [] if "swanlab_project" in told else ["--swanlab_project", PROJECT]
        given += ["--swanlab_mode", "local"] if local and "swanlab_mode" not in told else []
        env += _unset(environ, SWANLAB_LOG_DIR=str(out / "swanlog"))
    return Setup(tuple(given), tuple(env))


def _with_tensorboard(names: Sequence[str]) -> tuple[str, ...]:
    return ("tensorboard", *(n for n in dict.fromkeys(names) if n not in ("tensorboard", "none")))


def _check_wandb(environ: Mapping[str, str], home: Path) -> None:
    if find_spec("wandb") is None:
        raise KitError("LOGGER=wandb: the package is not there; add it: uv pip install wandb")
    if environ.get("WANDB_MODE", "") in ("offline", "dryrun", "disabled") or environ.get("WANDB_API_KEY"):
        return
    host = urlparse(environ.get("WANDB_BASE_URL") or "https://api.wandb.ai").hostname or ""
    if not any(_login(Path(environ.get("NETRC") or home / name), host) for name in (".netrc", "_netrc")):
        raise KitError(
            "LOGGER=wandb: nobody is logged in; run: wandb login, or set WANDB_API_KEY, or keep the curves on this"
            " machine: WANDB_MODE=offline"
        )


def _check_swanlab(environ: Mapping[str, str], home: Path) -> bool:
    """Whether SwanLab keeps its curves on this machine."""
    if find_spec("swanlab") is None:
        raise KitError("LOGGER=swanlab: the package is not there; add it: uv pip install swanlab")
    mode = environ.get("SWANLAB_MODE", "")
    if mode == "local":
        if find_spec("swanboard") is None:
            raise KitError("SWANLAB_MODE=local: wants one more package: uv pip install 'swanlab[dashboard]'")
        return True
    if mode not in ("", "cloud", "online"):
        raise KitError(f"SWANLAB_MODE={mode}: ms-swift passes on cloud and local only; take SWANLAB_MODE=local")
    folder = Path(environ.get("SWANLAB_SAVE_DIR") or home / ".swanlab")
    if not environ.get("SWANLAB_API_KEY") and not any(_login(f / ".netrc") for f in (folder, Path(".swanlab"))):
        raise KitError(
            "LOGGER=swanlab: nobody is logged in; run: swanlab login, or set SWANLAB_API_KEY, or keep the curves on"
            " this machine: SWANLAB_MODE=local"
        )
    return False


def _login(path: Path, host: str = "") -> bool:
    """Whether a netrc file holds a login for `host`, for any host if empty. Its key is not looked at."""
    try:
        hosts = netrc.netrc(str(path)).hosts
    except (OSError, netrc.NetrcParseError):
        return False
    return host in hosts if host else bool(hosts)


def _identity(out: Path) -> str:
    """The id of this run for its logger: made once, kept in OUT."""
    path = out / IDENTITY
    try:
        known = json.loads(path.read_text("utf-8"))["id"]
    except (OSError, ValueError, KeyError, TypeError):
        known = ""
    if not (isinstance(known, str) and re.fullmatch(r"[0-9a-f]{16}", known)):
        known = secrets.token_hex(8)
        write_whole(path, json.dumps({"id": known}).encode())
    return known


def _unset(environ: Mapping[str, str], **values: str) -> list[tuple[str, str]]:
    """Those that the user has not set."""
    return [(k, v) for k, v in values.items() if not environ.get(k)]

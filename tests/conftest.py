"""What tests of several rooms share."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.command_line import WORKERS

# A shell starts what it puts in the background deaf to Ctrl-C, and every child inherits that: scripts that a test stops
# by it would go on to their end.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The suite starts some hundred interpreters: what one has compiled, the next ones load.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Worker processes of the kit start with these imported, as each would do by itself.
multiprocessing.set_forkserver_preload(list(WORKERS))

# Continuous integration tries the same examples every time; on a desk each run tries new ones.
# No deadline: how long an example takes says how busy the machine is.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "desk"))

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real circuits (`netlists/`, `kicad/`); skips where it is absent."""
    folder = Path(os.environ.get("CIRCUIT_VQA_REAL", ROOT.parent / "shared" / "real"))
    if not (folder / "netlists").is_dir():
        pytest.skip(f"no real circuits at {folder}; point CIRCUIT_VQA_REAL at a folder with netlists/")
    return folder


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")  # not longer: while it is open, nothing else on this thread can start an event loop
def browser() -> Iterator[Any]:
    """Headless Chromium; skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser; install the dev extra")
    if CHROMIUM is None:
        pytest.skip("no chromium on the path; pages are driven in Debian's")
    with sync_api.sync_playwright() as p:
        opened = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


SWIFT = {"test_lint.py", "test_plugins.py", "test_swift_takes_the_recipes.py"}
"""Files whose tests ask one process that has imported swift: all of them on one worker."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With -n2 a file's tests stay together, so what a module prepares (a run of EvalScope, swift) is made once."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "swift" if file.rpartition("/")[2] in SWIFT else file

    return ByFile(config, log)


def pytest_sessionfinish() -> None:
    """pytest and Python search all objects for garbage six times on their way out: seconds, after torch and others."""
    gc.freeze()


SLOW_S = 3000
"""Seconds a slow test may take on two busy cores."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests get more time than `timeout` in pyproject.toml gives to all."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_S))

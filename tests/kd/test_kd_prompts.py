"""What teachers are asked with: a changed text has a new version, and help loads nothing heavy."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib import resources

import pytest

from kd.solving import PACKAGE
from synth.teacher.prompts import load_prompt, shipped_prompts

SHIPPED = {
    "analyse@1.en.md": "8d0b945a78bf",
    "analyse@1.zh.md": "df96f4bd2e0b",
    "solve@1.en.md": "1c64ca609034",
    "solve@1.zh.md": "1798b3a4adb0",
}
"""File -> first 12 digits of the SHA-256 of its text. A change of the text needs a new file with a higher version:
answers in people's journals were given to the old one. The old file may go, its line here with it."""


def test_a_text_that_changed_has_a_new_version() -> None:
    folder = resources.files(PACKAGE)
    now = {f: hashlib.sha256(folder.joinpath(f).read_bytes()).hexdigest()[:12] for f in shipped_prompts(PACKAGE)}
    changed = [f for f in now if SHIPPED.get(f, now[f]) != now[f]]
    assert not changed, f"the text changed: save it under the next version instead: {changed}"
    assert now.keys() == SHIPPED.keys(), "a prompt came or went: mend SHIPPED"


@pytest.mark.parametrize("file", shipped_prompts(PACKAGE))
def test_every_prompt_can_be_loaded(file: str) -> None:
    version, lang, _ = file.split(".")
    prompt = load_prompt(version, lang, package=PACKAGE)  # type: ignore[arg-type]
    known = ("question",) if version.startswith("solve") else ()
    assert prompt.version == version and prompt.needs(known, known) and prompt.messages(question="Q")
    assert load_prompt(version.partition("@")[0], lang, package=PACKAGE) == prompt  # type: ignore[arg-type]


HEAVY = {"PIL", "aiohttp", "gradio", "httpx", "json_repair", "numpy", "openai", "pymupdf", "scipy", "swift",
         "torch", "yaml"}  # fmt: skip
SAY = """
import contextlib, io, json, sys
from circuit_vqa import main
with contextlib.redirect_stdout(io.StringIO()):
    codes = [main(["kd", *verb.split(), "--help"]) for verb in ["", *sys.argv[1:]]]
print(json.dumps([codes, sorted(sys.modules)]))
"""


def test_help_of_every_verb_loads_nothing_heavy() -> None:
    command = [sys.executable, "-c", SAY, "analyses", "solutions", "reject"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    codes, loaded = json.loads(done.stdout)
    assert codes == [0, 0, 0, 0] and not HEAVY & set(loaded)

"""Help of `circuit-vqa synth` and of each of its verbs is quick: nothing heavy is imported for it."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "PIL", "aiohttp", "gradio", "imagehash", "jinja2", "json_repair", "numpy", "openai", "playwright", "pymupdf",
    "schemdraw", "scipy", "swift", "torch", "yaml",
}  # fmt: skip
SAY = """
import contextlib, io, json, sys
from circuit_vqa import main
out = io.StringIO()
with contextlib.redirect_stdout(out):
    codes = {verb: main(["synth", *verb.split(), "--help"]) for verb in ["", *sys.argv[1:]]}
print(json.dumps([codes, out.getvalue(), sorted(sys.modules)]))
"""
VERBS = ("images", "pdf", "import", "write", "check", "report", "review", "split", "export", "validate")


def test_help_of_every_verb_loads_nothing_heavy() -> None:
    command = [sys.executable, "-c", SAY, *VERBS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    codes, said, loaded = json.loads(done.stdout)
    assert set(codes.values()) == {0}
    assert all(f"circuit-vqa synth {verb}" in said for verb in VERBS)
    assert not HEAVY & set(loaded)

"""Lint finds the traps planted here, on their lines, and is silent on every recipe of ours."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa.errors import KitError
from swift_recipes import recipe, stand_in
from swift_recipes.cli import app
from swift_recipes.lint.arguments import CLASSES
from swift_recipes.lint.check import lint, targets
from swift_recipes.lint.reading import read
from swift_recipes.lint.traps import TRAPS
from tests.swift_recipes.warm_swift import WarmSwift

CASES = Path(__file__).parent / "lint_cases"
# YAML blocks; `#! KEY severity` marks the line on which a finding must stand. Not named .yaml: those must pass lint.
PLANTED, SOUND, TYPED = ((CASES / f"{n}.txt").read_text("utf-8") for n in ("planted", "sound", "typed"))


def blocks(text: str) -> list[str]:
    return [b.strip("\n") + "\n" for b in text.split("---\n")]


def marks(text: str) -> set[tuple[int, str, str]]:
    found = ((i, re.search(r"#! (\w+) (\w+)", line)) for i, line in enumerate(text.splitlines(), 1))
    return {(i, m[1], m[2]) for i, m in found if m}


def write(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text.replace("OUTPUT", str(folder)), "utf-8")
    return path


@pytest.mark.parametrize("text", blocks(PLANTED), ids=lambda t: ",".join(sorted(m[1] for m in marks(t))))
def test_a_planted_trap_is_found_on_its_line_and_nothing_else(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    found = lint(path)
    assert {(f.place.line, f.key, f.severity) for f in found} == marks(text) != set()
    for finding in found:
        line = str(finding)
        assert line.startswith(f"{path}:{finding.place.line}: {finding.severity}: {finding.key}: ")
        assert "\n" not in line and finding.why and finding.fix


def test_every_trap_is_planted_here(tmp_path: Path) -> None:
    hit = set()
    for text in blocks(PLANTED):
        given = read(write(tmp_path, text))
        hit |= {i for i, t in enumerate(TRAPS) if t.look(given)}
    assert len(TRAPS) >= 15
    assert [t.why for i, t in enumerate(TRAPS) if i not in hit] == []


@pytest.mark.parametrize("text", blocks(SOUND))
def test_what_is_sound_stays_unsaid(tmp_path: Path, text: str) -> None:
    assert [str(f) for f in lint(write(tmp_path, text))] == []


@pytest.mark.parametrize("files", targets([]), ids=lambda files: "+".join(p.stem for p in files))
def test_silent_on_ours(files: list[Path]) -> None:
    assert [str(f) for f in lint(files[0], parts=files[1:])] == []


def test_calibration_rows_need_no_validation(tmp_path: Path) -> None:
    path = write(tmp_path, "dataset: a.jsonl\n")
    assert [f.key for f in lint(path, command="sft")] == ["dataset"]
    assert lint(path, command="export") == []


def test_a_key_of_an_extended_file_is_shown_there(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("# first\n\nquant_bits: 4\n", "utf-8")
    path = write(tmp_path, "extends: base.yaml\nseed: 1\n")
    [finding] = lint(path)
    assert (Path(finding.place.file).name, finding.place.line) == ("base.yaml", 3)
    write(tmp_path, "extends: [base.yaml]\nquant_method: bnb\n")
    assert lint(path) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x: [1\n", "not valid YAML"),
        ("- 1\n", "key: value"),
        ("", "key: value"),
        ("extends: own.yaml\n", "itself"),
        ("extends: gone.yaml\n", "cannot be read"),
        ("x: !!python/object:os.system ls\n", "not valid YAML"),
        ("? [a]\n: 1\n", "not valid YAML"),
    ],
)
def test_what_is_no_recipe_is_one_line(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(KitError) as e:
        lint(write(tmp_path, text))
    assert word in str(e.value)
    assert "\n" not in str(e.value)


def test_the_command_ends_with_1_on_errors_only(tmp_path: Path) -> None:
    run = CliRunner().invoke
    bad, odd = write(tmp_path, "quant_bits: 4\n"), tmp_path / "odd.yaml"
    odd.write_text("use_dora: true\n", "utf-8")
    done = run(app, ["lint", "--fast", str(bad), "tiny/lora"])
    assert done.exit_code == 1
    assert "own.yaml:1: error: quant_bits:" in done.output
    assert "files 2, errors 1, warnings 0" in done.output
    assert run(app, ["lint", "--fast", str(odd)]).exit_code == 0
    done = run(app, ["lint", "--fast"])
    assert done.exit_code == 0
    assert f"files {len(targets([]))}, errors 0, warnings 0" in done.output


def test_traps_alone_import_nothing_heavy() -> None:
    code = "import sys; from swift_recipes.lint import check; "
    code += "[check.lint(p, parts=more) for p, *more in check.targets([])]; "
    code += "print(sorted({'swift', 'torch', 'transformers'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=recipe.ROOT.parent)
    assert done.stdout == "[]\n", done.stderr


def test_a_name_that_is_none_lists_the_recipes() -> None:
    with pytest.raises(KitError, match="tiny/qlora"):
        targets(["tiny/qlorra"])


# What swift's own parser stops at, on a machine with neither GPU nor DeepSpeed, and what it takes.
HARD = {
    "quant_method", "packing", "padding_free", "lazy_tokenize", "save_only_model", "fp16", "warmup_steps",
    "warmup_ratio", "load_best_model_at_end", "seq_kd", "lmbda", "beta", "use_vllm", "async_generate",
}  # fmt: skip
REFUSED = [t for t in blocks(PLANTED) if {k for _, k, s in marks(t) if s == "error"} & HARD]
TAKEN = [t for t in blocks(SOUND) if not re.search(r"deepspeed|liger|^model:", t, re.MULTILINE)]


REAL = """
import json, sys
from pathlib import Path
from swift_recipes.lint.arguments import CLASSES, Arguments
from swift_recipes.lint.check import lint, targets
from swift_recipes.lint.names import RENAMED
arguments = Arguments()
for path, *parts in [[Path(sys.argv[1])], *targets([])]:
    for f in lint(path, arguments, parts=parts):
        print("FOUND", path.name, f.place.line, f.key, f.severity, f.fix, sep="|")
import yaml
from swift import arguments as classes
from swift.utils import parse_args
from swift.cli.main import parse_yaml_args
for i, text in enumerate(json.loads(sys.argv[2])):
    file = Path(sys.argv[1]).with_name("whole.yaml")
    given = json.loads(sys.argv[3]) | yaml.safe_load(text)
    file.write_text(yaml.safe_dump(given), "utf-8")
    argv = [str(file)]
    parse_yaml_args(argv)
    try:
        _, rest = parse_args(classes.RLHFArguments if "rlhf_type" in given else classes.SftArguments, argv)
        print("PARSED", i, "no" if rest else "yes", sep="|")  # swift stops at what is left over
    except (ValueError, NotImplementedError, AssertionError):
        print("PARSED", i, "no", sep="|")
for command in CLASSES:
    taken = sorted(k for k in RENAMED if "--" + k in arguments.of(command))
    print("CLASS", command, len(arguments.of(command)), ",".join(taken), sep="|")
"""


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory, swift: WarmSwift) -> list[list[str]]:
    root = tmp_path_factory.mktemp("lint")
    path = write(root, TYPED)
    stand_in.build_config().save_pretrained(root / "model")
    whole = {
        "model": str(root / "model"), "model_type": "qwen2_5_vl", "template": "qwen2_5_vl", "check_model": False,
        "dataset": ["x.jsonl"], "max_length": 512, "use_cpu": True, "torch_dtype": "float32", "fp16": False,
        "bf16": False, "output_dir": str(root / "out"),
    }  # fmt: skip
    given = [json.dumps(x) for x in (REFUSED + TAKEN, whole)]
    done = swift(REAL, str(path), *given)
    assert done.returncode == 0, done.stderr[-2000:]
    return [line.split("|") for line in done.stdout.splitlines()]


def test_swifts_own_classes_find_names_and_types_and_are_silent_on_ours(real: list[list[str]]) -> None:
    found = [r[1:] for r in real if r[0] == "FOUND"]
    assert {(int(n), key, severity) for _, n, key, severity, _ in found} == marks(TYPED)
    assert {file for file, *_ in found} == {"own.yaml"}
    fixes = {key: fix for _, _, key, _, fix in found}
    assert fixes["lora_rnak"] == "write lora_rank"
    assert fixes["max_steps"] == "write a whole number"
    assert "causal_lm" in fixes["task_type"]
    assert "rlhf_type" in fixes["gamma"]


def test_old_names_are_gone_from_every_command(real: list[list[str]]) -> None:
    classes = {r[1]: r[2:] for r in real if r[0] == "CLASS"}
    assert set(classes) == set(CLASSES)
    assert all(int(count) > 100 and taken == "" for count, taken in classes.values()), classes


def test_swift_itself_stops_at_the_hard_errors_and_takes_what_is_sound(real: list[list[str]]) -> None:
    said = {int(r[1]): r[2] for r in real if r[0] == "PARSED"}
    assert [t for i, t in enumerate(REFUSED) if said[i] != "no"] == []
    assert [t for i, t in enumerate(TAKEN, len(REFUSED)) if said[i] != "yes"] == []
    assert len(REFUSED) >= 10 and len(TAKEN) >= 4

"""Which teachers fit which students, from folders and from hub names, and what is said where they do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kd.cli import app
from qa.errors import KitError
from swift_recipes.gkd import fit, models

WORDS = {"a": 0, "b": 1, "ab": 2}
ADDED = {"<|end|>": 3, "<|image|>": 4}
CONFIG: dict[str, Any] = {"model_type": "qwen2_5_vl", "text_config": {"vocab_size": 8}, "image_token_id": 4}
PICTURE: dict[str, Any] = {
    "patch_size": 14, "merge_size": 2, "temporal_patch_size": 2,
    "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
}  # fmt: skip
Make = Callable[..., str]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def folder(
        name: str,
        words: dict[str, int] = WORDS,
        added: dict[str, int] = ADDED,
        config: dict[str, Any] = CONFIG,
        picture: dict[str, Any] = PICTURE,
        old: bool = False,
    ) -> str:
        """As transformers 5 writes it; `old`: as the models on the hubs are."""
        path = tmp_path / name
        path.mkdir()
        tokens = [{"id": i, "content": t} for t, i in added.items()]
        files: dict[str, Any] = {"config.json": config}
        if old:
            files["vocab.json"] = words
            files["tokenizer_config.json"] = {"added_tokens_decoder": {str(t["id"]): t for t in tokens}}
            files["preprocessor_config.json"] = picture
        else:
            files["tokenizer.json"] = {"model": {"vocab": words | added}, "added_tokens": tokens}
            files["processor_config.json"] = {"image_processor": picture}
        for file, data in files.items():
            (path / file).write_text(json.dumps(data), "utf-8")
        return str(path)

    return folder


def test_the_same_model_fits_however_its_files_are_laid_out(make: Make) -> None:
    assert fit.check(make("teacher"), make("student", old=True)) == fit.Fit(())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"words": {"b": 0, "a": 1, "ab": 2}}, "vocabularies differ in 2 tokens ('b' is 0 and 1; 'a' is 1 and 0)"),
        ({"words": WORDS | {"c": 5}}, "vocabularies differ in 1 tokens ('c' is 5 and not there)"),
        ({"words": {"a": 0, "b": 1}}, "vocabularies differ in 1 tokens ('ab' is not there and 2)"),
        ({"added": {"<|end|>": 4, "<|image|>": 3}}, "added tokens have other ids: <|end|> is 4 and 3"),
        ({"added": {"<|end|>": 3, "<|picture|>": 4}}, "added ids mean other tokens: 4 is <|picture|> and <|image|>"),
        ({"config": CONFIG | {"image_token_id": 3}}, "special ids differ: image_token_id 3 and 4"),
        ({"config": CONFIG | {"model_type": "llava"}}, "a llava does not take the inputs made for a qwen2_5_vl"),
        ({"picture": PICTURE | {"patch_size": 16}}, "pictures are cut up differently: patch size 16 and 14"),
        ({"picture": PICTURE | {"merge_size": 4}}, "merge size 4 and 2"),
        ({"picture": PICTURE | {"temporal_patch_size": 1}}, "temporal patch size 1 and 2"),
        ({"picture": PICTURE | {"image_mean": [0.5] * 3}}, "mean of the colours 0.5/0.5/0.5 and 0.48/0.46/0.41"),
        ({"picture": PICTURE | {"image_std": [0.5]}}, "std of the colours"),
    ],
)
def test_what_keeps_a_teacher_from_its_student(make: Make, changed: dict[str, Any], said: str) -> None:
    teacher, student = make("teacher", **changed), make("student")
    assert said in "; ".join(fit.check(teacher, student).reasons)
    with pytest.raises(KitError, match="circuit-vqa kd solutions") as e:
        fit.refuse(teacher, student)
    assert "\n" not in str(e.value)


def test_padding_and_unused_tokens_are_noted_but_fit(make: Make) -> None:
    teacher = make("teacher", added=ADDED | {"<tool_call>": 5}, config=CONFIG | {"text_config": {"vocab_size": 16}})
    notes = fit.refuse(teacher, make("student"))
    assert "padded to 16 and 8 rows; swift fills the shorter one up" in notes[0]
    assert "<tool_call>" in notes[1]
    assert "Liger" in fit.check(teacher, str(Path(teacher).parent / "student"), liger=True).reasons[0]


def test_pixel_limits_do_not_matter(make: Make) -> None:
    assert fit.check(make("teacher", picture=PICTURE | {"max_pixels": 1}), make("student")) == fit.Fit(())


SMALL = "Qwen/Qwen2.5-VL-3B-Instruct"


@pytest.mark.parametrize(
    ("teacher", "student", "fits"),
    [
        *((f"Qwen/Qwen2.5-VL-{size}-Instruct", SMALL, True) for size in ("72B", "32B", "7B")),
        ("Qwen/Qwen2.5-VL-72B-Instruct-AWQ", SMALL, True),
        ("Qwen/Qwen3-VL-8B-Instruct", SMALL, False),
        ("Qwen/Qwen3-VL-32B-Instruct", "Qwen/Qwen3-VL-8B-Instruct", True),
        ("Qwen/Qwen3-VL-235B-A22B-Instruct", "Qwen/Qwen3-VL-8B-Instruct", True),
        ("Qwen/Qwen2-VL-72B-Instruct", "Qwen/Qwen2-VL-7B-Instruct", True),
        ("gpt-4o", SMALL, False),
        ("openai/gpt-4o-mini", SMALL, False),
        ("qwen-vl-max", SMALL, False),
        ("claude-sonnet", SMALL, False),
    ],
)
def test_known_families_need_no_network(teacher: str, student: str, fits: bool) -> None:
    assert fit.check(teacher, student).ok is fits


def test_padding_of_the_large_ones_is_known() -> None:
    assert "152064 and 151936" in fit.check("Qwen/Qwen2.5-VL-72B-Instruct", SMALL).notes[0]
    assert not fit.check("Qwen/Qwen2.5-VL-72B-Instruct", SMALL, liger=True).ok


def test_a_family_not_known_is_not_guessed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "scope"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    with pytest.raises(KitError, match="hf download acme/eye-9b"):
        fit.check("acme/eye-9b", SMALL)


def test_a_fetched_copy_is_read(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    snapshot = tmp_path / "hub" / "models--acme--eye-9b" / "snapshots"
    snapshot.mkdir(parents=True)
    Path(make("teacher", picture=PICTURE | {"patch_size": 16})).rename(snapshot / "abc")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert fit.check("acme/eye-9b", make("student")).reasons == (
        "pictures are cut up differently: patch size 16 and 14",
    )


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "processor_config.json"])
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"model": 1, "added_tokens": 2}',
        '{"model": {"vocab": {"a": "0"}}, "image_processor": [1]}',
        None,
    ],
)
def test_a_broken_folder_is_named_in_one_line(make: Make, file: str, text: str | None) -> None:
    teacher = Path(make("teacher"))
    (teacher / file).unlink()
    if text is not None:
        (teacher / file).write_text(text, "utf-8")
    with pytest.raises(KitError) as e:
        fit.check(str(teacher), make("student"))
    assert str(teacher) in str(e.value)
    assert "\n" not in str(e.value)


def test_the_rebuilt_vocabulary_is_the_known_one() -> None:
    from swift_recipes import stand_in

    words = stand_in.build_tokenizer().get_vocab()
    plain = {t: i for t, i in words.items() if t not in stand_in.SPECIAL_TOKENS}
    assert models.fingerprint(plain) == models.QWEN, "so a folder can be compared with a hub name"
    assert {t: words[t] for t in stand_in.SPECIAL_TOKENS} == {
        t: 151643 + i for i, t in enumerate(models.QWEN_ADDED[:14])
    }


def test_the_verb_says_yes_or_no_and_why(make: Make) -> None:
    run = CliRunner()
    good = run.invoke(app, ["fit", make("teacher"), make("student")])
    assert good.exit_code == 0
    assert "can teach" in good.output
    bad = run.invoke(app, ["fit", "Qwen/Qwen3-VL-8B-Instruct", SMALL])
    assert bad.exit_code == 1
    assert "patch size 16 and 14" in bad.output
    assert bad.output.splitlines()[-1] == "distil text instead: circuit-vqa kd solutions"

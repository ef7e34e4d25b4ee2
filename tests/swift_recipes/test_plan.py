"""The plan of a run: tokens as swift counts them, steps as the trainer takes them, memory near published figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from qa.errors import KitError
from swift_recipes import recipe, shapes, teacher_fit
from swift_recipes.cli import app
from swift_recipes.planning import memory, plan, plan_text, published, tokens

LORA = "qwen2_5_vl_3b/lora"
SHAPE = shapes.SHAPES["Qwen2.5-VL-3B"]


def make(data: Path, name: str = LORA, model: str = "", gpus: int = 1, **limits: int | None) -> plan.Run:
    return plan.make(recipe.load(name), data, model, gpus, limits.get("max_pixels"), limits.get("max_length"))


def printed(data: Path, *more: str) -> str:
    done = CliRunner().invoke(app, ["plan", LORA, "--data", str(data), *more], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("Qwen2.5-VL-3B", 3.75),
        ("Qwen2.5-VL-7B", 8.29),
        ("Qwen2.5-VL-32B", 33.45),
        ("Qwen2.5-VL-72B", 73.41),
        ("Qwen3-VL-8B", 8.77),
        ("Qwen2-VL-7B", 8.29),
    ],
)
def test_parameters_are_those_of_the_model_cards(name: str, billions: float) -> None:
    assert shapes.SHAPES[name].parameters / 1e9 == pytest.approx(billions, rel=0.002)


def test_a_model_is_known_by_hub_name_folder_and_recipe() -> None:
    assert shapes.name_of("Qwen/Qwen2.5-VL-7B-Instruct") == "Qwen2.5-VL-7B"
    assert shapes.name_of("qwen2_5_vl_3b/qlora") == "Qwen2.5-VL-3B"
    assert shapes.name_of("models/Qwen2-VL-7B-Instruct") == "Qwen2-VL-7B"
    assert shapes.name_of("Qwen/Qwen3-VL-8B-Instruct") == "Qwen3-VL-8B"
    assert shapes.name_of("Qwen/Qwen3-VL-30B-A3B-Instruct") is None
    assert shapes.name_of("tiny/lora") is None


def test_serving_and_training_count_from_one_table() -> None:
    assert pytest.approx(147, rel=0.01) == teacher_fit.WEIGHTS_GB["72B"]
    assert pytest.approx(0.33, rel=0.02) == teacher_fit.CACHE_GB_A_1000_TOKENS["72B"]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """The real one; it takes a second or two to build."""
    from swift_recipes.stand_in import build_tokenizer

    return build_tokenizer()


def test_text_is_counted_by_the_real_vocabulary(tokenizer: Any) -> None:
    for text in (
        "问题:图中标注为62 kΩ的电阻是______。\n答案:R2",
        "What does R1 = 4.7 kΩ do?  ",
        "<|im_end|> 输入",
        "\r\n a",
    ):
        wanted = len(tokenizer.encode(text.replace("<|im_end|>", "")))
        assert tokens.qwen()(text.replace("<|im_end|>", "")) == wanted


def test_a_row_has_as_many_tokens_as_swift_gives_it(tmp_path: Path, tokenizer: Any) -> None:
    """The dialogue written out here has as many ids as ms-swift 4.6's template gave for five rows of the quickstart."""
    (tmp_path / "swift").mkdir()
    Image.new("RGB", (481, 401), "white").save(tmp_path / "a.png")
    ask = "<image>问题:图中有几个电阻直接连接到地?\n选项:A. 1 B. 2 C. 0 D. 3\n请看图回答单项选择题"
    turns = [{"role": "user", "content": ask}, {"role": "assistant", "content": "答案:A"}]
    path = tmp_path / "swift" / "train.jsonl"
    path.write_text(json.dumps({"messages": turns, "images": [str(tmp_path / "a.png")]}), "utf-8")
    (row,) = tokens.read(path)
    real = (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|><|vision_end|>"
    )
    real += ask.removeprefix("<image>") + "<|im_end|>\n<|im_start|>assistant\n答案:A<|im_end|>\n"
    assert row.text == len(tokenizer.encode(real))
    assert row.image(1003520) == 17 * 14
    assert row.tokens(16 * 28 * 28) == row.text + 4 * 3
    assert row.answer == len(tokenizer.encode("答案:A<|im_end|>\n"))


def test_qwen3_vl_has_larger_tokens_and_no_system_prompt(data: Path) -> None:
    old, new = make(data, "qwen2_5_vl_7b/lora"), make(data, "qwen3_vl_8b/lora")
    system = 4 + 1 + tokens.qwen()(tokens.SYSTEM)
    assert [a.text - b.text for a, b in zip(old.rows, new.rows, strict=True)] == [system] * 40
    assert {r.image(1003520) for r in old.rows} == {6 * 4}  # 168 x 112
    assert {r.image(1003520) for r in new.rows} == {5 * 4}  # shown as 160 x 128


def test_packs_are_what_a_packed_batch_counts(data: Path) -> None:
    plain, packed = make(data, "qwen2_5_vl_3b/lora"), make(data, "qwen2_5_vl_3b/lora+packing", max_length=512)
    assert len(plain.units) == 40 and packed.steps() == (2 * 2, 2)  # 7 packs of 6 rows, 4 a step
    a_pack = 512 // max(packed.lengths)
    assert len(packed.units) == pytest.approx(40 / a_pack, abs=1)
    memory_of = packed.memory()
    assert memory_of and 450 < memory_of.tokens <= 512
    assert memory_of.logit_tokens < memory_of.tokens, "answers only: rows laid end to end are one row"


def test_the_end_of_the_vision_tower_costs_what_it_trains(data: Path) -> None:
    plain, end = make(data, "qwen2_5_vl_3b/full").setup, make(data, "qwen2_5_vl_3b/full+full_vision").setup
    assert plain and end and (plain.vision_blocks, end.vision_blocks) == (0, 4)
    more = memory.total(replace(end, tokens=1000, image_tokens=500)) - memory.total(replace(plain, tokens=1000))
    assert more == pytest.approx(4 * SHAPE.vision_block * 6 / 2**30, rel=0.2)
    assert make(data, "qwen3_vl_8b/lora+vision").setup.vision_blocks == 4  # type: ignore[union-attr]
    assert make(data, "qwen2_5_vl_3b/lora").setup.vision_blocks == 0  # type: ignore[union-attr]


def test_liger_keeps_no_logits(data: Path) -> None:
    liger = make(data, "qwen2_5_vl_3b/lora+liger").setup
    assert liger and not liger.keep_logits
    long = replace(liger, tokens=8192, checkpointing=True)
    assert memory._logits(long) < memory._logits(replace(long, keep_logits=True)) / 50


def test_rows_that_are_too_long_are_left_out_of_the_steps(data: Path) -> None:
    run = make(data)
    assert run.too_long == 0
    assert run.steps() == (2 * 3, 2)  # 40 rows, batch 2: 20 batches, 8 a step: 3 steps an epoch
    mixed = replace(run, rows=tuple(tokens.Row(text, 4, ((168, 112),)) for text in range(100, 140)), max_length=143)
    assert mixed.too_long == 20  # 24 tokens of picture: rows of 124 to 143 stay
    assert len(mixed.kept) == 20
    assert mixed.steps() == (2 * 2, 2)
    assert len(replace(mixed, cuts=True).kept) == 40


def test_gpus_share_the_rows(data: Path) -> None:
    assert make(data, gpus=4).steps() == make(data).steps(), "accumulation is shared out: the same rows a step"
    assert make(data, gpus=16).steps() == (2 * 2, 2)  # 2 rows x 16 GPUs, more than the 16 of one


def test_max_steps_wins_over_epochs(data: Path) -> None:
    steps, epochs = make(data, "tiny/qlora").steps()
    assert steps == recipe.load("tiny/qlora").values["max_steps"] >= 80
    assert epochs == pytest.approx(steps / 3)


def test_the_length_named_holds_99_of_100_rows(data: Path) -> None:
    run = make(data)
    assert run.fitting_length % 64 == 0
    assert sum(n <= run.fitting_length for n in run.lengths) >= 0.99 * len(run.lengths)


def test_estimate_is_near_what_others_published() -> None:
    count, median, largest = published.summary()
    assert count >= 20
    assert median <= 0.15
    assert largest <= 0.30
    assert published.summary("swift")[1] <= 0.15


def test_parts_of_the_3b_model() -> None:
    parts = memory.estimate(memory.Setup(SHAPE, tokens=1000))
    assert parts["weights"] == pytest.approx(3.754e9 * 2 / 2**30, rel=0.001)
    assert parts["trained"] == pytest.approx(29.93e6 * 16 / 2**30, rel=0.001)  # float32: weight, gradient, two states
    assert memory.adapter_parameters(SHAPE, 16) == 29_933_568
    assert parts["logits or one layer"] == pytest.approx(1000 * 151936 * 12 / 2**30)


@pytest.mark.parametrize(
    "saving",
    [
        {"method": "qlora"},
        {"batch": 1},
        {"tokens": 500},
        {"logit_tokens": 8},
        {"rank": 4},
        {"sharding": "zero3", "gpus": 4},
    ],
)
def test_what_should_save_memory_does(saving: dict[str, object]) -> None:
    setup = memory.Setup(SHAPE, tokens=2000, batch=4, checkpointing=True)
    assert memory.total(replace(setup, **saving)) < memory.total(setup)  # type: ignore[arg-type]
    assert memory.total(setup) < memory.total(replace(setup, checkpointing=False))
    assert memory.total(setup) < memory.total(replace(setup, method="full"))


def test_changes_come_in_order_and_end_when_it_fits(data: Path) -> None:
    run = make(data, model="Qwen/Qwen2.5-VL-72B-Instruct")
    made = list(plan.changes(run, 20))
    assert made[0][0].startswith("QLoRA")
    assert "ZeRO-3" in made[-1][0]
    sizes = [size for _, size in made]
    assert sizes == sorted(sizes, reverse=True)
    assert list(plan.changes(run, 500)) == []
    assert [what.split(":")[0] for what, _ in plan.changes(run, sizes[0] * plan.MARGIN + 0.01)] == ["QLoRA"]


def test_printed_plan(data: Path) -> None:
    text = printed(data)
    assert "rows      40" in text
    assert "steps     6 = 2 epochs of 40 rows, 16 a step" in text
    assert "fits      a GPU of 24 GB" in text
    assert "estimated, not measured" in text
    assert "too much  for a GPU of 6 GB" in printed(data, "--gpu-gb", "6")
    assert "left out  40 rows (100.0%)" in printed(data, "--max-length", "10")


def test_a_recipe_of_an_unknown_model_gets_everything_but_memory(data: Path) -> None:
    text = "\n".join(plan_text.lines(make(data, "tiny/qlora"), 24))
    assert "16 a step" in text
    assert "not estimated" in text


def test_faults_are_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(KitError, match=r"no such file.*synth export"):
        make(tmp_path / "nothing")
    with pytest.raises(KitError, match="no shape is known"):
        make(data, model="Qwen/Qwen9-1B")
    (data / "images" / "train-0.png").write_bytes(b"no picture")
    with pytest.raises(KitError, match=r"train.jsonl:1: size of picture"):
        tokens._picture_size.cache_clear()
        make(data)

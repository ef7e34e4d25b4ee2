"""The stand-in is a real Qwen2.5-VL in everything but its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa.dataset import file_hash
from qa.errors import KitError
from swift_recipes import checks, stand_in


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny"
    stand_in.build(path, seed=0)
    return path


@pytest.fixture(scope="module")
def processor(folder: Path) -> Any:
    from transformers import AutoProcessor

    return AutoProcessor.from_pretrained(folder)


def test_the_tokenizer_is_qwens(processor: Any) -> None:
    tokenizer = processor.tokenizer
    assert len(tokenizer) == 151657
    assert tokenizer.encode("Hello") == [9707]
    assert [tokenizer.convert_tokens_to_ids(t) for t in stand_in.SPECIAL_TOKENS] == list(range(151643, 151657))
    assert processor.image_token_id == 151655
    assert tokenizer.eos_token_id == 151645
    assert tokenizer.pad_token_id == 151643
    text = "答案:B。R1=4.7kΩ, 10µF → 1.592 kHz 🔌"
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_the_chat_template_is_chatml(processor: Any) -> None:
    turns = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "R1?"}]}]
    assert processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=False) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>R1?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_it_looks_at_the_picture(folder: Path, processor: Any) -> None:
    import torch
    from PIL import Image
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(folder)
    assert sum(p.numel() for p in model.parameters()) <= 25_000_000
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    text = "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>R1?<|im_end|>\n<|im_start|>assistant\n"
    logits = []
    for colour in ("white", "black"):
        inputs = processor(text=[text], images=[Image.new("RGB", (168, 112), colour)], return_tensors="pt")
        assert (inputs["input_ids"] == 151655).sum() == (168 // 28) * (112 // 28)
        with torch.no_grad():
            logits.append(model(**inputs).logits[0, -1])
    assert logits[0].shape == (151936,)
    assert torch.isfinite(logits[0]).all()
    assert not torch.allclose(logits[0], logits[1])


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    import torch

    state = torch.random.get_rng_state()
    for seed, same in ((0, True), (1, False)):
        stand_in.build_model(seed).save_pretrained(tmp_path / str(seed))  # type: ignore[operator]
        hashes = {file_hash(d / "model.safetensors") for d in (folder, tmp_path / str(seed))}
        assert (len(hashes) == 1) is same
    assert torch.equal(state, torch.random.get_rng_state()), "the caller's randomness is left alone"


def test_building_again_changes_nothing_and_never_overwrites(folder: Path, tmp_path: Path) -> None:
    before = (folder / "config.json").stat().st_mtime_ns
    assert stand_in.build(folder, seed=0)["seed"] == 0
    assert (folder / "config.json").stat().st_mtime_ns == before
    with pytest.raises(stand_in.StandInError, match="another --out"):
        stand_in.build(folder, seed=5)
    (tmp_path / "mine.txt").write_text("", "utf-8")
    with pytest.raises(stand_in.StandInError, match="another --out"):
        stand_in.build(tmp_path)
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(stand_in.StandInError, match="cannot be written"):
        stand_in.build(tmp_path / "file" / "tiny")


def test_the_scripts_know_it(folder: Path) -> None:
    checks.check_model(str(folder))
    assert 0 < (checks.weight_bytes(str(folder)) or 0) < checks.SMALL
    assert (folder / "kit.env").read_text("utf-8") == "MAX_PIXELS=50176\nMAX_LENGTH=512\n"
    assert (folder / stand_in.MARK).is_file()


@pytest.mark.parametrize("mark", ["[]", "{", "{}"])
def test_a_broken_mark_is_no_stand_in(tmp_path: Path, mark: str) -> None:
    (tmp_path / stand_in.MARK).write_text(mark, "utf-8")
    with pytest.raises(stand_in.StandInError, match="another --out"):
        stand_in.build(tmp_path)


def test_no_room_on_the_disk_is_seen_before_building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_in, "DISK_GB", 1e9)
    monkeypatch.setattr(stand_in, "build_model", lambda *_: pytest.fail("built all the same"))
    with pytest.raises(stand_in.StandInError, match=r"free disk.*--out"):
        stand_in.build(tmp_path / "tiny")


@pytest.mark.parametrize("said", ["No space left on device (os error 28)", "I/O error: (os error 28)"])
def test_a_disk_that_fills_up_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    def full(*_: object) -> dict[str, object]:
        raise Exception(said)  # as tokenizers and safetensors do, which know no OSError

    monkeypatch.setattr(stand_in, "_write", full)
    with pytest.raises(stand_in.StandInError, match="free 200 MB"):
        stand_in.build(tmp_path / "tiny")
    assert not list(tmp_path.iterdir())


def test_the_pretrained_one_comes_from_the_packed_weights(
    tmp_path: Path, folder: Path, processor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows in use are the packed ones, the others are alike; the card travels; random ones are another model."""
    import json

    from safetensors.torch import load_file

    from swift_recipes.seeing.weights import FILE, MOST_BYTES, TABLE

    monkeypatch.setattr(stand_in, "build_processor", lambda: processor)  # the same as before; 2 s to build
    assert FILE.stat().st_size <= MOST_BYTES
    facts = stand_in.build(tmp_path / "sees", weights=FILE)
    assert facts["steps"] > 0 and facts["held"]["mcq1"] > facts["held"]["blank mcq1"]
    assert json.loads((tmp_path / "sees" / stand_in.MARK).read_text()) == facts
    packed, whole = load_file(FILE), load_file(tmp_path / "sees" / "model.safetensors")
    ids = packed["ids"].long()
    table = next(v for k, v in whole.items() if k.endswith("embed_tokens.weight"))
    assert (table[ids] == packed[TABLE][1:].float()).all()
    unused = table.clone()
    unused[ids] = packed[TABLE][0].float()
    assert 0 < float((unused - packed[TABLE][0].float()).std()) < 0.2 * float(table[ids].std())
    assert facts == stand_in.build(tmp_path / "sees", weights=FILE)  # there already
    with pytest.raises(stand_in.StandInError, match="is not this stand-in"):
        stand_in.build(folder, weights=FILE)
    with pytest.raises(stand_in.StandInError, match="only the student is pretrained"):
        stand_in.build(tmp_path / "big", size="teacher", weights=FILE)
    with pytest.raises(stand_in.StandInError, match="add --random"):
        stand_in.build(tmp_path / "none", weights=tmp_path / "nothing.safetensors")
    (tmp_path / "torn.safetensors").write_bytes(FILE.read_bytes()[:1000])
    with pytest.raises(KitError, match="no weights of the stand-in"):
        stand_in.build(tmp_path / "torn", weights=tmp_path / "torn.safetensors")

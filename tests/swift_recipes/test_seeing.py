"""Pretraining of the stand-in: rows, heads, packing; what it computes is what transformers computes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.errors import KitError
from swift_recipes import stand_in
from swift_recipes.seeing import shards

torch = pytest.importorskip("torch")


def picture(width: int = 224, height: int = 168, seed: int = 0, name: str = "p") -> shards.Picture:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    asked = [
        {"user": f"Question: what is R{i}?", "reply": f"Answer: {i} kΩ", "level": 1, "form": "fill", "topic": "value"}
        for i in range(6)
    ]
    options = "Options: A. 4.7 kΩ B. 10 nF C. 3 D. 1 V"
    asked.append({"user": f"Question: which?\n{options}\nAnswer with its letter.", "reply": "Answer: B", "level": 1,
                  "form": "mcq", "topic": "value"})  # fmt: skip
    lists = [
        {"user": f"List {t}.", "reply": "R1 1 kΩ; C2 10 nF", "level": 0, "form": "list", "topic": t}
        for t in ("parts", "places", "nets")
    ]
    truth = {
        "name": name, "family": "f", "lang": "en", "width": width, "height": height,
        "parts": [{"kind": "resistor", "ref": "R1", "value": "1 kΩ", "x": 30.0, "y": 60.0}],
        "texts": [{"line": "R1 1k", "box": [57.0, 40.0, 90.0, 50.0]}, {"line": "Vin", "box": [57.0, 50.0, 80.0, 60.0]}],
        "lists": lists, "questions": asked,
    }  # fmt: skip
    return shards.Picture(pixels, truth)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return stand_in.build_tokenizer()


@pytest.fixture
def built(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever builds the tokenizer is given that of this file: it is the same each time, and takes two seconds."""
    monkeypatch.setattr("swift_recipes.stand_in.build_tokenizer", lambda: tokenizer)
    monkeypatch.setattr("swift_recipes.seeing.student.build_tokenizer", lambda: tokenizer)


@pytest.fixture(scope="module")
def vocabulary(tokenizer: Any) -> Any:
    from swift_recipes.seeing.rows import Vocabulary
    from swift_recipes.seeing.student import texts_of

    return Vocabulary.of(tokenizer, texts_of([picture()]))


def write_shard(folder: Path, number: int, pictures: list[shards.Picture]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{number:05d}.pictures.npy", np.concatenate([p.pixels.reshape(-1) for p in pictures]))
    (folder / f"{number:05d}.jsonl").write_text("".join(json.dumps(p.truth) + "\n" for p in pictures))


def test_packed_weights_answer_as_the_pretrained_model_through_the_real_processor(
    tokenizer: Any, vocabulary: Any, tmp_path: Path, built: None
) -> None:
    """Grey patches, positions, masks, windows at once and scattered rows against plain transformers."""
    from PIL import Image

    from swift_recipes.seeing import weights
    from swift_recipes.seeing.model import pretrainable, replies, see
    from swift_recipes.seeing.rows import AFTER, BEFORE, PAD, collate

    small = pretrainable(len(vocabulary), seed=3).eval()
    shown = picture(308, 140)
    asked = shown.truth["questions"][:2]
    batch = collate([shown, picture(seed=5)], [asked, asked[:1]], vocabulary)
    with torch.no_grad():
        said = replies(small, batch, see(small, batch))
        logits, wanted = said.logits, said.wanted
    state = {"model": small.state_dict(), "step": 1, "seconds": 2.0, "plan": {}}
    torch.save(state, tmp_path / "state.pt")
    (tmp_path / "vocabulary.json").write_text(json.dumps({"ids": vocabulary.ids}))
    (tmp_path / "curve.jsonl").write_text("")
    weights.pack(tmp_path, tmp_path / "w.safetensors")

    whole: Any = stand_in.build_model(seed=9)
    weights.put_into(whole, 0, tmp_path / "w.safetensors")
    processor = stand_in.build_processor()
    image = Image.fromarray(shown.pixels).convert("RGB")
    q = asked[1]
    text = f"{BEFORE}{PAD}{AFTER}{q['user']}<|im_end|>\n<|im_start|>assistant\n{q['reply']}<|im_end|>"
    given = processor(text=[text], images=[image], return_tensors="pt")
    with torch.no_grad():
        full = whole(**given).logits[0]
    learnt = [len(tokenizer.encode(a["reply"])) + 1 for a in asked]
    theirs = full[-learnt[1] - 1 : -1][:, list(vocabulary.ids)]
    ours = logits[learnt[0] : learnt[0] + learnt[1]][:, 1:]
    assert wanted[learnt[0] : sum(learnt)].tolist() == vocabulary.rows(q["reply"] + "<|im_end|>")
    assert torch.allclose(ours, theirs, atol=0.05, rtol=0.02)  # 16-bit weights, pixels rounded by the processor
    assert theirs.std() > 1


def test_a_question_among_others_gets_what_it_gets_alone(vocabulary: Any) -> None:
    from swift_recipes.seeing.model import pretrainable, replies, see
    from swift_recipes.seeing.rows import collate

    model = pretrainable(len(vocabulary), seed=1).eval()
    shown = [picture(), picture(168, 252, seed=2)]
    asked = [p.truth["questions"][:6] for p in shown]
    with torch.no_grad():
        many = collate(shown, asked, vocabulary)
        together = replies(model, many, see(model, many)).logits
        one = collate(shown[1:], [asked[1][4:5]], vocabulary)
        alone = replies(model, one, see(model, one))
    n = len(alone.wanted)
    assert torch.allclose(together[-2 * n : -n], alone.logits, atol=1e-3)


def test_a_token_out_of_use_is_the_rest(vocabulary: Any) -> None:
    from swift_recipes.seeing.rows import REST

    assert REST in vocabulary.rows("zebra crossing") and REST not in vocabulary.rows("R1 1 kΩ")


def test_options_are_found_where_they_end(vocabulary: Any, tokenizer: Any) -> None:
    from swift_recipes.seeing.rows import collate, ends_of

    question = picture().truth["questions"][-1]
    assert [question["user"][:end].split(" ")[-1] for end in ends_of(question["user"])] == ["kΩ", "nF", "3", "V"]
    assert ends_of(picture().truth["questions"][0]["user"]) == []
    batch = collate([picture(), picture(168, 252)], [[question], picture().truth["questions"][-2:]], vocabulary)
    ids = (0, *vocabulary.ids)
    read = [tokenizer.decode([ids[batch.tokens.flatten()[at]] for at in row]) for row in batch.options.tolist()]
    assert read == ["ΩF3 V".replace("3", " 3").replace("Ω", "Ω")] * 2 or len(read) == 2
    assert batch.right.tolist() == [1, 1]


def test_choices_learn_which_option_stands_out(vocabulary: Any) -> None:
    from swift_recipes.seeing.choices import Choices
    from swift_recipes.seeing.rows import collate

    asked = [picture().truth["questions"][-1:], picture().truth["questions"][:1]]
    batch = collate([picture(), picture()], asked, vocabulary)
    torch.manual_seed(0)
    between = torch.randn(*batch.tokens.shape, 16)
    choices = Choices(16)
    optimizer = torch.optim.Adam(choices.parameters(), lr=0.1)
    for _ in range(100):
        loss, said = choices.loss(between, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert said == {"choices": 1.0} and float(loss.detach()) < 0.1
    none = collate([picture()], [asked[1]], vocabulary)
    assert choices.loss(torch.randn(*none.tokens.shape, 16), none)[1] == {}


def test_heads_are_told_what_stands_in_each_cell() -> None:
    from swift_recipes.seeing.heads import LINE, REF, VALUE, Heads, Letters

    letters = Letters(sorted(set("R1 1kΩ1 kVin")))
    heads = Heads(128, ("capacitor", "resistor"), letters)
    targets = heads.targets([picture()])
    at = 2 * 8 + 1  # y 60, x 30 in a picture of 8 x 6 cells
    assert targets.kinds[at] == 2 and int((targets.kinds > 0).sum()) == 1
    slots = targets.slots[at].tolist()
    assert slots[:REF] == letters.slots("R1", REF) and slots[REF : REF + VALUE] == letters.slots("1 kΩ", VALUE)
    lines = targets.slots[8 + 2].tolist()[REF + VALUE :]
    assert lines[:LINE] == letters.slots("R1 1k", LINE) and lines[LINE:] == letters.slots("Vin", LINE)


def test_order_of_batches_depends_on_the_seed_alone(tmp_path: Path) -> None:
    for number in range(3):
        write_shard(tmp_path, number, [picture(56, 56, seed=i, name=f"{number}-{i}") for i in range(8)])

    def names(seed: int, skip: int = 0, count: int = 8) -> list[list[str]]:
        stream = shards.batches(tmp_path, 4, seed, skip)
        return [[p.truth["name"] for p in next(stream)] for _ in range(count)]

    first = names(1)
    assert first == names(1) and first != names(2)
    assert names(1, skip=5, count=3) == first[5:]
    assert sorted(n for b in first[:6] for n in b) == sorted(f"{s}-{i}" for s in range(3) for i in range(8))


@pytest.mark.parametrize("damage", ["short", "lines", "none"])
def test_damaged_shards_are_named(tmp_path: Path, damage: str) -> None:
    write_shard(tmp_path, 0, [picture(56, 56)])
    if damage == "short":
        np.save(tmp_path / "00000.pictures.npy", np.zeros(5, np.uint8))
    if damage == "lines":
        (tmp_path / "00000.jsonl").write_text("{}\n")
    if damage == "none":
        (tmp_path / "00000.jsonl").unlink()
    with pytest.raises(KitError, match="synth dense"):
        next(shards.batches(tmp_path, 1, 0))


def test_it_learns_and_goes_on_where_it_was_stopped(tmp_path: Path, built: None) -> None:
    from swift_recipes.seeing.train import Plan, Run

    for part in ("train", "held"):
        write_shard(tmp_path / "data" / part, 0, [picture(112, 84, seed=i % 2, name=str(i)) for i in range(8)])
    plan = Plan(steps=9, look=3, look_batch=4, batch=2, questions=1, warmup=2, score_every=3, save_every=0.0)
    random.seed(0)
    run = Run(tmp_path / "data", tmp_path / "out", plan)

    class Stopped(Exception):
        pass

    whole = run.one

    def some(pictures: list[shards.Picture], stage: Any) -> dict[str, float]:
        if run.step == 5:
            raise Stopped
        return whole(pictures, stage)

    run.one = some  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        run.train()
    again = Run(tmp_path / "data", tmp_path / "out", plan)
    assert again.step == 5
    again.train()
    assert again.step == 9
    straight = Run(tmp_path / "data", tmp_path / "other", plan)
    straight.train()
    for one, other in zip(again.student.model.parameters(), straight.student.model.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)
    curve = [json.loads(x) for x in (tmp_path / "other" / "curve.jsonl").read_text().splitlines()]
    assert [c["step"] for c in curve if c["what"] == "held"] == [3, 6, 9] and "blank mcq1" in curve[-1]

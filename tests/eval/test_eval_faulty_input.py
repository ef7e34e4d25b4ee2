"""Rows, netlists, examples and keys that are not as they should be: one line, and nothing wrong counted or sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import circuit_vqa
from eval.instead import netlist
from eval.rows import read_rows
from eval.run import fingerprint
from eval.server import api_root
from eval.style import Examples
from qa.dataset import Dataset
from qa.errors import KitError
from qa.formats.asked import Asked
from qa.item import Check, Item, Origin
from tests.eval.conftest import make_rows, png, write_rows


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": f"{0:012x}"}, "stands on line 1 too"),  # counted as one question otherwise
        ({"question": "half \ud800 of a pair"}, "surrogate"),
        ({"images": ["../other/secret.png"]}, "leads out of the dataset"),
        ({"images": ["/etc/secret.png"]}, "leads out of the dataset"),
    ],
)
def test_rows_that_cannot_be_asked_are_named(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    rows = make_rows(tmp_path)
    write_rows(tmp_path, rows)
    rows["mcq"][1] |= change
    path = tmp_path / "evalscope/mcq/test.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows["mcq"]), "utf-8")
    with pytest.raises(KitError, match=words) as error:
        read_rows(tmp_path / "evalscope/mcq")
    assert f"{path}:2: " in str(error.value)


def test_a_netlist_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "netlists").mkdir()
    (tmp_path / "netlists/a.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(KitError, match="is no text"):
        netlist(Asked(form="fill", question="q", answer="1", images=("images/a.png",)), tmp_path)


def test_examples_are_accepted_ones_on_other_pictures(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    pictures = [ds.add_image(png(n)) for n in range(3)]
    bad = (Check(name="vote", verdict="fail"),)
    ds.append([
        Item(id=f"{n:012x}", pictures=(pictures[n],), form="fill", level=1, topic="value", lang="en", split="train",
             question=f"R{n} is ______.", answer=f"{n} V", group=f"g{n}",
             origin=Origin(source="import", writer="teacher:m@1", checks=bad if n == 1 else ()))
        for n in range(3)
    ])  # fmt: skip
    examples = Examples(ds, 3, ("fill",))
    row = Asked(form="fill", question="R0 is ______.", answer="1", lang="en", images=(pictures[0],))
    assert [i.question for i in examples.similar(row)] == ["R2 is ______."]
    assert examples(row.model_copy(update={"question": "?!"})) == ""


@pytest.mark.parametrize("variable", ["CIRCUIT_VQA_API_KEY", "CIRCUIT_VQA_JUDGE_KEY"])
@pytest.mark.parametrize("key", ["sk-top\r\nsecret", "密钥"])
def test_a_key_no_header_can_hold_is_not_printed(
    variable: str, key: str, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, key)
    url = "http://127.0.0.1:9/v1"
    out = str(data / "R")
    assert circuit_vqa.main(["eval", "run", "--url", url, "--judge-url", url, "--data", str(data), "--out", out]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and variable in err and "secret" not in err and "密钥" not in err


def test_a_password_in_an_address_is_not_printed() -> None:
    with pytest.raises(KitError) as error:
        api_root("http://user:secret@127.0.0.1:9/v1")
    assert "secret" not in str(error.value)


def test_another_picture_size_beside_the_weights_asks_anew(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"x")
    (tmp_path / "kit.env").write_text("MAX_PIXELS=200704\n")
    before = fingerprint([tmp_path])
    (tmp_path / "kit.env").write_text("MAX_PIXELS=200704\n")  # written again, the same
    assert fingerprint([tmp_path]) == before
    (tmp_path / "kit.env").write_text("MAX_PIXELS=1003520\n")
    assert fingerprint([tmp_path]) != before

"""What a dry run says of cost: nothing for what is in the journal, and a most that a run keeps to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from synth.teacher.call import Call, Message, make_request
from synth.teacher.config import Price, Teacher
from synth.teacher.estimate import dollars, estimate, lines
from synth.teacher.journal import Journal

PRICE = {"input": 2.0, "output": 10.0, "date": "2026-11-01", "batch": {"input": 1.0, "output": 5.0}}
ANSWER = '{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": %d, "completion_tokens": %d}}'


def teacher(**settings: object) -> Teacher:
    fields = {"name": "t", "base_url": "http://x/v1", "model": "m", "price": PRICE, "picture_tokens": 1500, **settings}
    return Teacher.model_validate(fields)


def calls(count: int, folder: Path) -> list[Call]:
    made = []
    for n in range(count):
        file = folder / f"{n}.png"
        Image.new("L", (560 + n, 560), 255).save(file)
        made.append(Call(str(n), "t", "write@1", (Message("user", "图" * 1000, (file,)),), {"max_tokens": 2000}))
    return made


def test_tokens_of_text_and_picture_and_both_prices(tmp_path: Path) -> None:
    (e,) = estimate(calls(10, tmp_path), {"t": teacher()}, None, likely_out=1000, turns=1)
    assert (e.calls, e.in_journal, e.to_ask) == (10, 0, 10)
    assert e.tokens_in == pytest.approx(10 * (1000 + 400), rel=0.05)  # 560 x 560 pixels are 400 tokens of Qwen2.5-VL
    assert e.likely == pytest.approx((e.tokens_in * 2 + 10_000 * 10) / 1e6, rel=1e-4)
    assert e.most == pytest.approx(10 * ((1500 + 1500) * 2 + 2000 * 10) / 1e6, rel=0.05)
    (half,) = estimate(calls(10, tmp_path), {"t": teacher()}, None, likely_out=1000, turns=1, batch=True)
    assert half.likely == pytest.approx(e.likely / 2) and half.most == pytest.approx(e.most / 2)
    (two,) = estimate(calls(10, tmp_path), {"t": teacher()}, None, likely_out=1000)
    assert e.likely < two.likely < 1.5 * e.likely and two.most > 2 * e.most


def test_a_picture_never_counts_more_than_the_bound(tmp_path: Path) -> None:
    (e,) = estimate(calls(1, tmp_path), {"t": teacher(picture_tokens=100)}, None, likely_out=10, turns=1)
    assert e.tokens_in == pytest.approx(1100, rel=0.05)


def test_the_journal_is_counted_and_measured(tmp_path: Path) -> None:
    asked = calls(30, tmp_path)
    with Journal(tmp_path / "j.sqlite") as journal:
        for call in asked[:12]:
            journal.store(make_request(call, teacher()), teacher(), ANSWER % (900, 700), 1.0)
    (e,) = estimate(asked, {"t": teacher()}, tmp_path / "j.sqlite", likely_out=1)
    assert (e.in_journal, e.to_ask, e.measured) == (12, 18, True)
    assert (e.tokens_in, e.tokens_out) == (18 * 900, 18 * 700)
    (line,) = lines([e])
    assert "30 calls, 12 answered in the journal already; 18 to ask" in line and "prices of 2026-11-01" in line
    (free,) = estimate(asked[:12], {"t": teacher()}, tmp_path / "j.sqlite", likely_out=1)
    assert free.likely == free.most == 0.0


def test_a_journal_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    estimate(calls(1, tmp_path), {"t": teacher()}, tmp_path / "j.sqlite", likely_out=1)
    assert not (tmp_path / "j.sqlite").exists()


def test_an_unreadable_picture_is_said(tmp_path: Path) -> None:
    asked = calls(2, tmp_path)
    (tmp_path / "1.png").unlink()
    (e,) = estimate(asked, {"t": teacher()}, None, likely_out=1)
    assert (e.faulty, e.to_ask) == (1, 1) and "1 with an unreadable picture" in lines([e])[0]


def test_several_teachers_are_summed_up_and_batch_prices_named(tmp_path: Path) -> None:
    bare = Price.model_validate({k: v for k, v in PRICE.items() if k != "batch"})
    teachers = {"t": teacher(), "u": teacher(name="u", price=bare)}
    asked = [*calls(1, tmp_path), Call("u", "u", "write@1", (Message("user", "x"),))]
    said = lines(estimate(asked, teachers, None, likely_out=1, batch=True), batch=True)
    assert len(said) == 3 and "prices of 2026-11-01, batch)" in said[0] and "no batch price" in said[1]
    assert said[2].startswith("together: likely $")


def test_dollars() -> None:
    assert [dollars(x) for x in (0, 0.00421, 0.5, 1234.5)] == ["$0.00", "$0.0042", "$0.50", "$1,234.50"]

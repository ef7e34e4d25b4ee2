"""The divergence that is reported: right on distributions worked out by hand, and its interval on known clusters."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from qa.errors import KitError
from swift_recipes.gkd import divergence
from swift_recipes.gkd.divergence import Row

SWIFT = importlib.util.find_spec("swift")


@pytest.fixture(scope="module")
def gkd_loss() -> ModuleType:
    """swift's own loss, without the half minute that all of swift takes to import."""
    assert SWIFT is not None
    assert SWIFT.origin is not None
    spec = importlib.util.spec_from_file_location("_gkd", Path(SWIFT.origin).parent / "rlhf_trainers" / "gkd_loss.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["_gkd"] = module  # its data classes look there
    spec.loader.exec_module(module)
    return module


def row(t: torch.Tensor, s: torch.Tensor, said: list[int]) -> Row:
    return divergence._row({"images": ["a"]}, t.log_softmax(-1), s.log_softmax(-1), torch.tensor(said))


def test_by_hand() -> None:
    t, s = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.9, 0.1]]).log()
    found = row(t, s, [1])
    assert math.isclose(found.forward_kl, 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1), rel_tol=1e-5)
    assert math.isclose(found.truth, -math.log(0.1), rel_tol=1e-5)
    assert (found.tokens, row(s, s, [0]).agrees) == (1, 1)
    assert abs(row(s, s, [0]).jsd) < 1e-6


@pytest.mark.parametrize(("beta", "figure"), [(0.0, "forward_kl"), (0.5, "jsd")])
def test_it_is_what_swift_minimises(gkd_loss: ModuleType, beta: float, figure: str) -> None:
    torch.manual_seed(0)
    t, s = torch.randn(1, 5, 40), torch.randn(1, 5, 40)
    labels = torch.tensor([[-100, 3, 7, 9, -100]])
    total, count = gkd_loss.gkd_loss(s, gkd_loss.TeacherOutput(full_logits=t, labels=labels), labels, beta, 1.0)
    mine = row(t[0, 1:4], s[0, 1:4], [3, 7, 9])
    assert int(count) == mine.tokens
    assert math.isclose(float(total), getattr(mine, figure), rel_tol=1e-4)


def test_swift_copes_with_a_teacher_padded_further(gkd_loss: ModuleType) -> None:
    torch.manual_seed(0)
    s = torch.randn(1, 4, 40, requires_grad=True)
    t = torch.cat([torch.randn(1, 4, 40), torch.full((1, 4, 8), -30.0)], -1)  # as never-trained rows of a real model
    labels = torch.tensor([[-100, 3, 7, 9]])
    for beta in (0.0, 0.5, 1.0):
        padded, _ = gkd_loss.gkd_loss(s, gkd_loss.TeacherOutput(full_logits=t, labels=labels), labels, beta, 1.0)
        cut = gkd_loss.TeacherOutput(full_logits=t[..., :40], labels=labels)
        assert torch.isclose(padded, gkd_loss.gkd_loss(s, cut, labels, beta, 1.0)[0], rtol=1e-4)
    assert math.isclose(row(t[0, 1:], s.detach()[0, 1:], [3, 7, 9]).forward_kl,
                        row(t[0, 1:, :40], s.detach()[0, 1:], [3, 7, 9]).forward_kl, rel_tol=1e-4)  # fmt: skip


def test_a_server_without_log_probabilities_teaches_nothing_in_silence(gkd_loss: ModuleType) -> None:
    """Why `server.probe` refuses such a server: swift fills in -inf and gets a loss of 0."""
    s, labels = torch.randn(1, 4, 40), torch.tensor([[-100, 3, 7, 9]])
    nothing = gkd_loss.TeacherOutput(
        topk_logprobs=torch.full((1, 4, 8), float("-inf")),
        topk_indices=torch.zeros(1, 4, 8, dtype=torch.long),
        labels=labels,
    )
    total, count = gkd_loss.gkd_loss(s, nothing, labels, 0.5, 1.0)
    assert (float(total), int(count)) == (0.0, 0)


def test_rows_are_weighed_by_their_tokens_and_drawn_by_picture() -> None:
    rows = [Row("a", 1, 1.0, 0, 0, 0), Row("a", 3, 0.0, 0, 0, 0), Row("b", 4, 4.0, 0, 0, 0)]
    assert divergence.mean(rows, "forward_kl") == 5 / 8
    low, high = divergence.interval(rows, "forward_kl")
    assert (low, high) == (0.25, 1.0), "two pictures: a alone, b alone"
    assert divergence.interval(rows, "forward_kl") == (low, high), "the same seed, the same interval"
    assert divergence.interval(rows, "forward_kl", less=rows) == (0.0, 0.0)


def test_rows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "swift" / "test.jsonl"
    with pytest.raises(KitError, match="synth export"):
        divergence.rows_of(path)
    path.parent.mkdir()
    path.write_text("\n", "utf-8")
    with pytest.raises(KitError, match="no rows"):
        divergence.rows_of(path)
    path.write_text("".join(json.dumps({"n": i}) + "\n" for i in range(3)), "utf-8")
    assert divergence.rows_of(path, 2) == [{"n": 0}, {"n": 1}]


def test_logits_of_padding_are_left_out() -> None:
    model = SimpleNamespace(lm_head=lambda h: torch.cat([h, torch.full((1, 2), 50.0)], -1))
    found = divergence._log_probabilities(model, torch.tensor([[1.0, 2.0]]), words=2)
    assert torch.allclose(found.exp().sum(), torch.tensor(1.0))

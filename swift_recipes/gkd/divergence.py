"""How far a student's next-token distribution is from its teacher's, on the answers of rows neither was trained on.

KL(teacher || student) and Jensen-Shannon divergence in nats a token, over the tokens of the right answer and its end:
what `swift rlhf --rlhf_type gkd` minimises with `beta` 0 and 0.5. Dialogue form, pictures and labels are swift's own.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import KitError

if TYPE_CHECKING:
    import torch

MODEL_TYPE = "qwen2_5_vl"
INPUTS = ("input_ids", "attention_mask", "pixel_values", "image_grid_thw", "mm_token_type_ids")
"""What a model takes; positions it numbers itself."""
RESAMPLES = 2000


@dataclass(frozen=True)
class Row:
    """Sums over the answer tokens of one row."""

    cluster: str  # rows on the same pictures hang together
    tokens: int
    forward_kl: float
    jsd: float
    truth: float  # cross-entropy of the student on the right answer
    agrees: int  # tokens whose likeliest successor is the teacher's too


FIGURES = ("forward_kl", "jsd", "truth", "agrees")


def rows_of(path: Path, limit: int | None = None) -> list[dict[str, Any]]:
    """The rows of a swift JSONL, the first `limit` of them. Raises KitError where there are none."""
    try:
        lines = [line for line in path.read_text("utf-8").split("\n") if line.strip()][:limit]
    except OSError as e:
        raise KitError(f"{path}: {e.strerror}; make it with: circuit-vqa synth export {path.parent.parent}") from e
    if not lines:
        raise KitError(f"{path}: holds no rows")
    return [json.loads(line) for line in lines]


def measure(
    teacher: Path,
    students: Sequence[Path],
    rows: Sequence[dict[str, Any]],
    batch: int = 8,
    model_type: str = MODEL_TYPE,
) -> list[list[Row]]:
    """A list of rows a student, in the order of `rows`. Models are folders of whole weights, no adapters.

    MAX_PIXELS of the environment holds, as in training. Runs on the GPU where there is one. Rows of one batch are
    padded on the left; a model in 16 bits is measured in 16 bits, the divergences are summed in 32.
    """
    import torch
    from swift.model import get_model_processor
    from swift.template import get_template

    device = "cuda" if torch.cuda.is_available() else "cpu"
    models = []
    processor = None
    for folder in (teacher, *students):
        model, processor = get_model_processor(str(folder), model_type=model_type)
        models.append(model.eval())
    template = get_template(processor, template_type=model_type, padding_side="left")
    template.set_mode("train")
    template.model = models[0]  # whose way of numbering positions the collator asks for
    found: list[list[Row]] = [[] for _ in students]
    with torch.inference_mode():
        for chunk in _chunks(rows, batch):
            encoded = [template.encode({"messages": r["messages"], "images": r.get("images", [])}) for r in chunk]
            collated = template.data_collator(encoded)
            labels = collated["labels"].to(device)
            inputs = {k: collated[k].to(device) for k in INPUTS if k in collated}
            taught, *learnt = (_hidden(m, inputs) for m in models)
            for i, row in enumerate(chunk):
                at = (labels[i, 1:] != -100).nonzero().flatten()  # position `at` predicts the token after it
                said = labels[i, 1:][at]
                t = _log_probabilities(models[0], taught[i, at])
                for j, hidden in enumerate(learnt):
                    s = _log_probabilities(models[j + 1], hidden[i, at], t.shape[-1])
                    found[j].append(_row(row, t, s, said))
    return found


def _hidden(model: Any, inputs: dict[str, Any]) -> torch.Tensor:
    """Last hidden states, without logits: 152k words at every position would be gigabytes."""
    return model.model(**inputs, use_cache=False).last_hidden_state


def _log_probabilities(model: Any, hidden: torch.Tensor, words: int | None = None) -> torch.Tensor:
    """(tokens, words) log-probabilities; rows of padding beyond `words` are left out before they are normalised."""
    logits = model.lm_head(hidden).float()
    return logits[:, :words].log_softmax(-1)


def _row(row: dict[str, Any], t: torch.Tensor, s: torch.Tensor, said: torch.Tensor) -> Row:
    import torch

    if s.shape != t.shape:  # a teacher with more padding rows than the student
        t = t[:, : s.shape[-1]].log_softmax(-1)
    middle = torch.logaddexp(t, s) - torch.log(torch.tensor(2.0))
    p, q = t.exp(), s.exp()
    return Row(
        cluster=",".join(map(str, row.get("images", []))) or str(row["messages"]),
        tokens=len(said),
        forward_kl=float((p * (t - s)).sum()),
        jsd=float(0.5 * ((p * (t - middle)).sum() + (q * (s - middle)).sum())),
        truth=float(-s.gather(1, said[:, None]).sum()),
        agrees=int((t.argmax(-1) == s.argmax(-1)).sum()),
    )


def mean(rows: Iterable[Row], figure: str) -> float:
    """A figure of a token, over all tokens of the rows."""
    rows = list(rows)
    return sum(getattr(r, figure) for r in rows) / sum(r.tokens for r in rows)


def interval(
    rows: Sequence[Row], figure: str, less: Sequence[Row] | None = None, seed: str = "divergence"
) -> tuple[float, float]:
    """95 % interval of `mean`, or of its difference to that of `less` (the same rows), by bootstrap over pictures."""
    clusters: dict[str, list[int]] = {}
    for i, r in enumerate(rows):
        clusters.setdefault(r.cluster, []).append(i)
    tokens, sums = [], []
    for members in clusters.values():
        tokens.append(sum(rows[i].tokens for i in members))
        there = sum(getattr(rows[i], figure) for i in members)
        sums.append(there - (sum(getattr(less[i], figure) for i in members) if less else 0.0))
    draw = random.Random(seed)
    drawn = []
    for _ in range(RESAMPLES):
        picked = draw.choices(range(len(tokens)), k=len(tokens))
        drawn.append(sum(sums[i] for i in picked) / sum(tokens[i] for i in picked))
    drawn.sort()
    return drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]


def _chunks(rows: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

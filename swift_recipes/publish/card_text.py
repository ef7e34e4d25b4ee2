"""The card as Markdown: front matter by huggingface_hub's own class, then tables for people."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from swift_recipes.publish.card import Facts

UNKNOWN = "not recorded"
SETTINGS = (
    ("tuner_type", "tuner"), ("quant_method", "base in training, quantised by"),
    ("quant_bits", "bits of the base in training"),
    ("lora_rank", "rank"), ("lora_alpha", "alpha"), ("use_rslora", "rsLoRA"), ("lorap_lr_ratio", "LoRA+ ratio"),
    ("freeze_vit", "vision tower frozen"), ("learning_rate", "learning rate"), ("num_train_epochs", "epochs"),
    ("rlhf_type", "method after fine-tuning"), ("seed", "seed"),
)  # fmt: skip
SPLITS = "No circuit is in two splits: questions on one circuit, its near-duplicates too, stay together."
STAND_IN = """> **A stand-in**: Qwen2.5-VL's architecture with 21 million weights, made to test the kit. It shows that
> the way from pictures to a published model works. It is of no use for reading circuits.
"""


def write(facts: Facts, repo: str, hub: str = "hf") -> str:
    """The whole README.md, for `repo` on one of the hubs of hubs.py."""
    name = repo.split("/")[-1] or facts.name
    parts = [
        f"---\n{front_matter(facts, name)}\n---\n",
        f"# {_text(name)}\n",
        STAND_IN if facts.stand_in else "",
        _what(facts),
        "## Training\n\n" + _training(facts),
        "## Data\n\n" + _data(facts),
        "## Evaluation\n\n" + _evaluation(facts),
        "## Use\n\n" + _use(facts, repo or facts.name, hub),
        "## Limits\n\n" + _limits(facts),
        "## Licence\n\n" + _licence(facts),
    ]
    return "\n".join(p for p in parts if p).rstrip() + "\n"


def front_matter(facts: Facts, name: str) -> str:
    """The YAML that the hubs read, without its `---` lines."""
    from huggingface_hub import EvalResult, ModelCardData

    licence, licence_name, link = facts.licence
    results = [
        EvalResult(
            task_type="image-text-to-text", task_name="circuit questions", dataset_type=bench,
            dataset_name="held-out circuits", metric_type="accuracy", metric_value=round(total["accuracy"], 4),
        )
        for bench, total in _benches(facts)
    ]  # fmt: skip
    data = ModelCardData(
        base_model=facts.base or None,
        license=licence,
        license_name=licence_name or None,
        license_link=link or None,
        language=sorted(facts.data.get("counts", {}).get("by_lang", {})) or None,
        tags=tags(facts),
        datasets=[facts.dataset] if facts.dataset else None,
        metrics=["accuracy"] if results else None,
        pipeline_tag="image-text-to-text",
        library_name="transformers",
        model_name=name if results else None,
        eval_results=results or None,
        base_model_relation=("quantized" if facts.quantised else "finetune") if facts.base else None,
    )
    return str(data.to_yaml())


def tags(facts: Facts) -> list[str]:
    """Search words on a hub."""
    found = ["circuit-diagrams", "visual-question-answering", "ms-swift"]
    if facts.kind:
        found.append(facts.kind.replace("_vl", "-vl").replace("_", "."))
    if facts.settings.get("tuner_type") == "lora":
        found.append("qlora" if facts.settings.get("quant_method") else "lora")
    if method := facts.settings.get("rlhf_type"):
        found.append(str(method))
    if method := facts.quantised.get("quant_method"):
        found.append(str(method))
    return found + (["stand-in"] if facts.stand_in else [])


def _what(facts: Facts) -> str:
    made = f"[{facts.base}](https://huggingface.co/{facts.base})" if facts.base else "the stand-in"
    text = f"Answers questions about circuit diagrams. Made from {made} with circuit-vqa and ms-swift.\n"
    if facts.quantised:
        bits = facts.quantised.get("bits") or (4 if facts.quantised.get("load_in_4bit") else 8)
        kind = _text(facts.quantised.get("quant_method", UNKNOWN))
        text += f"\nQuantised after training: {kind}, {bits} bits; vision tower and aligner keep their width.\n"
    return text


def _training(facts: Facts) -> str:
    run = facts.run
    if run is None:
        return f"{UNKNOWN.capitalize()}.\n"
    what = "mean reward" if run.measure == "reward" else "training loss"
    rows: list[tuple[str, Any]] = [
        ("recipe", f"`{run.recipe}`"),
        ("steps", f"{run.steps} of {run.steps_wanted}" if run.steps_wanted else run.steps),
        ("rows, and rows a step", f"{_or(run.rows)}, {_or(run.rows_a_step)}"),
        (f"{what}, first and last logged", f"{_or(run.first)}, {_or(run.last)}"),
        ("validation loss, last", _or(run.validation_loss)),
        *((label, facts.settings[key]) for key, label in SETTINGS if facts.settings.get(key) is not None),
        ("machine", ", ".join(run.machine.gpus) or _or(run.machine.cpu)),
    ]
    return _table(("", ""), rows)


def _data(facts: Facts) -> str:
    counts = facts.data.get("counts", {})
    if not counts:
        return f"{UNKNOWN.capitalize()}.\n"
    splits = ", ".join(f"{_text(k)} {v:,}" for k, v in sorted(counts.get("by_split", {}).items()))
    head = (
        f"{counts.get('items', 0):,} questions on {counts.get('pictures', 0):,} pictures of"
        f" {counts.get('groups', 0):,} circuits ({splits}). {SPLITS}\n\n"
    )
    rows = [
        (label, ", ".join(f"{_text(k)}: {v:,}" for k, v in sorted(counts[key].items(), key=lambda kv: -kv[1])))
        for key, label in (
            ("by_source", "where pictures come from"), ("by_licence", "licence of the pictures"),
            ("by_truth", "where answers come from"), ("by_form", "form of answer"),
            ("by_level", "level, 1 components to 4 calculation"),
            ("by_lang", "language"),
        )
        if counts.get(key)
    ]  # fmt: skip
    sha = _text(facts.data.get("sha256", ""))[:16]
    tail = f"\nSHA-256 of items.jsonl begins with `{sha}`.\n" if sha else ""
    return head + _table(("", "questions"), rows) + tail


def _evaluation(facts: Facts) -> str:
    found = _benches(facts)
    if not found:
        return "Not evaluated.\n"
    rows: list[Sequence[Any]] = []
    for bench, total in found:
        rows.append((f"**{_text(bench)}**", "all", *_score(total)))
        levels = facts.report["benches"][bench].get("by", {}).get("level", {})
        rows += [(_text(bench), f"level {_text(level)}", *_score(tally)) for level, tally in sorted(levels.items())]
    who = facts.report.get("title") or facts.report.get("model") or ""
    head = (
        f"Held-out circuits of the same kinds, greedy answers, unreadable ones count as wrong. Measured"
        f" {_text(facts.report.get('date', ''))[:10]} as `{_text(str(who).rsplit('/', 1)[-1])}`.\n\n"
    )
    return head + _table(("bench", "part", "n", "right", "accuracy", "95 % interval", "unparsed"), rows)


def _benches(facts: Facts) -> list[tuple[str, dict[str, Any]]]:
    found = sorted(facts.report.get("benches", {}).items())
    return [(name, bench["total"]) for name, bench in found if bench.get("total", {}).get("n")]


def _score(tally: dict[str, Any]) -> tuple[str, ...]:
    low, high = tally.get("interval", (0.0, 1.0))
    return (
        str(tally["n"]), str(tally["right"]), f"{tally['accuracy']:.1%}", f"{low:.1%} to {high:.1%}",
        f"{tally.get('unparsed_share', 0.0):.1%}",
    )  # fmt: skip


def _use(facts: Facts, repo: str, hub: str) -> str:
    """Type and template are named: swift cannot tell them, as two types of its own have Qwen2.5-VL's architecture."""
    pixels, length = facts.limits.get("MAX_PIXELS", "1003520"), facts.limits.get("MAX_LENGTH", "2048")
    kind = f"--model_type {facts.kind} --template {facts.kind} " if facts.kind else ""
    swift, vllm = ("--use_hf true ", "") if hub == "hf" else ("", "VLLM_USE_MODELSCOPE=true ")
    return f"""```bash
MAX_PIXELS={pixels} swift infer --model {repo} {swift}{kind}--max_length {length}
{vllm}vllm serve {repo} --mm-processor-kwargs '{{"size": {{"longest_edge": {pixels}, "shortest_edge": 3136}}}}'
```

Ask with the pixel limit it was trained with, {pixels}: another one scores worse. The system prompt in training was
ms-swift's default. The last line of an answer is `答案:…` or `Answer: …`.
"""


def _limits(facts: Facts) -> str:
    lines = ["Answers may be wrong and sound sure. Not for decisions on safety; check values by a calculation."]
    if facts.data.get("counts", {}).get("by_source", {}).keys() == {"circuits"}:
        lines.append("Trained on generated drawings only: photographs, scans and hand drawings were not seen.")
    if facts.quantised:
        lines.append("Quantising changes answers; the table above is of the weights it names, see its title.")
    return "\n".join(f"- {line}" for line in lines) + "\n"


def _licence(facts: Facts) -> str:
    kind, name, link = facts.licence
    terms = f"[{name}]({link})" if name else kind
    text = f"Weights: {terms}, the licence of the base model.\n" if facts.base else f"Weights: {terms}.\n"
    if name == "qwen-research":
        text += "It allows research and evaluation only; commercial use must be asked for.\n"
    return text


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(c).replace("|", "\\|") for c in line) + " |" for line in lines) + "\n"


def _or(value: Any) -> str:
    return UNKNOWN if value in (None, "") else f"{value:,}" if isinstance(value, int) else str(value)


def _text(value: Any) -> str:
    """On one line, and nothing in it is read as HTML."""
    return html.escape(" ".join(str(value).split()), quote=False)

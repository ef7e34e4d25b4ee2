"""What a run leaves in reports/R: report.json, predictions.jsonl, report.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from eval import guessable
from eval.mode import Mode
from eval.plain import code, word
from eval.plain import line as one_line
from eval.prediction import Prediction, Result, results
from eval.stats import interval
from eval.tally import BenchReport, Tally
from qa.dataset import write_whole
from qa.errors import KitError

REPORT, PREDICTIONS, TABLE = "report.json", "predictions.jsonl", "report.md"


BREAKDOWNS: dict[str, Callable[[Prediction], str]] = {
    "split": lambda p: p.split or "unknown",
    "level": lambda p: str(p.level),
    "topic": lambda p: p.topic,
    "lang": lambda p: p.lang,
    "source": lambda p: p.source or "unknown",
    "writer": lambda p: p.writer or "unknown",
}


class Report(BaseModel):
    """One run of one model on one dataset."""

    model: str
    title: str = ""
    """What a person calls it; the model's name if empty."""
    weights: str = ""
    """Fingerprint of the weights on disk, empty where none was given."""
    root: str = ""
    """What the server says it loaded under that name; empty where it says nothing else."""
    data: str
    folder: str = ""
    """The dataset folder as it was named; pictures are looked for there."""
    mode: Mode = Mode()
    date: str
    versions: dict[str, str]
    settings: dict[str, str | int | float]
    replies: dict[str, int] = Field(default_factory=dict)
    """How many were asked now, kept from before, refused by the server, cut off at max_tokens."""
    judged: dict[str, int] = Field(default_factory=dict)
    """How many open answers the judge marked, how many of them empty, how many it could not (see `eval.judging`)."""
    seconds: float
    seconds_asking: float = 0.0
    """Of them, those in which the server was asked."""
    benches: dict[str, BenchReport]


def tally(questions: Sequence[Result]) -> Tally:
    """Count a list of questions."""
    if not questions:
        return Tally()
    scores = [q.score for q in questions]
    guesses = [_chance(q) for q in questions]
    more: dict[str, list[float]] = {}
    for q in questions:
        for name, value in q.scores.items():
            more.setdefault(name, []).append(value)
    return Tally(
        n=len(scores),
        right=sum(s == 1 for s in scores),
        accuracy=sum(scores) / len(scores),
        interval=interval(scores, [q.group for q in questions]),
        unparsed_share=sum(q.unparsed for q in questions) / len(scores),
        chance=None if None in guesses else sum(g for g in guesses if g) / len(guesses),
        scores={name: sum(values) / len(values) for name, values in sorted(more.items())},
    )


def _chance(question: Result) -> float | None:
    """What guessing gets on average; under `--circular` every rotation must be guessed."""
    options = question.asked.options
    if not options:
        return None
    return 1 / len(options) ** len({p.rotation for p in question.predictions})


def bench_report(predictions: list[Prediction], data_sha256: str, limit: int | None) -> BenchReport:
    """Total and breakdowns of one bench."""
    questions = results(predictions)
    by: dict[str, dict[str, Tally]] = {}
    for name, key in BREAKDOWNS.items():
        values = sorted({key(q.asked) for q in questions})
        by[name] = {v: tally([q for q in questions if key(q.asked) == v]) for v in values}
    return BenchReport(data_sha256=data_sha256, limit=limit, total=tally(questions), by=by)


def write(folder: Path, report: Report, predictions: list[Prediction]) -> None:
    """All three files, each whole or not at all; report.json last: where it is, the others are."""
    rows = "".join(p.model_dump_json(exclude_none=True) + "\n" for p in predictions)
    write_whole(folder / PREDICTIONS, rows.encode())
    write_whole(folder / TABLE, markdown(report).encode())
    data = json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=2)
    write_whole(folder / REPORT, (data + "\n").encode())


def read(folder: Path) -> Report:
    """The report of a folder. Raises KitError where there is none, or it is not one of ours."""
    path = folder / REPORT
    try:
        return Report.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as e:
        raise KitError(f"{path} is not there; make it with: circuit-vqa eval run --out {folder} …") from e
    except ValidationError as e:
        first = e.errors()[0]
        field = ".".join(str(x) for x in first["loc"]) or "file"
        raise KitError(f"{path}: {field}: {first['msg']}; make it anew with: circuit-vqa eval run") from e


def read_predictions(folder: Path) -> list[Prediction]:
    """Every graded question of a report folder; empty where the file is gone. Raises KitError on a broken line."""
    path = folder / PREDICTIONS
    if not path.is_file():
        return []
    rows = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            rows.append(Prediction.model_validate_json(line))
        except ValidationError as e:
            raise KitError(f"{path}:{number}: {e.errors()[0]['msg']}; run circuit-vqa eval run again") from e
    return rows


def percent(share: float) -> str:
    """A share as `73.5 %`."""
    return f"{share * 100:.1f} %"


def cells(t: Tally) -> tuple[str, str, str]:
    """Accuracy, interval and unparsed share as table cells."""
    low, high = t.interval
    return percent(t.accuracy), f"{low * 100:.1f}–{high * 100:.1f} %", percent(t.unparsed_share)


def markdown(report: Report) -> str:
    """One report as a table fit for a pull request."""
    how = "" if report.mode == Mode() else f", {report.mode}"
    lines = [f"### {word(report.title or report.model)} on {word(report.data)}{how}", ""]
    lines += ["| bench | part | n | right | accuracy | 95 % interval | unparsed |", "|---|---|--:|--:|--:|--:|--:|"]
    for name, bench in report.benches.items():
        lines.append(_row(f"**{word(name)}**", "all", bench.total))
        for kind, parts in bench.by.items():
            shown = {v: v if kind == "level" else word(v) for v in parts}
            lines += [_row(word(name), f"{kind} {shown[v]}", t) for v, t in parts.items()]
    versions = ", ".join(f"{k} {v}" for k, v in report.versions.items())
    settings = ", ".join(f"{k} {v}" for k, v in report.settings.items())
    replies = ", ".join(f"{v} {k.replace('_', ' ')}" for k, v in report.replies.items())
    hashes = ", ".join(f"{name} {b.data_sha256[:12]}" for name, b in report.benches.items())
    lines += _measures(report)
    if report.judged:
        lines += ["", f"{_judged(report)}."]
    if report.mode.picture == "blank":
        lines += guessable.lines(report.benches)
    lines += ["", "Intervals are Wilson's, wider where questions on one circuit are right or wrong together.", ""]
    lines += ["Replies in which no answer can be read (unparsed) count as wrong.", ""]
    said = [report.date, settings, f"replies: {replies}", f"data {hashes}", versions]
    lines += [f"{'; '.join(code(s, 400) for s in said)}.", ""]
    return "\n".join(lines)


def _measures(report: Report) -> list[str]:
    """The benches' other measures, where there are any."""
    return [
        f"\n{word(name)}: " + ", ".join(f"{word(k)} {percent(v)}" for k, v in bench.total.scores.items())
        for name, bench in report.benches.items()
        if bench.total.scores
    ]


def _judged(report: Report) -> str:
    """How many open answers have a mark of the judge, and what became of the others."""
    j = {k: report.judged.get(k, 0) for k in ("marked", "empty", "unread", "cut_off", "refused")}
    answers = j["marked"] + j["unread"] + j["refused"]
    parts = [f"judge {word(str(report.settings.get('judge', '')))}: {j['marked']} of {answers} open answers marked"]
    if j["empty"]:
        parts.append(f"{j['empty']} of them empty (0 without being asked)")
    if j["unread"]:
        cut = f", {j['cut_off']} of them cut off" if j["cut_off"] else ""
        parts.append(f"{j['unread']} without a mark that can be read{cut}")
    if j["refused"]:
        parts.append(f"{j['refused']} refused by the judge's server")
    if j["unread"] or j["refused"]:
        parts.append("the mean is that of the marked ones" if j["marked"] else "so there is no mean")
    return "; ".join(parts)


def _row(bench: str, part: str, t: Tally) -> str:
    accuracy, interval, unparsed = cells(t)
    return f"| {bench} | {part} | {t.n} | {t.right} | {accuracy} | {interval} | {unparsed} |"


def summary(report: Report) -> list[str]:
    """A few lines for the console."""
    lines = []
    for name, bench in report.benches.items():
        accuracy, interval, unparsed = cells(bench.total)
        more = "".join(f", {k} {percent(v)}" for k, v in bench.total.scores.items())
        lines.append(f"{name:<18} {accuracy:>7}  (95 % {interval}, n {bench.total.n}, unparsed {unparsed}{more})")
    r = report.replies
    if r.get("kept"):
        known = report.weights or report.root or "/" in report.model  # by more than a name that others may have
        by_name = "" if known else f" (of a model served as {one_line(report.model)!r})"
        lines.append(
            f"{r['kept']} replies were kept from before{by_name}, {r['asked']} asked now; --fresh asks all again"
        )
    if r.get("refused"):
        lines.append(f"{r['refused']} questions were refused by the server and count as unparsed; see {PREDICTIONS}")
    if report.judged:
        lines.append(_judged(report).replace("`", ""))
    if r.get("cut_off"):
        lines.append(f"{r['cut_off']} replies were cut off at --max-tokens {report.settings.get('max_tokens')}")
    return lines

"""Replies graded: by level how many questions, how often right, and the candidates for rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kd.choosing import Candidate
from kd.reasoning import LEFT_OUT, Judged, Outcome, judge
from kd.replies import Reply
from qa.item import Item, Level


@dataclass(frozen=True, slots=True)
class Question:
    """One Item with its judged replies, in order of their samples."""

    item: Item
    judged: tuple[Judged, ...]

    @property
    def share_right(self) -> float:
        """Of its replies, by the grader."""
        return sum(j.graded_right for j in self.judged) / len(self.judged)

    @property
    def most_said(self) -> str:
        """The answer most of its replies give; empty where none could be read."""
        read = Counter(j.read for j in self.judged if j.read is not None)
        return read.most_common(1)[0][0] if read else ""


@dataclass(frozen=True)
class Graded:
    """All questions that have a reply."""

    questions: tuple[Question, ...]
    outcomes: Mapping[Level, Counter[Outcome]] = field(default_factory=dict)

    def candidates(self) -> list[Candidate]:
        """The replies that may become rows."""
        return [
            Candidate(q.item.id, q.item.level, j.text) for q in self.questions for j in q.judged if j.outcome == "right"
        ]

    def share_right(self) -> dict[str, float]:
        """Item -> share of right replies."""
        return {q.item.id: q.share_right for q in self.questions}

    def never_solved(self) -> list[Question]:
        """Questions none of whose replies is right."""
        return [q for q in self.questions if not q.share_right]


def grade_replies(items: Sequence[Item], replies: Iterable[Reply], bare: bool = False) -> Graded:
    """Grades what was said to these Items; replies to others are not looked at."""
    by_item: dict[str, list[Reply]] = defaultdict(list)
    for reply in replies:
        by_item[reply.item].append(reply)
    questions: list[Question] = []
    outcomes: dict[Level, Counter[Outcome]] = defaultdict(Counter)
    for item in items:
        if said := sorted(by_item.get(item.id, ()), key=lambda r: (r.teacher, r.model, r.prompt, r.sample)):
            judged = tuple(judge(item, r.text, r.cut, bare) for r in said)
            questions.append(Question(item, judged))
            outcomes[item.level].update(j.outcome for j in judged)
    return Graded(tuple(questions), dict(sorted(outcomes.items())))


def table(graded: Graded, kept: Mapping[int, int], pass_n: bool = False) -> list[str]:
    """One line a level and their sum, as a person reads them; `kept`: rows by level."""
    heads = ["level", "questions", "replies", "right", "wrong", "unparsed", "left out", "rows"]
    if pass_n:  # with N the most replies of a question; fewer where some are still to come
        most = max((len(q.judged) for q in graded.questions), default=1)
        heads[3:3] = ["pass@1", f"pass@{most}"][:most]
    lines = [heads]
    levels: list[Level | None] = [*graded.outcomes, None]
    for level in levels:
        of = [q for q in graded.questions if level in (None, q.item.level)]
        counts = sum((c for x, c in graded.outcomes.items() if level in (None, x)), Counter[Outcome]())
        rows = kept.get(level, 0) if level is not None else sum(kept.values())
        left = sum(counts[o] for o in LEFT_OUT)
        cells = [counts.total(), counts["right"], counts["wrong"], counts["unparsed"], left, rows]
        line = [str(level or "all"), str(len(of)), *map(str, cells)]
        if pass_n:
            shares = [q.share_right for q in of]
            line[3:3] = [_percent(sum(shares), len(of)), _percent(sum(s > 0 for s in shares), len(of))][:most]
        lines.append(line)
    widths = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    return ["  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines]


def left_out(graded: Graded) -> str:
    """`12 bare, 3 language`: why replies that may be right are left out; empty for none."""
    counts = sum(graded.outcomes.values(), Counter[Outcome]())
    return ", ".join(f"{counts[o]} {o}" for o in LEFT_OUT if counts[o])


def _percent(part: float, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"

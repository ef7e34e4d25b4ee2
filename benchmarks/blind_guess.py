"""How far multiple choice made by rule can be guessed without the picture, by question writer.

Run as: python -m benchmarks.blind_guess [--circuits 2000] [--seed 0] [--real FOLDER] [--families a,b]
            [--as-they-come] [--tilt-of SEED] [--json FILE]

Makes the questions of generated circuits (all families, half Chinese, half English) and, with --real, of a folder of
pairs x.png + x.json in both languages; no picture is drawn, since the guesser (synth/report/blind.py) sees none. It
learns on one half of the circuits and is tried on the other. Prints Markdown: by part and by writer how many questions,
what chance gives, what the guesser gets with Wilson's 95 % interval, and a mark where it beats chance by more than 5
points (`!`; `!!` where that is significant, binomial test, p < 0.05 for all writers together). Exit code 1 where a `!!`
is left.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from scipy.stats import binomtest

from eval.stats import wilson
from qa.item import Item
from synth.circuits.draw import circuit_alone
from synth.questions.balance import Chances, blocks, fit
from synth.questions.lists import questions_on
from synth.report.blind import guesses
from synth.sources.circuits import Job, asked_about, jobs, weigh
from synth.sources.golden import BrokenPair, pairs
from synth.sources.netlists import asked_about as asked_about_real
from synth.sources.netlists import chances_of, company_of, question_seed
from synth.workers import in_order

MARGIN = 0.05
SURE = 0.05
"""How likely a `!!` is among all writers where none beats chance by more than MARGIN (Bonferroni)."""


def asked_of(todo: tuple[Job, Chances | None]) -> list[Item]:
    """The multiple-choice Items of a Job, as `circuit-vqa synth circuits` makes them."""
    job, chances = todo
    circuit = asked_about(job, circuit_alone(job.family, job.seed, job.index, job.lang))
    return questions_on(
        circuit, "images/none.png", job.name, job.lang, job.question_seed, "circuits", "Apache-2.0", job.name,
        ("mcq",), chances,
    )  # fmt: skip


def generated(
    todo: Sequence[Job], workers: int | None, even: bool, tilted_by: Sequence[Job] | None = None
) -> list[Item]:
    """The multiple-choice Items of generated circuits, evened out among themselves or with the tilt of others."""
    items: list[Item] = []
    for block, others in zip(blocks(todo), blocks(tilted_by or todo), strict=True):
        chances: list[Chances | None] = [None] * len(block)
        if even:
            samples = list(in_order(weigh, block, workers))
            tilt = fit(s for s in (in_order(weigh, others, workers) if tilted_by else samples) if s)
            chances = [tilt.chances(s) if s and tilt else None for s in samples]
        items += [i for made in in_order(asked_of, list(zip(block, chances, strict=True)), workers) for i in made]
    return items


def asked_of_real(folder: Path, seed: int, even: bool) -> Iterator[Item]:
    """The multiple-choice Items of a folder of netlists, as `circuit-vqa synth netlists` makes them."""
    stems = pairs(folder)
    company = company_of(folder, stems)
    for block in blocks(stems, 2):
        chances = chances_of(folder, block, company, "both", seed) if even else {}
        for stem in block:
            try:
                circuit = asked_about_real(folder, stem, company)
            except BrokenPair:
                continue
            for lang in ("zh", "en"):
                yield from questions_on(
                    circuit, "images/none.png", stem, lang, question_seed(seed, stem, lang), "netlists", "unknown",
                    stem, ("mcq",), chances.get((stem, lang)),
                )  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """What the guesser got in one part."""

    part: str
    n: int
    right: int
    chance: float
    of: int
    """Rows of its kind in the table: writers, or all, levels and languages."""

    @property
    def mark(self) -> str:
        """`!` where the rate is more than 5 points above chance, `!!` where that is no accident of one row in many."""
        bound = self.chance + MARGIN
        p = binomtest(self.right, self.n, bound, alternative="greater").pvalue
        return "!!" if p < SURE / self.of else "!" if self.right > bound * self.n else ""

    def line(self) -> str:
        """As a row of Markdown."""
        low, high = wilson(self.right, self.n)
        blind = f"{self.right / self.n:.1%} | {low:.1%} to {high:.1%}"
        return f"| {self.part} | {self.n} | {self.chance:.0%} | {blind} | {self.mark} |"


def rows_of(items: Sequence[Item], said: Sequence[str]) -> list[Row]:
    """All, levels, languages, then writers with their topic, the often asked first."""
    parts: dict[tuple[int, str], list[tuple[bool, float]]] = defaultdict(list)
    for i, letter in zip(items, said, strict=True):
        seen = letter == i.answer, 1 / len(i.options or ())
        writer = f"{i.origin.writer} ({i.topic})"
        for part in ((0, "all"), (1, f"level {i.level}"), (2, f"language {i.lang}"), (3, writer)):
            parts[part].append(seen)
    writers = Counter(kind == 3 for kind, _ in parts)
    order = sorted(parts, key=lambda p: (p[0], -len(parts[p]) if p[0] == 3 else 0, p[1]))
    return [
        Row(p[1], len(seen), sum(r for r, _ in seen), statistics.fmean(c for _, c in seen), writers[p[0] == 3])
        for p, seen in ((p, parts[p]) for p in order)
    ]


def show(title: str, items: Sequence[Item]) -> list[Row]:
    """Print the table of one source and return its rows."""
    rows = rows_of(items, guesses(items))
    print(f"\n### {title}\n\n| part | n | chance | blind | 95 % interval | |\n|---|--:|--:|--:|--:|---|")
    print("\n".join(r.line() for r in rows), flush=True)
    return rows


def main() -> int:
    """Print the tables; 1 where a writer surely gives its answers away."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--circuits", type=int, default=2000)
    args.add_argument("--seed", type=int, default=0)
    args.add_argument("--families", default="")
    args.add_argument("--real", type=Path)
    args.add_argument("--as-they-come", action="store_true", help="questions that were not evened out, to compare")
    args.add_argument("--tilt-of", type=int, metavar="SEED", help="evened out as circuits of this seed would be")
    args.add_argument("--workers", type=int)
    args.add_argument("--json", type=Path)
    a = args.parse_args()
    tables: dict[str, list[Row]] = {}
    if a.circuits:
        families = tuple(f for f in a.families.split(",") if f)
        todo = jobs(a.circuits, a.seed, "both", families)
        tilt = None if a.tilt_of is None else jobs(a.circuits, a.tilt_of, "both", families)
        items = generated(todo, a.workers, not a.as_they_come, tilt)
        tables["generated"] = show(f"{a.circuits} generated circuits", items)
    if a.real:
        real = list(asked_of_real(a.real, a.seed, not a.as_they_come))
        tables["real"] = show(f"{len({i.origin.file for i in real})} real circuits", real)
    if a.json:
        a.json.write_text(json.dumps({k: [dataclasses.asdict(r) for r in v] for k, v in tables.items()}, indent=1))
    return int(any(r.mark == "!!" for rows in tables.values() for r in rows))


if __name__ == "__main__":
    sys.exit(main())

"""How many of the hand-written replies are read as a person reads them: by our grader, and by EvalScope's extractors.

Run as: python -m benchmarks.extractors [--batch 1] [--show] [--math]

`read`: same verdict (right, wrong, no answer) and the same letter, quantity or designators as the person's reading.
`scored`: only whether the reply counts as right. EvalScope's side calls its own functions, each the one that its
benches of that kind call; of several the kindest:

- multiple choice: `parse_answers_zh` for questions in Chinese, `parse_answers` for the others (`general_mcq`,
  `general_vmcq`, MMMU);
- fill-ins and open questions: CMMMU's `get_fill_blank_prediction` with `eval_cmmmu` for questions in Chinese, MMMU's
  `parse_open_response` with `eval_open` for the others (`general_vqa` has BLEU and ROUGE only, which give no verdict).
  They collect candidates and are content if one of them is the answer, so there is no reading to compare: `read` is
  counted as `scored`, in their favour. Of several blanks each is looked for by itself;
- `--math` also runs Math-Verify's `compare_answers` (its math benches) on the quantities, with the Item's tolerance.

What stands before `</think>` is cut first, as its filter does. Component lists and JSON have no extractor there.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from qa.designators import DESIGNATOR
from qa.grading import grade
from qa.item import REL_TOL, Wanted
from qa.quantity import Quantity, find_counts, parse_whole
from qa.reply import plain

REPLIES = Path(__file__).parents[1] / "tests/eval/replies.jsonl"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """What an extractor made of one reply."""

    verdict: str
    """`right`, `wrong`, `unparsed`."""
    answer: str | None
    why: str = ""


def rows_of(path: Path = REPLIES) -> list[Row]:
    """The rows of a file of replies."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


# -- the two readers ------------------------------------------------------------------------------------------
def ours(row: Row) -> Read:
    """Our grader's reading."""
    accept = tuple(Wanted.model_validate(a) if isinstance(a, dict) else a for a in row.get("accept", ()))
    answer = tuple(row["answer"]) if isinstance(row["answer"], list) else row["answer"]
    v = grade(row["form"], row["question"], answer, row["reply"], row.get("options"), accept)
    return Read(v.verdict, v.read, v.why)


def evalscope(row: Row) -> Read | None:
    """EvalScope's reading; None for a form it has no extractor for."""
    if row["form"] in ("components", "json"):
        return None
    reply = row["reply"].rpartition("</think>")[2]
    return _its_letter(row, reply) if row["form"] == "mcq" else _its_candidates(row, reply)


def _its_letter(row: Row, reply: str) -> Read:
    from evalscope.utils.multi_choices import parse_answers, parse_answers_zh

    parse = parse_answers_zh if _is_chinese(row["question"]) else parse_answers
    state: Any = SimpleNamespace(choices=row["options"])
    letter = "".join(sorted(parse(state, completion=reply)))
    return Read("unparsed" if not letter else "right" if letter == row["answer"] else "wrong", letter or None)


def _its_candidates(row: Row, reply: str) -> Read:
    from evalscope.benchmarks.cmmmu.utils import eval_cmmmu, get_fill_blank_prediction
    from evalscope.benchmarks.mmmu.utils import eval_open, parse_open_response
    from evalscope.utils.multi_choices import extract_answer_line

    golds = _parts(row["answer"])
    alternatives = [a for a in row.get("accept", ()) if isinstance(a, str)]
    found: list[object] = []

    def has(gold: str) -> bool:
        if _is_chinese(row["question"]):
            candidates = get_fill_blank_prediction(reply, gold)
            found.extend(candidates)
            return bool(eval_cmmmu({"type": "填空", "answer": gold, "parsed_pred": candidates}))
        line = extract_answer_line(reply)
        candidates = parse_open_response(line if line is not None else reply.strip())
        found.extend(candidates)
        return bool(eval_open(gold, candidates))

    right = all(has(g) or has(_bare(g)) for g in golds) or any(has(a) for a in alternatives)
    return Read("right" if right else "wrong", str(found[:4]))


def _bare(answer: str) -> str:
    """`1.592` of `1.592 kHz`: MMMU's answers are bare numbers."""
    q = _quantity(answer)
    return f"{q.number:g}" if q else answer


def math_verdict(row: Row) -> str:
    """What Math-Verify says of a quantity, or of several."""
    from evalscope.metrics.math.parser import compare_answers

    parts = _parts(row["answer"])
    tolerances = [a["rel_tol"] for a in row.get("accept", ()) if isinstance(a, dict)]
    result = compare_answers(
        row["reply"].rpartition("</think>")[2],
        ", ".join(parts),
        prediction_mode="output",
        relative_tolerance=tolerances[0] if tolerances else REL_TOL,
        multiple_answers=len(parts) > 1,
        validate_reference=False,
    )
    return "right" if result.matched else "wrong" if result.prediction_valid else "unparsed"


# -- comparing with the person --------------------------------------------------------------------------------
def same_reading(row: Row, got: Read) -> bool:
    """Whether `got` is what the person read: the verdict, and the letter, quantity or designators."""
    if got.verdict != row["verdict"]:
        return False
    if row["read"] is None:
        return True
    if row["form"] == "mcq":
        return got.answer == row["read"]
    said = got.answer or ""
    if row["form"] == "components":
        refs = set(DESIGNATOR.findall(row["read"]))
        return not refs or refs == set(DESIGNATOR.findall(said))
    if not is_quantity(row):  # words: the verdict says all there is to compare
        return True
    pairs = list(zip(_parts(row["read"]), _parts(said), strict=False))
    return bool(pairs) and all(_same_quantity(a, b) for a, b in pairs)


def _same_quantity(wanted: str, said: str) -> bool:
    p, q = _quantity(wanted), _quantity(said)
    if p is None or q is None:
        return p is None and q is None
    numbers = [(p.number, q.number)]  # an extractor that drops the unit has still read the number
    if p.unit and q.unit and q.unit.dim:
        numbers = [(p.number * p.unit.scale, q.number * q.unit.scale)]
    return all(abs(a - b) <= 1e-2 * abs(a) for a, b in numbers)


def _quantity(text: str) -> Quantity | None:
    text = plain(text.rpartition("=")[2].replace("~", " "))
    return parse_whole(text) or parse_whole(text.rstrip("个只条")) or next(iter(find_counts(text)), None)


def _parts(answer: object) -> list[str]:
    if isinstance(answer, dict):
        return [str(v) for v in answer.values()]
    if isinstance(answer, list):
        return [str(v) for v in answer]
    return [p.strip() for p in str(answer).split(";")]


def is_quantity(row: Row) -> bool:
    """Whether every blank of a row wants a quantity."""
    return row["form"] == "fill" and all(_quantity(p) is not None for p in _parts(row["answer"]))


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


# -- the table ------------------------------------------------------------------------------------------------
@dataclass
class Tally:
    """Counts of one line of the table."""

    n: int = 0
    ours_read: int = 0
    ours_scored: int = 0
    its_n: int = 0
    its_read: int = 0
    its_scored: int = 0

    def add(self, row: Row, mine: Read, its: Read | None) -> None:
        """Count one reply."""
        right = row["verdict"] == "right"
        self.n += 1
        self.ours_read += same_reading(row, mine)
        self.ours_scored += (mine.verdict == "right") == right
        if its is not None:
            self.its_n += 1
            scored = (its.verdict == "right") == right
            self.its_read += same_reading(row, its) if row["form"] == "mcq" else scored
            self.its_scored += scored


def tallies(rows: list[Row]) -> dict[str, dict[str, Tally]]:
    """Group (`kind`, `form`, `language`, …) -> value -> counts."""
    groups: dict[str, dict[str, Tally]] = {g: {} for g in ("kind", "form", "language", "batch", "both", "all")}
    for row in rows:
        mine, its = ours(row), evalscope(row)
        language = row["lang"] if row["lang"] in ("zh", "en") else "other"
        keys = {"kind": row["kind"], "form": row["form"], "language": language, "batch": str(row["batch"]), "all": ""}
        if its is not None:
            keys["both"] = ""
        for group, value in keys.items():
            groups[group].setdefault(value, Tally()).add(row, mine, its)
    return groups


def table(groups: dict[str, dict[str, Tally]]) -> Iterator[str]:
    """Markdown lines."""
    yield "| | replies | ours: read | ours: scored | EvalScope: read | EvalScope: scored | of |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for group, counts in groups.items():
        by_size = group != "batch"
        for value, t in sorted(counts.items(), key=lambda kv: (-kv[1].n * by_size, kv[0])):
            cells = (_share(t.ours_read, t.n), _share(t.ours_scored, t.n))
            its = (_share(t.its_read, t.its_n), _share(t.its_scored, t.its_n))
            name = {"all": "**all**", "both": "**all that both read**"}.get(group, f"{group}: {value}")
            yield f"| {name} | {t.n} | {cells[0]} | {cells[1]} | {its[0]} | {its[1]} | {t.its_n} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=Path, default=REPLIES)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--show", action="store_true", help="print every reply that ours reads otherwise")
    parser.add_argument("--math", action="store_true", help="quantities by Math-Verify, too")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    rows = [r for r in rows_of(args.replies) if args.batch in (None, r["batch"])]
    print("\n".join(table(tallies(rows))))
    print(f"wanted: {dict(Counter(r['verdict'] for r in rows))}")
    if args.math:
        quantities = [r for r in rows if is_quantity(r)]
        agree = sum((math_verdict(r) == "right") == (r["verdict"] == "right") for r in quantities)
        print(f"Math-Verify on {len(quantities)} replies of quantities: {_share(agree, len(quantities))} scored alike")
        mine = sum((ours(r).verdict == "right") == (r["verdict"] == "right") for r in quantities)
        print(f"ours on the same: {_share(mine, len(quantities))}")
    if args.show:
        for row in rows:
            mine = ours(row)
            if not same_reading(row, mine):
                print(f"\n{row['kind']}: wanted {row['verdict']} {row['read']}, got {mine}\n{row['reply']}")


if __name__ == "__main__":
    main()

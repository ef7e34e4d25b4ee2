"""`circuit-vqa eval compare`: what it says first, its numbers, what it refuses, and that nothing in it comes alive."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import circuit_vqa
from eval.compare import Comparison, brief, compare, markdown
from eval.compare.numbers import numbers
from eval.compare.runs import Run, match
from eval.fit import MOST_BYTES, Block, fit
from eval.mode import Mode
from eval.plain import code
from eval.prediction import Prediction, results
from eval.report import Report, bench_report
from tests.eval.made_reports import make_report, predictions, question

EXPECTED = """\
### before → after on toy

- **circuit_mcq**: +50.0 points [13.6, 72.7], p = 0.0063: better

| bench | run | n | accuracy | 95 % interval | unparsed | difference | 95 % interval | won / lost | p |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
| circuit_mcq | before | 20 | 25.0 % | 11.2–46.9 % | 5.0 % |  |  |  |  |
|  | after | 20 | 75.0 % | 53.1–88.8 % | 0.0 % | +50.0 | [13.6, 72.7] | 11 / 1 | 0.0063 |
"""


def commanded(*args: str | Path) -> int:
    return circuit_vqa.main(["eval", "compare", *map(str, args)])


def two(root: Path) -> tuple[Path, Path]:
    before = make_report(root / "before", predictions(range(5), unparsed={19}))
    return before, make_report(root / "after", predictions(range(1, 16)))


def test_the_first_lines_decide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = two(tmp_path)
    assert commanded(before, after, "--out", tmp_path / "t.md", "--json", tmp_path / "t.json") == 0
    assert capsys.readouterr().out == EXPECTED
    whole = (tmp_path / "t.md").read_text("utf-8")
    assert whole.startswith(EXPECTED)
    assert "| level 2 | 10 | 0.0 % [0.0–27.8] | 10.0 % | 60.0 % [31.3–83.2] | 0.0 % |" in whole
    assert "<code>after</code>: 1 lost</summary>" in whole and "<code>after</code>: 11 won</summary>" in whole
    assert "| `000000000000` | 1 | value | `R0 = ?` | `A. a` | `A` | `B` |" in whole
    found = Comparison.model_validate_json((tmp_path / "t.json").read_bytes()).benches["circuit_mcq"]
    assert found.against[0].kind == "better" and [c.id for c in found.against[0].lost] == ["000000000000"]
    assert set(found.by) == {"split", "level", "topic", "lang", "source", "writer"}
    assert commanded(before, after) == 0 and "--out" in capsys.readouterr().err


def test_identical_replies(tmp_path: Path) -> None:
    folders = [make_report(tmp_path / name, predictions(range(0, 20, 2)), model="m") for name in "ab"]
    found = compare(folders).benches["circuit_mcq"]
    pair = found.total.pairs[0]
    assert pair and (pair.difference, pair.p, pair.won, pair.lost) == (0, 1, 0, 0)
    assert pair.interval[0] < 0 < pair.interval[1]
    assert found.against[0].verdict == "no difference: each of 20 questions has the same score in both"
    one = make_report(tmp_path / "one", predictions({0}, 1))
    same = compare([one, one]).benches["circuit_mcq"].against[0].verdict
    assert same == "no difference: the one question has the same score in both"


def test_a_small_difference_says_how_many_questions_would_show_it(tmp_path: Path) -> None:
    before = make_report(tmp_path / "a", predictions(range(40), n=100))
    after = make_report(tmp_path / "b", predictions(range(5, 47), n=100))
    said = brief(compare([before, after]))
    assert "p = 0.77: no difference seen; 2 points would need about 2,400 questions, there are 100" in said


def numbers_of(base: list[Prediction], new: list[Prediction]) -> Comparison:
    """As `compare`, without the disk."""
    runs = []
    for name, rows in (("base", base), ("new", new)):
        benches = {b: bench_report([p for p in rows if p.bench == b], "aa", None) for b in {p.bench for p in rows}}
        report = Report(model=name, data="d", date="d", versions={}, settings={}, seconds=1, benches=benches)
        found: dict[str, dict[str, Any]] = {b: {} for b in benches}
        for r in results(rows):
            found[r.key[0]][r.key[1]] = r
        runs.append(Run(name, Path(name), report, found))
    return numbers(runs, match(runs))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["right", "wrong", "unparsed"]), st.sampled_from(["right", "wrong"]),
                       st.sampled_from("pqrs")), min_size=1, max_size=25),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_exchanged_runs_mirror_and_order_does_not_count(
    rows: list[tuple[str, str, str]], shuffler: random.Random
) -> None:
    base, new = ([question(i, row[k], group=row[2]) for i, row in enumerate(rows)] for k in (0, 1))
    found = numbers_of(base, new).benches["circuit_mcq"]
    back = numbers_of(new, base).benches["circuit_mcq"]
    a, b = found.total.pairs[0], back.total.pairs[0]
    assert a and b and a.difference == -b.difference and a.interval == (-b.interval[1], -b.interval[0])
    assert (a.won, a.lost, a.p, a.needed) == (b.lost, b.won, b.p, b.needed)
    assert found.total.runs == back.total.runs[::-1]
    mixed = numbers_of(shuffler.sample(base, len(base)), shuffler.sample(new, len(new))).benches["circuit_mcq"]
    assert mixed.total == found.total and mixed.by == found.by


NASTY = (
    "<script>alert(1)</script> | `code` @everyone #1 GH-12 https://evil.example www.evil.example a@evil.example"
    " ![x](http://evil.example/p.png) **b** </details> $x$ \\| \\` | | \u202e :tada: [^1] <!-- -->"
)


def nasty(i: int, verdict: str) -> Prediction:
    turned = NASTY[i % len(NASTY) :] + NASTY[: i % len(NASTY)]
    return question(
        i, verdict, question=turned, topic=turned[:40] if i < 300 else "t", source=NASTY, group=f"{i % 500}",
        reply=turned, read=turned if verdict == "right" else None, options=(turned, "b"),
    )  # fmt: skip


def check_dead(text: str) -> None:
    """What others wrote stands in code alone; rows keep their cells; each part that opens is closed."""
    assert len(text.encode()) <= MOST_BYTES
    allowed = re.compile(r"</?(?:details|summary|code)>|&(?:lt|gt|amp|quot|#x27);")
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "html_block":
            rest = re.sub(
                r"<code>[^<]*</code>", "", allowed.sub(lambda m: m[0] if "code" in m[0] else "", token.content)
            )
            assert "<" not in rest and "@" not in rest and "evil" not in rest, token.content
        for child in token.children or ():
            assert child.type in {
                "text",
                "code_inline",
                "softbreak",
                "strong_open",
                "strong_close",
                "em_open",
                "em_close",
            }
            if child.type == "text":
                assert not re.search(r"evil|@|script|tada|#\d|GH-\d|details|\$", child.content), child.content
    wide = 0
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (wide and cells) or cells == wide, line
        wide = cells
    assert text.count("\n<details>") == text.count("\n</details>\n") and "\u202e" not in text


def test_ten_thousand_hostile_questions_fit_a_comment() -> None:
    base = [nasty(i, "right" if i % 2 else "unparsed") for i in range(10_000)]
    new = [nasty(i, "right" if i % 3 else "wrong") for i in range(10_000)]
    found = numbers_of(base, new)
    text = markdown(found)
    check_dead(text)
    assert len(text.encode()) > MOST_BYTES - 2_000  # the room is used
    assert len(re.findall(r"… and [\d,]+ more rows, cut", text)) == 3 and text.startswith("### base → new")
    assert len(found.benches["circuit_mcq"].against[0].won) == 3333


def test_hostile_names_stay_dead(tmp_path: Path) -> None:
    name = "a<b>`|@x #1 www.evil.example"
    rows = [question(0, "right", bench=NASTY), question(1, "wrong", bench=NASTY)]
    more: dict[str, Any] = {"model": NASTY, "title": NASTY, "data": NASTY, "versions": {NASTY: NASTY}, "weights": "@x"}
    folders = [
        make_report(tmp_path / f"{name}{i}", rows[:: 1 - 2 * i], **more, settings={NASTY: i, "max_tokens": 5})
        for i in (0, 1)
    ]
    check_dead(markdown(compare(folders)))
    check_dead((folders[0] / "report.md").read_text("utf-8"))


@settings(max_examples=200)
@given(st.text(max_size=120))
def test_a_code_span_holds_any_text(text: str) -> None:
    (token,) = [t for t in MarkdownIt("commonmark").enable("table").parse(f"| a | b |\n|---|---|\n| {code(text)} | x |")
                if t.type == "inline" and t.map and t.map[0] == 2][:1]  # fmt: skip
    assert [c.type for c in token.children or ()] in (["code_inline"], ["text"])
    assert token.content == "–" or token.content.startswith("`")


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60)), max_size=12),
    st.integers(0, 1500),
    st.integers(300, 4000),
)
def test_any_text_fits(shapes: list[tuple[int, int]], head: int, most: int) -> None:
    blocks = [Block("s", ["head"], ["é" * width] * rows) for rows, width in shapes]
    text = fit("h\n" * head, blocks, most)
    assert len(text.encode()) <= most
    assert text.count("<details>") == text.count("</details>") <= len(blocks)


def test_different_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = make_report(tmp_path / "a", predictions({1, 2}))
    b = make_report(tmp_path / "b", predictions({1}), sha="bb")
    limited = make_report(tmp_path / "c", predictions({1}, n=10))
    for other, shared in ((b, 20), (limited, 10)):
        assert commanded(a, other) == 1
        assert "asked different questions in circuit_mcq" in capsys.readouterr().err
        assert commanded(a, other, "--anyway") == 0
        out = capsys.readouterr().out
        assert "**Not the same questions**" in out and f"those in all runs are compared, {shared}." in out
        assert out.count(f"| {shared} |") == 2
    others = make_report(tmp_path / "d", [question(i) for i in range(50, 60)], sha="bb")
    assert commanded(a, others, "--anyway") == 0
    out = capsys.readouterr().out
    assert "nothing can be said" in out and "they share none" in out and "Few circuits" not in out
    assert "| circuit_mcq | a | 20 | 10.0 % |" in out and "|  | d | 10 | 0.0 % |" in out


def test_two_ways_of_asking_one_model_are_compared_two_models_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = make_report(tmp_path / "shown", predictions(range(18)), model="m", weights="w1")
    blind = make_report(tmp_path / "blind", predictions(range(4)), model="m", weights="w1", mode=Mode(picture="blank"))
    other = make_report(tmp_path / "other", predictions(range(4)), model="m", weights="w2", mode=Mode(circular=True))
    assert commanded(shown, blind) == 0
    out = capsys.readouterr().out
    assert out.startswith("### shown (as it is) → blind (blank) on toy\n")
    assert "p = 0.00012: lower\n" in out and "those of the way of asking" in out
    assert commanded(shown, other) == 1
    err = capsys.readouterr().err
    assert "shown was asked as it is and other circular, and the models differ too" in err and err.count("\n") == 1
    assert commanded(shown, other, "--anyway") == 0
    assert "**the models differ too**" in capsys.readouterr().out
    again = make_report(tmp_path / "again", predictions(range(4)), model="m2", mode=Mode(picture="blank"))
    assert commanded(blind, again) == 0
    assert capsys.readouterr().out.startswith("### blind → again on toy, blank\n")


def test_what_differs_between_runs_is_named(tmp_path: Path) -> None:
    a = make_report(tmp_path / "a", [*predictions({1}, unparsed=range(2, 20)), question(90, bench="circuit_fill")],
                    settings={"max_tokens": 24}, replies={"cut_off": 20, "refused": 2})  # fmt: skip
    b = make_report(tmp_path / "b", predictions(range(15), n=20), versions={"evalscope": "1.15"})
    said = brief(compare([a, b]))
    assert "Setting `max_tokens` differs: `24` / `512`." in said
    assert "Version `evalscope` differs: `1.14.1` / `1.15`." in said
    assert "a: 20 replies were cut off at --max-tokens `24`." in said and "a: 2 questions were refused" in said
    assert "b lacks circuit_fill: not compared." in said
    assert "circuit_mcq, b: of 14 won, 13 had no readable answer in a." in said
    few = [make_report(tmp_path / n, predictions({1}, group="g")) for n in "cd"]
    assert "Few circuits: circuit_mcq (1)." in brief(compare(few))
    styled = [make_report(tmp_path / w, predictions({1}), settings={"words": w}, mode=Mode(style_of=2)) for w in "cd"]
    assert "Setting `words` differs: `c` / `d`." in brief(compare(styled))
    shown = make_report(tmp_path / "e", predictions({1}), model="c")
    assert "words" not in brief(compare([shown, styled[0]]))  # another way of asking has other words


def test_repeats_rotations_and_further_measures(tmp_path: Path) -> None:
    def rows(right: int, overlap: float) -> list[Prediction]:
        repeated = [
            question(i, "right" if k < right else "wrong", repeat=k, scores={"char_f1": overlap, "only": 1.0})
            for i in range(20)
            for k in range(4)
        ]
        return repeated if right > 2 else [p.model_copy(update={"scores": {"char_f1": overlap}}) for p in repeated]

    mode = Mode(repeats=4, temperature=0.7)
    a = make_report(tmp_path / "a", rows(1, 0.25), mode=mode)
    b = make_report(tmp_path / "b", rows(3, 0.75), mode=mode)
    whole = markdown(compare([a, b]))
    assert "on toy, 4 repeats, temperature 0.7" in whole and "| circuit_mcq | a | 20 | 25.0 % |" in whole
    assert (
        "| circuit_mcq | `char_f1` | a | 20 | 25.0 % |  |  |" in whole
        and "|  |  | b | 20 | 75.0 % | +50.0 | [" in whole
    )
    assert "only" not in whole.split("<details>")[0]
    assert "| `B` (25%) | `A` (75%) |" in whole


def test_a_measure_that_some_replies_lack_is_compared_over_the_others(tmp_path: Path) -> None:
    def marked(mark: float, unread: int) -> list[Prediction]:
        return [question(i, scores={} if i == unread else {"judge": mark}) for i in range(20)]

    folders = [make_report(tmp_path / name, marked(mark, i)) for i, (name, mark) in enumerate((("a", 0.2), ("b", 0.6)))]
    found = compare(folders).benches["circuit_mcq"].measures["judge"]
    assert (found.n, found.runs, found.differences[0][0]) == (18, pytest.approx([0.2, 0.6]), pytest.approx(0.4))


def test_three_reports_and_twice_the_same_name(tmp_path: Path) -> None:
    folders = [make_report(tmp_path / x / "R", predictions({1, 2})) for x in "abc"]
    found = compare(folders)
    assert [r.name for r in found.runs] == ["a/R", "b/R", "c/R"]
    said = brief(found)
    assert said.count("no difference: ") == 2 and "- **circuit_mcq**, `c/R`: no difference" in said
    again = compare([folders[0], folders[0], folders[1]])
    assert [r.name for r in again.runs] == ["a/R", "a/R (2)", "b/R"]


def test_reports_of_older_versions_are_read(tmp_path: Path) -> None:
    before, after = two(tmp_path)
    new = compare([before, after])
    for folder in (before, after):
        rows = [json.loads(x) for x in (folder / "predictions.jsonl").open()]
        for row in rows:
            for later in ("score", "fault", "scores", "rotation", "repeat", "split"):
                row.pop(later, None)
        (folder / "predictions.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
        report = json.loads((folder / "report.json").read_bytes())
        for later in ("mode", "folder", "root", "judged"):
            report.pop(later)
        (folder / "report.json").write_text(json.dumps(report))
    old = compare([before, after])
    assert old.benches["circuit_mcq"].total == new.benches["circuit_mcq"].total
    assert list(old.benches["circuit_mcq"].by["split"]) == ["unknown"]


def test_faults_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = make_report(tmp_path / "a", predictions({1}))
    broken, cut, fill = (make_report(tmp_path / n, predictions({1})) for n in ("broken", "cut", "fill"))
    (broken / "report.json").write_text('{"model": 1')
    (cut / "predictions.jsonl").unlink()
    make_report(fill, predictions({1}, bench="circuit_fill"))
    for args, words in (
        ([a], "two report folders"),
        ([a, tmp_path / "no"], "eval run"),
        ([a, broken], "report.json"),
        ([a, cut], "0 questions of circuit_mcq, the report beside it says 20"),
        ([a, fill], "share no bench"),
    ):
        assert commanded(*args) == 1
        err = capsys.readouterr().err.strip()
        assert words in err and "\n" not in err

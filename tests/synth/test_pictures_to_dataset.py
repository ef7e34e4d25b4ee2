"""A folder of pictures becomes a dataset that is trained on: every step by its command, with teachers that know."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from scipy.stats import fisher_exact

from qa.dataset import Dataset
from qa.item import Item
from qa.standing import latest, standing
from synth.checks.gold import label_error
from synth.circuits.draw import family_names
from synth.teacher.journal import Journal
from tests.conftest import ROOT
from tests.synth import known_truth
from tests.synth.whole_way import ANSWER_COST, KEY, Way, whole_way
from tests.test_quickstart import quickstart

STEMS = ("001", "002", "003", "004", "020", "024", "027", "034")
TROUBLE = {"latency": 0.02, "error_500": 0.05, "hang_up": 0.02, "truncated": 0.1, "prose": 0.2}
NAME = "test-pictures"


def go(way: Way) -> None:
    """Everything up to the export. Decisions of a person come in as a spreadsheet would bring them."""
    way.vqa("images", "pictures", "--out", "data/mine", "--licence", "CC0-1.0")
    way.vqa("write", "data/mine", "--teacher", "writer", "--lang", "both")
    way.vqa("check", "data/mine", "--teacher", "second", "--third", "third", "--gold", "50")
    review(way)
    way.vqa("report", "data/mine", "--assess", "second")
    way.vqa("validate", "data/mine")
    way.vqa("split", "data/mine", "--val", "0.1", "--test", "0.2")
    way.vqa("export", "data/mine")


def review(way: Way) -> None:
    """A person who knows decides in a spreadsheet on all that waits and on two that do not."""
    way.vqa("review", "data/mine", "--standing", "all", "--csv-out", "all.csv")
    with (way.home / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    items = {i.id: i for i in way.items()}
    right = {k: way.label_is_right(i) for k, i in items.items()}
    settled = [next(k for k, i in items.items() if standing(i) == s and right[k]) for s in ("accepted", "rejected")]
    for row in table:
        name = row["id"].removeprefix("#")
        if standing(items[name]) in ("review", "unchecked") or name in settled:
            way.decided[name] = "accept" if right[name] and name != settled[0] else "reject"
            row |= {"decision": way.decided[name], "reviewer": "ann"}
    with (way.home / "decided.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    way.vqa("review", "data/mine", "--csv-in", "decided.csv")


@pytest.fixture(scope="module")
def way(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    """Eight real pictures and four drawn ones with values."""
    home = tmp_path_factory.mktemp("way")
    truth = known_truth.of_netlists(real / "netlists", STEMS)
    known_truth.copy_pictures(real / "netlists", STEMS, home / "pictures")
    truth |= known_truth.draw_into(home / "pictures", 4, family_names()[:4])
    with whole_way(home, truth, **TROUBLE) as way:
        go(way)
        yield way


def test_every_picture_has_five_questions_of_several_kinds(way: Way) -> None:
    questions = Counter(i.pictures[0] for i in way.items())
    assert len(questions) == 12 and min(questions.values()) >= 5
    levels = defaultdict(set)
    for i in way.items():
        levels[i.origin.file].add(i.level)
    assert all({1, 2} <= found for found in levels.values())
    assert all(4 in found for file, found in levels.items() if not file[0].isdigit()), "values are printed there"
    assert {i.lang for i in way.items()} == {"zh", "en"} and {i.form for i in way.items()} == {"mcq", "fill"}
    assert {i.origin.licence for i in way.items()} == {"CC0-1.0"}


def test_most_wrong_labels_are_caught_and_few_right_ones_lost(way: Way) -> None:
    figures = Figures(way)
    print(figures)
    assert figures.wrong_before >= 5, "the writer erred often enough for this test to mean something"
    assert figures.wrong_after <= 0.2 * figures.wrong_before
    assert figures.right_lost <= 0.1 * figures.right_before


def test_the_label_error_measured_on_gold_holds_the_true_one(way: Way) -> None:
    assert_gold_tells_the_truth(way)


def test_a_person_decides_over_the_teachers(way: Way) -> None:
    by_id = {i.id: i for i in way.items()}
    assert len(way.decided) >= 2
    for item, said in way.decided.items():
        assert standing(by_id[item]) == {"accept": "accepted", "reject": "rejected"}[said]
        assert by_id[item].origin.reviewer == "ann"
    assert not [i for i in by_id.values() if standing(i) in ("review", "unchecked")]


def test_nothing_is_asked_twice(way: Way) -> None:
    before = requests(way)
    way.vqa("write", "data/mine", "--teacher", "writer", "--lang", "both")
    way.vqa("check", "data/mine", "--teacher", "second", "--third", "third", "--gold", "50")
    way.vqa("report", "data/mine", "--assess", "second")
    assert requests(way) == before


def test_the_bill_is_that_of_the_teachers(way: Way) -> None:
    paid = sum(way.asked()["paid"].values())
    with Journal(way.data / "journal.sqlite") as journal:
        spent = sum(s.cost for s in journal.spent())
    assert spent == pytest.approx(paid * ANSWER_COST)
    assert f"${spent:.2f}" in (way.data / "report.md").read_text("utf-8")


def test_only_what_was_accepted_is_exported_and_no_group_is_in_two_splits(way: Way) -> None:
    by_split = defaultdict(set)
    for item in way.items():
        if item.split:
            by_split[item.split].add(item.group)
    assert by_split.keys() == {"train", "val", "test"}
    assert sum(map(len, by_split.values())) == len(set().union(*by_split.values()))
    accepted = [i for i in way.items() if standing(i) == "accepted"]
    files = (way.data / "swift" / f"{name}.jsonl" for name in ("train", "val", "test"))  # grpo.jsonl holds train again
    rows = [json.loads(x) for f in files for x in f.open(encoding="utf-8")]
    assert len(rows) == len(accepted) > 0
    shown = "\n".join(r["messages"][-2]["content"] for r in rows)
    for item in way.items():
        if standing(item) == "rejected" and not any(a.question == item.question for a in accepted):
            assert item.question not in shown


def test_the_key_is_nowhere(way: Way) -> None:
    assert not [s for s, out in way.said.items() if KEY in out]
    files = [f for f in way.home.rglob("*") if f.is_file()]
    assert len(files) > 20 and not [f for f in files if KEY.encode() in f.read_bytes()]


@pytest.mark.slow
def test_every_real_picture_up_to_a_trained_model(real: Path, tmp_path: Path) -> None:
    truth = known_truth.of_netlists(real / "netlists")
    known_truth.copy_pictures(real / "netlists", [name.removesuffix(".png") for name in truth], tmp_path / "pictures")
    with whole_way(tmp_path, truth, **TROUBLE) as way:
        go(way)
        figures = Figures(way)
    print(figures)
    assert min(Counter(i.pictures[0] for i in way.items()).values()) >= 5
    assert figures.wrong_before >= 30 and figures.wrong_after <= 0.1 * figures.wrong_before
    assert figures.right_lost <= 0.05 * figures.right_before
    assert_gold_tells_the_truth(way)
    try:
        done = quickstart("--max_steps", "6", "--save_steps", "3", DATA=str(way.data), NAME=NAME, EVAL_LIMIT="10")
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert "parity 8/8" in done.stdout and (ROOT / "reports" / NAME / "compare.md").is_file()
        run = json.loads((ROOT / "runs" / NAME / "run.json").read_text("utf-8"))
        assert run["settings"]["values"]["dataset"] == [str((way.data / "swift" / "train.jsonl").resolve())]
    finally:
        for room in ("runs", "reports"):
            shutil.rmtree(ROOT / room / NAME, ignore_errors=True)


def assert_gold_tells_the_truth(way: Way) -> None:
    """Both sides are samples: gold Items of what these teachers do, the folder's labels of the same. So they are
    compared as two samples, and enough of each must be there to see a folder that nobody checked."""
    measured, figures = label_error(Dataset.open(way.data)), Figures(way)
    assert measured.asked >= 40 and measured.before is not None
    accepted, written = (figures.wrong_accepted, figures.accepted), (figures.wrong_before, figures.items)
    before = (measured.before.count, measured.before.of)
    assert p_same((measured.wrong, measured.passed), accepted) > 0.01, (measured, str(figures))
    assert p_same(before, written) > 0.01, (measured, str(figures))
    assert p_same(before, accepted) < 0.01, "too few to tell a checked folder from one that is not"


def p_same(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Fisher's exact p that two (wrong, of) have one rate."""
    table = [[wrong, of - wrong] for wrong, of in (one, other)]
    return float(fisher_exact(table).pvalue)


def requests(way: Way) -> dict[str, int]:
    """What was asked so far, by kind of question and teacher."""
    return {kind: n for kind, n in way.asked().items() if isinstance(n, int)}


class Figures:
    """Labels that teachers wrote, before and after the checks."""

    def __init__(self, way: Way) -> None:
        labels = [(i, way.label_is_right(i)) for i in way.items() if i.origin.writer.startswith("teacher:")]
        self.items = len(labels)
        self.wrong_before = sum(not right for _, right in labels)
        self.right_before = self.items - self.wrong_before
        accepted = [right for i, right in labels if by_machine(i) == "accepted"]
        self.accepted = len(accepted)
        self.wrong_accepted = self.wrong_after = accepted.count(False)
        self.right_lost = sum(right for i, right in labels if by_machine(i) == "rejected" and not is_twin(i))
        self.waiting = sum(by_machine(i) == "review" for i, _ in labels)

    def __str__(self) -> str:
        before, after = self.wrong_before / self.items, self.wrong_after / max(1, self.accepted)
        return (
            f"label error {before:.1%} of {self.items} before the checks, {after:.1%} of {self.accepted} after;"
            f" {self.right_lost} right ones lost, {self.waiting} wait for a person"
        )


def by_machine(item: Item) -> str:
    """The standing without a person's word."""
    checks = tuple(c for c in item.origin.checks if c.name != "review")
    return standing(item.model_copy(update={"origin": item.origin.model_copy(update={"checks": checks})}))


def is_twin(item: Item) -> bool:
    twin = latest(item).get("twin")
    return twin is not None and twin.verdict == "fail"

"""Ways of asking: what is sent, and how a question counts then. Real EvalScope, a scripted server."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import circuit_vqa
from eval import report as reports
from eval.asking import Sampling, _Asking
from eval.cases import rotate
from eval.mode import Mode
from eval.prediction import Prediction, results
from eval.server import JUDGE_KEY, Endpoint
from qa.dataset import Dataset
from qa.formats.asked import Asked
from qa.item import Item, Origin
from synth.export import export
from tests.eval.conftest import png
from tests.eval.fake_server import FakeServer, Reply, pictures_of, text_of

pytestmark = pytest.mark.usefixtures("no_charts")
ROW = Asked(form="mcq", question="q", options=("a", "b", "c", "d"), answer="B")


@given(st.integers(0, 3))
def test_rotation_takes_the_right_letter_along(places: int) -> None:
    turned = rotate(ROW, places)
    assert turned.options is not None and turned.options["ABCD".index(str(turned.answer))] == "b"
    assert sorted(turned.options) == ["a", "b", "c", "d"]
    assert rotate(turned, 4 - places if places else 0) == ROW


def predicted(verdict: str, rotation: int = 0, repeat: int = 0) -> Prediction:
    return Prediction(
        form="mcq", question="q", options=("a", "b"), answer="A", id="i", bench="circuit_mcq", reply="",
        score=verdict == "right", verdict=verdict, rotation=rotation, repeat=repeat,
    )  # type: ignore[arg-type]  # fmt: skip


def test_circular_counts_the_worst_rotation_and_repeats_the_mean() -> None:
    (one,) = results([predicted("right"), predicted("wrong", rotation=1)])
    assert (one.score, one.right, one.asked.rotation) == (0, False, 0)
    (two,) = results([predicted("right"), predicted("unparsed", repeat=1), predicted("right", repeat=2)])
    assert two.score == pytest.approx(2 / 3) and two.right and two.unparsed == pytest.approx(1 / 3)


def test_other_measures_count_as_the_score_does() -> None:
    rows = [
        predicted("right", repeat=n, rotation=k).model_copy(update={"scores": {"judge": mark}})
        for n, k, mark in ((0, 0, 1.0), (0, 1, 0.5), (1, 0, 0.1), (1, 1, 0.2))
    ]
    (one,) = results([*rows, predicted("wrong", repeat=2)])  # the judge gave no mark for the last
    assert one.scores == {"judge": pytest.approx(0.3)}
    assert reports.tally([one]).scores == one.scores


def dataset(root: Path) -> Path:
    """Two circuits of test and two of train, a choice and a blank on each, with netlists of the first test one."""
    ds = Dataset.create(root)
    for n in range(4):
        picture = ds.add_image(png(n * 40))
        split: Any = "test" if n < 2 else "train"
        origin = Origin(source="circuits", writer="rule:x@1")
        common: dict[str, Any] = {
            "pictures": (picture,), "level": 1, "topic": "value", "lang": "en", "group": f"g{n}", "split": split,
            "origin": origin,
        }  # fmt: skip
        ds.append([
            Item(id=f"{n:012x}", form="mcq", question=f"Value of R{n}?",
                 options=("1 Ω", "2 Ω", "3 Ω", "4 Ω"), answer="ABCD"[n], **common),
            Item(id=f"{n + 8:012x}", form="fill", question=f"R{n} is ______.", answer=f"{n + 1} Ω", **common),
        ])  # fmt: skip
        if n == 0:
            ds.add_netlist(picture, "R0 resistor 1 Ω: 1=a 2=b\n")
    export(ds)
    return root


def evaluate(server: FakeServer, data: Path, out: Path, *more: str) -> reports.Report:
    assert circuit_vqa.main(["eval", "run", "--url", server.url, "--data", str(data), "--out", str(out), *more]) == 0
    return reports.read(out)


def truth(request: dict[str, Any]) -> Reply:
    """The right answer, read from the question: Rn has n + 1 ohms."""
    text = text_of(request).split("Now the question:")[-1]
    n = int(re.findall(r"R(\d)", text)[-1])
    letter = re.search(rf"([A-D])\. {n + 1} ", text)
    return f"Answer: {letter[1] if letter else f'{n + 1} ohm'}"


def test_blind_sends_a_blank_of_equal_size(tmp_path: Path) -> None:
    data = dataset(tmp_path / "d")
    with FakeServer(truth) as server:
        report = evaluate(server, data, tmp_path / "R", "--blind")
    assert report.mode.picture == "blank" and str(report.mode) == "blank"
    assert report.benches["circuit_mcq"].total.chance == 0.25
    table = (tmp_path / "R" / "report.md").read_text()  # the question gives the answer away here
    assert "circuit_mcq without the picture: +75.0 points against chance" in table
    assert "- `rule:x@1`: +75.0 points on 2 questions" in table
    for request in server.requests:
        (sent,) = pictures_of(request)
        with Image.open(io.BytesIO(sent)) as picture:
            assert picture.size == (24, 16) and picture.convert("L").getextrema() == (255, 255)


def test_text_sends_the_netlist_or_leaves_the_question_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = dataset(tmp_path / "d")
    with FakeServer(truth) as server:
        report = evaluate(server, data, tmp_path / "R", "--text")
        assert report.benches["circuit_mcq"].total.n == 1 and report.settings["left out"] == 2
        assert "2 questions are left out" in capsys.readouterr().err
        assert all(isinstance(r["messages"][-1]["content"], str) for r in server.requests)
        assert all("R0 resistor 1 Ω: 1=a 2=b" in text_of(r) for r in server.requests)
        for path in (data / "netlists").iterdir():
            path.unlink()
        assert circuit_vqa.main(["eval", "run", "--url", server.url, "--data", str(data), "--out", str(tmp_path / "S"),
                                 "--text"]) == 1  # fmt: skip
    assert "knows no netlist" in capsys.readouterr().err


def test_questions_without_a_picture_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = dataset(tmp_path / "d")
    path = data / "evalscope/mcq/test.jsonl"
    rows = [json.loads(line) for line in path.open()]
    rows[1]["images"] = []
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    told = f"without a picture, so asked as text alone: 1 of 4 questions, the first circuit_mcq {rows[1]['id']}"
    assert circuit_vqa.main(["eval", "check", "--data", str(data)]) == 0
    assert told in capsys.readouterr().err
    with FakeServer(truth) as server:
        report = evaluate(server, data, tmp_path / "R")
        err = capsys.readouterr().err
        assert told in err and f"circuit-vqa synth export {data}" in err and report.settings["without picture"] == 1
        evaluate(server, data, tmp_path / "B", "--blind")  # nobody sees anything there
        assert "without a picture" not in capsys.readouterr().err
        report = evaluate(server, data, tmp_path / "T", "--text")
        assert report.benches["circuit_mcq"].total.n == 1  # no picture, no netlist
        assert evaluate(server, data, tmp_path / "F", "--benches", "fill").settings.get("without picture") is None
    assert "without a picture" not in capsys.readouterr().err


def test_a_bench_that_cannot_be_asked_this_way_stops_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = dataset(tmp_path / "d")
    row = json.loads((data / "evalscope/fill/test.jsonl").read_text().splitlines()[0])
    (data / "evalscope/components").mkdir()
    (data / "evalscope/components/test.jsonl").write_text(json.dumps(row | {"form": "components", "answer": "R0"}))
    with FakeServer(truth) as server:
        report = evaluate(server, data, tmp_path / "R", "--style-of", "1")
        assert set(report.benches) == {"circuit_mcq", "circuit_fill"}
        assert "circuit_components is left out: " in capsys.readouterr().err
        command = [
            "eval",
            "run",
            "--url",
            server.url,
            "--data",
            str(data),
            "--out",
            str(tmp_path / "S"),
            "--style-of",
            "1",
        ]
        assert circuit_vqa.main([*command, "--benches", "mcq,components"]) == 1
    err = capsys.readouterr().err
    assert "no train questions of the form components" in err and err.count("\n") == 1


def test_circular_asks_every_rotation_and_all_must_be_right(tmp_path: Path) -> None:
    data = dataset(tmp_path / "d")
    with FakeServer(truth) as server:
        report = evaluate(server, data, tmp_path / "R", "--circular")
        assert len(server.requests) == 2 * 4 + 2
    assert (report.benches["circuit_mcq"].total.n, report.benches["circuit_mcq"].total.accuracy) == (2, 1)
    with FakeServer(lambda r: "Answer: A") as server:
        report = evaluate(server, data, tmp_path / "S", "--circular")
    assert report.benches["circuit_mcq"].total.accuracy == 0
    assert len({p.rotation for p in reports.read_predictions(tmp_path / "S")}) == 4
    theirs = json.loads(next((tmp_path / "S/evalscope/reports").glob("*/circuit_mcq.json")).read_text())
    assert next(m for m in theirs["metrics"] if m["identity"]["name"] == "accuracy")["score"] == pytest.approx(0.25)


def test_repeats_are_asked_apart_kept_apart_and_averaged(tmp_path: Path) -> None:
    data = dataset(tmp_path / "d")
    with FakeServer(lambda r: truth(r) if r["seed"] % 2 else "Answer: none of them") as server:
        report = evaluate(server, data, tmp_path / "R", "--repeats", "4", "--benches", "mcq")
        assert len(server.requests) == 8
        assert {(r["temperature"], r["seed"]) for r in server.requests} == {(0.7, n) for n in range(4)}
        assert report.benches["circuit_mcq"].total.accuracy == 0.5
        assert report.benches["circuit_mcq"].total.unparsed_share == 0.5
        evaluate(server, data, tmp_path / "R", "--repeats", "4", "--benches", "mcq")
        assert len(server.requests) == 8


def test_examples_come_from_train_without_their_pictures(tmp_path: Path) -> None:
    data = dataset(tmp_path / "d")
    with FakeServer(truth) as server:
        report = evaluate(server, data, tmp_path / "R", "--style-of", "2", "--benches", "fill")
    for request in server.requests:
        text = text_of(request)
        assert "R2 is ______." in text and "Answer: 4 Ω" in text
        assert len(pictures_of(request)) == 1
        assert text.index("R2 is") < text.index("Now the question:") < len(text)
    assert report.benches["circuit_fill"].total.accuracy == 1
    assert len(str(report.settings["words"])) == 12


def test_a_judge_s_marks_stand_beside_overlap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "d"
    ds = Dataset.create(data)
    ds.append([
        Item(id=f"{n:012x}", pictures=(ds.add_image(png(n)),), form="open", level=3, topic="describe", lang="en",
             question=f"What is {n}?", answer="An amplifier with gain", group=f"g{n}", split="test",
             origin=Origin(source="import", writer="person:a"))
        for n in range(5)
    ])  # fmt: skip
    export(ds)

    def marks(request: dict[str, Any]) -> Reply:
        if "What is 3?" in text_of(request):
            return (400, "too long")
        return "It is right.\nScore: 8" if "What is 1?" in text_of(request) else "No idea | `x`"

    with (
        FakeServer(lambda r: "" if "What is 4?" in text_of(r) else "An amplifier") as server,
        FakeServer(marks, model="judge") as judge,
    ):
        report = evaluate(server, data, tmp_path / "R", "--judge-url", judge.url)
        total = report.benches["circuit_open"].total
        assert len(judge.requests) == 4 and report.settings["judge"] == "judge"
        assert 0 < total.accuracy < 1 and total.scores["judge"] == pytest.approx(0.4)  # of one marked and one empty
        assert report.judged == {"marked": 2, "empty": 1, "unread": 2, "cut_off": 0, "refused": 1}
        said = capsys.readouterr()
        told = "judge judge: 2 of 5 open answers marked; 1 of them empty (0 without being asked); 2 without a mark that"
        assert told in said.out and told in (tmp_path / "R" / "report.md").read_text()
        assert "1 refused by the judge's server; the mean is that of the marked ones" in said.out
        assert "the judge's first reply without a mark: No idea | `x`\n" in said.err
        evaluate(server, data, tmp_path / "R", "--judge-url", judge.url)
        assert len(judge.requests) == 4 + 1  # what was refused is asked again
        evaluate(server, data, tmp_path / "R", "--judge-url", judge.url, "--fresh")
        assert len(judge.requests) == 5 + 4


def test_a_judge_who_never_marks(tmp_path: Path) -> None:
    report = reports.Report(
        model="m", data="d", date="", versions={}, settings={"judge": "j"}, seconds=0, benches={},
        judged={"marked": 0, "empty": 0, "unread": 9, "cut_off": 9, "refused": 0},
    )  # fmt: skip
    (line,) = reports.summary(report)
    assert line == (
        "judge j: 0 of 9 open answers marked; 9 without a mark that can be read, 9 of them cut off; so there is no mean"
    )


def test_a_judge_without_open_questions_says_so(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer(lambda r: "A") as server, FakeServer(lambda r: "Score: 8", model="judge") as judge:
        report = evaluate(server, data, tmp_path / "R", "--judge-url", judge.url, "--limit", "1")
        assert not judge.requests and not report.judged
    assert "the judge was not asked" in capsys.readouterr().err


def test_a_judge_that_cannot_be_asked_is_told_before_the_model_is_asked(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["eval", "run", "--data", str(data), "--out", str(tmp_path / "R"), "--url"]
    with FakeServer(truth) as server:
        assert circuit_vqa.main([*command, server.url, "--judge-url", "http://127.0.0.1:9/v1"]) == 1
        assert "no server answers" in capsys.readouterr().err and not server.requests


def test_a_judge_that_wants_a_key_names_its_own_variable() -> None:
    said = Endpoint("http://j/v1", "j", key_in=JUDGE_KEY)
    asking = _Asking(said, Sampling(), None, lambda n: None)  # type: ignore[arg-type]  # nothing is kept here
    assert JUDGE_KEY in asking._fatal("the key was refused: HTTP 401")


def test_modes_in_words() -> None:
    assert str(Mode()) == "as it is"
    assert str(Mode(picture="blank", circular=True, repeats=4, temperature=0.7)) == (
        "blank, circular, 4 repeats, temperature 0.7"
    )  # fmt: skip

"""What a report says of a folder: figures, samples, cost, gold; any folder, and the same bytes every time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qa.dataset import Dataset
from qa.errors import KitError
from qa.item import Check, Origin
from synth.cli import app
from synth.pictures.stock import Picture, Stock
from synth.report.assess import not_asked
from synth.report.build import Report, build
from synth.report.folder import read_folder
from synth.report.markdown import MOST_BYTES
from synth.report.samples import cards, spread
from synth.writing.log import Record, WritingLog
from tests.synth.report.half_checked import drawn, gold, half_checked, mcq, teacher


def report(root: Path, **options: object) -> Report:
    folder = read_folder(root, {"gpt-4o": teacher()})
    return build(folder, not_asked(folder), **options)  # type: ignore[arg-type]


def run(root: Path, *options: str) -> tuple[str, str]:
    """report.md and report.html as the command writes them."""
    got = CliRunner().invoke(app, ["report", str(root), *options], catch_exceptions=False)
    assert got.exit_code == 0
    assert str(root / "report.html") in got.stdout
    return (root / "report.md").read_text("utf-8"), (root / "report.html").read_text("utf-8")


def facts(root: Path) -> dict[str, str]:
    return {f.name: f.value for f in report(root).headline}


def test_headline_counts_items_pictures_label_error_and_cost(tmp_path: Path) -> None:
    gold(half_checked(tmp_path))
    said = facts(tmp_path)
    # 54 items; of every seven checked alike, three are accepted, one each in review and unchecked, two rejected
    assert said["Items"].startswith("54: 24 accepted (44.4 %), 8 in review")
    assert said["Pictures"] == "14 taken in, 12 with items"
    assert said["Pictures refused"] == "2: 1 duplicate, 1 unreadable"
    assert said["Label error"].startswith("2.3 % (95 % interval 0.1 to 12.3 %): 1 wrong of 43 gold items")
    paid = 12 * (1500 * 2.5 + 900 * 10 + 1500 * 2.5 + 40 * 10) / 1e6
    assert said["Cost"] == f"${paid:.2f}, ${paid / 24:.4f} per accepted item"


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    gold(half_checked(tmp_path))
    assert run(tmp_path) == run(tmp_path)


def test_teachers_are_told_apart_by_topic(tmp_path: Path) -> None:
    ds = half_checked(tmp_path / "data", paid=False)
    picture = ds.add_image(drawn(50))
    agreed = Check(name="blind", verdict="pass", by="qwen2.5-vl-72b")
    differs = Check(name="blind", verdict="unsure", by="qwen2.5-vl-72b")
    for n in range(40):  # the worst topic by far
        checks = (differs if n else agreed,)
        ds.append([mcq(100 + n, picture, "hard-one", 4,
                       origin=Origin(source="images", writer="teacher:gpt-4o@write@1", checks=checks))])  # fmt: skip
    sections = {s.title: s for s in report(ds.root).sections}
    topics = sections["Second teacher"].blocks[-1]
    assert topics.rows[0][:4] == ("hard-one (level 4)", "40", "1", "2.5 %")  # type: ignore[union-attr]


def test_what_teachers_left_out_and_failed_at_is_told(tmp_path: Path) -> None:
    ds = half_checked(tmp_path, paid=False)
    paths = [p.path for p in Stock(ds).usable()]
    unused = ("“几个?”: two options are equal", "“哪个?”: two options are equal")
    done = Record(picture=paths[0], teacher="gpt-4o", model="m", prompt="write@1", lang="zh", items=4,
                  skipped=({"category": "calculation", "reason": "no values"},), dropped=unused)  # type: ignore[arg-type]  # fmt: skip
    lost = Record(picture=paths[1], teacher="gpt-4o", model="m", prompt="write@1", lang="zh", failure="refused")
    WritingLog(ds).append([done, lost])
    assert facts(tmp_path)["Pictures"] == "14 taken in, 2 asked about, 12 with items"
    text, _ = run(tmp_path)
    assert "| gpt-4o | refused | 1 |" in text
    assert "| gpt-4o | calculation | 1 | 50.0 % |" in text
    assert "| two options are equal | 2 |" in text


def test_where_the_answer_comes_from(tmp_path: Path) -> None:
    ds = half_checked(tmp_path, paid=False)
    picture = ds.add_image(drawn(60))
    ds.append([mcq(200, picture, origin=Origin(source="circuits", writer="rule:count@1"))])
    ds.append([mcq(201, picture, origin=Origin(source="import", writer="import:csv@1"))])
    text, _ = run(tmp_path)
    rows = dict(re.findall(r"^\| (rule|person|teacher confirmed|teacher alone|imported) \|.*\| (\d+) \|$", text, re.M))
    assert set(rows) == {"rule", "person", "teacher confirmed", "teacher alone", "imported"}
    assert rows["rule"] == rows["imported"] == "1"


@pytest.mark.parametrize("kind", ["empty", "pictures only", "rules only", "imports only", "fill only"])
def test_any_folder_has_a_report(tmp_path: Path, kind: str) -> None:
    ds = Dataset.create(tmp_path)
    picture = ds.add_image(drawn(1))
    if kind == "pictures only":
        Stock(ds).append([Picture(path=picture, source="images", file="a.png")])
        ds.items_path.unlink()
    if kind == "rules only":
        ds.append([mcq(1, picture, origin=Origin(source="circuits", writer="rule:count@1"))])
    if kind == "imports only":
        ds.append([mcq(1, picture, origin=Origin(source="import", writer="import:csv@1"))])
    if kind == "fill only":
        ds.append([mcq(1, picture, form="fill", options=None, question="R1是______Ω。", answer="5")])
    text, html = run(tmp_path)
    assert "Quality report" in text and "</html>" in html
    assert not (tmp_path / "journal.sqlite").exists()


def test_a_missing_folder_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="no such folder"):
        read_folder(tmp_path / "nowhere", {})
    (tmp_path / "bare").mkdir()
    with pytest.raises(KitError, match=r"holds no items\.jsonl"):
        read_folder(tmp_path / "bare", {})


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    ds = half_checked(tmp_path)
    with ds.items_path.open("a") as f:
        f.write('{"id": 3}\n')
    with pytest.raises(KitError, match=r"items\.jsonl:55"):
        read_folder(tmp_path, {})


def test_a_picture_that_is_gone_or_torn_is_said(tmp_path: Path) -> None:
    ds = half_checked(tmp_path, paid=False)
    first, second = [p.path for p in Stock(ds).usable()][:2]
    (tmp_path / first).unlink()
    (tmp_path / second).write_bytes(b"\x89PNG no more")
    _, html = run(tmp_path)
    assert f"{first} is not there" in html and f"{second} cannot be read" in html


def test_a_picture_outside_the_folder_is_not_shown(tmp_path: Path) -> None:
    ds = half_checked(tmp_path / "data", paid=False)
    first = Stock(ds).usable()[0].path
    (tmp_path / "secret.png").write_bytes((ds.root / first).read_bytes())
    (ds.root / first).unlink()
    (ds.root / first).symlink_to(tmp_path / "secret.png")
    _, html = run(ds.root)
    assert f"{first} leads out of the folder" in html


def test_samples_come_from_every_standing_and_level_and_new_pictures(tmp_path: Path) -> None:
    half_checked(tmp_path)
    folder = read_folder(tmp_path, {})
    shown = cards(folder, seed=0, wrong_first=False, most=20)
    assert len({j.item.id for j in shown}) == 20
    assert {j.standing for j in shown} == {"accepted", "review", "unchecked", "rejected"}
    assert shown[0].standing == "accepted"
    assert cards(folder, seed=0, wrong_first=True, most=20)[0].standing == "rejected"
    assert cards(folder, seed=1, wrong_first=False, most=20) != shown
    ten = spread(folder.kept, 10, 0)
    assert {j.item.level for j in ten} == {1, 2, 3, 4}
    assert len({j.item.pictures for j in ten}) >= 9
    assert len(spread(folder.kept, 1000, 0)) == len(folder.kept)


def test_sizes_stay_bounded_whatever_the_items_say(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path)
    picture = ds.add_image(drawn(1))
    long = "|*_<b>`" * 3_000
    ds.append(
        mcq(n, picture, f"topic{n}{long}", 1, question=f"{n}{long}?", explanation=long,
            origin=Origin(source=f"s{n}{long}", writer=f"teacher:t{n}{long}@write@1", file=long,
                          checks=(Check(name=f"c{n}", verdict="fail", by=long, note=f"{n}{long}"),)))
        for n in range(300)
    )  # fmt: skip
    text, html = run(tmp_path)
    assert len(text.encode()) <= MOST_BYTES
    assert len(html) < 6_000_000

"""Golden netlists: what is read of a pair, which labels are trusted, what becomes of a broken pair."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from qa.dataset import Dataset
from qa.errors import KitError
from qa.picture_size import LONGEST_SIDE
from synth.questions.balance import Chances, Sample
from synth.sources import netlists as source
from synth.sources.golden import BrokenPair, read_netlist, read_pair
from synth.sources.net_labels import printed_labels
from synth.sources.netlists import run

MIRROR_LOADED = {
    "ckt_type": "DISO-Amplifier",
    "ckt_netlist": [
        {"component_type": "NMOS", "port_connection": {"Drain": "net1", "Gate": "VIN1", "Source": "net3"}},
        {"component_type": "NMOS", "port_connection": {"Drain": "VOUT", "Gate": "VIN2", "Source": "net3"}},
        {"component_type": "NMOS", "port_connection": {"Drain": "net3", "Gate": "VB", "Source": "GND", "Body": "GND"}},
        {"component_type": "PMOS", "port_connection": {"Drain": "net1", "Gate": "net1", "Source": "vdd!"}},
        {"component_type": "PMOS", "port_connection": {"Drain": "vdd!", "Gate": "net1", "Source": "VOUT"}},
        {"component_type": "Cap", "port_connection": {"Pos": "VOUT", "Neg": "GND"}},
    ],
}


def ldo(part: dict[str, Any]) -> dict[str, Any]:
    return {"ckt_type": "LDO", "ckt_netlist": [part]}


def write_pair(folder: Path, stem: str, netlist: Any = MIRROR_LOADED, size: tuple[int, int] = (300, 200)) -> None:
    (folder / f"{stem}.json").write_text(json.dumps(netlist), "utf-8")
    Image.new("RGBA", size, (0, 0, 0, 0)).save(folder / f"{stem}.png")


def test_a_pair_becomes_a_circuit(tmp_path: Path) -> None:
    write_pair(tmp_path, "x")
    c = read_pair(tmp_path / "x.png", tmp_path / "x.json")
    assert [p.kind for p in c.components] == ["nmos"] * 3 + ["pmos"] * 2 + ["capacitor"]
    assert dict(c.components[2].pins) == {"G": "VB", "D": "net3", "S": "0", "body": "0"}
    assert c.components[4].pins["S"] == "vdd!", "a PMOS hangs from the supply by its source"
    assert dict(c.shown.nets) == {"VOUT": "VOUT", "VIN1": "VIN1", "VIN2": "VIN2", "VB": "VB", "vdd!": "VDD", "0": "GND"}
    assert (c.function, c.shown.refs, c.shown.values) == ("diso_amplifier", False, False)


@pytest.mark.parametrize(
    ("nets", "labels"),
    [
        (["net1", "netx", "7", "VOUT"], {"VOUT"}),
        (["CLK$1", "CLK$2", "CLK", "A"], {"A"}),
        (["VDD", "VDD1", "VB1", "VB2"], {"VB1", "VB2"}),
        (["VDD_x", "VDD", "vb"], {"vb"}),
        (["vip", "vin", "VBP", "VBN"], {"VBP", "VBN"}),
        (["VIN+", "VIN-", "VO\\+", "VO\\-"], {"VO\\+", "VO\\-"}),
        (["vnb1", "vnb11", "VBias1"], {"VBias1"}),
        (["IN", "OUT", "VIN"], {"VIN"}),
        (["VCC", "VEE"], set()),
        (["VCC", "GND", "0"], {"VCC"}),
    ],
)
def test_only_labels_that_are_surely_printed(nets: list[str], labels: set[str]) -> None:
    assert set(printed_labels(nets).printed) == labels


def test_ground_beside_numbered_rails_is_not_trusted() -> None:
    assert not printed_labels(["GND", "VSS1", "VSS2"]).ground_is_sure
    assert printed_labels(["GND", "VSS"]).ground_is_sure
    assert printed_labels(["\\5V", "\\-5V"]).printed == {"\\5V": "5V", "\\-5V": "-5V"}


@pytest.mark.parametrize(
    ("netlist", "told"),
    [
        ({"ckt_type": "LDO"}, "ckt_netlist: field required"),
        ({"ckt_netlist": MIRROR_LOADED["ckt_netlist"]}, "ckt_type: field required"),
        ({"ckt_type": "LDO", "ckt_netlist": []}, "ckt_netlist: list should have"),
        (ldo({"component_type": "Res"}), "ckt_netlist.0.port_connection: field required"),
        (ldo({"component_type": "Res", "port_connection": {"Pos": "a"}}), "lacks 'Neg'"),
        (ldo({"component_type": "Tube", "port_connection": {}}), "unknown component_type"),
    ],
)
def test_what_is_wrong_with_a_netlist(tmp_path: Path, netlist: Any, told: str) -> None:
    write_pair(tmp_path, "bad", netlist)
    with pytest.raises(BrokenPair) as e:
        read_netlist(tmp_path / "bad.json")
    assert str(e.value).startswith("bad.json") and told in str(e.value) and "\n" not in str(e.value)


def test_broken_pairs_are_named_and_nothing_else_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for stem in ("a", "b", "cut", "lonely", "text"):
        write_pair(folder, stem)
    (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:-30])
    (folder / "lonely.png").unlink()
    (folder / "text.json").write_text("{not json", "utf-8")
    Image.new("RGB", (9, 9)).save(folder / "orphan.png")
    before = {p: p.read_bytes() for p in folder.iterdir()}
    ds = Dataset.create(tmp_path / "out")
    report = run(folder, ds, "zh", 0)
    assert [name for name, _ in report.broken] == ["cut", "lonely", "orphan", "text"]
    assert (report.made, report.items) == (2, sum(1 for _ in ds.items()))
    why = dict(report.broken)
    assert "cut.png cannot be read as a picture" in why["cut"] and "lonely.png is missing" in why["lonely"]
    assert "orphan.json is missing" in why["orphan"] and "text.json is not readable as JSON" in why["text"]
    assert ds.validate() == []
    assert {p: p.read_bytes() for p in folder.iterdir()} == before
    again = run(folder, ds, "zh", 0)
    assert (again.made, again.kept, again.items) == (0, 2, 0)


def test_twins_share_a_group_and_pictures_are_flat_and_small(tmp_path: Path) -> None:
    write_pair(tmp_path, "one", size=(3000, 1500))
    write_pair(tmp_path, "two")
    ds = Dataset.create(tmp_path / "out")
    run(tmp_path, ds, "both", 0, licence="Apache-2.0")
    made = list(ds.items())
    assert len({i.group for i in made}) == 1 and {i.lang for i in made} == {"zh", "en"}
    assert {i.origin.file for i in made} == {"one.png", "two.png"} and {i.origin.licence for i in made} == {
        "Apache-2.0"
    }
    for name in {p for i in made for p in i.pictures}:
        with Image.open(ds.root / name) as im:
            assert im.mode == "RGB" and max(im.size) <= LONGEST_SIDE and im.getpixel((0, 0)) == (255, 255, 255)


def test_nothing_to_read(tmp_path: Path) -> None:
    ds = Dataset.create(tmp_path / "out")
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "absent"):
        with pytest.raises(KitError) as e:
            run(folder, ds, "zh", 0)
        assert str(folder) in str(e.value) and "\n" not in str(e.value)


def _longest(options: tuple[str, ...]) -> int:
    return max(range(len(options)), key=lambda k: len(options[k]))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_real_circuit_gives_six(real: Path, tmp_path: Path, lang: Any) -> None:
    ds = Dataset.create(tmp_path / "out")
    report = run(real / "netlists", ds, lang, 0, licence="Apache-2.0")
    assert (report.made, report.broken) == (54, [])
    per_circuit: dict[str, list[int]] = {}
    for item in ds.items():
        per_circuit.setdefault(item.origin.file, []).append(item.level)
    assert len(per_circuit) == 54
    assert all(6 <= len(levels) <= 10 and set(levels) <= {1, 2, 3} for levels in per_circuit.values())
    assert sum({1, 2} <= set(levels) for levels in per_circuit.values()) == 54
    choices = [i for i in ds.items() if i.options]
    letters = Counter(i.answer_text for i in choices)
    longest = sum(i.answer_text == "ABCD"[_longest(i.options or ())] for i in choices)
    assert max(longest, *letters.values()) < 0.32 * len(choices), "a guesser who sees no picture does too well"
    assert ds.validate() == []


PART = '{"component_type": "Res", "port_connection": {"Pos": %s, "Neg": "b"}}'


@pytest.mark.parametrize(
    "text",
    ["1" + "0" * 5000, "[" * 100_000, '{"ckt_type": "x", "ckt_netlist": [%s]}' % (PART % r'"\ud800"'),
     '{"ckt_type": "x", "ckt_netlist": [%s]}' % (PART % '" "')],
    ids=["a huge number", "deeply nested", "half a character", "a net without a name"],
)  # fmt: skip
def test_odd_json_is_a_broken_pair_and_no_more(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text, "utf-8")
    with pytest.raises(BrokenPair, match=r"odd\.json"):
        read_netlist(tmp_path / "odd.json")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(MIRROR_LOADED), "utf-8-sig")
    assert len(read_netlist(tmp_path / "x.json").components) == 6


def test_a_name_that_is_no_text_costs_its_own_pair_only(tmp_path: Path) -> None:
    write_pair(tmp_path, "good")
    for suffix in (".png", ".json"):
        (tmp_path / f"bad\udcff{suffix}").hardlink_to(tmp_path / f"good{suffix}")
    report = run(tmp_path, Dataset.create(tmp_path / "out"), "zh", 0)
    assert report.made == 1 and report.items >= 6
    assert [why.split(":")[0] for _, why in report.broken] == ["UnicodeEncodeError"]


def test_each_pair_is_asked_in_each_language_with_its_own_chances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_the_third(samples: list[Sample]) -> list[Chances]:
        sets = [[int((s.question == n).sum()) for n in range(len(s.kinds))] for s in samples]
        return [tuple((float(n == 2),) * k for k in of) for n, of in enumerate(sets)]

    monkeypatch.setattr(source, "evened_out", only_the_third)
    for n, stem in enumerate("abc"):
        write_pair(tmp_path, stem, size=(300 + n, 200))
    ds = Dataset.create(tmp_path / "data")
    run(tmp_path, ds, "both", 0)
    choices = Counter((i.origin.file, i.lang) for i in ds.items() if i.form == "mcq")
    assert choices[("b.png", "zh")] >= 3 and choices.total() <= choices[("b.png", "zh")] + 2


def test_functions_offered_are_those_of_the_folder(tmp_path: Path) -> None:
    types = ("DISO-Amplifier", "LDO", "Bandgap", "SISO-Amplifier")
    for n in range(24):
        kind = types[n % len(types)]
        write_pair(tmp_path, f"{n:02}", MIRROR_LOADED | {"ckt_type": kind}, (300 + n, 200))
    ds = Dataset.create(tmp_path / "data")
    run(tmp_path, ds, "en", 0)
    offered = [set(i.options or ()) for i in ds.items() if i.topic == "function" and i.form == "mcq"]
    assert offered and len(set().union(*offered)) == len(types)

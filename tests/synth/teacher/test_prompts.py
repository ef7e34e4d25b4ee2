"""Prompts: their version is their text, their parts and placeholders are said when wrong."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path

import pytest

from synth.teacher.config import TeacherError
from synth.teacher.prompts import load_prompt, shipped_prompts

SHIPPED = {
    "assess@1.en.md": "a7d5f8051afa",
    "assess@1.zh.md": "d204e9018901",
    "blind@1.en.md": "89f286d26dff",
    "blind@1.zh.md": "05815d8bd821",
    "judge@1.en.md": "9dfeca9743b2",
    "judge@1.zh.md": "1927b571bc41",
    "wording@1.en.md": "26f154ed64db",
    "wording@1.zh.md": "d1272f958d3d",
    "write@1.en.md": "5b6da00fd9ac",
    "write@1.zh.md": "f73d1b0ecb7d",
    "write_text@1.en.md": "464222191184",
    "write_text@1.zh.md": "2436b2d0b17c",
}
"""File -> first 12 digits of the SHA-256 of its text. A change of the text needs a new file with a higher version:
answers in people's journals were given to the old one. The old file may go, its line here with it."""


def test_a_text_that_changed_has_a_new_version() -> None:
    folder = resources.files("synth.prompts")
    now = {f: hashlib.sha256(folder.joinpath(f).read_bytes()).hexdigest()[:12] for f in shipped_prompts()}
    changed = [f for f in now if SHIPPED.get(f, now[f]) != now[f]]
    assert not changed, f"the text changed: save it under the next version instead: {changed}"
    assert now.keys() == SHIPPED.keys(), "a prompt came or went: mend SHIPPED"


@pytest.mark.parametrize("file", shipped_prompts())
def test_every_shipped_prompt_can_be_loaded(file: str) -> None:
    version, lang, _ = file.split(".")
    prompt = load_prompt(version, lang)  # type: ignore[arg-type]
    assert prompt.version == version and "user" in prompt and prompt.where == file
    assert "\t" not in dict(prompt.parts)["user"] and "\ufffd" not in dict(prompt.parts)["user"]


def test_the_newest_version_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("x@2.zh.md", "x@10.zh.md", "x@11.en.md", "readme.txt"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    assert load_prompt("x", "zh").version == "x@10" and load_prompt("x@2", "zh").version == "x@2"
    with pytest.raises(TeacherError, match=r"no prompt x@3 in zh; there are x@10\.zh\.md"):
        load_prompt("x@3", "zh")


def own(tmp_path: Path, text: str) -> Path:
    (tmp_path / "own.md").write_text(text, "utf-8")
    return tmp_path / "own.md"


def test_a_file_of_ones_own_has_its_hash_for_a_version(tmp_path: Path) -> None:
    first = load_prompt("write", "zh", own(tmp_path, "出 {{count}} 道题"))
    same = load_prompt("write", "zh", own(tmp_path, "出 {{count}} 道题"))
    other = load_prompt("write", "zh", own(tmp_path, "请出 {{count}} 道题"))
    assert first.version == same.version != other.version
    assert first.version.startswith("write@own-")
    (only,) = first.messages(count=5)
    assert (only.role, only.text) == ("user", "出 5 道题")


def test_parts_and_lines_without_a_value() -> None:
    prompt = load_prompt("write", "zh")
    system, user = prompt.messages((Path("a.png"),), count=7, caption="")
    assert system.role == "system" and not system.pictures and " 7 " in system.text and "{{" not in system.text
    assert user.pictures == (Path("a.png"),) and len(user.text.splitlines()) == 1
    assert len(prompt.messages(count=7, caption="图1")[1].text.splitlines()) == 2
    assert load_prompt("write", "en").part("none") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("=== system\nx\n", "=== user"),
        ("=== user\nx\n=== user\ny", "once"),
        ("=== user\nx\n=== odd\ny", "no such part: === odd"),
        ("hello\n=== user\nx", "before the first line === user"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(TeacherError, match=said) as e:
        load_prompt("write", "zh", own(tmp_path, text))
    assert "own.md" in str(e.value) and "\n" not in str(e.value)


def test_placeholders_are_named(tmp_path: Path) -> None:
    prompt = load_prompt("write", "zh", own(tmp_path, "{{ count }} {{oops}} {count} $count {{not one}}"))
    with pytest.raises(TeacherError, match=r"no such placeholder: \{\{oops\}\}; there are \{\{count\}\}"):
        prompt.needs(["count"])
    with pytest.raises(TeacherError, match=r"\{\{oops\}\}"):
        prompt.part("user", count=1)
    assert prompt.part("user", count=1, oops=2) == "1 2 {count} $count {{not one}}"
    with pytest.raises(TeacherError, match=r"\{\{caption\}\} must stand in it"):
        prompt.needs(["count", "oops", "caption"], ["caption"])


def test_a_value_is_never_read_as_a_placeholder(tmp_path: Path) -> None:
    prompt = load_prompt("write", "zh", own(tmp_path, "{{caption}} \\1"))
    assert prompt.part("user", caption="{{count}} \\g<0>") == "{{count}} \\g<0> \\1"


@pytest.mark.parametrize("name", ["absent.md", "folder", "latin.md"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.md").write_bytes("é".encode("latin-1"))
    with pytest.raises(TeacherError, match="--prompt takes a text file"):
        load_prompt("write", "zh", tmp_path / name)

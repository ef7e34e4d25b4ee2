"""Prompts are files with a version: `synth/prompts/write@1.zh.md`, or one of the user's own.

A file holds parts, each under a line `=== NAME`: `system` (the same for every picture, so that providers charge less
for it), `user`, `again` (the turn that corrects a reply). Without such a line all of it is `user`. `{{name}}` is filled
in; a line whose placeholders are all empty is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from qa.item import Lang
from synth.teacher.call import Message
from synth.teacher.config import TeacherError

PACKAGE = "synth.prompts"
PARTS = ("system", "user", "again")
_PART = re.compile(r"(?m)^=== *(\S.*?) *\n")
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_SHIPPED = re.compile(r"(?P<name>[a-z_]+)@(?P<version>\d+)\.(?P<lang>zh|en)\.md")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The words a teacher is asked with."""

    name: str
    version: str
    """`write@1`, or `write@own-3f2a91c4` for a file of the user's own: stands in journal keys and in Items."""
    lang: Lang
    parts: tuple[tuple[str, str], ...]
    """(name, text) as in the file."""
    where: str
    """The file, for messages."""

    def __contains__(self, part: object) -> bool:
        return any(name == part for name, _ in self.parts)

    def part(self, name: str, **values: object) -> str:
        """One part with its placeholders filled in; empty where there is no such part.

        Raises TeacherError for a placeholder that has no value.
        """
        return _part(self, name, tuple((k, str(v)) for k, v in values.items()))

    def messages(self, pictures: Iterable[Path] = (), **values: object) -> tuple[Message, ...]:
        """The turns that open a call: system (if the file has it), then pictures and user text."""
        system = self.part("system", **values)
        user = Message("user", self.part("user", **values), tuple(pictures))
        return (Message("system", system), user) if system else (user,)

    def needs(self, known: Iterable[str], wanted: Iterable[str] = ()) -> Prompt:
        """Itself, where every placeholder is one of `known` and each of `wanted` is used. Raises TeacherError."""
        used = {m for _, text in self.parts for m in _PLACE.findall(text)}
        if odd := used - set(known):
            raise TeacherError(f"{self.where}: no such placeholder: {_braced(odd)}; there are {_braced(known)}")
        if absent := set(wanted) - used:
            raise TeacherError(f"{self.where}: {_braced(absent)} must stand in it; the model is not told otherwise")
        return self


@lru_cache(maxsize=64)  # the rules are the same for every picture
def _part(prompt: Prompt, name: str, values: tuple[tuple[str, str], ...]) -> str:
    text = dict(prompt.parts).get(name, "")
    filled = (_fill(line, dict(values), prompt.where) for line in text.split("\n"))
    return "\n".join(line for line in filled if line is not None).strip()


def load_prompt(name: str, lang: Lang, file: Path | str | None = None, package: str = PACKAGE) -> Prompt:
    """The newest shipped prompt of this name (`write`), an exact version (`write@1`), or the user's own `file`.

    Args:
        package: where the shipped ones lie; other rooms keep theirs beside their code.

    Raises:
        TeacherError: there is none, or the file cannot be read, or its parts are odd.
    """
    if file is not None:
        return _own(name.partition("@")[0], lang, Path(file))
    found = _shipped(name, lang, package)
    if found is None:
        raise TeacherError(f"no prompt {name} in {lang}; there are {', '.join(shipped_prompts(package))}")
    return found


def shipped_prompts(package: str = PACKAGE) -> list[str]:
    """File names of the prompts that come with the kit."""
    return sorted(p.name for p in resources.files(package).iterdir() if _SHIPPED.fullmatch(p.name))


@lru_cache(maxsize=64)
def _shipped(name: str, lang: Lang, package: str) -> Prompt | None:
    name, _, exact = name.partition("@")
    versions = [
        int(m["version"])
        for f in shipped_prompts(package)
        if (m := _SHIPPED.fullmatch(f)) and m["name"] == name and m["lang"] == lang and exact in ("", m["version"])
    ]
    if not versions:
        return None
    version = f"{name}@{max(versions)}"
    file = f"{version}.{lang}.md"
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return Prompt(name, version, lang, _parts(text, file), file)


def _own(name: str, lang: Lang, file: Path) -> Prompt:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "is not UTF-8 text"
        raise TeacherError(f"{file}: {why}; --prompt takes a text file, see docs/teachers.md") from None
    text = text.replace("\r\n", "\n")
    if not text.strip():
        raise TeacherError(f"{file}: is empty; --prompt takes a text file, see docs/teachers.md")
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Prompt(name, f"{name}@own-{digest}", lang, _parts(text, str(file)), str(file))


def _parts(text: str, where: str) -> tuple[tuple[str, str], ...]:
    marks = list(_PART.finditer(text))
    if not marks:
        return (("user", text.strip()),)
    if text[: marks[0].start()].strip():
        raise TeacherError(f"{where}: text stands before the first line === {marks[0][1]}")
    ends = [m.start() for m in marks[1:]] + [len(text)]
    parts = tuple((m[1], text[m.end() : end].strip()) for m, end in zip(marks, ends, strict=True))
    names = [name for name, _ in parts]
    if odd := [n for n in names if n not in PARTS]:
        raise TeacherError(f"{where}: no such part: === {odd[0]}; there are {', '.join(PARTS)}")
    if len(set(names)) < len(names) or "user" not in names:
        raise TeacherError(f"{where}: needs each part once at most, and === user")
    return parts


def _fill(line: str, values: dict[str, object], where: str) -> str | None:
    """The line with values in place of names; None where all of them are empty."""
    names = _PLACE.findall(line)
    if not names:
        return line
    if odd := [n for n in names if n not in values]:
        raise TeacherError(f"{where}: no such placeholder: {_braced(odd)}; there are {_braced(values)}")
    if not any(str(values[n]) for n in names):
        return None
    return _PLACE.sub(lambda m: str(values[m[1]]), line)


def _braced(names: Iterable[str]) -> str:
    return ", ".join(f"{{{{{n}}}}}" for n in sorted(names))

"""All that lint says about one file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.errors import KitError
from swift_recipes import recipe
from swift_recipes.lint import arguments as swift_arguments
from swift_recipes.lint.arguments import Arguments
from swift_recipes.lint.findings import Finding
from swift_recipes.lint.names import RENAMED
from swift_recipes.lint.reading import Given, read
from swift_recipes.lint.traps import TRAPS


def targets(names: list[str]) -> list[list[Path]]:
    """The files of each name: recipes as `recipes list` prints them, with parts added by `+` or not, or YAML files.

    Without any name: every recipe of ours, and every part on each method it goes with.

    Raises:
        KitError: neither a recipe nor a YAML file.
    """
    return [recipe.files(name) for name in names or (*recipe.names(), *recipe.combinations())]


def lint(
    path: Path, arguments: Arguments | None = None, command: str = "", parts: Sequence[Path] = ()
) -> list[Finding]:
    """Findings of one file, with `parts` added to it, by file and line; `arguments` None leaves swift's classes out.

    Raises:
        KitError: the file cannot be read as YAML.
    """
    given = read(path, command, parts)
    found = [*_words(given), *(f for t in TRAPS if (f := t.look(given)))]
    if arguments is not None:
        seen = {f.key for f in found if f.severity == "error"}  # said once, by who knows the reason
        found += [f for f in swift_arguments.check(given, arguments) if f.key not in seen]
    return sorted(found, key=lambda f: (f.place.file, f.place.line, f.key))


def stop(name: str, flags: list[str]) -> None:
    """Raises KitError with the first error of a recipe under these flags for swift: it would fail on the GPU."""
    path, *parts = recipe.files(name)
    given = read(path, parts=parts)
    given.add_flags(flags)
    faults = [f for t in TRAPS if (f := t.look(given)) and f.severity == "error"]
    if faults:
        raise KitError(f"{faults[0]} (FORCE=1 tries all the same)")


def _words(given: Given) -> Iterator[Finding]:
    """Keys written twice, empty, or by an old name."""
    for key, place in given.twice:
        yield Finding(place, key, "error", "stands twice; YAML keeps the last and says nothing", "take one away")
    for key, value in given.values.items():
        if key in RENAMED:
            why = f"is a name of ms-swift 2 or 3; 4 calls it {RENAMED[key]}"
            yield Finding(given.place(key), key, "error", why, f"write {RENAMED[key]}")
        if value is None:
            yield Finding(
                given.place(key), key, "error", "is empty, which swift reads as the word None", "leave it out"
            )
        if key == "ENV" and not isinstance(value, dict | None):
            yield Finding(given.place(key), key, "error", "must hold `NAME: value` lines", "indent them under ENV:")

"""All that lint says about one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qa.errors import KitError
from swift_recipes import recipe
from swift_recipes.lint import arguments as swift_arguments
from swift_recipes.lint.arguments import Arguments
from swift_recipes.lint.findings import Finding
from swift_recipes.lint.names import RENAMED
from swift_recipes.lint.reading import Given, read
from swift_recipes.lint.traps import TRAPS


def paths(names: list[str]) -> list[Path]:
    """The files meant: recipe names as `recipes list` prints them, or YAML files; every recipe of ours without any.

    Raises:
        KitError: neither a recipe nor a YAML file.
    """
    known = recipe.names()
    found = []
    for name in names or known:
        path = recipe.ROOT / f"{name}.yaml" if name in known else Path(name)
        if path.suffix not in (".yaml", ".yml") or not path.is_file():
            raise KitError(f"{name}: no such recipe or YAML file; there are: {', '.join(known)}")
        found.append(path)
    return found


def lint(path: Path, arguments: Arguments | None = None, command: str = "") -> list[Finding]:
    """Findings of one file by file and line; `arguments` None leaves swift's own classes out.

    Raises:
        KitError: the file cannot be read as YAML.
    """
    given = read(path, command)
    found = [*_words(given), *(f for t in TRAPS if (f := t.look(given)))]
    if arguments is not None:
        seen = {f.key for f in found if f.severity == "error"}  # said once, by who knows the reason
        found += [f for f in swift_arguments.check(given, arguments) if f.key not in seen]
    return sorted(found, key=lambda f: (f.place.file, f.place.line, f.key))


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

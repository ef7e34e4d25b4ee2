"""A recipe: a commented YAML for `swift sft|rlhf` that may extend others. Resolved here; swift knows no inheritance."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from qa.errors import KitError

ROOT = Path(__file__).parent
PARTS = "parts"  # files to extend, not to run
DEFAULT = "qwen2_5_vl_3b"  # the model whose recipes show what every part does
BASE = "base.yaml"  # of a model: what all its recipes extend, not to run
OURS = ("extends", "needs")  # keys swift never sees
PLUGINS = "external_plugins"  # files of Python, named from the YAML's own folder; swift gets whole paths
HEADER = ("Purpose", "Hardware", "Launch", "Override")
PART_HEADER = ("Purpose", "Not with")  # of a part that may be added to a recipe's name
_KEY = re.compile(r"^([A-Za-z_]\w*):(?:\s|$)(?:.*?\s#\s*(.+))?")


class _Loader(yaml.SafeLoader):
    """YAML 1.1 with `1e-4` read as the number it is, and a key written twice refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(k, deep=True) for k, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"key {key!r} stands twice")
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+(?:\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


@dataclass(frozen=True)
class Recipe:
    """A resolved recipe: what swift gets, what each key means and in which file it stands."""

    name: str
    values: dict[str, Any]
    comments: dict[str, str]
    files: dict[str, str]
    needs: dict[str, float] = field(default_factory=dict)  # gpu_gb, ram_gb, disk_gb
    header: dict[str, str] = field(default_factory=dict)

    def to_yaml(self, extra: dict[str, Any] | None = None) -> str:
        """The text swift reads: every key with its comment and its file. `extra` keys come first."""
        lines = [f"# {self.name}, resolved; made by circuit-vqa, edit the recipe instead"]
        for key, value in ({} if extra is None else extra).items():
            lines.append(f"{key}: {_scalar(value)}  # set by the script")
        for key, value in self.values.items():
            if extra is None or key not in extra:
                lines.append(f"{key}: {_scalar(value)}  # {self.comments[key]}  [{self.files[key]}]")
        return "\n".join(lines) + "\n"


def names() -> list[str]:
    """Every recipe, as `model/method`."""
    found = (p for p in ROOT.glob("*/*.yaml") if p.parent.name != PARTS and p.name != BASE)
    return sorted(f"{p.parent.name}/{p.stem}" for p in found)


def additions(model: str = "") -> dict[str, Path]:
    """Every part that a recipe may take after a plus (`lora+packing`); those of the model's own folder win."""
    found = sorted((ROOT / PARTS).glob("*.yaml")) + sorted((ROOT / model / PARTS).glob("*.yaml"))
    return {p.stem: p for p in found if "Purpose" in read_header(p)}


def combinations() -> list[str]:
    """Every addition on each method it goes with, of the default model: `qwen2_5_vl_3b/lora+packing`.

    Of the other models those that have a part of their own.
    """
    found = []
    for name in names():
        model = Path(name).parent.name
        for part, path in additions(model).items():
            if (model == DEFAULT or path.parent.parent != ROOT) and not _barred(name, path):
                found.append(f"{name}+{part}")
    return found


def files(name: str) -> list[Path]:
    """The YAML files of `model/method+part+…`, or of `mine.yaml+part+…`; later ones win.

    Raises:
        KitError: no such recipe or part, or a part that does not go with the method.
    """
    whole = Path(name)
    base, *parts = [name] if _is_yaml(whole) else name.split("+")
    path = ROOT / f"{base}.yaml" if base in names() else Path(base)
    if base not in names() and not _is_yaml(path):
        raise KitError(f"no recipe {base!r}; there are: {', '.join(names())}, or name a .yaml file of yours")
    known = additions(path.parent.name if base in names() else "")
    for part in parts:
        if part not in known:
            raise KitError(f"{name}: no part {part!r} to add; there are: {', '.join(known)}")
        if _barred(base, known[part]):
            raise KitError(f"{name}: {part} does not go with {path.stem}; see swift_recipes/parts/{part}.yaml")
    return [path, *(known[part] for part in parts)]


def _is_yaml(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml") and path.is_file()


def _barred(name: str, part: Path) -> bool:
    return Path(name).stem in re.split(r"[,\s]+", read_header(part).get("Not with", ""))


def load(name: str) -> Recipe:
    """The recipe `model/method`, a path to a YAML of the user's own, or one of them with parts added by `+`.

    Raises:
        KitError: no such recipe, broken YAML, a key without a comment, a null, or a circle of `extends`.
    """
    merged: dict[str, tuple[Any, str, str]] = {}
    path, *parts = files(name)
    for file in (path, *parts):
        merged |= _resolve(file.resolve(), ())
    values = {k: v for k, (v, _, _) in merged.items() if k not in OURS}
    header = read_header(path)
    for part in parts:
        header["Purpose"] = f"{header.get('Purpose', '')} {read_header(part)['Purpose']}".strip()
    return Recipe(
        name=name,
        values=values,
        comments={k: merged[k][1] for k in values},
        files={k: merged[k][2] for k in values},
        needs=_needs(path, merged["needs"][0] if "needs" in merged else {}),
        header=header,
    )


def _needs(path: Path, needs: object) -> dict[str, float]:
    if not isinstance(needs, dict) or not all(isinstance(v, int | float) for v in needs.values()):
        raise KitError(f"{path}: needs must be numbers by name, as {{gpu_gb: 20, ram_gb: 16, disk_gb: 10}}")
    return {str(k): float(v) for k, v in needs.items()}


def read_header(path: Path) -> dict[str, str]:
    """The `# Purpose: …` lines at the top of a recipe or a part."""
    found = re.findall(rf"^# ({'|'.join((*HEADER, *PART_HEADER))}):\s*(.+)$", path.read_text("utf-8"), re.MULTILINE)
    return dict(found)


def comments_of(path: Path) -> dict[str, str | None]:
    """The comment beside each top-level key of one YAML file; None where there is none."""
    hits = (_KEY.match(line) for line in path.read_text("utf-8").splitlines())
    return {m.group(1): m.group(2) for m in hits if m}


@cache
def _parsed(text: str) -> Any:
    """YAML text as values; most recipes extend the same few files."""
    return yaml.load(text, Loader=_Loader)


def _resolve(path: Path, seen: tuple[Path, ...]) -> dict[str, tuple[Any, str, str]]:
    """Key to (value, comment, file), the files under `extends` first."""
    if path in seen:
        raise KitError(f"{path}: extends itself through {', '.join(p.name for p in seen)}; take one `extends` away")
    try:
        own = copy.deepcopy(_parsed(path.read_text("utf-8"))) or {}
    except (FileNotFoundError, IsADirectoryError):
        raise KitError(f"{path}: no such file, named under `extends` of {seen[-1] if seen else 'you'}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as e:
        raise KitError(f"{path}: not valid YAML: {' '.join(str(e).split())}") from e
    if not isinstance(own, dict):
        raise KitError(f"{path}: holds no `key: value` lines")
    comments = comments_of(path)
    where = f"{path.parent.name}/{path.name}"
    merged: dict[str, tuple[Any, str, str]] = {}
    parents = own.get("extends", [])
    if isinstance(parents, str):
        parents = [parents]
    if not isinstance(parents, list) or not all(isinstance(p, str) for p in parents):
        raise KitError(f"{path}: extends must name YAML files, as [../parts/base.yaml]")
    for parent in parents:
        merged |= _resolve((path.parent / parent).resolve(), (*seen, path))
    for key, value in own.items():
        if value is None:
            raise KitError(f"{path}: {key} is empty, which swift reads as the word None; leave the key out")
        if not comments.get(key):
            raise KitError(f"{path}: {key} has no comment; write its meaning behind it: {key}: …  # …")
        if key == PLUGINS:
            value = _plugins(path, value)
        merged[key] = (value, comments[key] or "", where)
    return merged


def _plugins(path: Path, value: object) -> list[str]:
    """The files of `external_plugins` as whole paths."""
    files = [value] if isinstance(value, str) else value
    if not isinstance(files, list) or not all(isinstance(f, str) for f in files):
        raise KitError(f"{path}: {PLUGINS} must name Python files, as [../plugins.py]")
    found = [(path.parent / f).resolve() for f in files]
    for file in found:
        if not file.is_file():
            raise KitError(f"{path}: {PLUGINS} names {file}, which is not there; paths start from {path.parent}")
    return [str(f) for f in found]


def _scalar(value: Any) -> str:
    """One value on one line of YAML."""
    if isinstance(value, float):
        # YAML 1.1, which swift reads, takes `1e-4` for a word: a dot makes it a number.
        text = repr(value)
        return text if "." in text else text.replace("e", ".0e")
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6).strip()
    return text.removesuffix("...").strip()

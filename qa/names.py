"""Names of components, functions, connections and signals in both languages: which of them mean the same.

The table is `names.tsv`; its head says how to read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from qa.inverted import inverted, unquoted

_HYPHEN = re.compile(r"(?<=[a-z)])\s?[-\u2010\u2011]\s?(?=[a-z(])|(?<=\b[np])-(?=[a-z])")
_SPACE = re.compile(r"[\s_]+")
_CJK = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
_AROUND_CJK = re.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])")
_DROPPED = re.compile(r"[。!?'\"「」“”()\[\]<>*]+|[.,;:、](?!\w)|(?<!\w)[.,;:、]")
_SEPARATOR = re.compile(r"[;、]")
_ARTICLE = re.compile(r"(?:an?|the|one|一个|一只|个)\s*")


@dataclass(frozen=True, slots=True)
class Name:
    """One meaning. `category`: names of one category contradict each other."""

    id: str
    category: str
    parent: str
    near: bool
    """The parent's bare name is enough for it."""


def words(text: str) -> str:
    """Lower case, hyphens as spaces, single spaces, none beside Chinese characters."""
    text = _SPACE.sub(" ", _HYPHEN.sub(" ", (unquoted(text) if "'" in text else text).casefold())).strip()
    return text if text.isascii() else _AROUND_CJK.sub("", text)


@lru_cache(maxsize=4_096)
def squeeze(text: str) -> str:
    """For comparing whole texts: case, spacing, article, hyphen and closing punctuation forgiven."""
    text = words(inverted(text))
    m = _ARTICLE.match(text)
    if m and m.end() < len(text) and (m[0][-1] == " " or m[0][0] in "一个"):
        text = text[m.end() :]
    squeezed = _SEPARATOR.sub(",", _DROPPED.sub("", text)).replace(" ", "")
    return squeezed or text.strip()


@dataclass(frozen=True)
class _Table:
    names: dict[str, Name]
    whole: dict[str, tuple[str, ...]]
    """squeezed alias -> ids"""
    inside: dict[str, tuple[str, ...]]
    """alias as `words` writes it -> ids"""
    pattern: re.Pattern[str]


@cache
def _table() -> _Table:
    names: dict[str, Name] = {}
    whole: dict[str, tuple[str, ...]] = {}
    inside: dict[str, tuple[str, ...]] = {}
    for line in (files("qa") / "names.tsv").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        key, category, parent, aliases = line.split("\t")
        names[key] = Name(key, category, parent.removeprefix("~"), parent.startswith("~"))
        for alias in aliases.split("|"):
            bare = alias.removeprefix("=")
            whole[squeeze(bare)] = (*whole.get(squeeze(bare), ()), key)
            if bare == alias:
                inside[words(bare)] = (*inside.get(words(bare), ()), key)
    return _Table(names, whole, inside, re.compile(_trie_pattern(list(inside))))


def _trie_pattern(aliases: list[str]) -> str:
    """One pattern that finds the longest alias at every place, in time that does not grow with their number."""
    tree: dict[str, Any] = {}
    for alias in aliases:
        node = tree
        for char in alias:
            node = node.setdefault(char, {})
        node[""] = r"s?(?![a-z0-9])" if alias[-1].isascii() and alias[-1].isalnum() else ""
    latin = {c: n for c, n in tree.items() if c.isascii()}
    other = {c: n for c, n in tree.items() if not c.isascii()}
    return rf"(?:(?<![a-z0-9]){_branch(latin)}|{_branch(other)})"


def _branch(node: dict[str, Any]) -> str:
    longer = [re.escape(c) + _branch(n) for c, n in sorted(node.items()) if c]
    if "" in node:
        longer.append(node[""])
    return longer[0] if len(longer) == 1 else f"(?:{'|'.join(longer)})"


@lru_cache(maxsize=4_096)
def named(text: str) -> tuple[Name, ...]:
    """What a whole text is the name of; several where a word has several meanings; empty for none."""
    t = _table()
    return tuple(t.names[k] for k in t.whole.get(squeeze(text), ()))


def mentions(sentence: str) -> list[tuple[int, int, tuple[Name, ...]]]:
    """(start, end, meanings) of every name in a sentence that went through `words`, longest first at each place."""
    t = _table()
    found = []
    for m in t.pattern.finditer(sentence):
        keys = t.inside.get(m[0]) or t.inside.get(m[0].removesuffix("s"), ())
        found.append((m.start(), m.end(), tuple(t.names[k] for k in keys)))
    return found


def satisfies(said: Name, wanted: Name) -> bool:
    """Whether `said` is right where `wanted` is: the same, a kind of it, or near enough."""
    return said.id == wanted.id or is_a(said, wanted.id) or (wanted.near and said.id == wanted.parent)


def is_a(name: Name, ancestor: str) -> bool:
    """Whether `ancestor` lies above `name` in the table."""
    t = _table()
    while name.parent:
        if name.parent == ancestor:
            return True
        name = t.names[name.parent]
    return False

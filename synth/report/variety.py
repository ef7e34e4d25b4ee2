"""How varied the questions are, and what their form gives away."""

from __future__ import annotations

import hashlib
import math
import re
import statistics
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from qa.item import LETTERS, Item
from qa.text import DESIGNATOR
from synth.report.blind import guesses
from synth.report.blocks import Block, Section, Table, Text, percent
from synth.report.folder import Folder
from synth.report.guessers import guessers, right_text

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MUTE = re.compile(r"[\W_]+")
NEAR = 0.8
"""Two questions are nearly equal from this share of common character triples (Jaccard)."""
_HASHES, _BANDS, _LOOK = 64, 16, 8
_SAMPLE = 1_000
_GUESSED, _GROUPS = 4_000, 20
"""Choices that the guesser by words is tried on at most, and groups it takes at least."""


def stem(question: str) -> str:
    """The question with designators and numbers taken out: `What is the value of R12?` and `… of C3?` are one."""
    return " ".join(_NUMBER.sub("#", DESIGNATOR.sub("#", question)).split())


def folded(question: str) -> str:
    """The question without case, width, spaces and punctuation."""
    return _MUTE.sub("", unicodedata.normalize("NFKC", question).lower())


def entropy(counts: Sequence[int]) -> float:
    """Shannon entropy in bits."""
    total = sum(counts)
    return -sum(n / total * math.log2(n / total) for n in counts if n)


def distinct_n(questions: Sequence[str], n: int) -> float:
    """Different runs of n tokens over all runs (J. Li et al., NAACL 2016); a token is a word or a Chinese character."""
    runs: Counter[tuple[str, ...]] = Counter()
    for q in questions:
        tokens = re.findall(r"[a-z0-9_.]+|[^\W\d_]", q.lower()) if q.isascii() else _mixed(q)
        runs.update(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
    total = sum(runs.values())
    return len(runs) / total if total else 0.0


def _mixed(text: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9_.]+|[^\W\d_]", text.lower())


def near_equal(questions: Sequence[str]) -> int:
    """How many questions have another that is nearly equal, in about linear time (MinHash with bands)."""
    counts = Counter(folded(q) for q in questions)
    texts = sorted(t for t in counts if t)
    found = {t for t in texts if counts[t] > 1}
    triples = [_triples(t) for t in texts]
    for bucket in _buckets(triples):
        for at, a in enumerate(bucket):
            for b in bucket[at + 1 : at + 1 + _LOOK]:
                if texts[a] in found and texts[b] in found:
                    continue
                common = len(triples[a] & triples[b])
                if common >= NEAR * (len(triples[a]) + len(triples[b]) - common):
                    found |= {texts[a], texts[b]}
    return sum(counts[t] for t in found)


def _triples(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 3] for i in range(max(1, len(text) - 2)))


def _buckets(triples: Sequence[frozenset[str]]) -> list[list[int]]:
    """Texts (by number) that share a band of their MinHash signature."""
    import numpy as np

    rng = np.random.default_rng(0)
    factors = rng.integers(1, 2**61 - 1, (_HASHES, 1), dtype=np.uint64) | np.uint64(1)
    numbers: dict[str, int] = {}
    rows = _HASHES // _BANDS
    buckets: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for n, text in enumerate(triples):
        for t in text:
            if t not in numbers:
                numbers[t] = int.from_bytes(hashlib.blake2b(t.encode(), digest_size=8).digest(), "big")
        hashes = np.fromiter((numbers[t] for t in text), dtype=np.uint64, count=len(text))
        signature = (hashes * factors >> np.uint64(16)).min(axis=1)
        for band in range(_BANDS):
            buckets[band, signature[band * rows : (band + 1) * rows].tobytes()].append(n)
    return [b for b in buckets.values() if len(b) > 1]


def variety_section(folder: Folder) -> Section:
    """Diversity of topics and wordings."""
    items = [j.item for j in folder.kept]
    if not items:
        return Section("Diversity", (Text("There are no items to look at."),))
    questions = [i.question for i in items]
    topics = Counter(i.topic for i in items)
    bits = entropy(list(topics.values()))
    stems = Counter(stem(q) for q in questions)
    sample = sorted(items, key=lambda i: hashlib.sha256(i.id.encode()).digest())[:_SAMPLE]
    spoken = [i.question for i in sample]
    near = near_equal(questions)
    different = len(set(questions))
    rows = (
        ("topics", f"{len(topics)}, as varied as {2**bits:.1f} equally frequent ones (entropy {bits:.2f} bits)"),
        ("different questions", f"{different:,} of {len(items):,} ({percent(different, len(items))})"),
        ("different stems (names and numbers taken out)", f"{len(stems):,} ({percent(len(stems), len(items))})"),
        ("most frequent stem", f"{max(stems.values()):,} items ({percent(max(stems.values()), len(items))})"),
        ("questions with a near-equal one in the set", f"{near:,} ({percent(near, len(items))})"),
        ("distinct-1, distinct-2, distinct-3",
         ", ".join(f"{distinct_n(spoken, n):.3f}" for n in (1, 2, 3)) + f" (over {len(spoken):,} questions)"),
        ("mean length of a question", f"{statistics.fmean(map(len, questions)):.0f} characters"),
        ("with an explanation", percent(sum(bool(i.explanation) for i in items), len(items))),
    )  # fmt: skip
    what = "accepted" if any(j.standing == "accepted" for j in folder.kept) else "not rejected"
    return Section("Diversity", (Text(f"Of the {len(items):,} items that are {what}."), Table(("", ""), rows)))


def choices_section(folder: Folder) -> Section:
    """Multiple choice: balance of letters, length of the right option, what a guesser scores."""
    items = [j.item for j in folder.kept if j.item.form == "mcq"]
    if not items:
        return Section("Multiple choice", (Text("There are no multiple-choice items."),))
    letters = Counter(str(i.answer) for i in items)
    used = LETTERS[: max(len(i.options or ()) for i in items)]
    shares = tuple(letters[x] / len(items) for x in used)
    table = Table(
        ("right letter", "items", "share"),
        tuple((x, f"{letters[x]:,}", percent(letters[x], len(items))) for x in used),
        "letters",
        shares,
    )
    chance = statistics.fmean(1 / len(i.options or ()) for i in items)
    scores = tuple((name, percent(share, 1)) for name, share in guessers(items).items())
    blocks: list[Block] = [table, Text(_letters_line(items)), Text(_longest_line(items)), Text(_words_line(items)),
                           Table(("guesser that never sees the picture", "accuracy"), scores,
                                 f"guessers (chance is {percent(chance, 1)})")]  # fmt: skip
    return Section("Multiple choice", tuple(blocks))


def _letters_line(items: Sequence[Item]) -> str:
    from scipy.special import chdtrc

    expected: dict[str, float] = defaultdict(float)
    for i in items:
        for x in LETTERS[: len(i.options or ())]:
            expected[x] += 1 / len(i.options or ())
    seen = Counter(str(i.answer) for i in items)
    distance = sum((seen[x] - e) ** 2 / e for x, e in expected.items())
    p = float(chdtrc(len(expected) - 1, distance))
    return f"Letters, chi-square test against even: p = {p:.3f}" + _verdict(p, "the letters are not balanced")


def _longest_line(items: Sequence[Item]) -> str:
    """Is the right option the longest more often than chance? Counted where one option is longer than all others."""
    from scipy.special import bdtr, bdtrc

    one = [i for i in items if sorted(map(len, i.options or ()))[-1] > sorted(map(len, i.options or ()))[-2]]
    if not one:
        return "Length of options: never is one longer than all others."
    right = sum(len(right_text(i)) == max(map(len, i.options or ())) for i in one)
    chance = statistics.fmean(1 / len(i.options or ()) for i in one)
    tails = bdtr(right, len(one), chance), bdtrc(right - 1, len(one), chance) if right else 1.0
    p = min(1.0, 2 * float(min(tails)))  # exact binomial test, twice the smaller tail
    return (
        f"Length of options: where one is longer than all others ({len(one):,} items), it is right in"
        f" {percent(right, len(one))}, by chance {percent(chance, 1)}: p = {p:.3f}"
    ) + _verdict(p, "length tells the answer" if right > chance * len(one) else "the longest is avoided")


def _words_line(items: Sequence[Item]) -> str:
    """What a guesser gets that learns all it can from the words of questions and options, without the pictures."""
    from scipy.special import bdtrc

    some = sorted(items, key=lambda i: hashlib.sha256(i.group.encode()).digest())[:_GUESSED]  # whole groups
    if len({i.group for i in some}) < _GROUPS:
        return f"Words alone: not measured, since that takes {_GROUPS} groups of pictures."
    right = sum(letter == i.answer for letter, i in zip(guesses(some), some, strict=True))
    chance = statistics.fmean(1 / len(i.options or ()) for i in some)
    p = float(bdtrc(right - 1, len(some), chance)) if right else 1.0  # of questions on one picture too small
    return (
        "Words alone: a guesser that learns from question and options on one half of the groups and is tried on the"
        f" other gets {percent(right, len(some))} of {len(some):,}, by chance {percent(chance, 1)}: p = {p:.3f}"
    ) + _verdict(p, "the words give answers away; ask the model with --blind")


def _verdict(p: float, finding: str) -> str:
    return f"; {finding}." if p < 0.01 else "; no sign of a bias."

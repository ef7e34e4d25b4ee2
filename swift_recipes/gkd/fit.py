"""Whether a teacher's distribution means anything to a student: same words under the same ids, same pictures.

In `swift rlhf --rlhf_type gkd` a local teacher is shown the student's own token ids and patches, and a server's
log-probabilities are laid over the student's positions. Where the two read ids or pictures differently, nothing stops:
the run learns noise.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa.errors import KitError
from swift_recipes.gkd import models
from swift_recipes.gkd.models import Model

TEXT_INSTEAD = "distil text instead: circuit-vqa kd solutions"
_SAME_INPUTS = ({"qwen2_vl", "qwen2_5_vl"}, {"qwen3_vl", "qwen3_vl_moe"})  # kinds whose forward takes the same


@dataclass(frozen=True)
class Fit:
    """Why a teacher does not fit its student, and what is worth knowing where it does."""

    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.reasons


def check(teacher: str, student: str, liger: bool = False) -> Fit:
    """Compare two models, by folder or hub name. `liger`: with the fused loss, which is stricter.

    Raises KitError where it cannot be told: a folder that is not there, a family not known here.
    """
    try:
        return compare(models.read(teacher), models.read(student), liger=liger)
    except models.Closed as e:
        return Fit((str(e),))


def refuse(teacher: str, student: str, liger: bool = False) -> list[str]:
    """What is worth knowing of a pair that fits. Raises KitError with the reasons where it does not."""
    fit = check(teacher, student, liger)
    if not fit.ok:
        raise KitError(f"{teacher} cannot teach {student} its distribution: {'; '.join(fit.reasons)}; {TEXT_INSTEAD}")
    return list(fit.notes)


def compare(teacher: Model, student: Model, liger: bool = False) -> Fit:
    reasons, notes = [], []
    if teacher.base != student.base:
        reasons.append(f"vocabularies differ{_example(teacher, student)}")
    other = [f"{t} is {i} and {student.added[t]}" for t, i in teacher.added.items() if student.added.get(t, i) != i]
    if other:
        reasons.append(f"added tokens have other ids: {', '.join(other[:3])}")
    taken = {i: t for t, i in teacher.added.items()}
    swapped = [f"{i} is {taken[i]} and {t}" for t, i in student.added.items() if taken.get(i, t) != t and not other]
    if swapped:
        reasons.append(f"added ids mean other tokens: {', '.join(swapped[:3])}")
    ids = [f"{k} {v} and {student.specials[k]}" for k, v in teacher.specials.items() if student.specials.get(k, v) != v]
    if ids:
        reasons.append(f"special ids differ: {', '.join(ids)}")
    pictures = teacher.picture.differences(student.picture)
    if pictures:
        reasons.append(f"pictures are cut up differently: {', '.join(pictures)}")
    if teacher.kind != student.kind:
        if not any({teacher.kind, student.kind} <= same for same in _SAME_INPUTS):
            reasons.append(f"a {teacher.kind} does not take the inputs made for a {student.kind}")
        else:
            notes.append(
                f"a {teacher.kind} teaches a {student.kind}: the inputs are the same, nobody here has tried it"
            )
    if teacher.rows != student.rows:
        padded = f"embeddings are padded to {teacher.rows} and {student.rows} rows"
        if liger:
            reasons.append(f"{padded}, which Liger's loss cannot compare; leave use_liger_kernel out")
        else:
            notes.append(f"{padded}; swift fills the shorter one up, only padding is touched")
    missing = sorted(set(teacher.added) ^ set(student.added))
    if missing and not reasons:
        notes.append(f"only one has the added tokens {', '.join(missing[:4])}{' …' if missing[4:] else ''}")
    return Fit(tuple(reasons), tuple(notes))


def _example(teacher: Model, student: Model) -> str:
    """A few words that tell two vocabularies apart, where both were read."""
    if not (teacher.words and student.words):
        return ""
    different = [t for t, i in teacher.words.items() if student.words.get(t) != i]
    said = [f"{t!r} is {teacher.words[t]} and {student.words.get(t, 'not there')}" for t in different[:2]]
    more = set(student.words) - set(teacher.words)
    if not different:
        said = [f"{t!r} is not there and {student.words[t]}" for t in sorted(more)[:2]]
    return f" in {max(len(different), len(more)):,} tokens ({'; '.join(said)})"

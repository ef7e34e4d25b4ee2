"""`circuit-vqa kd reject`: many answers to each question of train, the right ones become rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.dataset import Dataset
from qa.errors import KitError
from qa.progress import progress
from synth.teacher.options import DryRun, MaxCost, MaxRequests, TeachersFile, named, teachers_from

if TYPE_CHECKING:
    from kd.graded import Graded
    from kd.replies import Reply
    from kd.solving import Plan
    from qa.item import Item
    from synth.teacher.config import Teacher

FILE = "samples.jsonl"
UNSOLVED = "unsolved.jsonl"
LIKELY_OUT = 300
NAMED = 20
"""Bad lines named one by one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is kept of the right answers."""

    most: int
    per_level: int | None
    min_right: float
    near: float
    steps: bool
    relative: bool
    seed: int


def reject(
    folder: Annotated[Path, typer.Argument(help="dataset folder, split", show_default=False)],
    answers: Annotated[
        list[Path] | None, typer.Option(help="JSONL of `swift infer` or `swift sample`, or {item, reply}; repeatable")
    ] = None,
    url: Annotated[str, typer.Option(help="server with an OpenAI-compatible API, such as shell/deploy.sh's")] = "",
    model: Annotated[str, typer.Option(help="its name for the model; the only one it serves if not set")] = "",
    teacher: Annotated[
        list[str] | None, typer.Option(help="or a name in teachers.yaml; asked for steps, as `kd solutions` does")
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=256, help="N: answers to each question")] = 8,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="of the answers")] = 1.0,
    round_: Annotated[
        str, typer.Option("--round", help="name of this round: answers are kept by it; another one for new weights")
    ] = "1",
    most: Annotated[int, typer.Option(min=1, help="K: rows of one question at most")] = 4,
    per_level: Annotated[
        int | None, typer.Option(min=0, help="rows of one level at most; 0: no cap; twice the median level if not set")
    ] = None,
    min_right: Annotated[
        float, typer.Option(min=0, max=1, help="only questions with this share right: 0.5 drops lucky guesses")
    ] = 0.0,
    near: Annotated[float, typer.Option(min=0.1, max=1, help="from this likeness two answers are one; 1: equal")] = 1.0,
    steps: Annotated[bool, typer.Option("--steps", help="leave out answers without steps")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="so many questions, at random", show_default=False)] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="of one answer, with --url")] = 1024,
    concurrency: Annotated[int, typer.Option(min=1, help="requests in flight, with --url")] = 16,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="also what no second model confirmed")] = False,
    relative: Annotated[bool, typer.Option("--relative", help="picture paths for ROOT_IMAGE_DIR")] = False,
    seed: Annotated[int, typer.Option(help="chooses among right answers")] = 0,
    max_cost: MaxCost = None,
    max_requests: MaxRequests = None,
    dry_run: DryRun = False,
    teachers: TeachersFile = None,
) -> None:
    """Rejection sampling: N answers to each question of train, graded, those alike dropped, levels balanced."""
    from kd.allowed import train_items
    from kd.commands.said import say_estimate, say_plan
    from kd.replies import ReplyLog
    from kd.solving import as_in_training, make_plan, step_by_step
    from synth.review.log import apply

    if sum(map(bool, (answers, url, teacher))) != 1:
        raise KitError("give one of --answers FILE, --url URL and --teacher NAME: where the answers come from")
    asked = _asked(url, model, teacher or (), teachers, max_tokens, concurrency, dry_run)
    ds = Dataset.open(folder)
    if not dry_run:
        apply(ds)
    items = train_items(ds, unchecked)
    wish = Wish(most, per_level, min_right, near, steps, relative, seed)
    if answers:
        _from_files(ds, items, answers, wish)
        return
    words = as_in_training(folder, round_) if url else step_by_step(items, folder)
    plan = make_plan(items, ReplyLog(folder / FILE).read(), asked, words, samples, temperature, limit, seed)
    say_plan(len(plan.todo), "answers", len(plan.had), plan.versions)
    if plan.had and url:
        print(f"note: answers of round {round_} are taken as they are; give another --round after training further")
    if dry_run:
        say_estimate(plan.calls(), plan.teachers, folder, LIKELY_OUT, 1, False)
        return
    _ask(ds, plan, items, wish, max_cost, max_requests)


def _asked(
    url: str, model: str, teacher: list[str] | tuple[()], file: Path | None, max_tokens: int, at_once: int, dry: bool
) -> list[Teacher]:
    if url:
        from kd.student import student

        return [student(url, model, max_tokens, at_once)]
    return named(teachers_from(file), dict.fromkeys(teacher), keys=not dry) if teacher else []


def _ask(
    ds: Dataset,
    plan: Plan,
    items: list[Item],
    wish: Wish,
    max_cost: float | None,
    max_requests: int | None,
) -> None:
    from kd.asking import Report, ask_and_keep
    from kd.commands.said import fail_on, say_spent
    from kd.replies import ReplyLog
    from synth.teacher.asking import asker
    from synth.teacher.budget import Budget
    from synth.teacher.journal import Journal

    budget, report, wanted = Budget(max_cost, max_requests), Report(), {r.key for r in (*plan.todo, *plan.had)}
    path = ds.root / FILE
    with ds.filling(), Journal(ds.root / "journal.sqlite") as journal:
        ask = asker(False, ds.root)
        try:
            with progress("answers", len(plan.todo)) as advance:
                ask_and_keep(plan.calls(), plan.teachers, journal, budget, ask, path, plan.record, report, advance)
        finally:
            if replies := [r for r in ReplyLog(path).read() if r.key in wanted]:
                _rows(ds, items, replies, wish)
            else:
                print("no answer yet: the rows of an earlier run stay as they are")
            say_spent(report, journal)
    fail_on(report, "answers")


def _from_files(ds: Dataset, items: list[Item], files: list[Path], wish: Wish) -> None:
    from kd.given import read_given

    given = read_given(files, items, ds.items())
    for count, what in (
        (given.elsewhere, "answers are to questions of val or test, or not accepted: left out"),
        (given.unknown, f"answers are to questions that {ds.root} does not hold: left out"),
        (given.own, "are the dataset's own answer, which swift sample puts among the replies: left out"),
        (given.by_reward, "rows were chosen by a reward: pass rates say little; sample without --orm_model for them"),
    ):
        if count:
            print(f"note: {count} {what}")
    for where, why in given.bad[:NAMED]:
        typer.echo(f"  {where}: {why}", err=True)
    if not given.replies:  # the rows of an earlier run stay as they are
        raise KitError(f"{files[0]}: no answer in it is to a question of train of {ds.root}; nothing was written")
    with ds.filling():
        _rows(ds, items, given.replies, wish)
    if given.bad:
        raise KitError(f"{len(given.bad)} lines hold no answer (the first named above); the rest is done")


def _rows(ds: Dataset, items: list[Item], replies: list[Reply], wish: Wish) -> None:
    """Grades the answers, writes the rows and the questions nobody solved, says how it went."""
    from kd.choosing import choose
    from kd.graded import grade_replies, table
    from kd.rows import answered, write_rows

    graded = grade_replies(items, replies, bare=not wish.steps)
    share = graded.share_right()
    candidates = [c for c in graded.candidates() if share[c.item] >= wish.min_right]
    chosen = choose(candidates, share, wish.most, wish.per_level, wish.near, wish.seed)
    by_id = {i.id: i for i in items}
    root = None if wish.relative else ds.root.resolve()
    count = write_rows(ds, "rejection", (answered(by_id[c.item], c.text, root) for c in chosen.kept))
    print("\n".join(table(graded, Counter(c.level for c in chosen.kept), pass_n=True)))
    lucky = len(graded.candidates()) - len(candidates)
    _say_left(graded, lucky, chosen.alike, chosen.over, chosen.crowded, wish)
    bare = sum("\n" not in c.text for c in chosen.kept)
    if bare:
        print(
            f"{bare} of the rows hold no steps, the answer alone, as swift/train.jsonl does (--steps leaves them out)"
        )
    _write_unsolved(ds, graded)
    print(f"{ds.root / 'swift' / 'rejection.jsonl'}: {count} rows" + ("" if count else ", no file"))


def _say_left(graded: Graded, lucky: int, alike: int, over: int, crowded: int, wish: Wish) -> None:
    from kd.graded import left_out

    if said := left_out(graded):
        print(f"left out though the answer may be right: {said}")
    parts = [
        (lucky, f"to questions seldom right (--min-right {wish.min_right:g})"),
        (alike, "say the same as another"),
        (over, f"beyond --most {wish.most}"),
        (crowded, "beyond what their level may have (--per-level)"),
    ]
    if any(n for n, _ in parts):
        print("right, but not kept: " + ", ".join(f"{n} {what}" for n, what in parts if n))


def _write_unsolved(ds: Dataset, graded: Graded) -> None:
    """The questions that no reply solved: too hard, or labelled wrongly where the replies agree on another answer."""
    import json

    from qa.dataset import write_whole

    rows = [
        {
            "item": q.item.id,
            "level": q.item.level,
            "topic": q.item.topic,
            "replies": len(q.judged),
            "answer": q.item.answer_text,
            "most_said": q.most_said,
        }
        for q in graded.never_solved()
    ]
    path = ds.root / UNSOLVED
    write_whole(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows).encode())
    by_level = Counter(r["level"] for r in rows)
    levels = ", ".join(f"level {level}: {n}" for level, n in sorted(by_level.items(), key=str))
    print(f"{len(rows)} questions never solved{f' ({levels})' if rows else ''}; they stand in {path}")

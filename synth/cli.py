"""`circuit-vqa synth …`: fill a dataset folder from a source, check it, split it, export it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from qa.dataset import Dataset
from qa.errors import KitError
from qa.progress import progress
from synth.commands.check import check
from synth.commands.dense import dense
from synth.commands.images import images
from synth.commands.pdf import pdf
from synth.commands.report import report
from synth.commands.review import review
from synth.commands.write import write

if TYPE_CHECKING:
    from qa.item import Form, Level

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Out = Annotated[Path, typer.Option(help="dataset folder; several runs may fill one")]
Folder = Annotated[Path, typer.Argument(help="dataset folder", show_default=False)]


class LangOption(StrEnum):
    """Language of labels and questions; `both` alternates."""

    zh = "zh"
    en = "en"
    both = "both"


Forms = Annotated[str, typer.Option(help="comma-separated: mcq, fill, components (lists), open (descriptions)")]


def _forms(text: str) -> tuple[Form, ...]:
    """The forms named. Raises KitError for one that no rule writes."""
    given = tuple(dict.fromkeys(f.strip() for f in text.split(",") if f.strip()))
    known: dict[str, Form] = {"mcq": "mcq", "fill": "fill", "components": "components", "open": "open"}
    if not given or (unknown := [f for f in given if f not in known]):
        raise KitError(f"--forms {text}: no form {unknown[0] if given else ''!r}; there are: {', '.join(known)}")
    return tuple(known[f] for f in given)


@app.command()
def circuits(
    out: Out,
    count: Annotated[int, typer.Option(min=1, help="circuits in the whole run, those that are there included")],
    seed: Annotated[int, typer.Option(help="same seed, same bytes")] = 0,
    lang: Annotated[LangOption, typer.Option(help="of labels and questions")] = LangOption.zh,
    families: Annotated[str, typer.Option(help="comma-separated; see `families`; all when left out")] = "",
    forms: Forms = "mcq,fill",
    workers: Annotated[int | None, typer.Option(min=1, help="processes; all cores when left out")] = None,
) -> None:
    """Draw circuits from a seed, solve them, ask about them. Run again to go on after a stop."""
    from synth.sources import circuits as source

    todo = source.jobs(count, seed, lang.value, [f.strip() for f in families.split(",") if f.strip()], _forms(forms))
    ds = Dataset.create(out)
    report = source.Report()
    with progress("circuits", len(todo)) as advance:
        for report in source.run(ds, todo, workers):
            advance(report.kept + report.circuits, report.note)
    kept = f" ({report.kept} circuits were there already)" if report.kept else ""
    print(f"{report.circuits} circuits, {report.items} items added to {out}{kept}")
    _fail_on(report.faults, "circuits could not be made")


@app.command("families")
def list_families() -> None:
    """Print the families of generated circuits."""
    from synth.circuits.draw import family_names

    print("\n".join(family_names()))


@app.command()
def netlists(
    folder: Annotated[Path, typer.Argument(help="pairs x.png + x.json", show_default=False)],
    out: Out,
    seed: Annotated[int, typer.Option(help="same seed, same bytes")] = 0,
    lang: Annotated[LangOption, typer.Option(help="of the questions")] = LangOption.zh,
    licence: Annotated[str, typer.Option(help="of the pictures, noted with every item")] = "unknown",
    forms: Forms = "mcq,fill",
) -> None:
    """Real pictures with golden netlists: the same question writers, levels 1 to 3."""
    from synth.sources import netlists as source

    with progress("circuits", len(source.pairs(folder))) as advance:
        report = source.run(folder, Dataset.create(out), lang.value, seed, licence, advance, _forms(forms))
    kept = f" ({report.kept} circuits were there already)" if report.kept else ""
    print(f"{report.made} circuits, {report.items} items added to {out}{kept}")
    _fail_on(report.broken, "pairs could not be read and were skipped")


class QuestionLang(StrEnum):
    """Language of imported questions; `auto` tells it from the text."""

    auto = "auto"
    zh = "zh"
    en = "en"


app.command("dense")(dense)
app.command("images")(images)
app.command("pdf")(pdf)
app.command("write")(write)
app.command("check")(check)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="swift, ShareGPT, LLaVA, MCQ, CSV or seed text", show_default=False)],
    images: Annotated[Path, typer.Option(help="folder the picture paths start from; nothing outside it is read")],
    out: Out,
    lang: Annotated[QuestionLang, typer.Option(help="of the questions")] = QuestionLang.auto,
    level: Annotated[int, typer.Option(min=1, max=4, help="of rows that name none")] = 1,
    licence: Annotated[str, typer.Option(help="of pictures and questions, noted with every item")] = "unknown",
) -> None:
    """Questions that exist already; the format is told from the content, bad rows are named by line."""
    from synth.sources import imported as source

    loaded = source.load(file, images)
    given = source.Given(lang.value, cast("Level", level), licence)
    with progress("rows", len(loaded.rows)) as advance:
        report = source.run(loaded, Dataset.create(out), given, advance)
    kept = f" ({report.kept} were there already)" if report.kept else ""
    print(f"{report.format}: {report.items} items added to {out}{kept}")
    for problem in report.problems:
        typer.echo(str(problem), err=True)
    if report.problems:
        raise KitError(f"{len(report.problems)} rows could not be imported (named above); the rest is done")


@app.command()
def validate(folder: Folder) -> None:
    """Name every fault of a dataset folder: file, line, field."""
    ds = Dataset.open(folder)
    problems = ds.validate()
    for p in problems:
        print(p)
    if problems:
        raise KitError(f"{folder}: {len(problems)} faults, named above; mend or delete these lines of items.jsonl")
    count = sum(1 for _ in ds.items())
    if not count:
        raise KitError(f"{ds.items_path} is empty; fill it first: {ds.filled_by}")
    print(f"{folder}: {count} items, no faults")


@app.command()
def split(
    folder: Folder,
    val: Annotated[float, typer.Option(help="share of the items")] = 0.1,
    test: Annotated[float, typer.Option(help="share of the items")] = 0.1,
    seed: Annotated[int, typer.Option(help="same seed, same split")] = 0,
    again: Annotated[bool, typer.Option("--again", help="also items that have a split")] = False,
) -> None:
    """Split into train, val and test by group, every source and level at its share."""
    from synth.review.log import apply
    from synth.split import split_dataset

    ds = Dataset.open(folder)
    apply(ds)
    counts = split_dataset(ds, val, test, seed, again)
    print(f"{folder}: " + ", ".join(f"{name} {counts[name]}" for name in ("train", "val", "test")))


@app.command()
def export(
    folder: Folder,
    explain: Annotated[bool, typer.Option("--explain", help="train on explanation, then answer")] = False,
    relative: Annotated[bool, typer.Option("--relative", help="picture paths for ROOT_IMAGE_DIR")] = False,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="also what no second model confirmed")] = False,
) -> None:
    """Write swift/{train,val,test,grpo}.jsonl and evalscope/{mcq,fill}/test.jsonl: accepted items only."""
    from synth.export import export as write
    from synth.export import left_out
    from synth.review.log import apply
    from synth.stale import remove_stale

    ds = Dataset.open(folder)
    apply(ds)
    for name, rows in write(ds, explain, relative, unchecked).items():
        print(f"{folder / name}: {rows} rows" if rows else f"{folder / name}: none, no file")
    for name in remove_stale(ds, ds.items()):
        print(f"{folder / name}: removed, it held pictures of val or test; run the kd command again, nothing is paid")
    if missing := left_out(ds.items(), unchecked):
        print(f"left out: {missing}")


app.command("report")(report)
app.command("review")(review)


def _fail_on(faults: list[tuple[str, str]], what: str) -> None:
    """Print each fault on a line of its own, then end with a non-zero exit code; what was made stays."""
    for name, why in faults:
        typer.echo("  " + " ".join(f"{name}: {why}".split()), err=True)
    if faults:
        raise KitError(f"{len(faults)} {what} (named above); the rest is done")

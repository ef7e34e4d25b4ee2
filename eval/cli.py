"""`circuit-vqa eval …`: run the benches on a served model, compare reports, grade replies that exist already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


Data = Annotated[Path, typer.Option(help="dataset folder with evalscope/<bench>/test.jsonl")]
Benches = Annotated[str, typer.Option(help="comma-separated: mcq, fill, open, components, doc_qa; default: all there")]
Split = Annotated[str, typer.Option(help="test, or val to choose a checkpoint by")]


@app.command()
def run(
    data: Data,
    out: Annotated[Path, typer.Option(help="folder of the report; run again to go on after a stop")],
    url: Annotated[str, typer.Option(help="OpenAI-compatible server, like http://127.0.0.1:8000/v1")] = "",
    serve: Annotated[str, typer.Option(help="a model folder or hub name: a server is started, and stopped")] = "",
    adapter: Annotated[Path | None, typer.Option(help="with --serve: an adapter that is not merged")] = None,
    model: Annotated[str, typer.Option(help="name the server knows it by; the only one served if left out")] = "",
    benches: Benches = "",
    split: Split = "test",
    limit: Annotated[int | None, typer.Option(min=1, help="so many questions of each bench, evenly spread")] = None,
    blind: Annotated[bool, typer.Option("--blind", help="a blank picture of equal size in its place")] = False,
    text: Annotated[bool, typer.Option("--text", help="the netlist as text in its place")] = False,
    circular: Annotated[bool, typer.Option("--circular", help="choices: all rotations must be right")] = False,
    repeats: Annotated[int, typer.Option(min=1, help="ask everything so many times")] = 1,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="0 for one repeat, else 0.7, where it is not given")
    ] = None,
    style_of: Annotated[int, typer.Option(min=0, help="answers to so many similar train questions as examples")] = 0,
    judge_url: Annotated[str, typer.Option(help="server of a judge model for open answers")] = "",
    judge_model: Annotated[str, typer.Option(help="its name, where the judge's server has several")] = "",
    batch: Annotated[int, typer.Option(min=0, help="questions at once; 0: as many as the server says it takes")] = 0,
    max_tokens: Annotated[int, typer.Option(min=1, help="longest reply")] = 512,
    weights: Annotated[
        list[Path] | None,
        typer.Option(help="folder of the weights served (repeatable): when they change, all is asked anew"),
    ] = None,
    title: Annotated[str, typer.Option(help="what the report calls the model; its served name if left out")] = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="ask everything anew, forget kept replies")] = False,
) -> None:
    """Ask a model the test questions, have EvalScope grade the replies, write the report.

    Keys, if they are needed, are read from CIRCUIT_VQA_API_KEY and CIRCUIT_VQA_JUDGE_KEY and never written down.
    """
    from eval import report as reports
    from eval.engine import engine
    from eval.mode import Mode
    from eval.request import Judge, Request
    from eval.run import alone
    from eval.run import check as look
    from eval.run import run as evaluate
    from eval.server import key_from
    from qa.errors import KitError

    if blind and text:
        raise KitError("--blind and --text both say what stands in the picture's place; give one of them")
    mode = Mode(
        picture="blank" if blind else "netlist" if text else "shown",
        circular=circular,
        repeats=repeats,
        temperature=(0.7 if repeats > 1 else 0.0) if temperature is None else temperature,
        style_of=style_of,
    )
    key = key_from("CIRCUIT_VQA_API_KEY")
    judge = Judge(judge_url, judge_model, key_from("CIRCUIT_VQA_JUDGE_KEY")) if judge_url else None
    look(data, _names(benches), split)  # before a server is started for it
    with alone(out):
        pass
    with engine(url, serve, adapter, out / "server.log", tuple(weights or ())) as served:
        request = Request(
            url=served.url,
            data=data,
            out=out,
            model=model or served.model,
            api_key=key,
            benches=_names(benches),
            split=split,
            limit=limit,
            batch=batch,
            max_tokens=max_tokens,
            mode=mode,
            judge=judge,
            weights=served.weights,
            fresh=fresh,
            title=title or served.title,
        )
        report = evaluate(request)
    for line in reports.summary(report):
        print(line)
    print(f"report: {out / reports.TABLE}")


@app.command()
def suite(
    out: Annotated[Path, typer.Option(help="folder of the report; run again to go on after a stop")],
    name: Annotated[str, typer.Argument(help="regression, or a YAML file of your own")] = "regression",
    url: Annotated[str, typer.Option(help="OpenAI-compatible server, like http://127.0.0.1:8000/v1")] = "",
    serve: Annotated[str, typer.Option(help="a model folder or hub name: a server is started, and stopped")] = "",
    model: Annotated[str, typer.Option(help="name the server knows it by; the only one served if left out")] = "",
    max_tokens: Annotated[int, typer.Option(min=1, help="longest reply")] = 1024,
) -> None:
    """Standard sets (MMMU electronics, AI2D, ChartQA, …): did fine-tuning cost anything? Read it with eval compare."""
    from eval import report as reports
    from eval.engine import engine
    from eval.run import alone, fingerprint
    from eval.server import api_root, key_from
    from eval.server import endpoint as found_at
    from eval.suite import read_suite, run_suite

    wanted = read_suite(name)
    key = key_from("CIRCUIT_VQA_API_KEY")
    with alone(out), engine(url, serve, None, out / "server.log") as served:
        endpoint = found_at(api_root(served.url), key, model or served.model)
        skipped = run_suite(wanted, endpoint, out, fingerprint(served.weights), served.title, max_tokens)
    for bench, why in skipped.items():
        print(f"skipped {bench}: {why}", file=sys.stderr)
    if len(skipped) == len(wanted.sets):
        return
    for line in reports.summary(reports.read(out)):
        print(line)
    print(f"report: {out / reports.TABLE}")


@app.command()
def check(data: Data, benches: Benches = "", split: Split = "test") -> None:
    """Look at rows and pictures of a dataset before a server is started for them; print how many there are."""
    from eval.run import check as look
    from eval.run import without_picture

    for name, count in look(data, _names(benches), split).items():
        print(f"{name}: {count} questions")
    if told := without_picture(data, _names(benches), split):
        print(told, file=sys.stderr)


Anyway = Annotated[bool, typer.Option("--anyway", help="compare even on different questions, by those both share")]
Floors = Annotated[
    list[str] | None, typer.Option(help="least accuracy of a bench, like mcq=0.6 (repeatable): exit code 1 below")
]
Base = Annotated[
    Path | None, typer.Option(help="a report: exit code 1 where a bench is significantly lower than there")
]


@app.command()
def compare(
    folders: Annotated[
        list[Path], typer.Argument(help="two or more report folders, the base first", metavar="REPORTS…")
    ],
    out: Annotated[Path | None, typer.Option(help="the whole as Markdown, at most 60 kB: fits a comment")] = None,
    json: Annotated[Path | None, typer.Option(help="all numbers, all questions won and lost")] = None,
    anyway: Anyway = False,
    fail_under: Floors = None,
    no_worse_than: Base = None,
) -> None:
    """Is a model better than another: verdict, 95 % intervals and p a bench; --out adds breakdowns, won and lost.

    Runs of one model in two ways of asking (shown and blind, say) are compared as well.
    """
    from eval.compare import brief, markdown
    from eval.compare import compare as compared
    from eval.gate import broken, floors
    from qa.dataset import write_whole

    floors(fail_under or ())  # a slip in them is told before the work
    found = compared(folders, anyway)
    print(brief(found), end="")
    if out:
        write_whole(out, markdown(found).encode())
    if json:
        write_whole(json, (found.model_dump_json(indent=1) + "\n").encode())
    if not (out or json):
        print(
            "by level, topic, language, source and writer, questions won and lost: add --out compare.md",
            file=sys.stderr,
        )
    _leave(broken(folders[1:], fail_under or (), no_worse_than, anyway))


@app.command()
def gate(
    folders: Annotated[list[Path], typer.Argument(help="report folders to judge", metavar="REPORTS…")],
    fail_under: Floors = None,
    no_worse_than: Base = None,
    anyway: Anyway = False,
) -> None:
    """Exit code 1 where a report is not good enough, one line a reason; 2 where that cannot be judged."""
    from eval.gate import GateError, broken

    if not fail_under and no_worse_than is None:
        raise GateError("no gate: give --fail-under mcq=0.6 or --no-worse-than reports/BASE")
    _leave(broken(folders, fail_under or (), no_worse_than, anyway))
    print("passed")


@app.command()
def gallery(
    folders: Annotated[list[Path], typer.Argument(help="report folder, or two: the base first", metavar="BASE [NEW]")],
    out: Annotated[Path | None, typer.Option(help="the page; gallery.html in the last folder if left out")] = None,
    data: Annotated[Path | None, typer.Option(help="dataset folder with the pictures, if it has moved")] = None,
    everything: Annotated[bool, typer.Option("--all", help="show right answers too")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="so many questions, evenly spread")] = None,
) -> None:
    """Write every wrong answer as one HTML file: picture, question, replies, how each was read; opens without a net."""
    from eval.gallery import write as galleries

    if len(folders) > 2:
        raise typer.BadParameter("one report folder, or two", param_hint="BASE [NEW]")
    written = galleries.write(folders, out or folders[-1] / "gallery.html", data, everything, limit)
    for line in galleries.summary(written):
        print(line)


@app.command()
def note(
    folder: Annotated[Path, typer.Argument(help="report folder", metavar="REPORT")],
    out: Annotated[Path, typer.Option(help="docs/results/asked/NAME.json")],
    data: Annotated[str, typer.Option(help="what the page calls the test set")] = "",
    model: Annotated[str, typer.Option(help="what the page calls the model")] = "",
) -> None:
    """Keep the numbers of a report for docs/results.md; then write the page: circuit-vqa recipes results."""
    from eval.note import note as keep

    print(f"{out}: {keep(folder, out, data, model)} rows")


@app.command()
def grade(
    file: Annotated[Path, typer.Argument(help="JSONL of replies, ours or from `swift infer --result_path`")],
    verdicts: Annotated[Path | None, typer.Option(help="write one verdict a row here, in the same order")] = None,
) -> None:
    """Grade replies that exist already. Rows that cannot be graded are named, the rest counts; exit code 1 then."""
    from eval.grade import grade_file

    raise typer.Exit(grade_file(file, verdicts))


def _leave(reasons: list[str]) -> None:
    """Say why a gate is not passed, and end with its exit code."""
    from eval.gate import BROKEN

    for reason in reasons:
        print(reason, file=sys.stderr)
    if reasons:
        raise typer.Exit(BROKEN)


def _names(benches: str) -> tuple[str, ...]:
    return tuple(b.strip() for b in benches.split(",") if b.strip())

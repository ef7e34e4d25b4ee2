"""`circuit-vqa eval …`: run the benches on a served model, compare reports, grade replies that exist already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def run(
    url: Annotated[str, typer.Option(help="OpenAI-compatible server, like http://127.0.0.1:8000/v1")],
    data: Annotated[Path, typer.Option(help="dataset folder with evalscope/{mcq,fill}/test.jsonl")],
    out: Annotated[Path, typer.Option(help="folder of the report; run again to go on after a stop")],
    model: Annotated[str, typer.Option(help="name the server knows it by; the only one served if left out")] = "",
    benches: Annotated[str, typer.Option(help="comma-separated: mcq, fill; all there are if left out")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="so many questions of each bench, evenly spread")] = None,
    batch: Annotated[int, typer.Option(min=1, help="questions asked at the same time")] = 8,
    max_tokens: Annotated[int, typer.Option(min=1, help="longest reply")] = 512,
    weights: Annotated[
        list[Path] | None,
        typer.Option(help="folder of the weights served (repeatable): when they change, all is asked anew"),
    ] = None,
    title: Annotated[str, typer.Option(help="what the report calls the model; its served name if left out")] = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="ask everything anew, forget kept replies")] = False,
) -> None:
    """Ask a served model the test questions through EvalScope and write the report.

    The API key, if one is needed, is read from CIRCUIT_VQA_API_KEY and never written down.
    """
    from eval import report as reports
    from eval.request import Request
    from eval.run import run as evaluate

    request = Request(
        url=url,
        data=data,
        out=out,
        model=model,
        api_key=os.environ.get("CIRCUIT_VQA_API_KEY") or "EMPTY",
        benches=_names(benches),
        limit=limit,
        batch=batch,
        max_tokens=max_tokens,
        weights=tuple(weights or ()),
        fresh=fresh,
        title=title,
    )
    report = evaluate(request)
    for line in reports.summary(report):
        print(line)
    print(f"report: {out / reports.TABLE}")


@app.command()
def check(
    data: Annotated[Path, typer.Option(help="dataset folder with evalscope/{mcq,fill}/test.jsonl")],
    benches: Annotated[str, typer.Option(help="comma-separated: mcq, fill; all there are if left out")] = "",
) -> None:
    """Look at rows and pictures of a dataset before a server is started for them; print how many there are."""
    from eval.rows import picture_paths, read_rows
    from eval.run import chosen

    for name, folder in chosen(data, _names(benches)).items():
        rows = read_rows(folder)
        for row in rows:
            picture_paths(row, folder)
        print(f"{name}: {len(rows)} questions")


@app.command()
def compare(
    folders: Annotated[
        list[Path], typer.Argument(help="two or more report folders, the base first", metavar="REPORTS…")
    ],
    out: Annotated[Path | None, typer.Option(help="write the table to this Markdown file too")] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="compare even on different questions")] = False,
) -> None:
    """Print a Markdown table: accuracy, 95 % Wilson interval, unparsed share, n, by bench and level."""
    from eval.compare import compare as table
    from qa.dataset import write_whole

    text = table(folders, anyway)
    print(text, end="")
    if out:
        write_whole(out, text.encode())


@app.command()
def grade(
    file: Annotated[Path, typer.Argument(help="JSONL of replies, ours or from `swift infer --result_path`")],
    verdicts: Annotated[Path | None, typer.Option(help="write one verdict a row here, in the same order")] = None,
) -> None:
    """Grade replies that exist already. Rows that cannot be graded are named, the rest counts; exit code 1 then."""
    from eval.grade import grade_file

    raise typer.Exit(grade_file(file, verdicts))


def _names(benches: str) -> tuple[str, ...]:
    return tuple(b.strip() for b in benches.split(",") if b.strip())

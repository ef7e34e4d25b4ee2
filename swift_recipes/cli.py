"""`circuit-vqa recipes …`: what is handed to ms-swift, and the stand-in model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from qa.errors import KitError
from swift_recipes.commands import family, publish, quantise
from swift_recipes.commands.cards import cards
from swift_recipes.commands.curriculum import curriculum
from swift_recipes.commands.logger import logger
from swift_recipes.commands.results import results

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

Name = Annotated[str, typer.Argument(help="as `recipes list` prints it, or a YAML file of yours", show_default=False)]
Out = Annotated[Path, typer.Option(help="folder of the run", show_default=False)]
Model = Annotated[str, typer.Option(help="folder or hub name", show_default=False)]
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command("list")
def list_() -> None:
    """Every recipe with its purpose and the machine it wants, and the parts that can be added to it."""
    from swift_recipes import recipe

    for name in recipe.names():
        header = recipe.load(name).header
        print(f"{name:<22} {header.get('Purpose', '')}\n{'':<22} {header.get('Hardware', '')}")
    print("\nparts to add, one or more: qwen2_5_vl_3b/lora+packing, METHOD=qlora+vision+liger")
    for part, path in recipe.additions().items():
        header = recipe.read_header(path)
        barred = f" Not with: {header['Not with']}." if "Not with" in header else ""
        print(f"+{part:<21} {header['Purpose']}{barred}")


@app.command()
def show(name: Name) -> None:
    """One recipe, resolved: every key, its meaning and the file it comes from."""
    from swift_recipes import recipe

    found = recipe.load(name)
    print("\n".join(f"# {k}: {v}" for k, v in found.header.items()))
    print(found.to_yaml(), end="")


@app.command()
def resolve(name: Name, out: Annotated[Path, typer.Option(help="YAML file to write")]) -> None:
    """Write the plain YAML that swift reads."""
    from qa.dataset import write_whole
    from swift_recipes import recipe

    found = recipe.load(name)
    write_whole(out, found.to_yaml().encode())
    command = "rlhf" if "rlhf_type" in found.values else "sft"
    print(f"wrote {out}; use it: swift {command} {out} --model … --dataset …")


@app.command()
def lint(
    files: Annotated[list[str] | None, typer.Argument(help="YAML files or recipe names; all of ours without")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="traps only, without swift's 15-20 s of start-up")] = False,
    command: Annotated[str, typer.Option(help="sft, pt, rlhf, infer, deploy, export, eval or sample")] = "",
) -> None:
    """Look for unknown keys, wrong types and known traps of ms-swift in any YAML; exit code 1 on errors."""
    from swift_recipes.lint import check
    from swift_recipes.lint.arguments import CLASSES, Arguments

    if command and command not in CLASSES:
        raise KitError(f"--command {command}: take one of: {', '.join(CLASSES)}")
    targets = check.targets(files or [])
    if not fast:
        print("reading the argument classes of the installed ms-swift: 15-20 s (--fast goes without)", file=sys.stderr)
    arguments = None if fast else Arguments()
    found = [f for path, *parts in targets for f in check.lint(path, arguments, command, parts)]
    print("\n".join(dict.fromkeys(str(f) for f in found)), end="\n" if found else "")
    errors = sum(f.severity == "error" for f in set(found))
    print(f"files {len(targets)}, errors {errors}, warnings {len(set(found)) - errors}")
    raise typer.Exit(1 if errors else 0)


@app.command()
def plan(
    name: Name,
    data: Annotated[Path, typer.Option(help="dataset folder, exported", show_default=False)],
    gpus: Annotated[int, typer.Option(min=1, help="GPUs together")] = 1,
    gpu_gb: Annotated[float, typer.Option(min=1, help="memory of one GPU")] = 24,
    max_pixels: Annotated[int | None, typer.Option(min=3136, help="largest picture shown")] = None,
    max_length: Annotated[int | None, typer.Option(min=1, help="longest row in tokens, picture included")] = None,
    model: Annotated[str, typer.Option(help="hub name, where the recipe does not tell")] = "",
) -> None:
    """Tokens, rows left out, steps and memory of a run, and what to change if it will not fit."""
    from swift_recipes import recipe
    from swift_recipes.gkd.teacher import beside
    from swift_recipes.planning import plan as plans
    from swift_recipes.planning import plan_text

    found = recipe.load(name)
    run = plans.make(found, data, model, gpus, max_pixels, max_length)
    print("\n".join([*plan_text.lines(run, gpu_gb), *beside(found)]))


@app.command()
def tiny(
    out: Out,
    seed: Annotated[int, typer.Option(help="same seed, same weights")] = 0,
    size: Annotated[str, typer.Option(help="student, or teacher: wider and deeper, for GKD (random)")] = "student",
    random: Annotated[bool, typer.Option("--random", help="random weights, not the pretrained ones that see")] = False,
    weights: Annotated[
        Path | None, typer.Option(help="packed by shell/pretrain_stand_in.sh", show_default=False)
    ] = None,
) -> None:
    """Build the stand-in: Qwen2.5-VL's architecture with 22 M weights, for machines without a GPU."""
    from swift_recipes import libraries, stand_in
    from swift_recipes.seeing.weights import FILE

    libraries.without_deepspeed()
    ours = FILE if size == "student" and not random else None
    facts = stand_in.build(out, seed, size, weights or ours)
    what = "pretrained to see small circuits" if facts["weights"] else "random"
    print(f"{out}: stand-in of {facts['parameters'] / 1e6:.1f} M parameters, {what}; use it: MODEL={out}")


@app.command()
def check(
    model: Annotated[str, typer.Option(help="model folder or hub name")] = "",
    rows: Annotated[Path | None, typer.Option(help="swift JSONL, its pictures too")] = None,
    out: Annotated[Path | None, typer.Option(help="folder that will be written")] = None,
    recipe: Annotated[str, typer.Option(help="its memory and disk needs")] = "",
) -> None:
    """Look at what a run needs before it starts; FORCE=1 lets memory and GPU pass."""
    from swift_recipes import checks
    from swift_recipes import recipe as recipes

    needs = recipes.load(recipe).needs if recipe else {}
    if model:
        checks.check_model(model)
    if out is not None:
        checks.check_disk(out, needs.get("disk_gb", 1))
    if model:
        checks.check_machine(model, needs.get("gpu_gb", 9), needs.get("ram_gb", 2), checks.forced())
    if rows is not None:
        print(f"{rows}: {checks.check_rows(rows)} rows, all pictures there")


@app.command(context_settings=PASS_ON)
def begin(
    context: typer.Context,
    recipe: Annotated[str, typer.Option(help="recipe name or file")],
    model: Model,
    data: Annotated[Path, typer.Option(help="dataset folder")],
    out: Out,
    max_pixels: Annotated[int, typer.Option()],
    max_length: Annotated[int, typer.Option()],
    teacher: Annotated[str, typer.Option(help="GKD: folder, hub name or server")] = "",
) -> None:
    """For train.sh: check everything, write the YAML for swift, print `new`, `resume PATH` or `finished STEP`."""
    from swift_recipes import checks, flags, held_out, machine, nodes, rundir
    from swift_recipes import recipe as recipes
    from swift_recipes.gkd import teacher as teachers
    from swift_recipes.lint import check as lint
    from swift_recipes.planning import plan as plans

    flags.refuse_settings(context.args)
    here = nodes.world()
    found = teachers.with_teacher(recipes.load(recipe), teacher, context.args)
    found = nodes.share(found, here.size)
    nodes.check(here, found, context.args)
    checks.check_model(model)
    checks.check_disk(out, nodes.disk_gb(found))
    if not checks.forced():
        lint.stop(recipe, context.args)
    gpu_gb = plans.gpu_need(found, model, here.size, max_pixels, max_length)
    checks.check_machine(model, gpu_gb, found.needs.get("ram_gb", 2), checks.forced(), here.processes)
    rows = rundir.rows_of_run(found, data, context.args)
    for file in rows:
        checks.check_rows(file)
        if file != rundir.train_rows(found, data):
            held_out.refuse(file, data)
    teachers.report(found, model, rows[0], max_pixels, context.args, checks.forced())
    if not rundir.by_reward(found) and (data / "swift" / "val.jsonl").is_file():
        checks.check_rows(data / "swift" / "val.jsonl")
    given = (found, model, data, out, max_pixels, max_length, list(context.args))
    checkpoint = rundir.last_checkpoint(out)
    if checkpoint and not rundir.finished(out) and not checks.forced():
        nodes.check_shards(checkpoint, here)
    if here.rank:  # node 0 alone writes
        state, detail = nodes.follow(out, rundir.mark_of(rundir.run_settings(*given)), here)
    else:
        state, detail = rundir.begin(*given, checks.forced())
    if state != "finished" and not here.rank:
        machine.record(out)
    print(f"{state} {detail}".strip())


@app.command()
def finish(out: Out) -> None:
    """For train.sh: link OUT/last and note that the run is done."""
    from swift_recipes import rundir

    print(rundir.finish(out))


@app.command()
def last(out: Out) -> None:
    """Link OUT/last to the newest whole checkpoint and print it."""
    from swift_recipes import rundir

    newest = rundir.link_last(out)
    if newest is None:
        raise KitError(f"{out}: holds no checkpoint; train first: OUT={out} bash shell/train_qlora.sh")
    print(newest)


@app.command()
def seal(
    out: Out,
    checkpoint: Annotated[Path, typer.Option(help="what was merged")],
    onto: Annotated[str, typer.Option(help="which base: trained or plain")] = "plain",
) -> None:
    """For merge.sh: make OUT/.merging into OUT/merged, its limits beside it."""
    from swift_recipes import rundir

    print(f"  {rundir.seal(out, checkpoint, onto)}: a plain model folder")


@app.command()
def why(log: Annotated[Path, typer.Argument(help="train.log and the like")]) -> None:
    """Why a run ended, from its log, in one line."""
    from swift_recipes import screen

    print(screen.explain(log))


@app.command()
def parity(
    out: Out,
    rows: Annotated[Path, typer.Option(help="swift JSONL with questions to ask")],
    count: Annotated[int, typer.Option(min=1, help="questions")] = 8,
    need: Annotated[int | None, typer.Option(help="same answers wanted; all when left out")] = None,
) -> None:
    """Ask OUT/last on its base and OUT/merged the same questions; fail where the greedy answers differ."""
    from swift_recipes.export import parity as check

    check.run(out, rows, count, count if need is None else need)


app.command(context_settings=PASS_ON)(cards)
app.command(context_settings=PASS_ON)(curriculum)
app.command()(results)
app.command(context_settings=PASS_ON)(logger)
app.command()(family.pick)
app.command()(family.family)
quantise.register(app)
publish.register(app)

"""``forerun lab``: small real trainings, and studies that re-measure published effects."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated

import typer

from forerun.cli import options, output
from forerun.core import BadInput
from forerun.core.display import number
from forerun.documents.lab import lab_list_document, lab_run_document, trained_run
from forerun.lab import STUDIES, WORLDS

NAME = "lab"
app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Small real trainings with a gold signal, and studies that re-measure published effects.",
)
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="How many are trained at once.")]


@app.command("list", epilog="Example: forerun lab list")
def listed(json: options.Json = False) -> int:
    """List the worlds and the studies."""
    document = lab_list_document(WORLDS, STUDIES)
    if json:
        output.emit(document)
        return 0
    for kind, family in (("world", "workloads"), ("study", "studies")):
        output.table([kind, "~does"], [(row["name"], row["does"]) for row in document[family]], title=f"\n{kind}")
    if missing := WORLDS.lacking():
        output.say(f"\nto run them: {missing}")
    return 0


@app.command("run", epilog="Example: forerun lab run charlm --seeds 3 --set lr=0.003,0.01 --out runs/")
def run(
    world: Annotated[str, typer.Argument(metavar="WORLD", help="A world; forerun lab list names them.")],
    out: Annotated[Path, typer.Option("--out", help="The folder of the runs.")],
    recipe: Annotated[
        str, typer.Option("--recipe", help="What trains on it; forerun methods recipe names them. Default: plainly.")
    ] = "",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Seeds 0, 1 ... of every setting.")] = 1,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE[,VALUE...]", help="A setting; several for a sweep.")
    ] = None,
    jobs: Jobs = 1,
    save_every: Annotated[int, typer.Option("--save-every", min=0, help="Steps between checkpoints; 0 for none.")] = 0,
    json: options.Json = False,
) -> int:
    """Train on a world over settings and seeds. Its logs can be watched; started again, it goes on where it stood."""
    WORLDS.load(world)  # where PyTorch is missing, this says how to get it
    from forerun.lab.runner import grid, sweep

    wanted = grid(world, _settings(set_ or []), range(seeds), recipe)
    with output.counting("training") as progress:
        results = sweep(wanted, out, n_jobs=jobs, save_every=save_every, progress=progress)
    if json:
        rows = [trained_run(r.job.folder(), r.job.seed, r.job.whole(), r.metrics, r.cost) for r in results]
        output.emit(lab_run_document(world, out, rows))
        return 0
    metrics: list[str] = list(results[0].metrics) if results else []
    names = [name for name in metrics if name.startswith("gold/") and "{" not in name]
    rows = [
        [str(r.job.folder()), *(number(r.metrics[name]) for name in names), number(r.cost["seconds"])] for r in results
    ]
    output.table(["run", *(f">{name}" for name in names), ">seconds"], rows)
    return 0


@app.command("fork", epilog="Example: forerun lab fork runs/digits/defaults/seed=0 --at 300 --recipe weight_average")
def fork(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run of the lab.")],
    at: Annotated[int, typer.Option("--at", min=1, help="The step to fork at.")],
    recipe: Annotated[str, typer.Option("--recipe", help="What trains from there; forerun methods recipe names them.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting that differs from the run's.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--start", help="Weights that the recipe looks at: weights.pt of another run.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A new folder; default beside the run.")] = None,
    json: options.Json = False,
) -> int:
    """Train on from a step of a run with another recipe: same weights, data and order up to there."""
    from forerun.lab.fork import fork as forked

    several = _settings(set_ or [])
    if many := [key for key, values in several.items() if len(values) > 1]:
        raise BadInput(f"{many[0]} has several values; a fork has one", where="--set")
    settings = {key: values[0] for key, values in several.items()}
    place = out or run.parent / f"{run.name},fork={at},{recipe}"
    metrics = forked(run, at, recipe, settings, place, start=start)
    if json:
        output.emit({"run": str(place), "parent": str(run), "at": at, "recipe": recipe, "metrics": metrics})
        return 0
    output.table(["metric", ">value"], [[name, number(value)] for name, value in metrics.items() if "{" not in name])
    output.say(f"\n{place}")
    return 0


@app.command("study", epilog="Example: forerun lab study noisy_labels --out lab-runs/ --jobs 2")
def study(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A study; forerun lab list names them.")],
    out: Annotated[Path, typer.Option("--out", help="The folder of its runs; default lab-runs/NAME.")] = Path(
        "lab-runs"
    ),
    seeds: Annotated[int | None, typer.Option("--seeds", min=2, help="Fewer or more than the study's own.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="With tiny settings, to see that it runs.")] = False,
    jobs: Jobs = 1,
    json: options.Json = False,
) -> int:
    """Train a study's arms on paired seeds at equal budgets, and judge its claims."""
    from forerun.figures.study import TITLES
    from forerun.lab.conduct import conduct
    from forerun.lab.page import document, leave, shown

    chosen = STUDIES.load(name)
    with output.counting("training") as progress:
        outcome = conduct(chosen, out / name, seeds=seeds, quick=quick, n_jobs=jobs, progress=progress)
    leave(name, outcome, out / name)
    if json:
        output.emit(document(name, outcome))
        return 0
    output.say(chosen.question)
    output.table(
        [f">{title}" if title in ("difference", "95%", "could have seen") else title for title in TITLES],
        [shown(verdict).cells for verdict in outcome.verdicts],
    )
    output.say(f"\n{out / name}: study.json, results.csv, page.html, and the runs")
    return 0


def _settings(words: list[str]) -> dict[str, list[str]]:
    """``key=a,b`` -> the values of each key.

    Raises:
        BadInput: not of that form, or a key twice.
    """
    pairs = [text.partition("=") for text in words]
    for text, (key, sign, value) in zip(words, pairs, strict=True):
        if not (key and sign and value):
            raise BadInput(f"must be KEY=VALUE, but is {text!r}", where="--set")
    for (a, *_), (b, *_) in itertools.combinations(pairs, 2):
        if a == b:
            raise BadInput(f"{a} is set twice; give its values as {a}=x,y", where="--set")
    return {key: value.split(",") for key, _, value in pairs}

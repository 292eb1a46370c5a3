"""``forerun schedule``: schedules drawn and weighed, designed against a law's loss, and exported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from forerun import api
from forerun.cli import options, output
from forerun.core import BadInput, Range, Schedule, Undecided
from forerun.core.display import number, position
from forerun.core.form import SCHEDULES
from forerun.documents.schedule import (
    schedule_design_document,
    schedule_export_document,
    schedule_show_document,
)
from forerun.laws.design import DESIGNED, Candidate, Design
from forerun.schedules.written import WRITERS, read_schedule, written

NAME = "schedule"
app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Learning-rate schedules: draw and weigh them, design one against the loss it will give, export it.",
)
Names = Annotated[
    list[str],
    typer.Argument(metavar="NAME ...", help="Forms that forerun methods schedule lists, or JSON files of schedules."),
]
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A form that forerun methods schedule lists, or a JSON file.")
]
Steps = Annotated[float | None, typer.Option("--steps", metavar="N", help="How many optimizer steps.")]
Peak = Annotated[float | None, typer.Option("--peak", metavar="P", help="The highest rate.")]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="A parameter of the form, such as warmup=100; of every form named."
    ),
]
PerStep = Annotated[
    float | None,
    typer.Option("--per-step", metavar="K", help="Tokens, samples or epochs a step, of a schedule over these."),
]
Law = Annotated[str, typer.Option("--law", metavar="NAME", help="By which losses are foretold.")]
Fitted = Annotated[list[str] | None, typer.Option("--fit", metavar="RUN", help="Fit the law to these runs alone.")]
Task = Annotated[
    str | None, typer.Option("--task", metavar="NAME", help="Only runs of this task, or of this project of a folder.")
]
Picture = Annotated[Path | None, typer.Option("--picture", metavar="FILE.html", help="Draw them.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Of the draws that intervals rest on.")]


@app.command(
    "show",
    short_help="Draw schedules, with LR area and predicted loss.",
    epilog="Example: forerun schedule show wsd cosine --steps 10000 --peak 3e-4 --runs logs/",
)
def show(
    names: Names, steps: Steps = None, peak: Peak = None, set_: Params = None, per_step: PerStep = None,
    runs: Annotated[
        Path | None, typer.Option("--runs", metavar="PATH", help="Runs to fit a law to, for the loss of each.")
    ] = None,
    law: Law = api.LAW, fit: Fitted = None, task: Task = None, metric: options.Metric = None, seed: Seed = 0,
    picture: Picture = None, json: options.Json = False,
) -> int:  # fmt: skip
    """Draw one or several schedules, with the LR area and, by a law fitted to runs, the predicted loss of each."""
    plans = _named(names, steps, peak, set_)
    candidates = api.weigh(plans, runs, law=law, per_step=per_step, metric=metric, task=task, runs=fit, seed=seed)
    if isinstance(candidates, Undecided):
        output.complain(str(candidates), kind="warning")
        candidates = api.weigh(plans, per_step=per_step)
    if picture is not None:
        _draw(picture, candidates, "")
    if json:
        output.emit(schedule_show_document(candidates, per_step))
        return 0
    _table(candidates)
    return 0


@app.command(
    "design",
    short_help="The schedule whose loss a law says is lowest.",
    epilog="Example: forerun schedule design logs/ --steps 20000 -o plan.json",
)
def design(
    runs: Annotated[Path, typer.Argument(metavar="PATH", help="Runs to fit a law to: logs, a table or a store.")],
    steps: Steps = None,
    tokens: Annotated[float | None, typer.Option("--tokens", metavar="N", help="The budget in tokens instead.")] = None,
    tokens_per_step: Annotated[
        float | None, typer.Option("--tokens-per-step", metavar="K", help="What a step is of them.")
    ] = None,
    peak: Annotated[
        float | None, typer.Option("--peak", metavar="P", help="The highest rate; default that of the runs.")
    ] = None,
    warmup: Annotated[
        float | None, typer.Option("--warmup", metavar="N", help="Steps up to it; default the runs'.")
    ] = None,
    floor: Annotated[float, typer.Option("--floor", metavar="S", help="The lowest rate, a share of the peak.")] = 0.0,
    sudden: Annotated[
        bool, typer.Option("--sudden", help="Let it fall within a single step; laws reward that more than runs do.")
    ] = False,
    resume: Annotated[str | None, typer.Option("--resume", metavar="RUN", help="Go on with this run.")] = None,
    since: Annotated[
        float | None, typer.Option("--since", metavar="STEP", help="... from this step; default its last.")
    ] = None,
    beside: Annotated[
        list[str] | None, typer.Option("--beside", metavar="FILE", help="Weigh the schedule in this JSON file too.")
    ] = None,
    law: Law = api.LAW, fit: Fitted = None, task: Task = None, metric: options.Metric = None, seed: Seed = 0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the schedule: JSON, or CSV by its ending.")
    ] = None,
    take: Annotated[
        str, typer.Option("--take", metavar="NAME", help="Write this one of those it is weighed against instead.")
    ] = DESIGNED,
    picture: Picture = None, json: options.Json = False,
) -> int:  # fmt: skip
    """Fit a law to runs and design the schedule of the next one: its loss, and its gain over those people take."""
    designed = api.design(
        runs, steps=steps, tokens=tokens, tokens_per_step=tokens_per_step, law=law, peak=peak, warmup=warmup,
        floor=floor, sudden=sudden, resume=resume, since=since,
        beside={name: read_schedule(Path(name)) for name in beside or ()},
        metric=metric, task=task, runs=fit, seed=seed,
    )  # fmt: skip
    if isinstance(designed, Design):
        if out is not None:
            _write(out, written(designed.candidate(take).schedule, _ending(out), per_step=tokens_per_step))
        if picture is not None:
            _draw(picture, designed.candidates, designed.says)
    if json:
        output.emit(schedule_design_document(law, designed))
        return 0
    if isinstance(designed, Undecided):
        output.say(str(designed))
        return 0
    _table(designed.candidates)
    output.say(f"\n{designed.says}")
    for note in designed.notes():
        output.say(f"note: {note}")
    return 0


@app.command(
    "export",
    short_help="Write a schedule for a framework.",
    epilog="Example: forerun schedule export plan.json --to torch",
)
def export(
    name: Name,
    to: Annotated[str, typer.Option("--to", metavar="FORM", help=f"One of {', '.join(WRITERS)}.")] = "json",
    steps: Steps = None, peak: Peak = None, set_: Params = None, per_step: PerStep = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Default: print it.")] = None,
    json: options.Json = False,
) -> int:  # fmt: skip
    """Write a schedule as JSON, as a CSV of its rates, or as lines of Python that follow it in a framework."""
    (plan,) = _named([name], steps, peak, set_).values()
    text = written(plan, to, per_step=per_step)
    if out is not None:
        _write(out, text)
    if json:
        output.emit(schedule_export_document(to, text, out))
    elif out is None:
        print(text, end="")
    return 0


def _named(names: list[str], steps: float | None, peak: float | None, pairs: list[str] | None) -> dict[str, Schedule]:
    """Schedules by name, or by the stem of their file."""
    given = {name: value for name, value in (("steps", steps), ("peak", peak)) if value is not None} | _params(pairs)
    plans: dict[str, Schedule] = {}
    for name in names:
        in_file = name.endswith(".json")
        if in_file and given:
            raise BadInput(f"{', '.join(given)} stand in the file; leave them out", where=name)
        plan = read_schedule(Path(name)) if in_file else _formed(name, given)
        plans[Path(name).stem if in_file else name] = plan
    return plans


def _formed(name: str, given: dict[str, Any]) -> Schedule:
    known = SCHEDULES.load(name).parameters
    if "steps" in known and "steps" not in given:
        raise BadInput("say how long it is", where="--steps")
    return Schedule(name, given)


def _params(pairs: list[str] | None) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for pair in pairs or ():
        name, sign, text = pair.partition("=")
        if not (name and sign and text):
            raise BadInput(f"is KEY=VALUE, not {pair!r}", where="--set")
        params[name] = _read(text)
    return params


def _read(text: str) -> float | list[float] | str:
    """A number, several parted by commas, or a word."""
    try:
        numbers = [float(word) for word in text.split(",")]
    except ValueError:
        return text
    return numbers if "," in text else numbers[0]


def _table(candidates: tuple[Candidate, ...]) -> None:
    columns = ["schedule", ">end", ">LR area", ">loss", ">80%", ">behind", ">80%"]
    weighed = any(one.loss is not None for one in candidates)
    rows = [
        [one.name, position(one.schedule.end), number(one.area), *(_loss(one) if weighed else [])] for one in candidates
    ]
    output.table(columns if weighed else columns[:3], rows)


def _loss(one: Candidate) -> list[str]:
    if not isinstance(one.loss, Range):
        return ["" if one.loss is None else f"cannot say: {one.loss.why}", "", "", ""]
    gap = one.behind
    return [
        number(one.loss.estimate), f"{number(one.loss.low)} to {number(one.loss.high)}",
        *(["", ""] if gap is None else [f"{gap.estimate:.2g}", f"{gap.low:.2g} to {gap.high:.2g}"]),
    ]  # fmt: skip


def _ending(out: Path) -> str:
    return "csv" if out.suffix == ".csv" else "json"


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, "utf-8")
    except OSError as cause:
        raise BadInput(f"cannot be written: {cause.strerror}", where=str(out)) from cause


def _draw(path: Path, candidates: tuple[Candidate, ...], says: str) -> None:
    from forerun.figures.schedule import schedules_page

    _write(path, schedules_page(candidates, says))

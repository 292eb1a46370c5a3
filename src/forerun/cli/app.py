"""The command line's frame: the commands, each imported when it is called, and what becomes of their errors."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from forerun import __version__
from forerun.cli.plain import be_plain

COMMANDS = {
    "read": "List runs: formats, metrics, points, best values, damage, and the files that were not read, with why.",
    "predict": "Forecast each run: median, 50, 80 and 90% intervals, and the chance to reach a target and when.",
    "scan": "What is happening in each run, in a sentence, and the findings behind it.",
    "watch": "Follow logs that grow: newest value, forecast, advice and diagnosis of every run, until interrupted.",
    "advise": "Propose what to do with each run, with reasons, expected gain and cost. Nothing is done to any run.",
    "report": "Write one self-contained page: runs, forecasts, findings, advice, pictures. It works without a network.",
    "serve": "Serve the live page: runs, forecasts, findings and advice, which grow as the logs do, until interrupted.",
    "backtest": "Forecast finished runs at past origins and score the forecasts against what happened.",
    "calibrate": "Learn from your own finished runs how intervals must be moved to hold, and keep that under a name.",
    "recipes": "What recipes did against findings, by how much, where it was measured, and where it failed.",
    "methods": "List every method with what its card says, readers to studies; broken plug-ins with why.",
    "doctor": "Say what is installed, which plug-ins are broken, and of a PATH what is damaged and how it is repaired.",
    "law": "Laws of losses and scores: fit them to runs, ask what another schedule or size would give.",
    "trust": "Which benchmarks can decide between models at a small scale: signal, noise, order, larger models.",
    "audit": "Can the measuring itself be believed? Labels, judges, calibration, contamination, prompts ...",
    "schedule": "Learning-rate schedules: draw and weigh them, design one against the loss it will give, export it.",
    "compare": "Is one system better than another, item by item; or every two of many.",
    "plan": "How many questions, tries and seeds it takes to show a difference.",
    "passk": "How often one of k tries passes, how often all do, and beyond the tries that were made.",
    "race": "Which training algorithm reaches its targets sooner: scores of a field, and how sure they are.",
    "lab": "Small real trainings with a gold signal, and studies that re-measure published effects.",
}
"""The first sentences of the commands' helps, so that ``forerun --help`` imports none of them."""


class Lazy(TyperGroup):
    """Commands by name: for a listing what `COMMANDS` says, to be run what their modules hold."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        line = COMMANDS.get(cmd_name)
        return None if line is None else TyperCommand(cmd_name, help=line, short_help=line)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, *rest = args
        if name not in COMMANDS:
            if ctx.resilient_parsing:  # the shell asks what could follow
                return None, None, args
            close = get_close_matches(name, COMMANDS, n=1)
            meant = f"; did you mean {close[0]}?" if close else ""
            ctx.fail(f"no command {name!r}{meant}")
        return name, loaded(name), rest


def loaded(name: str) -> Any:
    """A command, imported."""
    module = import_module(f"forerun.cli.commands.{name}")
    frame = getattr(module, "app", None)
    if frame is None:
        frame = typer.Typer(add_completion=False, rich_markup_mode=None)
        frame.command(name=name, epilog=f"Example: {module.EXAMPLE}")(module.command)
    command = typer.main.get_command(frame)
    command.name = name
    return command


app = typer.Typer(
    name="forerun",
    cls=Lazy,
    help="Know how a training run ends before it does. Start with: forerun report LOGS -o report.html",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its panels cost half of the start
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _about(
    version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True, callback=_version),
) -> None:
    pass


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    be_plain()
    try:
        return int(app(list(arguments), prog_name="forerun", standalone_mode=False) or 0)
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing is left to tell
        return 0
    except Exception as error:
        from forerun.cli.failures import exit_code

        return exit_code(error, as_json="--json" in arguments)

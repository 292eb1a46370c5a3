"""``forerun audit``: whether a measurement can be believed, one audit a sub-command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import options, output
from forerun.core import BadInput, Undecided
from forerun.core.display import number
from forerun.documents.audit import audit_document
from forerun.evaluate.audits import AUDITS, Audit, AuditResult

NAME = "audit"
_SHOWN = 12


app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Can the measuring itself be believed? Labels, judges, calibration, contamination, prompts ...",
)
TableFile = Annotated[Path, typer.Argument(metavar="TABLE", help="CSV, Parquet, JSON lines or .npz.")]
Columns = Annotated[
    list[str] | None, typer.Option("--column", metavar="NAME=COLUMN", help="Where the column NAME stands.")
]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the audit.")]
Top = Annotated[int, typer.Option("--top", metavar="N", min=0, help="Show so many rows.")]


def _add(name: str) -> None:
    """The command of one audit: its columns and settings are in its help."""
    formed = AUDITS.load(name)

    @app.command(name, help=_help(formed), short_help=formed.card.does, epilog=_example(formed))
    def command(
        table: TableFile,
        column: Columns = None,
        setting: Settings = None,
        top: Top = _SHOWN,
        json: options.Json = False,
    ) -> int:
        return _run(name, formed, table, column, setting, top, json)


def _help(formed: Audit) -> str:
    """What the audit does, reads and takes; ``\b`` keeps the lines apart."""
    columns = [f"  {c.name}: {c.says}{'' if c.needed else ' (may lack)'}" for c in formed.columns]
    settings = [f"  {s.name}={'...' if s.needed else s.default} ({s.kind_in_words})" for s in formed.settings.values()]
    parts = [formed.card.does, "\b\nReads the columns\n" + "\n".join(columns)]
    return "\n\n".join([*parts, "\b\nSettings\n" + "\n".join(settings)] if settings else parts)


def _example(formed: Audit) -> str:
    needed = [f" --set {s.name}=2024-05-01" for s in formed.settings.values() if s.needed]
    return f"Example: forerun audit {formed.card.name} items.csv{''.join(needed)}"


def _run(
    name: str, formed: Audit, table: Path, column: list[str] | None, setting: list[str] | None, top: int, json: bool
) -> int:
    columns = options.pairs(column, "--column")
    words = options.pairs(setting, "--set")
    formed.check(words)
    settings = {key: formed.settings[key].parse(word) for key, word in words.items()}
    if lacking := [s for s in formed.settings.values() if s.needed and s.name not in settings]:
        raise BadInput(f"audit {name!r} needs --set {lacking[0].name}=VALUE, {lacking[0].kind_in_words}")
    result = api.audit(name, table, columns=columns, **settings)
    if json:
        output.emit(audit_document(name, result))
    elif isinstance(result, Undecided):
        output.say(str(result))
    else:
        _show(name, result, top)
    return 0


def _show(name: str, result: AuditResult, top: int) -> None:
    output.say(f"{name}: {result.verdict}" if result.verdict else name)
    rows = [
        [q.name, number(q.estimate), "" if q.low is None or q.high is None else f"{number(q.low)} to {number(q.high)}",
         q.n, _in_words(q.verdict, q.n_needed), q.method]
        for q in result.measurements
    ]  # fmt: skip
    output.table(["", ">estimate", ">95%", ">n", "verdict", "~method"], rows)
    if top and result.rows.n_rows:
        shown = result.rows.take(range(min(top, result.rows.n_rows)))
        cells = [[number(v) if isinstance(v, float) else str(v) for v in values] for values in shown.columns.values()]
        output.say()
        output.table(list(shown.columns), list(zip(*cells, strict=True)))
        output.left_out(result.rows.n_rows, top)
    for one in result.warnings:
        output.say(f"note: {one}")


def _in_words(verdict: str | None, n_needed: int | None) -> str:
    if verdict == "cannot tell" and n_needed is not None:
        return f"cannot tell; n = {n_needed} would"
    return verdict or ""


for _name in AUDITS.working():
    _add(_name)

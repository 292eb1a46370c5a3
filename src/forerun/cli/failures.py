"""What becomes of errors: one clear line, or one document, and the exit code 2."""

from __future__ import annotations

import typer

from forerun.cli import output
from forerun.cli.nothing import NothingRead
from forerun.core import BadInput, ForerunError
from forerun.documents.error import error_document

_UsageProblem = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


class BadUsage(ForerunError):
    """A command line that does not parse."""

    kind = "bad_usage"


def exit_code(error: Exception, *, as_json: bool) -> int:
    """Tell the error; what nobody raised on purpose is raised again."""
    if isinstance(error, typer.Abort):
        output.complain("interrupted")
        return 130
    if isinstance(error, _UsageProblem):
        message = error.format_message()  # type: ignore[attr-defined]
        if type(error).__name__ == "NoArgsIsHelpError":
            print(message)
            return 2
        error = BadUsage(message + _help_of(error))
    if isinstance(error, OSError):  # a file or folder named that cannot be opened or written to
        error = BadInput(error.strerror or str(error), where=None if error.filename is None else str(error.filename))
    if not isinstance(error, ForerunError):
        raise error
    if as_json:
        output.emit(error_document(error, error.more if isinstance(error, NothingRead) else {}))
    else:
        output.complain(*(error.lines if isinstance(error, NothingRead) else [str(error)]))
    return 2


def _help_of(problem: Exception) -> str:
    """Where the usage stands."""
    context = getattr(problem, "ctx", None)
    return "" if context is None else f" ({context.command_path} --help)"

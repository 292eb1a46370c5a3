"""What becomes of errors: one clear line, or one document, and the exit code 2."""

from __future__ import annotations

import typer

from forerun.cli import output
from forerun.core import ForerunError
from forerun.documents import error_document

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
        error = BadUsage(message)
    if not isinstance(error, ForerunError):
        raise error
    if as_json:
        output.emit(error_document(error))
    else:
        output.complain(str(error))
    return 2

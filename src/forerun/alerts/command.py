"""A program that is started with each alert: an argument list, never a shell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forerun.alerts.channel import AlertFailed
from forerun.core import BadInput
from forerun.core.display import harmless
from forerun.documents.shape import Document

_LONGEST = 4000  # characters of a variable


@dataclass(frozen=True)
class Command:
    """Starts a program with the alert as JSON on its standard input and in a few environment variables.

    Nothing of a log becomes an argument. ``FORERUN_TEXT`` is the alert in words; ``FORERUN_RUN``, ``FORERUN_KIND``,
    ``FORERUN_METRIC`` and ``FORERUN_MESSAGE`` are of its first finding.

    Args:
        arguments: the program and its arguments.
        seconds: how long it may take before it is ended.

    Raises:
        BadInput: no arguments, or no such program.

    Example:
        >>> import sys
        >>> Command([sys.executable, "-c", "pass"]).send({"at": 0.0, "text": "loss is nan", "findings": []})
    """

    arguments: Sequence[str]
    seconds: float = 10.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "arguments", tuple(self.arguments))
        if not self.arguments or not all(isinstance(one, str) for one in self.arguments):
            raise BadInput("give a program and its arguments, all of them text", where="command")
        if shutil.which(self.arguments[0]) is None:
            raise BadInput(f"no program {self.arguments[0]!r} that can be started", where="command")

    @property
    def name(self) -> str:
        """``command`` and the program."""
        return f"command {Path(self.arguments[0]).name}"

    def send(self, alert: Document) -> None:
        """Start the program and wait for its end.

        Raises:
            AlertFailed: it could not be started, did not end in time, or did not end well.
        """
        text = json.dumps(alert, allow_nan=False)
        try:
            done = subprocess.run(
                self.arguments, input=text.encode(), env=os.environ | _variables(alert), timeout=self.seconds,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise AlertFailed(f"did not end within {self.seconds:g} s", where=self.name) from None
        except OSError as error:
            raise AlertFailed(f"could not be started: {error.strerror}", where=self.name) from error
        if done.returncode:
            why = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise AlertFailed(f"ended with {done.returncode}{': ' if why else ''}{harmless(why)}", where=self.name)


def _variables(alert: Document) -> dict[str, str]:
    first = next(iter(alert["findings"]), {})
    of_first = {f"FORERUN_{name.upper()}": first.get(name, "") for name in ("run", "kind", "metric", "message")}
    return {
        name: harmless(value, longest=_LONGEST) for name, value in {"FORERUN_TEXT": alert["text"], **of_first}.items()
    }

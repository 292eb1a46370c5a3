"""Alerts as the flags of ``forerun watch`` and ``forerun serve`` ask for them."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from forerun import live
from forerun.alerts import Alerts, Bell, Channel, Command, Webhook
from forerun.cli import output
from forerun.core import BadInput

_EXAMPLE = '["notify-send", "Forerun"]'
Bells = Annotated[bool, typer.Option("--bell", help="Ring the terminal's bell at each alert.")]
Program = Annotated[
    str | None,
    typer.Option(
        "--command",
        metavar="JSON",
        help="Start a program at each alert: a JSON list of it and its arguments, never a shell. The alert comes "
        "as JSON on its standard input and as FORERUN_TEXT, FORERUN_RUN, FORERUN_KIND and others.",
    ),
]
WebhookUrl = Annotated[
    str | None,
    typer.Option(
        "--webhook",
        metavar="URL",
        envvar="FORERUN_WEBHOOK",
        help="Post each alert as JSON to an address of https or http. It may stand in FORERUN_WEBHOOK instead.",
    ),
]
Pause = Annotated[
    float,
    typer.Option("--alert-pause", metavar="SECONDS", min=0.0, help="Between two alerts; what is new is gathered."),
]


def alerts_of(
    store: Path | None, pause: float, *, bell: bool = False, program: str | None = None, webhook: str | None = None
) -> Alerts:
    """What sends alerts as a command's flags ask for; what was sent is kept beside the store, where there is one."""
    channels: list[Channel] = [Bell()] if bell else []
    channels += [Command(_arguments(program))] if program is not None else []
    channels += [Webhook(webhook)] if webhook is not None else []
    state = store.with_name(f"{store.name}{live.ALERTS}") if store is not None and channels else None
    return Alerts(channels, pause=pause, state=state)


def _arguments(text: str) -> list[str]:
    """The program and its arguments."""
    with contextlib.suppress(json.JSONDecodeError):
        arguments = json.loads(text)
        if isinstance(arguments, list):
            return cast(list[str], arguments)
    raise BadInput(f"no JSON list; give a program and its arguments, such as {_EXAMPLE}", where="--command")


def waiting(alerts: Alerts) -> Callable[[float], None]:
    """How time passes between looks: what waits is sent when its pause is over, whether logs grow or not."""

    def wait(seconds: float) -> None:
        complain(alerts.flush(time.time()))
        time.sleep(seconds)

    return wait


def complain(failures: Sequence[str]) -> None:
    """Say on stderr what could not be sent; the watch goes on."""
    for failure in failures:
        output.complain(failure, kind="alert not sent")

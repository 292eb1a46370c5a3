"""``forerun serve``: the live page."""

from __future__ import annotations

import contextlib
import os
from json import dumps
from pathlib import Path
from typing import Annotated

import typer

from forerun import api
from forerun.cli import alerting, options, output
from forerun.core import BadInput, NothingToRead
from forerun.documents.serve import serve_document
from forerun.session import SessionSettings

NAME = "serve"
EXAMPLE = "forerun serve logs/"
TOKEN = "FORERUN_TOKEN"


def command(
    path: options.LogPath,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="Default 6116, or any free one if it is taken; 0 any."
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option("--host", metavar="H", help="The address to listen at; any but this machine's own needs a token."),
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="A file that holds the token and nothing else.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--token", metavar="T", help=f"The token itself; {TOKEN} or --token-file keep it out of the process list."
        ),
    ] = None,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=0.05, help="Time between polls.")] = 2.0,
    store: Annotated[
        Path | None,
        typer.Option("--store", metavar="S", help="Keep what is read, and a journal of what is said, in this file."),
    ] = None,
    bell: alerting.Bells = False,
    program: alerting.Program = None,
    webhook: alerting.WebhookUrl = None,
    pause: alerting.Pause = 30.0,
    metric: options.Metric = None,
    target: options.Target = None,
    method: options.Method = api.METHOD,
    policy: options.Policy = "auto",
    detector: options.Detectors = None,
    cost_per_hour: options.Cost = None,
    budget: options.BudgetLeft = None,
    alone: options.Alone = False,
    calibration: options.CalibrationName = None,
    format: options.Format = None,
    json: options.Json = False,
) -> int:
    """Serve the live page: runs, forecasts, findings and advice, which grow as the logs do, until interrupted.

    Only this machine can reach it, and only who has the printed link: its token is made anew at each start unless one
    is given. Ctrl-C ends it. Where --bell, --command or --webhook asks for it, what happens to runs that go on is sent
    too: each event once, and none of those that are there at the first look.
    """
    from forerun.web.access import Access, names_of
    from forerun.web.pushing import pushed
    from forerun.web.server import PageServer, listening
    from forerun.web.workspace import ServedLogs, Workspace

    secret = _token(token, token_file, host)
    alerts = alerting.alerts_of(store, pause, bell=bell, program=program, webhook=webhook)
    if not path.exists():
        raise NothingToRead("no such file or folder", where=str(path))
    settings = SessionSettings(
        detector=detector or (), method=method, policy=policy, metric=metric, target=target, alone=alone,
        cost_per_hour=cost_per_hour, budget=options.budget_of(budget),
        calibration=options.calibration_of(calibration, path, store or Path("runs.forerun")),
    )  # fmt: skip
    settings.session()  # names that nothing has are told before anything is read
    workspace = Workspace(path.resolve().name, ServedLogs(path, store, format, every), settings)
    with listening(host, port) as sock:
        at = _address(host, sock.getsockname()[1])
        access = Access(secret, names_of(host, _own_names()), f"forerun-{sock.getsockname()[1]}")
        sends = pushed(workspace, alerts, alerting.complain) if bell or program or webhook else contextlib.nullcontext()
        with contextlib.suppress(KeyboardInterrupt), sends:
            PageServer(sock, workspace, access, lambda: _say(at, secret, json)).serve_on()
    return 0


def _token(given: str | None, file: Path | None, host: str) -> str:
    """The token: of an option, else of the environment, else a new one, which is only for this machine."""
    from forerun.web.access import checked_token, is_loopback, new_token

    if given is not None and file is not None:
        raise BadInput("give the token or the file that holds it, not both", where="--token")
    if given is not None:
        output.complain(
            f"an argument stands in the list of processes, which all users see; {TOKEN} and --token-file hide it",
            kind="warning",
        )
    written = file.read_text("utf-8") if file is not None else given if given is not None else os.environ.get(TOKEN)
    where = "--token" if given is not None else str(file) if file is not None else TOKEN
    secret = None if written is None else checked_token(written, where)
    if not is_loopback(host):
        if secret is None:
            raise BadInput(
                f"others can reach it there, so that it needs a token of yours; --token-file FILE or {TOKEN}",
                where=f"--host {host}",
            )
        output.complain(
            f"what is sent to and from {host} is not encrypted: who listens on the way reads logs and token",
            kind="warning",
        )
    return secret or new_token()


def _own_names() -> list[str]:
    """Names and addresses under which others know this machine."""
    import socket

    name = socket.gethostname()
    try:
        return [name, socket.getfqdn(), *(str(one[4][0]) for one in socket.getaddrinfo(name, None))]
    except OSError:
        return [name]


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


def _say(at: str, token: str, json: bool) -> None:
    document = serve_document(at, token)  # printed as it stands: the token is a secret that is meant to be shown
    print(dumps(document) if json else f"{document['link']}\nCtrl-C ends it.", flush=True)

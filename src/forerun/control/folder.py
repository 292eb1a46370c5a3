"""The folder in which those who give orders and the trainings that take them meet: beside a store, its owner's alone.

A training that is watched announces itself there, with what it allows. An order lies there under the name of its run
until it is taken. Names are digests of the run's id, so that no id of a log leads anywhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from forerun.control.order import Order, order_of
from forerun.control.owned import owned_folder, read_owned, take_owned, write_owned
from forerun.core import BadInput

SILENT = 60.0
"""Seconds without a sign of life after which a training is taken to be gone: ours; it gives one every `EVERY`."""
EVERY = 10.0


@dataclass(frozen=True)
class Watching:
    """What a training says of itself.

    Args:
        run: the run's id.
        allow: what it may be told to do.
        dry: whether it only notes what it is told.
        pid: its process.
        host: the machine that runs on.
        silent: seconds since it was heard of last.
    """

    run: str
    allow: tuple[str, ...]
    dry: bool
    pid: int
    host: str
    silent: float = 0.0


class ControlFolder:
    """Where orders to the runs of a store lie.

    Args:
        store: the store's file.

    Example:
        >>> import tempfile
        >>> folder = ControlFolder(Path(tempfile.mkdtemp(), "runs.forerun"))
        >>> folder.announce(Watching("mlp", ("stop",), dry=False, pid=1, host="here"))
        >>> folder.put(Order("mlp", "stop", None, ("hopeless",), "advise", given=0.0, expires=600.0))
        >>> order = folder.take("mlp", now=1.0)
        >>> order.action, folder.take("mlp", now=1.0)
        ('stop', None)
    """

    def __init__(self, store: Path) -> None:
        self.path = store.absolute().with_name(f".{store.name}.control")

    # Those who give orders.

    def watching(self, run: str, now: float) -> Watching | None:
        """What a training that goes on says of itself; None where none of this id has been heard of for `SILENT`.

        Raises:
            BadInput: the folder, or what lies there, is not its owner's alone, or does not say it.
        """
        if not self.path.exists():
            return None
        with owned_folder(self.path) as folder:
            try:
                data, heard = read_owned(folder, _name(run, "watching"))
            except FileNotFoundError:
                return None
        silent = max(0.0, now - heard)
        return None if silent > SILENT else _watching(data, silent)

    def put(self, order: Order) -> None:
        """Lay an order down for its run to take.

        Raises:
            BadInput: another order waits there; or the folder is not its owner's alone.
            OSError: it could not be written; nothing is there then.
        """
        with owned_folder(self.path) as folder:
            if self.waits(order.run, order.given):
                raise BadInput("an order waits already; it is taken within seconds, or expires", where=order.run)
            write_owned(folder, _name(order.run, "order"), json.dumps(order.as_json()).encode())

    def waits(self, run: str, now: float) -> bool:
        """Whether an order that still holds lies there."""
        with owned_folder(self.path) as folder:
            try:
                order = order_of(read_owned(folder, _name(run, "order"))[0])
            except (FileNotFoundError, BadInput, LookupError):
                return False
        return now < order.expires

    # The training.

    def announce(self, watching: Watching) -> None:
        """Say that a training can be told something, and what.

        Raises:
            BadInput: the folder cannot be its owner's alone.
            OSError: it could not be written.
        """
        said = asdict(watching) | {"allow": list(watching.allow)}
        del said["silent"]
        with owned_folder(self.path, create=True) as folder:
            write_owned(folder, _name(watching.run, "watching"), json.dumps(said).encode())

    def live(self, run: str) -> None:
        """Give a sign of life."""
        with owned_folder(self.path) as folder:
            os.utime(_name(run, "watching"), dir_fd=folder, follow_symlinks=False)

    def take(self, run: str, now: float) -> Order | None:
        """The order for a run, which is then gone; None where there is none.

        Raises:
            BadInput: it is no order, not for this run, has expired, or could have been laid there by another; it is
                gone all the same.
            UnknownName: it tells to do what nobody can be told.
        """
        with owned_folder(self.path) as folder:
            data = take_owned(folder, _name(run, "order"))
        if data is None:
            return None
        order = order_of(data)
        if order.run != run:
            raise BadInput(f"it is for the run {order.run!r}", where="order")
        order.check_time(now)
        return order

    def leave(self, run: str) -> None:
        """Say that a training takes no more orders."""
        with contextlib.suppress(BadInput), owned_folder(self.path) as folder:
            for kind in ("watching", "order"):
                with contextlib.suppress(OSError):
                    os.unlink(_name(run, kind), dir_fd=folder)


def _name(run: str, kind: str) -> str:
    digest = hashlib.sha256(run.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return f"{digest}.{kind}"


def _watching(data: bytes, silent: float) -> Watching:
    try:
        said = cast("dict[str, Any]", json.loads(data))
        allow = tuple(str(action) for action in said["allow"])
        return Watching(str(said["run"]), allow, bool(said["dry"]), int(said["pid"]), str(said["host"]), silent)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("it does not say what a training allows", where="control folder") from error

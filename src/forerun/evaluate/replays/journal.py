"""What is done of a replay, kept so that one that was killed goes on from there: a file a task and policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forerun.core import BadInput
from forerun.evaluate.replays.candidates import ReplayTask
from forerun.evaluate.replays.replay import ORDERINGS, Stretch

Orders = list[list[Stretch]]
"""The stretches of each order."""


@dataclass(frozen=True)
class ReplaySetup:
    """What is replayed alike for every policy.

    Args:
        orderings: orders in which runs start.
        resume: whether a stopped run can go on later, at no cost.
        journal: the folder of what is done; None keeps nothing.
    """

    orderings: int = ORDERINGS
    resume: bool = True
    journal: Path | None = None


@dataclass(frozen=True)
class JournalEntry:
    """The journal's file of one task and policy.

    Args:
        place: of the file.
        described: what it is of: runs, settings and versions.
    """

    place: Path
    described: dict[str, Any]

    @classmethod
    def of(cls, folder: Path, task: ReplayTask, policy: str, version: str, setup: ReplaySetup) -> JournalEntry:
        digest = hashlib.sha1(usedforsecurity=False)
        for one in task.candidates:
            digest.update(one.run.encode() + one.curve.x.tobytes() + one.curve.y.tobytes() + one.cost.tobytes())
        described = {
            "source": task.source, "task": task.task, "metric": task.metric, "runs": digest.hexdigest(),
            "policy": policy, "version": version, "orderings": setup.orderings, "resume": setup.resume,
        }  # fmt: skip
        name = hashlib.sha1(f"{task.source}|{task.task}|{task.metric}|{policy}".encode(), usedforsecurity=False)
        return cls(Path(folder) / f"{name.hexdigest()}.json", described)

    def read(self) -> Orders | None:
        """What was done; None where nothing was.

        Raises:
            BadInput: the file is of other runs, settings or versions.
        """
        if not self.place.exists():
            return None
        known = json.loads(self.place.read_text("utf-8"))
        differs = [key for key, value in self.described.items() if known.get(key) != value]
        if differs:
            raise BadInput(
                f"is of another replay (other {', '.join(differs)}); choose another folder", where=str(self.place)
            )
        return [[(int(run), int(n)) for run, n in stretches] for stretches in known["orders"]]

    def keep(self, orders: Sequence[Sequence[Stretch]]) -> None:
        """Write what was done, so that it is whole or not there."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        part = self.place.with_suffix(".part")
        part.write_text(json.dumps({**self.described, "orders": orders}, allow_nan=False) + "\n", "utf-8")
        part.replace(self.place)

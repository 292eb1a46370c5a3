"""The log that a training writes: JSON lines as many trainers write them, with what it has cost so far."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from forerun.recipes.meter import Cost


class MetricsLog:
    """Writes records to a file as they come, so that it can be watched.

    Args:
        path: the file. config: settings, written first; ``seed`` and ``max_steps`` among them are known to readers as
            the seed and the planned end.
        at: bytes of the file that stand, where a training goes on; 0 for a new one.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "metrics.jsonl")
        >>> with MetricsLog(path, {"seed": 1, "max_steps": 2}) as log:
        ...     log.write(1, {"train/loss": 2.0}, Cost(samples=8))
        >>> print(path.read_text().strip())
        {"config": {"seed": 1, "max_steps": 2}}
        {"step": 1, "samples": 8, "seconds": 0.0, "train/loss": 2.0}
    """

    def __init__(self, path: Path, config: Mapping[str, Any], *, at: int = 0) -> None:
        self.file = path.open("r+" if at else "w", encoding="utf-8")
        if at:
            self.file.seek(at)
            self.file.truncate()
        else:
            self._line({"config": dict(config)})

    def write(self, step: int, metrics: Mapping[str, float], cost: Cost) -> None:
        """One record: metrics at a step, with what it has cost so far."""
        spent = {"tokens": cost.tokens} if cost.tokens else {"samples": cost.samples}
        spent |= {"rollout_tokens": cost.rollout_tokens} if cost.rollout_tokens else {}
        self._line({"step": step, **spent, "seconds": round(cost.seconds, 3), **metrics})

    @property
    def bytes(self) -> int:
        """How long the file is."""
        return self.file.tell()

    def _line(self, record: Mapping[str, Any]) -> None:
        self.file.write(json.dumps(record) + "\n")
        self.file.flush()

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.file.close()

"""The log a workload writes: JSON lines as many trainers write them, and what the training has cost so far."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any


def data_seed(seed: int) -> int:
    """The seed of a run's data and their order; another than that of its weights.

    Example:
        >>> data_seed(2)
        1000005
    """
    return seed + 1_000_003


@dataclass
class Cost:
    """What was spent: optimizer steps, examples and tokens shown (repeats count), FLOPs (6 N D), seconds."""

    steps: int = 0
    samples: int = 0
    tokens: int = 0
    flops: float = 0.0
    seconds: float = 0.0


class MetricsLog:
    """Writes records to a file as they come, so that it can be watched.

    Args:
        path: the file, made anew. config: settings, written first; ``seed`` and ``max_steps`` among them are known to
            readers as the seed and the planned end.
        clock: seconds.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp(), "metrics.jsonl")
        >>> with MetricsLog(path, {"seed": 1, "max_steps": 2}) as log:
        ...     log.write(1, {"train/loss": 2.0})
        >>> path.read_text().splitlines()[0]
        '{"config": {"seed": 1, "max_steps": 2}}'
    """

    def __init__(self, path: Path, config: Mapping[str, Any], clock: Callable[[], float] = time.perf_counter) -> None:
        self.file = path.open("w", encoding="utf-8")
        self.clock, self.start, self.cost = clock, clock(), Cost()
        self.diverged = False  # whether the training ended early, for a loss that was not finite
        self._line({"config": dict(config)})

    def write(self, step: int, metrics: Mapping[str, float]) -> None:
        """One record: metrics at a step, with what it has cost so far."""
        self.cost.seconds = self.clock() - self.start
        spent = {"tokens": self.cost.tokens} if self.cost.tokens else {"samples": self.cost.samples}
        self._line({"step": step, **spent, "seconds": round(self.cost.seconds, 3), **metrics})

    def spend(self, *, samples: int, tokens: int = 0, flops: float = 0.0) -> None:
        """Count one optimizer step."""
        self.cost.steps += 1
        self.cost.samples += samples
        self.cost.tokens += tokens
        self.cost.flops += flops

    def spent(self) -> dict[str, float]:
        """The cost as a dict."""
        return asdict(self.cost)

    def _line(self, record: Mapping[str, Any]) -> None:
        self.file.write(json.dumps(record) + "\n")
        self.file.flush()

    def __enter__(self) -> MetricsLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.file.close()

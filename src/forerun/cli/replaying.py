"""What ``forerun backtest --policy`` does and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from forerun import api
from forerun.cli import output
from forerun.documents.backtest import policies_document
from forerun.evaluate.replays.scores import PolicyScore


@dataclass(frozen=True)
class Replay:
    """The options of a replay, as in `forerun.replay`."""

    policy: Sequence[str]
    orderings: int
    resume: bool
    seconds: bool
    max_runs: int | None
    journal: Path | None
    jobs: int


def answer(replay: Replay, tables: Sequence[Path], cases: TextIO | None, json: bool) -> None:
    """Replay policies, and print what they came to."""
    rows = api.replay(
        tables,
        policy=list(replay.policy),
        orderings=replay.orderings,
        resume=replay.resume,
        seconds=replay.seconds,
        max_runs=replay.max_runs,
        journal=replay.journal,
        cases_file=cases,
        n_jobs=replay.jobs,
        progress=output.progress,
        tasks_progress=partial(output.progress, description="replaying"),
    )
    if json:
        output.emit(policies_document(rows))
    else:
        output.table(_COLUMNS, (_row(score) for score in rows))


_COLUMNS = [
    "source", "task", "policy", ">budget", ">regret", ">over asha (95%)", ">anytime", ">speed-up (95%)", ">vs asha",
    ">wrongly stopped",
]  # fmt: skip


def _row(score: PolicyScore) -> list[str]:
    over, fast = score.regret_over_asha, score.speedup_interval
    return [
        score.source,
        score.task,
        score.policy,
        f"{score.budget:.0f}",
        f"{score.regret:.3f}",
        "" if over is None else f"{over.estimate:+.3f} ({over.low:+.3f} to {over.high:+.3f})",
        f"{score.anytime_regret:.3f}",
        _times(score.speedup_vs_full) + ("" if fast is None else f" ({fast[0]:.1f} to {fast[1]:.1f})"),
        _times(score.speedup_vs_asha),
        f"{score.false_kill_rate:.1%}",
    ]


def _times(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f}x"

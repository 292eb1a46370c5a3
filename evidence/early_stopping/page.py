"""The page of the replays, made from what `replay` and `choice` wrote: ``python -m evidence.early_stopping.page``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
Row = dict[str, Any]
_RIVALS = ("asha", "hyperband", "median", "patience")
_SOURCES = ("algoperf", "mlperf_training_v2", "mlperf_training_v4", "taskset")
_FAMILY = {"mlperf_training_v2": "mlperf", "mlperf_training_v4": "mlperf"}
"""Sources that are left out together: two rounds of one benchmark."""


def main() -> None:
    files = [HERE / f"{source}.json" for source in _SOURCES]
    rows = [row for path in files for row in json.loads(path.read_text("utf-8"))["policies"]]
    rows = [row for row in rows if row["source"] != "ALL"]
    tasks = {(row["source"], row["task"]) for row in rows}
    by = {(row["source"], row["task"], row["policy"]): row for row in rows}
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    text = (HERE / "template.md").read_text("utf-8")
    ordered = sorted(tasks, key=lambda one: (one[1] == "ALL", one))
    tables = [_table(source, task, policies, by) for source, task in ordered]
    bars = _bars(sorted(one for one in tasks if one[1] != "ALL"), by)
    choices = json.loads((HERE / "choice.json").read_text("utf-8"))
    page = text.format(bars=bars, choice=_choice(choices), tables="\n\n".join(tables))
    (HERE / "README.md").write_text(page, "utf-8")


def _bars(tasks: list[tuple[str, str]], by: dict[tuple[str, str, str], Row]) -> str:
    """Of each task whether promotion keeps what was asked of it."""
    columns = [
        "task",
        "regret over asha (95%)",
        "≤ .01",
        "speed-up, best rival's",
        "at least it",
        "1.3x",
        "wrongly stopped",
    ]
    lines = [f"| {' | '.join(columns)} |"]
    lines += ["|---|---|---|---|---|---|---|"]
    count = [0, 0, 0, 0]
    for source, task in tasks:
        own = by[source, task, "promotion"]
        over = own["regret_over_asha"]
        fast = own["speedup_vs_full"] or 0.0
        rival = max(by[source, task, policy]["speedup_vs_full"] or 0.0 for policy in _RIVALS)
        bars = [over["high"] <= 0.01, fast >= rival, fast >= 1.3 * rival, own["false_kill_rate"] <= 0.02]
        count = [n + one for n, one in zip(count, bars, strict=True)]
        marks = ["yes" if one else "no" for one in bars]
        lines.append(
            f"| {source}/{task} | {over['estimate']:+.3f} ({over['low']:+.3f} to {over['high']:+.3f}) | {marks[0]} "
            f"| {fast:.2f}, {rival:.2f} | {marks[1]} | {marks[2]} | {own['false_kill_rate']:.1%} {marks[3]} |"
        )
    lines.append(f"| of {len(tasks)} tasks | | {count[0]} | | {count[1]} | {count[2]} | {count[3]} |")
    return "\n".join(lines)


def _choice(rows: list[Row]) -> str:
    """By what is left out: the setting that keeps most bars on the rest, and the bars it keeps on what was left out."""
    lines = ["| left out | tasks | chosen on the rest | ≤ .01 | at least the rival | 1.3x | wrongly stopped |"]
    lines += ["|---|---|---|---|---|---|---|"]
    families = sorted({_family(row) for row in rows})
    total = np.zeros(4, int)
    for left in families:
        chosen = max(_settings(rows), key=lambda setting: _kept(rows, setting, set(families) - {left}))
        bars = np.array([row["bars"] for row in rows if _family(row) == left and _setting(row) == chosen], int)
        total += bars.sum(axis=0)
        lines.append(f"| {left} | {len(bars)} | {_words(chosen)} | {' | '.join(map(str, bars.sum(axis=0)))} |")
    n = len({(row["source"], row["task"]) for row in rows})
    lines.append(f"| all, each left out | {n} | | {' | '.join(map(str, total))} |")
    for setting in _settings(rows):
        bars = np.array([row["bars"] for row in rows if _setting(row) == setting], int).sum(axis=0)
        lines.append(f"| none | {n} | {_words(setting)}, set for all | {' | '.join(map(str, bars))} |")
    return "\n".join(lines)


def _kept(rows: list[Row], setting: tuple[Any, ...], families: set[str]) -> float:
    """Bars kept a task, the mean over families of their mean over tasks."""
    return float(
        np.mean([
            np.mean([sum(row["bars"]) for row in rows if _family(row) == family and _setting(row) == setting])
            for family in sorted(families)
        ])
    )  # fmt: skip


def _family(row: Row) -> str:
    return _FAMILY.get(row["source"], row["source"])


def _setting(row: Row) -> tuple[Any, ...]:
    return tuple(row["shares"]), row["eta"], row["rise"]


def _settings(rows: list[Row]) -> list[tuple[Any, ...]]:
    return list(dict.fromkeys(_setting(row) for row in rows))


def _words(setting: tuple[Any, ...]) -> str:
    shares, eta, rise = setting
    rungs = " and ".join(f"1/{1 / share:.0f}" for share in shares)
    return f"rungs at {rungs}, one in {eta:.0f}, " + ("no rise" if rise == "never" else f"a rise of {rise:g} sds")


def _table(source: str, task: str, policies: list[str], by: dict[tuple[str, str, str], Row]) -> str:
    head = [
        f"**{source}, {task}**",
        "",
        "| policy | regret (95%) | anytime | speed-up (95%) | vs asha | wrongly stopped |",
    ]
    lines = [*head, "|---|---|---|---|---|---|"]
    for policy in policies:
        if (source, task, policy) not in by:
            continue
        row = by[source, task, policy]
        regret, fast = row["regret_interval"] or (0.0, 0.0), row["speedup_interval"] or (0.0, 0.0)
        lines.append(
            f"| {policy} | {row['regret']:.3f} ({regret[0]:.3f} to {regret[1]:.3f}) | {row['anytime_regret']:.3g} "
            f"| {_times(row['speedup_vs_full'])} ({fast[0]:.1f} to {fast[1]:.1f}) | {_times(row['speedup_vs_asha'])} "
            f"| {row['false_kill_rate']:.1%} |"
        )
    return "\n".join(lines)


def _times(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    main()

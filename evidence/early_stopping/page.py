"""The page of the replays, made from what `replay` wrote: ``python -m evidence.early_stopping.page``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Row = dict[str, Any]
_RIVALS = ("asha", "hyperband", "median", "patience")


def main() -> None:
    rows = [row for path in sorted(HERE.glob("*.json")) for row in json.loads(path.read_text("utf-8"))["policies"]]
    tasks = {(row["source"], row["task"]) for row in rows if row["source"] != "ALL"}
    by = {(row["source"], row["task"], row["policy"]): row for row in rows}
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    text = (HERE / "template.md").read_text("utf-8")
    tables = [
        _table(source, task, policies, by) for source, task in sorted(tasks, key=lambda one: (one[1] == "ALL", one))
    ]
    bars = _bars(sorted(one for one in tasks if one[1] != "ALL"), by)
    (HERE / "README.md").write_text(text.format(bars=bars, tables="\n\n".join(tables)), "utf-8")


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


def _table(source: str, task: str, policies: list[str], by: dict[tuple[str, str, str], Row]) -> str:
    head = [
        f"**{source}, {task}**",
        "",
        "| policy | regret (95%) | anytime | speed-up (95%) | vs asha | wrongly stopped |",
    ]
    lines = [*head, "|---|---|---|---|---|---|"]
    for policy in policies:
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

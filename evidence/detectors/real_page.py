"""``real.md`` from ``real.json`` and its labels: shares with 95% Wilson intervals, and every finding.

python evidence/detectors/real_page.py
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
RAW = ("raw", "raw_more", "raw_imitated", "wild_public/curves.parquet")
LABELS = ("true", "slight", "noise")
_LISTED = 40  # findings of a source that are listed; of more, every so many-th

Source = dict[str, Any]


def wilson(k: int, n: int, z: float = 1.96) -> str:
    """A share with its 95% interval, in percent."""
    if not n:
        return "-"
    p, w = k / n, z * z / n
    middle, half = p + w / 2, z * np.sqrt(p * (1 - p) / n + w / (4 * n))
    return f"{k} of {n} ({100 * max(0.0, middle - half) / (1 + w):.0f} to {100 * (middle + half) / (1 + w):.0f}%)"


def healthy_table(sources: dict[str, Source]) -> list[str]:
    lines = [
        "| source | healthy runs | with a finding told | of these only slight | by kind |",
        "|---|---|---|---|---|",
    ]
    for name, source in sources.items():
        if not source["healthy"]:
            continue
        findings = [one for one in source["findings"] if one["healthy"] and one["told"]]
        runs = {one["run"] for one in findings}
        grave = {one["run"] for one in findings if one["is"] != "slight"}
        kinds = ", ".join(f"{kind} {n}" for kind, n in Counter(one["kind"] for one in findings).items())
        told = wilson(len(runs), source["healthy"])
        lines.append(f"| {short(name)} | {source['healthy']} | {told} | {len(runs - grave)} | {kinds or '-'} |")
    return lines


def label_table(sources: dict[str, Source]) -> list[str]:
    lines = ["| source | runs | not looked at | findings | true | slight | noise |", "|---|---|---|---|---|---|---|"]
    for name, source in [*sources.items(), ("raw logs together", together(sources))]:
        labels = Counter(one["is"] for one in source["findings"])
        n = len(source["findings"])
        counts = " | ".join(str(labels[label]) for label in LABELS[:2])
        lines.append(
            f"| {short(name)} | {source['runs']} | {source['not_looked_at']} | {n} | {counts} | "
            f"{wilson(labels['noise'], n)} |"
        )
    return lines


def together(sources: dict[str, Source]) -> Source:
    """The raw logs as one source."""
    several = [sources[name] for name in RAW]
    counts = {name: sum(one[name] for one in several) for name in ("runs", "not_looked_at")}
    return counts | {"findings": [finding for one in several for finding in one["findings"]]}


def kind_table(sources: dict[str, Source]) -> list[str]:
    lines = ["| kind | findings | true | slight | noise |", "|---|---|---|---|---|"]
    every = [one for source in sources.values() for one in source["findings"]]
    for kind in dict.fromkeys(one["kind"] for one in every):
        labels = Counter(one["is"] for one in every if one["kind"] == kind)
        lines.append(f"| `{kind}` | {sum(labels.values())} | {' | '.join(str(labels[one]) for one in LABELS)} |")
    return lines


def listing(sources: dict[str, Source]) -> list[str]:
    lines = list[str]()
    for name, source in sources.items():
        n = len(source["findings"])
        every = -(-n // _LISTED) if n else 1
        some = f", every {every}th" if every > 1 else ""
        lines += [f"\n### {short(name)} ({n}{some})\n", "| | run | said | is |", "|---|---|---|---|"] if n else []
        for i in range(0, n, every):
            one = source["findings"][i]
            behind = "" if one["told"] else " (behind another)"
            lines.append(f"| {i} | {one['run'][-44:]} | {one['message'].replace('|', '/')}{behind} | {one['is']} |")
    return lines


def versions(sources: dict[str, Source]) -> str:
    """Which detectors looked; where sources differ, each combination."""
    said = (", ".join(f"`{name}` {version}" for name, version in one["detectors"].items()) for one in sources.values())
    return "; ".join(dict.fromkeys(said))


def short(name: str) -> str:
    return name.removesuffix(".parquet").removesuffix("/curves")


def main() -> None:
    sources = json.loads((HERE / "real.json").read_text())
    text = (HERE / "real_template.md").read_text()
    text = text.replace("<!-- DETECTORS -->", versions(sources))
    for mark, table in (("HEALTHY", healthy_table), ("LABELS", label_table), ("KINDS", kind_table), ("LIST", listing)):
        text = text.replace(f"<!-- {mark} -->", "\n".join(table(sources)))
    (HERE / "real.md").write_text(text)


if __name__ == "__main__":
    main()

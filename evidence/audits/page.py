"""Write README.md of this folder from its json files: python evidence/audits/page.py"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forerun.core import Undecided
from forerun.stats.ranks import rank_correlation

HERE = Path(__file__).parent
RANKS = {"signal to noise": "signal to noise", "decided alike by another checkpoint": "alike again",
         "monotone (Kendall's tau)": "monotone"}  # fmt: skip


def read(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text("utf-8"))


def span(values: list[float]) -> str:
    return f"{values[0]:.2f} ({values[1]:.2f} to {values[2]:.2f})"


def trust() -> Iterator[str]:
    for name, source in read("trust").items():
        n, small = len(source["benchmarks"]), source["small"]
        counts = {v: sum(one["verdict"] == v for one in source["benchmarks"]) for v in VERDICTS}
        listed = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        yield f"\n### {name}: said at {small}\n"
        yield f"{n} benchmarks and metrics: {listed}; of {source['n_undecided']} more nothing can be said."
        yield f"Recipes differ in {', '.join(source['by'])}. Mean decision accuracy at larger sizes, and its least:\n"
        yield f"| size | {' | '.join(VERDICTS)} | recipes shuffled | rank correlation: {', '.join(RANKS.values())} |"
        yield "|---" * (len(VERDICTS) + 3) + "|"
        for size, one in source["summary"].items():
            cells = [one["by_verdict"].get(v) for v in VERDICTS]
            by = [f"{c[0]:.2f}, {c[1]:.2f} (n = {c[2]})" if c else "none" for c in cells]
            ranks = "; ".join(span(one["rank_correlation"][key]) for key in RANKS if one["rank_correlation"][key])
            yield f"| {size} | " + " | ".join(by) + f" | {one['shuffled']:.2f} | {ranks} |"


VERDICTS = ("can decide", "cannot tell", "cannot decide")


def verdict() -> Iterator[str]:
    """What the bar of a rank correlation of 0.6 comes to."""
    for name, source in read("trust").items():
        ratios = {size: one["rank_correlation"]["signal to noise"][0] for size, one in source["summary"].items()}
        met = [size for size, value in ratios.items() if value >= 0.6]
        listed = ", ".join(f"{size} {value:.2f}" for size, value in ratios.items())
        yield f"- {name}: signal to noise at {source['small']} ranks decision accuracy with {listed}; 0.6 or more at"
        yield f"  {len(met)} of {len(ratios)} sizes. {over_sizes(source)}"
        yield f"  The small size's intervals of decisions hold what came: {', '.join(came(source))}."


def came(source: Any) -> Iterator[str]:
    """At each larger size, how many benchmarks decided as the interval said at the small one."""
    for size in source["summary"]:
        rows = [(one["measured"]["decided alike by another checkpoint"], one["accuracy"][size][0])
                for one in source["benchmarks"] if size in one["accuracy"]]  # fmt: skip
        yield f"{size} {sum(low <= right <= high for (_, low, high), right in rows)} of {len(rows)}"


def over_sizes(source: Any) -> str:
    """The same for the mean of a benchmark's accuracy over sizes, which is of more pairs than that at each."""
    judged = [one for one in source["benchmarks"] if one["accuracy"]]
    right = [sum(share for share, *_ in one["accuracy"].values()) / len(one["accuracy"]) for one in judged]
    r = rank_correlation([one["measured"]["signal to noise"][0] for one in judged], right)
    if isinstance(r, Undecided):
        return ""
    return (
        f"With its mean over sizes, looked at after those,\n  {r.value:.2f} ({r.low:.2f} to {r.high:.2f}, n = {r.n})."
    )


def raising() -> Iterator[str]:
    """What smooth metrics, averaging and filtering come to on the ladder."""
    found = read("raising")
    ratio, smooth = (found["smooth"][name] for name in ("log of signal to noise", "decision accuracy"))
    times = " to ".join(f"{math.exp(end):.1f}" for end in ratio[1:3])
    yield (f"- Bits per byte in place of accuracy: signal to noise times {math.exp(ratio[0]):.1f} ({times}, "
           f"{ratio[3]:.0f} tasks);\n  decision accuracy {change(smooth)}.")  # fmt: skip
    mean = found["averaging"]["decision accuracy"]
    yield f"- The mean of the last five checkpoints in place of the last: decision accuracy {change(mean)}."
    for metric, (before, after, on_chosen, gain, low, high, tasks, _) in found["filtering"].items():
        yield (f"- Half of {tasks} tasks by signal to noise, {metric}: on recipes not chosen on {before:.1f} "
               f"becomes\n  {after:.1f}, on the others {on_chosen:.1f}; gain {gain:+.1f} "
               f"(middle 95% of splits {low:+.1f} to {high:+.1f}).")  # fmt: skip


def change(values: list[float]) -> str:
    return f"{values[0]:+.3f} ({values[1]:+.3f} to {values[2]:+.3f}, n = {values[3]:.0f})"


def labels() -> Iterator[str]:
    data = read("labels")
    yield "| test set | suspects | published | share of wrong labels | n | verdict at 1% |\n|---|---|---|---|---|---|"
    for name, one in data["shares"].items():
        share = f"{one['share']:.2%} ({one['low']:.2%} to {one['high']:.2%})"
        yield f"| {name} | {one['suspects']:.0f} | {one['published']} | {share} | {one['n']} | {one['verdict']} |"
    same = sum(one[:2] == one[2:] for one in data["people"].values())
    counts = ", ".join(f"{name} {one[0]}/{one[1]}" for name, one in data["people"].items())
    yield f"\nLabels that people overruled, of those flagged: {counts};"
    yield f"{same} of {len(data['people'])} counts are those published."


def rates() -> Iterator[str]:
    yield "| what | rate | 95% | sets |\n|---|---|---|---|"
    for name, one in read("rates").items():
        yield f"| {name} | {one[0]:.3f} | {one[1]:.3f} to {one[2]:.3f} | {one[3]} |"


def page() -> str:
    """The whole page."""
    text = (HERE / "template.md").read_text("utf-8")
    for name, lines in (
        ("trust", trust()),
        ("verdict", verdict()),
        ("raising", raising()),
        ("labels", labels()),
        ("rates", rates()),
    ):
        text = text.replace(f"{{{name}}}", "\n".join(lines).strip())
    return text


if __name__ == "__main__":
    (HERE / "README.md").write_text(page(), "utf-8")

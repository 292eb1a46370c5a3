"""Tables of largest.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, share


def largest_overtrained(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for words, of in found["mlf_scaling"].items():
        times, law = words.split(", ")
        one, tables = of["summary"], of["tables"]
        own = {table["name"].split("_")[0]: percent(table["mean_error"]) for table in tables
               if table["name"].endswith("/c4_val")}  # fmt: skip
        rows.append([times.removesuffix(" times"), law, f"{tables[0]['fitted']}", f"{tables[0]['times']:.1f}",
                     f"{one['tables']}", percent(one["mean_error"]), own["c4"], own["rw"], f"{one['too_low']}",
                     percent(one["inside_80"])])  # fmt: skip
    head = ("under this of the compute, 1 over|exponents|runs fitted|the nearest, times smaller|losses|mean error|"
            "C4 of the model of C4|of the model of RefinedWeb|too low|80% hold")  # fmt: skip
    return lines(head, rows)


def largest_repeated(found: dict[str, Any]) -> list[str]:
    words = {"compute": "above the 90th percentile of compute", "epochs": "above the 70th percentile of epochs"}
    rows: list[list[str]] = []
    for split, name in words.items():
        own, other = (found["datablations"]["held_out"][f"{split}/{law}"] for law in ("data_constrained", "chinchilla"))
        rows.append([name, f"{own['asked']}", *(cell for one in (own, other)
                     for cell in (percent(one["mean_error"]), share(one["inside_80"])))])  # fmt: skip
    return lines("held out|asked|data_constrained|80% hold|chinchilla (repeats as new)|80% hold", rows)


def largest_whole(found: dict[str, Any]) -> list[str]:
    whole, published = found["datablations"]["whole"], found["datablations"]["published"]
    rows = [[name, f"{value:.4g} [{low:.4g}, {high:.4g}]", f"{published[name]:.4g}"]
            for name, value in whole["params"].items() for low, high in [whole["intervals"][name]]]  # fmt: skip
    rows.append(["R² of log loss", f"{whole['r2']:.3f}", ""])
    return lines(f"all {whole['n']}|fitted [80%]|published", rows)


def largest_shapes(found: dict[str, Any]) -> list[str]:
    tables = found["gemstones"]["tables"]
    rows = [[one["name"], f"{one['asked']}", percent(one["mean_error"]), percent(one["bias"]),
             share(one["inside_80"])] for one in tables]  # fmt: skip
    mean = found["gemstones"]["summary"]
    rows.append([f"mean; {mean['too_low']} of {mean['tables']} too low", "", percent(mean["mean_error"]),
                 percent(mean["bias"]), share(mean["inside_80"])])  # fmt: skip
    return lines("the largest model's|points|mean error|bias|80% hold", rows)


def largest_allocation(found: dict[str, Any]) -> list[str]:
    ours, published = (found["datablations"][name] for name in ("allocation", "allocation_published"))
    rows = [[name, f"{ours[name]:.4g}", f"{published[name]:.4g}"] for name in ours]
    return lines("best at 1e22 FLOPs with the published parameters|here|published", rows)


TABLES = {
    "overtrained": largest_overtrained,
    "repeated": largest_repeated,
    "whole": largest_whole,
    "allocation": largest_allocation,
    "shapes": largest_shapes,
}

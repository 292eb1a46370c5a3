"""Tables of isoflop.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, share


def isoflop_both(found: dict[str, Any]) -> list[str]:
    told = found["summary"]
    far, off = told["mean_distance_to_published"], told["largest_budget_off_by_factor"]
    unbiased = sum("bias_without_noise" in one for one in found["settings"].values())
    wide = [one["bias_of_wide_parabolas"] for one in found["settings"].values() if one.get("bias_of_wide_parabolas")]
    times = [one["factor_at_100_times"] for one in found["settings"].values() if "factor_at_100_times" in one]
    widest = max(abs(bias) for bias in wide)
    rows = [[f"mean distance of the exponent from the published (n = {told['settings']})",
             f"{far['parabola']:.3f}", f"{far['law']:.3f}"],
            ["N* at the largest budget from the budgets below, off by a factor (geometric mean)",
             share(off["parabola_over_published"]), share(off["law_over_published"])],
            [f"bias of the exponent if the fitted law held without noise, mean ({unbiased} settings)",
             f"{told['mean_bias_without_noise']:.3f}", "0"],
            ["the same with parabolas through all sizes of a budget, largest", f"{widest:.2f}", ""],
            ["N* at 100 times the largest budget by approach 2 over that by 3, least and largest", "",
             f"{min(times):.2f}, {max(times):.2f}"]]  # fmt: skip
    return lines("|approach 2|approach 3", rows)


TABLES = {
    "both": isoflop_both,
}

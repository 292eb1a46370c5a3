"""Tables of trained_suite.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import claim_lines, lines, percent, share, tenths


def trained_suites(found: dict[str, Any]) -> list[str]:
    rows = []
    for name, one in found["cod"].items():
        pool = one["pooled"]
        off = {way: tenths(abs(pool[way] - pool["true"])) for way in ("cod", "one_curve", "last") if way in pool}
        cells = [name, f"{one['n']} of {len(one['cases'])}"]
        if "error" in one:
            beside = one["beside"]["one_curve"]
            low, high = beside["interval"]
            cells += [*(tenths(one["error"][way]) for way in ("cod", "one_curve", "last")),
                      f"{tenths(beside['better_by'])} [{tenths(low)}, {tenths(high)}]", tenths(beside["detectable"]),
                      beside["verdict"], share(one["within_2_points"]), share(one["inside_80"])]  # fmt: skip
        else:
            cells += [""] * 8
        rows.append([*cells, *(off.get(way, "undecided") for way in ("cod", "one_curve"))])
    head = ("suite|seeds|COD off|one curve off|last score off|COD nearer than one curve by|detectable|verdict|"
            "within 2|80% hold|pooled: COD|one curve")  # fmt: skip
    return lines(head, rows)


def trained_rare(found: dict[str, Any]) -> list[str]:
    rows = []
    for name, one in found["pass_until"].items():
        cases = [case for case in one["cases"] if "relative" in case]
        cells = [""] * 11
        if cases:
            each = [", ".join(f"{case[key]:.2g}" for case in cases) for key in ("fitted", "true", "predicted")]
            items = sum(abs(case["by_items"] / case["true"] - 1) for case in cases) / len(cases)
            cells = [*each, percent(one["mean_relative_error"]), percent(items), percent(one["last_value"]),
                     *(share(one[key]) for key in ("within_10_percent", "inside_80", "inside_80_by_sampling")),
                     ", ".join(case["bend_of_fitted"] or "too few" for case in cases),
                     ", ".join(case["bend_of_all"] for case in cases)]  # fmt: skip
        rows.append([name, f"{one['n']} of {len(one['cases'])}", *cells])
    head = ("task, fitted to|seeds|sizes|true|predicted|error|not moved|doing nothing|within 10%|80% hold|"
            "by sampling alone|bend of the fitted|of all")  # fmt: skip
    return lines(head, rows)


def trained_held(found: dict[str, Any]) -> list[str]:
    rows = [[way, f"{one['inside']} of {one['n']}", ", ".join(share(of) for of in one["by_seed"]),
             f"{one['by_sampling']} of {one['n']}"] for way, one in found["held"].items()]  # fmt: skip
    return lines("fitted to|80% intervals that hold|each seed|by sampling alone", rows)


def trained_tasks(found: dict[str, Any]) -> list[str]:
    rows = [[task, ", ".join(f"{value:.2f}" for value in one["scores"]), f"{one['linearity']:.2f}",
             f"{one['breakthroughness']:.2f}", f"{one['of_logp']:.2f}"]
            for task, one in found["emergence"]["tasks"].items()]  # fmt: skip
    return lines("task|exact match, smallest model to largest|linearity|breakthroughness|of the log probability", rows)


def trained_claims(found: dict[str, Any]) -> list[str]:
    of = found["emergence"]
    claims = {
        "tasks of several steps are more of a breakthrough than memory": of["several steps against memory"],
        "log probability is less of one than exact match": of["log probability against exact match"],
    }
    claims |= {f"calibration error of the larger half is lower: {name}": one["larger half against smaller"]
               for name, one in found["calibration"].items()}  # fmt: skip
    return claim_lines(claims)


def trained_shapes(found: dict[str, Any]) -> list[str]:
    rows = []
    for one in found["shapes"]:
        mixed = one["shuffled"]
        unclear = sum(n for told, n in mixed.items() if told in ("unclear", "undecided")) / sum(mixed.values())
        each = ", ".join(f"{told} {n}" for told, n in one["each_seed"].items())
        scores = ", ".join(f"{value:.3f}" for value in one["scores"])
        rows.append([one["task"], one["over"], scores, one["told"], each, share(unclear)])
    return lines("task|over|mean rate, smallest to largest|told|each seed|labels shuffled: refused", rows)


TABLES = {
    "suites": trained_suites,
    "rates": trained_rare,
    "held": trained_held,
    "tasks": trained_tasks,
    "claims": trained_claims,
    "shapes": trained_shapes,
}

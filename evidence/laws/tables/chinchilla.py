"""Tables of chinchilla.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import lines, percent, share, two_percent


def chinchilla_parameters(found: dict[str, Any]) -> list[str]:
    tell = {"E": ".4f", "A": ".2f", "B": ".1f", "alpha": ".4f", "beta": ".4f"}
    rows = [
        [words, *(f"{found[name][one]:{form}}" for one, form in tell.items())]
        for words, name in (("here", "params"), ("sd of 1,000 draws", "sd"), ("Besiroglu et al.", "published"))
    ]
    ranges = [" to ".join(f"{end:{form}}" for end in found["intervals"][one]) for one, form in tell.items()]
    return lines("|E|A|B|α|β", [*rows[:2], ["95% of the draws", *ranges], rows[2]])  # fmt: skip


def chinchilla_held(found: dict[str, Any]) -> list[str]:
    rows = [[f"{one['share']:.0%}", f"{one['asked']}", two_percent(one["mean"]), percent(one["most"]),
             share(one["inside_80"])] for one in found["held_out"]]  # fmt: skip
    return lines("fitted to the cheapest|asked|mean error|largest|80% interval holds", rows)


def chinchilla_optimum(found: dict[str, Any]) -> list[str]:
    best, trap = found["objective"], found["mean_trap"]
    mean, low, high = found["size_exponent"]
    ends = [(f"averaged, default tolerances, {words} of {trap['starts']} starts", trap[key])
            for words, key in (("the best", "best_sum"), ("the median", "median_sum"))]  # fmt: skip
    rows = [["objective", f"{best:.12f}"], ["starts that reach it", "{} of {}".format(*found["reached"])],
            *([words, f"{end:.4f}, {end / best:.2f} times the optimum"] for words, end in ends),
            ["β/(α + β) [80%]", f"{mean:.3f} [{low:.3f}, {high:.3f}]"]]  # fmt: skip
    return lines("|here", rows)


TABLES = {
    "optimum": chinchilla_optimum,
    "parameters": chinchilla_parameters,
    "held": chinchilla_held,
}

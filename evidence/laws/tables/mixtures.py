"""Tables of mixtures.json."""

from __future__ import annotations

from typing import Any

from evidence.laws.tables.cells import between, lines, percent

_SCORES = {"loss": "loss", "error": "error rate"}
_METHODS = {"projection": "projection", "mixing law": "mixing law", "no distance": "without distance",
            "dealt anew": "distances dealt anew", "one value for all": "one value for all"}  # fmt: skip


def _of(found: dict[str, Any], world: str) -> list[tuple[str, dict[str, Any]]]:
    return [(_SCORES[one["metric"]], one) for one in found["summary"] if one["world"] == world]


def _gain(one: dict[str, Any], over: str) -> str:
    return between(one["methods"][over]["gain_of_projection"], ".3f")


def mixture_errors(found: dict[str, Any]) -> list[str]:
    rows = [[score, f"{one['pilots']}", f"{one['n']}",
             *(f"{one['methods'][name]['log_error']:.3f}" for name in _METHODS), _gain(one, "mixing law"),
             _gain(one, "one value for all")] for score, one in _of(found, "ALL")]  # fmt: skip
    head = "score|pilots|replicates|" + "|".join(_METHODS.values())
    return lines(f"{head}|gain over the mixing law|over one value for all", rows)


def mixture_worlds(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for world in ("classes", "altered", "both", "ALL"):
        of = {score: one for score, one in _of(found, world) if one["pilots"] == 12}
        rows.append([world.lower(), *(_gain(one, "mixing law") for one in of.values()),
                     *(percent(one["methods"]["projection"]["coverage_80"]) for one in of.values())])  # fmt: skip
    return lines("world|gain, loss|error rate|80% hold, loss|error rate", rows)


def mixture_picks(found: dict[str, Any]) -> list[str]:
    rows: list[list[str]] = []
    for score, one in _of(found, "ALL"):
        if one["pilots"] == 12:
            for name, words in (("projection", "projection"), ("mixing law", "mixing law"),
                                ("one value for all", "one at random")):  # fmt: skip
                told = one["methods"][name]
                rows.append([score, words, f"{told['regret']:.2f}",
                             f"{told['correlation']:.2f}" if "correlation" in told else ""])  # fmt: skip
    return lines("score|picked by|log score above the best one's|rank correlation over the 20", rows)


TABLES = {
    "errors": mixture_errors,
    "worlds": mixture_worlds,
    "picks": mixture_picks,
}

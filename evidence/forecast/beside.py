"""What the runs beside a run add to its forecast: half of the tasks left out, alone and beside 1, 5 and 20 runs.

    python evidence/forecast/beside.py DATA --date YYYY-MM-DD --work DIR [--max-curves 400] [--resamples 2000]
        [--seed 0] [--source-out [--source NAME ...]]

DATA is the folder of tidy tables. For each half of the tasks the nets are learned from the other half; the nets that
heed siblings are learned from cases of that other half, forecast by what was learned from the half that is judged, so
that nothing is learned from an outcome that is judged. Arms: ``alone``; beside ``1``, ``5``, ``20`` runs as
`backtest --beside`; ``5 no twins``; ``5 shuffled``, which stand in other tasks. The raw last value is scored beside
them. Intervals are 95% percentile bootstraps over tasks. What is learned is left in DIR. Writes beside.json beside
itself and DIR/half.jsonl, every case alone and beside 5.

``--source-out``: as above, ``alone``, ``5`` and ``5 no twins``, each source judged by what was learned anew without any
curve of it: the baseline, the nets (three for speed) and the one that heeds siblings, from cases of other sources. What
is learned and every source's cases are left in DIR, so that a killed run goes on, and an arm more asks for that arm
alone. Writes beside_source_out.json after each.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import forerun
from forerun.core import SCORED_LEVELS, Curve, Forecast
from forerun.evaluate.forecasts import backtest as protocol
from forerun.evaluate.forecasts.backtest import Past
from forerun.evaluate.forecasts.beside import with_others
from forerun.forecast import auto
from forerun.forecast.auto import AUTO
from forerun.forecast.forecaster import Finished, Sibling, State
from forerun.forecast.last_value_calibrated import LAST_VALUE_CALIBRATED
from forerun.forecast.nets.sibling_cases import CaseBeside
from forerun.stats import scores
from forerun.stats.zscale import zscale
from forerun.training import auto as training

HERE = Path(__file__).parent
LEARN_CURVES = 2000
ARMS = ("alone", "1", "5", "20", "5 no twins", "5 shuffled")
TURNED = "curves turned over"
SOURCE_ARMS = ("alone", "5", "5 no twins")
SOURCE_NETS = 3
NEW = ("deepobs", "dreamerv3_scores", "drq_family", "rl_zoo_agents", "td3_curves", "tdmpc2_results", "wild_public")
"""Sources that the study of `skill.py` did not have."""
Row = dict[str, Any]


@cache
def pasts_of(data: Path) -> list[Past]:
    return training.pasts_of(sorted(folder for folder in data.iterdir() if any(folder.glob("*.parquet"))))


def half(data: Path, work: Path, which: int, max_curves: int) -> Row:
    """By arm the scored cases of a half of the tasks."""
    every = pasts_of(data)
    learned = protocol.first(every, LEARN_CURVES)
    halves = [protocol.fold_of(past, 2) for past in learned]
    curves = training.finished(learned)
    parts = [curves.only([of != left for of in halves]) for left in (0, 1)]
    states = [training.kept(work / f"half{left}.json", part) for left, part in enumerate(parts)]
    path = work / f"siblings{which}.json"
    if not path.exists():
        others = [of != which for of in halves]
        path.write_text(json.dumps(auto.learn_siblings(curves, [(states[1 - which], others)])))
    state = states[which] | {"siblings": json.loads(path.read_text())}
    judged = [past for past in protocol.first(every, max_curves) if protocol.fold_of(past, 2) == which]
    return {arm: list(scored(state, arm_of(arm, judged, every))) for arm in (*ARMS, TURNED)}


def source_out(data: Path, work: Path, source: str, max_curves: int) -> dict[str, list[Row]]:
    """By arm the scored cases of a source of which nothing was learned, from a file where they were left."""
    path = work / f"rows_{source}.json"
    rows: dict[str, list[Row]] = json.loads(path.read_text()) if path.exists() else {}
    missing = [arm for arm in SOURCE_ARMS if arm not in rows]
    if missing:
        every = pasts_of(data)
        state = state_without(every, work, source)
        judged = [past for past in protocol.first(every, max_curves) if past.source == source]
        rows |= {arm: list(scored(state, arm_of(arm, judged, every))) for arm in missing}
        path.write_text(json.dumps(rows))
    return rows


def state_without(every: Sequence[Past], work: Path, source: str) -> State:
    """What is learned of all sources but one; the cases that the correction is learned from are of halves of tasks."""
    curves = training.finished(protocol.first(every, LEARN_CURVES))
    others = curves.only([group != source for group in curves.groups])
    alone = training.kept(work / f"without_{source}.json", others, nets=SOURCE_NETS)
    halves = [protocol.fold_of(past, 2) for past in protocol.first(every, LEARN_CURVES)]
    states = [json.loads((work / f"half{left}.json").read_text()) for left in (0, 1)]
    made = all_cases(work, curves, [(state, [of == left for of in halves]) for left, state in enumerate(states)])
    return alone | {"siblings": auto.taught([case for case in made if case.group != source], nets=1)}


@cache
def _pickled(path: Path) -> list[CaseBeside]:
    return pickle.loads(path.read_bytes())  # noqa: S301  (our own file)


def all_cases(work: Path, curves: Finished, parts: list[tuple[State, list[bool]]]) -> list[CaseBeside]:
    """The cases of both halves of the tasks, from a file where they were left."""
    path = work / "cases.pickle"
    if not path.exists():
        path.write_bytes(pickle.dumps(auto.cases_beside(curves, parts)))
    return _pickled(path)


def arm_of(arm: str, judged: Sequence[Past], every: Sequence[Past]) -> list[Past]:
    if arm == "alone":
        return list(judged)
    if arm == TURNED:
        return [replace(past, curve=turned_over(past.curve)) for past in judged]
    if arm == "5 shuffled":
        return shuffled(judged, every, 5)
    return with_others(judged, every, int(arm.split()[0]), twins="no twins" not in arm)


def turned_over(curve: Curve) -> Curve:
    """A curve whose every gain is a loss, within the range it has."""
    finite = curve.y[np.isfinite(curve.y)]
    return replace(curve, y=finite.min() + finite.max() - curve.y)


def shuffled(judged: Sequence[Past], every: Sequence[Past], k: int) -> list[Past]:
    """Each beside runs of other tasks: of its source and metric, or of anything where it has but one task."""
    pools: dict[tuple[str, str], list[Past]] = defaultdict(list)
    for past in every:
        pools[past.source, past.curve.metric].append(past)
    rng, made = np.random.default_rng(0), list[Past]()
    for past in judged:
        pool = pools[past.source, past.curve.metric]
        pool = pool if any(other.task != past.task for other in pool) else every
        drawn = (pool[i] for i in rng.integers(0, len(pool), 60))
        others = [other for other in drawn if other.task != past.task]
        made.append(replace(past, beside=tuple(others[:k])))
    return made


def scored(state: State, pasts: Sequence[Past]) -> Iterator[Row]:
    cases = [case for past in pasts for case in protocol.cases_of(past)]
    curves, at = [case.shown for case in cases], [[case.at] for case in cases]
    beside = [[Sibling(one.run, one.curve, one.schedule) for one in case.past.beside] for case in cases]
    answers = AUTO.predict(state, curves, at, schedule=[case.past.schedule for case in cases], siblings=beside)
    baseline = LAST_VALUE_CALIBRATED.predict(state["baseline"], curves, at)
    for case, answer, base in zip(cases, answers, baseline, strict=True):
        assert isinstance(base, Forecast)
        used = answer if isinstance(answer, Forecast) else base
        scale = zscale(case.shown.y)
        z = float(scale.to_z(case.y))
        own, raw = (scores.at_levels(one.levels, one.quantiles[-1:], SCORED_LEVELS)[0] for one in (used, base))
        ends = [scores.interval(SCORED_LEVELS, scale.to_z(own), mass) for mass in (0.5, 0.8, 0.9)]
        yield {
            "source": case.past.source, "task": case.past.task, "run": case.past.run,
            "metric": case.past.curve.metric, "origin": float(case.shown.x[-1]), "at": case.at, "y": case.y,
            "status": "forecast" if isinstance(answer, Forecast) else "undecided",
            "beside": len(case.past.beside), "quantiles": own.tolist(),
            "crps": float(scores.crps(SCORED_LEVELS, scale.to_z(own), z)),
            "baseline": float(scores.crps(SCORED_LEVELS, scale.to_z(raw), z)),
            "turned over": [float(scores.crps(SCORED_LEVELS, scale.to_z(q), -z)) for q in (own, raw)],
            "last": abs(float(scale.to_z(case.shown.y[-1])) - z),
            "inside": [bool(low <= z <= high) for low, high in ends],
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--max-curves", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--source-out", action="store_true")
    parser.add_argument("--source", action="append", help="with --source-out: one to leave out, not every")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    if asked.source_out:
        write_source_out(asked)
        return
    with ProcessPoolExecutor(2) as pool:
        parts = list(pool.map(half, [asked.data] * 2, [asked.work] * 2, (0, 1), [asked.max_curves] * 2))
    arms = {arm: parts[0][arm] + parts[1][arm] for arm in (*ARMS, TURNED)}
    turned = arms.pop(TURNED)
    with (asked.work / "half.jsonl").open("w") as file:
        for arm, beside in (("alone", None), ("5", 5)):
            file.writelines(json.dumps(line(row, beside)) + "\n" for row in arms[arm])
    found = {"date": asked.date, "forerun": forerun.__version__, "seed": asked.seed, "max_curves": asked.max_curves}
    found |= summary(arms, np.random.default_rng(asked.seed), asked.resamples)
    found["controls"] = {
        "what came turned over, alone": skill_by_source(arms["alone"], "turned over"),
        "what came turned over, beside 5": skill_by_source(arms["5"], "turned over"),
        TURNED: skill_by_source(turned),
        f"{TURNED}, over the raw last value": skill_by_source([row | {"baseline": row["last"]} for row in turned]),
    }
    (HERE / "beside.json").write_text(json.dumps(found, indent=1) + "\n")


def write_source_out(asked: argparse.Namespace) -> None:
    arms: dict[str, list[Row]] = {arm: [] for arm in SOURCE_ARMS}
    sources = asked.source or sorted({past.source for past in pasts_of(asked.data)})
    for source in sorted(sources, key=lambda name: (name in NEW, name)):
        for arm, rows in source_out(asked.data, asked.work, source, asked.max_curves).items():
            arms[arm] += rows
        found = {"date": asked.date, "forerun": forerun.__version__, "seed": asked.seed, "max_curves": asked.max_curves}
        found |= summary(arms, np.random.default_rng(asked.seed), asked.resamples)
        print(source, found["by source"][source]["skill"], flush=True)
        (HERE / "beside_source_out.json").write_text(json.dumps(found, indent=1) + "\n")


def line(row: Row, beside: int | None) -> Row:
    """A case as `backtest --cases` writes it."""
    kept_keys = ("source", "task", "run", "metric", "origin", "at", "y", "status", "quantiles")
    return {key: row[key] for key in kept_keys} | {"method": "auto"} | ({} if beside is None else {"beside": beside})


def summary(arms: dict[str, list[Row]], rng: np.random.Generator, resamples: int) -> Row:
    """By source and over sources: skill of each arm and of the raw last value, gains over alone, and what held."""
    sources = sorted({row["source"] for row in arms["alone"]})
    tables = {source: task_table(arms, source) for source in sources}
    draws = {source: drawn(table, rng, resamples) for source, table in tables.items()}
    by_source = {source: figures([*arms], table, draws[source]) for source, table in tables.items()}
    for source in sources:
        rows = {arm: [row for row in of if row["source"] == source] for arm, of in arms.items()}
        by_source[source] |= {
            "cases": len(rows["alone"]),
            "with siblings": float(np.mean([row["beside"] > 0 for row in rows["5"]])),
            "inside": {
                arm: np.mean([row["inside"] for row in of], axis=0).round(3).tolist() for arm, of in rows.items()
            },
        }
    groups = {"14 sources of skill.py": [s for s in sources if s not in NEW], "7 added": list(NEW), "all": sources}
    here = {name: [source for source in of if source in sources] for name, of in groups.items()}
    over = {name: over_sources([*arms], by_source, draws, of) for name, of in here.items() if of}
    return {"over sources": over, "by source": by_source}


def skill_by_source(rows: Sequence[Row], key: str | None = None) -> dict[str, float]:
    """Skill by source and in the mean over sources: of the rows' CRPS, or of what they hold under a key."""
    sums: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(2))
    for row in rows:
        sums[row["source"]] += row[key] if key else (row["crps"], row["baseline"])
    skill = {source: 1.0 - own / base for source, (own, base) in sorted(sums.items())}
    means = {"mean": list(skill.values()), "mean of 14": [skill[source] for source in skill if source not in NEW]}
    return {name: round(float(np.mean(of)), 4) for name, of in means.items()} | {
        source: round(float(value), 4) for source, value in skill.items()
    }


def task_table(arms: dict[str, list[Row]], source: str) -> np.ndarray:
    """Sums by task, (tasks, arms + 2): CRPS of each arm, of the baseline and of the raw last value."""
    tasks = sorted({row["task"] for row in arms["alone"] if row["source"] == source})
    table = np.zeros((len(tasks), len(arms) + 2))
    place = {task: i for i, task in enumerate(tasks)}
    for j, (arm, rows) in enumerate(arms.items()):
        for row in rows:
            if row["source"] == source:
                table[place[row["task"]], j] += row["crps"]
                if arm == "alone":
                    table[place[row["task"]], -2:] += row["baseline"], row["last"]
    return table


def drawn(table: np.ndarray, rng: np.random.Generator, resamples: int) -> np.ndarray:
    """Skills (resamples, arms + 1) of resampled tasks, the raw last value's last."""
    counts = rng.multinomial(len(table), np.full(len(table), 1.0 / len(table)), size=resamples)
    return skills(counts @ table)


def skills(sums: np.ndarray) -> np.ndarray:
    return 1.0 - np.delete(sums, -2, axis=-1) / sums[..., -2, None]


def figures(arms: Sequence[str], table: np.ndarray, draws: np.ndarray) -> Row:
    return {"tasks": len(table)} | told(arms, skills(table.sum(axis=0)), draws)


def told(arms: Sequence[str], skill: np.ndarray, draws: np.ndarray) -> Row:
    names = [*arms, "last value"]
    gain, gains = skill - skill[0], draws - draws[:, :1]
    return {
        "skill": {name: interval(skill[i], draws[:, i]) for i, name in enumerate(names)},
        "gain over alone": {name: interval(gain[i], gains[:, i]) for i, name in enumerate(arms) if i},
    }


def interval(value: float, draws: np.ndarray) -> list[float]:
    return [round(float(v), 4) for v in (value, *np.quantile(draws, [0.025, 0.975]))]


def over_sources(arms: Sequence[str], by_source: Row, draws: dict[str, np.ndarray], sources: list[str]) -> Row:
    skill = np.mean([[by_source[s]["skill"][name][0] for name in [*arms, "last value"]] for s in sources], axis=0)
    inside = {arm: np.mean([by_source[s]["inside"][arm] for s in sources], axis=0).round(3).tolist() for arm in arms}
    return told(arms, skill, np.mean([draws[s] for s in sources], axis=0)) | {"inside": inside, "sources": len(sources)}


if __name__ == "__main__":
    main()

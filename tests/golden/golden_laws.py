"""What laws, and the questions asked of them, answer: written to a file, or held against one.

    python tests/golden/golden_laws.py FILE.json [--data DATA]            write the present answers
    python tests/golden/golden_laws.py --against FILE.json [--data DATA]  compare: equal to 1e-10, or say where not

Every law on the points of `tests/laws/known` (with a little noise, so that nothing is 0) and on its study's recorded
tables, every law along a path on recorded runs; every question on data like its test's. DATA is the folder of recorded
tables; what is not there is left out on both sides.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from forerun import api
from forerun.core import Table, Undecided
from forerun.laws import LAWS
from forerun.laws.data.mixing import mixing
from forerun.laws.fitter import compare, fit, fit_ensemble, profile
from forerun.laws.path.convex_bound import best
from forerun.laws.questions import emergence, isoflop, knowledge_capacity, projection, repeats
from forerun.laws.questions.allocation import optimal_allocation
from forerun.laws.questions.asymptote import asymptote
from forerun.laws.questions.bend import bend
from forerun.laws.questions.critical_batch_size import critical_batch
from forerun.laws.questions.data_efficiency import data_efficiency
from forerun.laws.questions.joint_asymptote import joint_asymptote
from forerun.laws.questions.ladder import fit_ladder
from forerun.laws.questions.longer_run import same_rate_cooldown, two_stage_factor
from forerun.laws.questions.parts.skills import fit_skills
from forerun.laws.questions.rare_successes import fit_items
from forerun.laws.questions.reward_peak import peak
from forerun.laws.questions.sampling_budget import budget
from forerun.laws.questions.saturation import saturation
from forerun.laws.questions.shape import shape
from forerun.laws.questions.steps_to import steps_to
from forerun.laws.questions.suite import predict_suite
from forerun.laws.questions.tries import best_of, crossing
from forerun.laws.questions.tries_budget import allocate
from forerun.stats.pass_rates import fit_beta

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "evidence" / "laws")]
TOLERANCE = 1e-10
MOST_ROWS = 400
Answers = Iterator[tuple[str, Any]]


def plain(value: Any) -> Any:
    """An answer in lists, dicts, numbers and words, whatever noun it is."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return repr(value) if isinstance(value, float) else value


def of_fit(made: Any, asked: Table) -> Any:
    if isinstance(made, Undecided):
        return {"undecided": made.why}
    told = made.predict(asked, transfer=True)
    said = {name: getattr(told, name) for name in ("y", "low", "high")}
    names = ("params", "intervals", "objective", "noise", "misfit", "warnings")
    return {name: dict(value) if name in names[:2] else value
            for name, value in ((name, getattr(made, name)) for name in names)} | said  # fmt: skip


def thin(table: Table) -> Table:
    if table.n_rows <= MOST_ROWS:
        return table
    kept = np.linspace(0, table.n_rows - 1, MOST_ROWS).astype(int)
    return Table({name: [column[i] for i in kept] for name, column in table.columns.items()})


def known(law: str) -> Table:
    table = import_module(f"tests.laws.known.{law}").TABLE
    y = np.asarray(table.columns["y"], float)
    return Table({**table.columns, "y": y * np.exp(0.005 * np.random.default_rng(0).normal(size=y.size))})


def laws_on_known_points() -> Answers:
    for law in LAWS.table:
        table = known(law)
        yield f"known/{law}", of_fit(fit(law, table, draws=40), table)


def laws_on_recorded_tables(data: Path) -> Answers:
    from recorded import SOURCES

    for source in SOURCES:
        for one in (one for i, one in enumerate(source(data)) if i < 2):
            table = thin(one.table)
            yield f"recorded/{one.source}/{one.name}", of_fit(fit(one.law, table, draws=30), table)
    if (data / "multipowerlaw").is_dir():
        runs = [run for run in api.read(data / "multipowerlaw") if run.task == "25M"]
        role = {name: [r for r in runs if r.config["mpl_paper_role"] == name] for name in ("fit", "test")}
        for law in ("multi_power", "lr_annealing", "functional_scaling", "convex_bound", "lr_area"):
            table, asked = (thin(api.law_table(law, role[name])) for name in ("fit", "test"))
            made = fit(law, table, draws=20)
            yield f"recorded/multipowerlaw/{law}", of_fit(made, asked)
            yield f"recorded/multipowerlaw/{law}/foretold", api.foretell(made, table, asked)


def questions() -> Answers:
    chinchilla = known("chinchilla")
    yield "compare", compare(["broken", "chinchilla"], Table({**chinchilla.columns, "x": chinchilla.columns["params"]}))
    yield "profile", profile(fit("regularised", known("regularised"), draws=40), known("regularised"), "alpha")
    paths = known("multi_power")
    several = fit_ensemble(paths)
    told = several.predict(paths)
    yield "ensemble", [told.y, told.low, told.high]
    C, off = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e18, 1e22, 7), np.geomspace(1 / 16, 16, 9)))
    N = (0.28 * 400 / (0.45 * 2000)) ** (1 / 0.73) * (C / 6) ** (0.45 / 0.73) * off
    y = 1.7 + 400.0 * N**-0.28 + 2000.0 * (C / 6 / N) ** -0.45
    y = y * np.exp(0.001 * np.random.default_rng(1).normal(size=y.size))
    sweep = Table({"flops": C, "params": N, "tokens": C / 6 / N, "y": y})
    found = isoflop.compare(sweep)
    yield "isoflop", [found.parabola, found.exponent, found.bias, found.factor, dict(found.law.params)]
    made = fit("regularised", known("regularised"), draws=40)
    yield "saturation", saturation(made, 0.01, "params", start=1e7)
    yield "asymptote", asymptote(made)
    grids = (g.ravel() for g in np.meshgrid(np.geomspace(1e7, 1e9, 6), [1.0, 2.0, 3.0, 5.0, 8.0]))
    N, K = grids
    yield (
        "joint_asymptote",
        joint_asymptote(Table({"params": N, "members": K, "y": 3.17 + 900.0 * N**-0.45 + 0.4 / K})),
    )
    yield "data_efficiency", data_efficiency(3.0, fit("sample_size", known("sample_size"), draws=40), 1e3)
    ladder = fit("kaplan", known("kaplan"), draws=40)
    yield "kaplan", [critical_batch(ladder, 4.0), steps_to(ladder, 4.0, 1e8, 1e5)]
    yield "allocation", optimal_allocation(1e22, 25e9)
    for name in ("overoptimisation", "overoptimisation_best_of_n"):
        yield f"{name}/peak", peak(fit(name, known(name), draws=40))
    line = 1 - np.arange(400) / 400
    yield "convex_bound", [best(line), same_rate_cooldown(400, 800, 0.2), two_stage_factor(400, 800, 0.2)]
    N = np.repeat([1e6, 2e6, 4e6, 8e6, 16e6], 2)
    facts = np.tile([1e6, 2e7], 5)
    yield (
        "knowledge_capacity",
        knowledge_capacity.knowledge_capacity(
            Table({"params": N, "bits": np.minimum(2.1 * N, facts), "available": facts})
        ),
    )
    rng = np.random.default_rng(0)
    r = np.repeat(np.geomspace(1, 1e4, 9), 3)
    y = (3.0 + 0.4 * np.exp(-((np.log10(r) - 2) ** 2))) * np.exp(0.01 * rng.normal(size=r.size))
    yield "repeats", repeats.peak(Table({"repeats": r, "y": y}))
    N = np.geomspace(1e7, 1e11, 10)
    U = np.linspace(-1, 1, 10)
    yield "shape", [shape(N, 0.5 + 0.3 * s * U**p + 0.02 * rng.standard_normal(10)) for s in (1, -1) for p in (1, 2)]
    score = 1 / (1 + np.exp(-4 * U))
    yield "emergence", [emergence.linearity(score), emergence.breakthroughness(score)]


def questions_of_inference_and_data() -> Answers:
    rng = np.random.default_rng(0)
    yield "best_of", best_of([0.1, 0.4], [8, 3], auc=0.8)
    yield "allocate", allocate(1 - (1 - np.array([[0.05], [0.2], [0.6]])) ** np.arange(1, 7), np.arange(1, 7),
                               [0.2, 0.5, 0.3], 2.5)  # fmt: skip
    small = rng.beta(0.4, 3.0, 150)
    pair = [fit_beta(50, rng.binomial(50, p), rng=rng) for p in (small, 4 * small / (1 + 3 * small))]
    yield "crossing", crossing(*pair, price_ratio=5.0, rng=rng)
    shares = rng.dirichlet(np.ones(3), 12)
    d = 0.5 + 2.0 * np.abs(shares - 1 / 3).max(axis=1)
    sizes = np.repeat([100.0, 200.0], 12)
    both = {**dict(zip("abc", np.tile(shares, (2, 1)).T, strict=True)), "distance": np.tile(d, 2), "train_size": sizes}
    y = np.exp(1.5 * both["distance"] - 0.4 * np.log(sizes) + 0.02 * rng.normal(size=24))
    pilots = Table({**both, "y": y})
    made = projection.fit(pilots, "abc")
    asked = Table({**both, "train_size": np.full(24, 400.0)})
    yield "projection", projection.select(made, asked)
    yield "mixing", of_fit(fit(mixing("abc"), pilots, draws=30), pilots)


def questions_of_benchmarks() -> Answers:
    rng = np.random.default_rng(0)
    N, D = (grid.ravel() for grid in np.meshgrid(np.geomspace(2e8, 3e9, 5), np.geomspace(4e9, 3e11, 4)))
    loss = (0.45 + 60 * N**-0.3 + 100 * D**-0.3) * np.exp(0.005 * rng.standard_normal(20))
    score = 0.25 + 0.75 / (1 + np.exp(6 * (loss - 0.8))) + 0.005 * rng.standard_normal(20)
    made = fit_ladder(Table({"params": N, "tokens": D, "loss": loss, "score": score}), draws=40)
    told = made.predict(Table({"params": [1.3e10], "tokens": [5e12]}))
    yield "ladder", [told.y, told.low, told.high, dict(made.first.params), dict(made.second.params)]
    C = np.geomspace(1e19, 1e22, 8)
    at = np.log10(np.append(C, 1e23))
    true = np.repeat([np.exp(-np.log(2) * 10 ** (0.4 * (m - at))) for m in (20.5, 21.5)], 60, axis=0)
    yield "suite", predict_suite(C, rng.binomial(100, true[:, :-1]) / 100, 1e23, chance=0.0, samples=100)
    N = np.geomspace(3e7, 1e9, 6)
    rates = np.exp(-np.exp(rng.normal(2.0, 0.15, (60, 1))) * (N / 3e7) ** -0.15)
    items = fit_items(N, np.full(rates.shape, 5), 5 + rng.negative_binomial(5, rates))
    yield "pass_until", [items.line, items.predict(2.4e9)]
    yield "bend", bend(N, rates.mean(axis=0))
    yield "budget", budget([1e-4, 1e-3], relative_error=0.1, items=100)
    flops, family = np.geomspace(1e20, 1e24, 40), rng.integers(0, 6, 40)
    skill = np.log10(flops) - 22 + rng.normal(0, 0.3, 6)[family] + rng.normal(0, 0.2, 40)
    y = 1 / (1 + np.exp(-(skill[:, None] * [0.8, 1.0, 1.2, 0.9, 1.1] - [0.5, 0, -0.5, 0.2, 0.1])))
    y = np.clip(y + 0.02 * rng.standard_normal(y.shape), 0, 1)
    rows = {"model": np.repeat(np.arange(40.0), 5), "benchmark": list("abcde") * 40, "family": np.repeat(family, 5),
            "flops": np.repeat(flops, 5)}  # fmt: skip
    skills = fit_skills(Table({**rows, "y": y.ravel()}), dims=2)
    told = skills.predict(Table({**rows, "flops": 10 * rows["flops"], "y": np.full(200, np.nan)}))
    yield "observational", [told.y, told.low, told.high]


def recorded_questions(data: Path) -> Answers:
    if (data / "formll_isoflop").is_dir():
        import polars as pl
        from recorded import frame

        rows = frame(data, "formll_isoflop/isoflop.parquet")
        assert rows is not None
        for (task,), part in list(rows.filter(pl.col("metric") == "loss").group_by(["task"], maintain_order=True))[:2]:
            table = Table({name: part[name].cast(pl.Float64).to_numpy() for name in ("flops", "params", "tokens", "y")})
            yield f"recorded/isoflop/{task}", isoflop.parabola(table)


def answers(data: Path | None) -> dict[str, Any]:
    parts = [laws_on_known_points(), questions(), questions_of_inference_and_data(), questions_of_benchmarks()]
    if data is not None:
        parts += [laws_on_recorded_tables(data), recorded_questions(data)]
    return {name: plain(value) for part in parts for name, value in part}


def differences(a: Any, b: Any, where: str) -> Iterator[str]:
    """Places at which two answers differ, numbers by more than the tolerance of the larger."""
    if isinstance(a, dict) and isinstance(b, dict):
        for name in [*a, *(name for name in b if name not in a)]:
            if name in a and name in b:
                yield from differences(a[name], b[name], f"{where}/{name}")
            else:
                yield f"{where}/{name}: only {'before' if name in a else 'after'}"
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (left, right) in enumerate(zip(a, b, strict=True)):
            yield from differences(left, right, f"{where}[{i}]")
    elif a != b and not _near(a, b):
        yield f"{where}: {a!r} before, {b!r} after"


def _near(a: Any, b: Any) -> bool:
    try:
        left, right = float(a), float(b)
    except (TypeError, ValueError):
        return False
    return abs(left - right) <= TOLERANCE * max(abs(left), abs(right), 1e-3) or (left != left and right != right)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--against", type=Path)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    present = json.loads(json.dumps(answers(options.data)))
    if options.file is not None:
        options.file.write_text(json.dumps(present) + "\n")
    if options.against is not None:
        found = list(differences(json.loads(options.against.read_text()), present, ""))
        print(f"{len(present)} answers, {len(found)} differences", *found[:40], sep="\n")
        raise SystemExit(bool(found))


if __name__ == "__main__":
    main()

"""Searches and trackers that this project reads without their packages, against what the packages themselves say."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from forerun import api
from forerun.core import Run
from tests.cards import known_answer

pytestmark = pytest.mark.filterwarnings("ignore")  # the packages' own


def points(run: Run, metric: str) -> list[tuple[float, float]]:
    return list(zip(run.curves[metric].x.tolist(), run.curves[metric].y.tolist(), strict=True))


@known_answer("optuna_sqlite", "optuna_journal", "optuna_csv")
@pytest.mark.parametrize("kind", ["sqlite", "journal"])
def test_optuna_as_study_trials_gives_them(tmp_path: Path, kind: str) -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    file = tmp_path / kind
    if kind == "sqlite":
        storage = optuna.storages.RDBStorage(f"sqlite:///{file}")
    else:
        storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(file)))

    def reporting(trial: optuna.Trial) -> float:
        rate, layers = trial.suggest_float("lr", 1e-4, 1e-1, log=True), trial.suggest_int("layers", 1, 4)
        trial.suggest_categorical("opt", ["sgd", "adam"])
        for step in range(10):
            trial.report(math.nan if (trial.number, step) == (3, 4) else rate * 0.8**step + layers, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        if trial.number == 5:
            raise ValueError("a trial that fails")
        return rate

    sampler, pruner = optuna.samplers.RandomSampler(seed=0), optuna.pruners.MedianPruner(n_startup_trials=6)
    study = optuna.create_study(storage=storage, study_name="curves", sampler=sampler, pruner=pruner)
    study.optimize(reporting, n_trials=12, catch=(ValueError,))
    plain = optuna.create_study(storage=storage, study_name="plain", direction="maximize", sampler=sampler)
    plain.optimize(lambda trial: -(trial.suggest_float("x", -1, 1) ** 2), n_trials=7)
    (tmp_path / "table").mkdir()
    plain.trials_dataframe().to_csv(tmp_path / "table" / "table.csv")
    runs = {run.id.partition("/")[2]: run for run in api.read(file)}
    assert set(runs) == {"plain", *(f"curves/{i}" for i in range(12))}
    for trial in study.trials:
        run = runs[f"curves/{trial.number}"]
        assert str(points(run, "value")) == str([(float(k), v) for k, v in trial.intermediate_values.items()])
        assert {key: run.config[key] for key in trial.params} == trial.params
        assert run.config["state"] == trial.state.name
    values = [(float(trial.number), trial.value) for trial in plain.trials]
    assert (points(runs["plain"], "value"), runs["plain"].curves["value"].direction) == (values, "max")
    (table,) = api.read(tmp_path / "table")
    assert points(table, "value") == values


@known_answer("sacred")
def test_sacred_as_it_was_logged(tmp_path: Path) -> None:
    pytest.importorskip("sacred")
    from sacred import Experiment
    from sacred.observers import FileStorageObserver

    experiment = Experiment("e", save_git_info=False)
    experiment.observers.append(FileStorageObserver(tmp_path / "runs"))
    experiment.add_config(lr=0.1, seed=3)

    def main(_run: object) -> float:
        for i in range(20):
            _run.log_scalar("loss", math.inf if i == 7 else 1 / (i + 1), i)  # type: ignore[attr-defined]
        return 0.5

    experiment.main(main)
    experiment.run(options={"--capture": "no"})
    (run,) = api.read(tmp_path / "runs")
    assert points(run, "loss") == [(float(i), math.inf if i == 7 else 1 / (i + 1)) for i in range(20)]
    assert (run.status, run.seed, run.config["lr"], run.config["sacred/result"]) == ("finished", 3, 0.1, 0.5)


@known_answer("catboost")
def test_catboost_as_get_evals_result_gives_it(tmp_path: Path) -> None:
    catboost = pytest.importorskip("catboost")
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.random((300, 4))
    y = (x[:, 0] + 0.1 * x[:, 1] > 0.5).astype(int)
    model = catboost.CatBoostClassifier(
        iterations=30, eval_metric="AUC", custom_metric=["Logloss"], verbose=False, train_dir=str(tmp_path / "info")
    )
    model.fit(x[:200], y[:200], eval_set=[(x[200:250], y[200:250]), (x[250:], y[250:])])
    (run,) = api.read(tmp_path)
    told = model.get_evals_result()
    for part, ours in (("learn", "learn"), ("validation_0", "test"), ("validation_1", "test1")):
        for metric, values in told[part].items():
            if f"{ours}/{metric}" in run.curves or part != "learn":  # AUC is not computed on the learn set
                assert run.curves[f"{ours}/{metric}"].y == pytest.approx(values, rel=1e-9)
    assert (run.curves["test1/AUC"].direction, run.status) == ("max", "finished")


@known_answer("swanlab")
def test_swanlab_as_it_was_logged(tmp_path: Path) -> None:
    swanlab = pytest.importorskip("swanlab")
    swanlab.init(project="p", experiment_name="one", config={"lr": 0.1}, mode="offline", logdir=str(tmp_path / "log"))
    for i in range(30):
        swanlab.log({"train/loss": 1 / (i + 1), "acc": i / 30}, step=i)
    swanlab.finish()
    (run,) = (run for run in api.read(tmp_path / "log") if run.format == "swanlab")
    assert points(run, "train/loss") == [(float(i), 1 / (i + 1)) for i in range(30)]
    assert points(run, "acc") == [(float(i), i / 30) for i in range(30)]
    assert (run.config["lr"], run.config["swanlab/name"], run.status) == (0.1, "one", "finished")

"""Real small trainings, watched: what is kept is what they logged, and their weights are those of one that is not."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.core import Run
from forerun.session import Session
from forerun.watcher import Watcher

pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks' own
for package in ("torch", "lightning", "transformers", "keras", "xgboost", "lightgbm", "optuna"):
    pytest.importorskip(package, reason="needs the extra [clients]")

STEPS = 40
HARM = ("nothing", "an exception", "a full disk", "no store", "a killed thread")


def quick() -> Session:
    return Session(method="last_value", detector="non_finite")


def broken() -> Session:
    raise RuntimeError("a bug of ours")


def watcher_in(folder: Path, **more: Any) -> Watcher:
    return Watcher(folder / "runs.forerun", "run", **{"session": quick, "every": 0.01} | more)


def run_in(folder: Path) -> Run:
    (run,) = api.read(folder / "runs.forerun")
    return run


def torch_loop(watcher: Watcher | None, steps: int = STEPS) -> tuple[list[float], bytes]:
    """A small net on random data, watched or not: its losses and its weights."""
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses: list[float] = []
    for step in range(1, steps + 1):
        x = torch.randn(16, 8)
        loss = torch.nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if watcher is not None:
            watcher.log(step, {"train/loss": loss})
    return losses, b"".join(weight.detach().numpy().tobytes() for weight in model.parameters())


def test_a_plain_torch_loop(tmp_path: Path) -> None:
    with watcher_in(tmp_path, horizon=STEPS) as watcher:
        losses, weights = torch_loop(watcher)
    assert run_in(tmp_path).curves["train/loss"].y.tolist() == losses
    assert weights == torch_loop(None)[1]


@pytest.mark.parametrize("harm", HARM)
def test_whatever_befalls_the_watcher_the_weights_are_the_same_to_the_bit(tmp_path: Path, harm: str) -> None:
    """With the session of the defaults, so that forecasts are made beside the training; in a process of its own."""
    code = f"""
        import ctypes, hashlib, json, resource, signal, sys, threading, warnings
        from pathlib import Path
        from tests.clients.test_watching import broken, torch_loop
        from forerun.session import Session
        from forerun.watcher import Watcher
        harm, store = {harm!r}, Path({str(tmp_path / "runs.forerun")!r})
        if harm == "a full disk":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        if harm == "no store":
            store.write_bytes(b"SQLite format 3" + bytes(5000))
        watcher = Watcher(store, "run", session=broken if harm == "an exception" else Session, every=0.01, room=500)
        if harm == "a killed thread":
            watcher.log(0, {{"train/loss": 9.0}})
            (thread,) = (one for one in threading.enumerate() if one.name == "forerun watcher")
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        _, weights = torch_loop(watcher, 300)
        watcher.close()
        print(json.dumps([hashlib.sha256(weights).hexdigest(), sorted({{one.kind for one in watcher.findings}})]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    import hashlib

    digest, said = json.loads(done.stdout)
    assert digest == hashlib.sha256(torch_loop(None, 300)[1]).hexdigest()
    assert ("watcher_failure" in said) is (harm in ("an exception", "a full disk", "no store"))


def fit_lightning(folder: Path, callback: Callable[[Watcher], Any] | None, **more: Any) -> tuple[int, list[float]]:
    """Updates that were made, and the weights."""
    import lightning.pytorch as pl
    import torch

    from forerun.core import Schedule
    from tests.clients.small import INPUTS, Module

    torch.manual_seed(0)
    module = Module(Schedule("constant", {"peak": 0.1, "steps": STEPS}))
    callbacks = [] if callback is None else [callback(watcher_in(folder, **more))]
    trainer = pl.Trainer(
        max_steps=STEPS, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder, callbacks=callbacks,
    )  # fmt: skip
    trainer.fit(module, torch.utils.data.DataLoader(torch.utils.data.TensorDataset(INPUTS), batch_size=2))
    return trainer.global_step, [weight.item() for weight in module.parameters()]


def test_lightning(tmp_path: Path) -> None:
    from forerun.adapters.watch.lightning import LightningWatcher

    steps, weights = fit_lightning(tmp_path, LightningWatcher)
    run = run_in(tmp_path)
    assert steps == STEPS
    assert run.curves["train/loss"].x.tolist() == list(range(1, STEPS + 1))
    assert {"seconds/forward", "seconds/backward", "seconds/optimizer", "seconds/data"} <= run.curves.keys()
    assert (run.horizon["step"], run.status) == (STEPS, "finished")
    assert weights == fit_lightning(tmp_path, None)[1]


def train_transformers(folder: Path, callback: Callable[[Watcher], Any] | None) -> tuple[list[float], list[float]]:
    """The losses that are logged, and the weights."""
    import torch
    import transformers

    from tests.clients.small import INPUTS, Line

    torch.manual_seed(0)
    arguments = transformers.TrainingArguments(
        output_dir=str(folder), max_steps=STEPS, logging_steps=1, save_strategy="no", seed=0, report_to="none",
        disable_tqdm=True, use_cpu=True, per_device_train_batch_size=2,
    )  # fmt: skip
    model, data = Line(), [{"x": x, "labels": 3.0 * x} for x in INPUTS]
    callbacks = [] if callback is None else [callback(watcher_in(folder))]
    trainer = transformers.Trainer(model, arguments, train_dataset=data, callbacks=callbacks)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return losses, [weight.item() for weight in model.parameters()]


def test_transformers(tmp_path: Path) -> None:
    from forerun.adapters.watch.transformers import TransformersWatcher

    losses, weights = train_transformers(tmp_path, TransformersWatcher)
    run = run_in(tmp_path)
    assert run.curves["loss"].y.tolist() == [float(loss) for loss in losses]
    assert len(losses) == STEPS
    assert {"seconds/data", "seconds/forward_backward", "seconds/optimizer"} <= run.curves.keys()
    assert (run.horizon["step"], run.status) == (STEPS, "finished")
    assert weights == train_transformers(tmp_path, None)[1]


def test_keras(tmp_path: Path) -> None:
    import keras

    from forerun.adapters.watch.keras import KerasWatcher

    def fit(callbacks: list[Any]) -> tuple[dict[str, list[float]], list[float]]:
        keras.utils.set_random_seed(0)
        x = np.linspace(0, 1, 32)[:, None]
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile(optimizer="sgd", loss="mse")
        history = model.fit(
            x, 3 * x, batch_size=8, epochs=5, verbose=0, callbacks=callbacks, validation_data=(x, 3 * x)
        )
        return history.history, [weight.item() for weight in model.get_weights()]

    history, weights = fit([KerasWatcher(watcher_in(tmp_path))])
    run = run_in(tmp_path)
    assert run.curves["val_loss"].y.tolist() == history["val_loss"]
    assert run.curves["val_loss"].x.tolist() == [4, 8, 12, 16, 20]
    assert len(run.curves["train/loss"]) == 20
    assert (run.horizon["step"], run.status) == (20, "finished")
    assert weights == fit([])[1]


def trees() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 4))
    return x, x[:, 0] * x[:, 1] + 0.1 * rng.normal(size=200)


def test_xgboost(tmp_path: Path) -> None:
    import xgboost

    from forerun.adapters.watch.xgboost import XGBoostWatcher

    def train(callbacks: list[Any]) -> tuple[Any, bytes]:
        x, y = trees()
        data, held_out, evaluated = xgboost.DMatrix(x[:150], y[:150]), xgboost.DMatrix(x[150:], y[150:]), {}
        model = xgboost.train(
            {"seed": 0, "nthread": 1}, data, 20, evals=[(held_out, "val")], evals_result=evaluated,
            verbose_eval=False, callbacks=callbacks,
        )  # fmt: skip
        return evaluated, model.save_raw("json")

    evaluated, model = train([XGBoostWatcher(watcher_in(tmp_path, horizon=20))])
    assert run_in(tmp_path).curves["val/rmse"].y.tolist() == evaluated["val"]["rmse"]
    assert run_in(tmp_path).status == "finished"
    assert model == train([])[1]


def test_lightgbm(tmp_path: Path) -> None:
    import lightgbm

    from forerun.adapters.watch.lightgbm import LightGBMWatcher

    def train(callbacks: list[Any]) -> tuple[dict[str, Any], str]:
        x, y = trees()
        data, evaluated = lightgbm.Dataset(x[:150], y[:150]), {}
        settings = {"objective": "regression", "metric": "rmse", "verbose": -1, "num_threads": 1, "seed": 0}
        model = lightgbm.train(
            settings, data, 20, valid_sets=[lightgbm.Dataset(x[150:], y[150:], reference=data)], valid_names=["val"],
            callbacks=[lightgbm.record_evaluation(evaluated), *callbacks],
        )  # fmt: skip
        return evaluated, model.model_to_string()

    evaluated, model = train([LightGBMWatcher(watcher_in(tmp_path))])
    run = run_in(tmp_path)
    assert run.curves["val/rmse"].y.tolist() == evaluated["val"]["rmse"]
    assert (run.horizon["step"], run.status) == (20, "finished")
    assert model == train([])[1]


class Told(Watcher):
    """One whose training is told to stop at its tenth record."""

    def log(self, x: float, metrics: Any) -> None:
        super().log(x, metrics)
        self._acting.should_stop = self._acting.should_stop or x >= 10


def test_each_trainer_stops_where_it_is_told_to(tmp_path: Path) -> None:
    import lightgbm
    import xgboost

    from forerun.adapters.watch.lightgbm import LightGBMWatcher
    from forerun.adapters.watch.lightning import LightningWatcher
    from forerun.adapters.watch.transformers import TransformersWatcher
    from forerun.adapters.watch.xgboost import XGBoostWatcher

    x, y = trees()
    model = xgboost.train({}, xgboost.DMatrix(x, y), 20, callbacks=[XGBoostWatcher(Told(None, "a", session=quick))])
    assert model.num_boosted_rounds() == 10
    told = LightGBMWatcher(Told(None, "b", session=quick))
    assert lightgbm.train({"verbose": -1}, lightgbm.Dataset(x, y), 20, callbacks=[told]).best_iteration == 10
    assert fit_lightning(tmp_path, lambda _: LightningWatcher(Told(None, "c", session=quick)))[0] == 10
    stopping = train_transformers(tmp_path, lambda _: TransformersWatcher(Told(None, "d", session=quick)))
    assert 10 <= len(stopping[0]) <= 11  # it logs after the step that it stops at


def test_an_optuna_study_prunes_what_cannot_win_and_keeps_the_best(tmp_path: Path) -> None:
    """Sixteen falls to known floors; the least is the first, so that all later ones are without hope."""
    import optuna

    from forerun.adapters.watch.optuna import ForecastPruner

    floors = [0.1, *np.linspace(1.0, 3.0, 9)]

    def objective(trial: Any) -> float:
        floor = floors[trial.number]
        for step in range(1, 41):
            value = floor + 2.0 * step**-1.0
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return value

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = f"sqlite:///{tmp_path}/study.db"
    study = optuna.create_study(storage=storage, pruner=ForecastPruner(horizon=40))
    study.optimize(objective, n_trials=len(floors))
    states = [trial.state.name for trial in study.trials]
    assert states[0] == "COMPLETE"
    assert study.best_trial.number == 0
    assert states.count("PRUNED") >= 7
    steps = sum(len(trial.intermediate_values) for trial in study.trials)
    assert steps < 0.6 * 40 * len(floors)


def test_ray_tune_stops_what_cannot_win_on_a_local_cluster(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs the extra [ray]")
    code = f"""
        import json, ray
        from ray import tune
        from forerun.adapters.watch.ray import ForecastScheduler

        def train(config):
            for step in range(1, 41):
                tune.report({{"loss": config["floor"] + 2.0 / step}})

        scheduler = ForecastScheduler("loss", "min", horizon=40)
        ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
        tuner = tune.Tuner(
            train,
            param_space={{"floor": tune.grid_search([0.1, 1.0, 1.5, 2.0, 2.5, 3.0])}},
            tune_config=tune.TuneConfig(scheduler=scheduler, max_concurrent_trials=1),
            run_config=tune.RunConfig(storage_path={str(tmp_path)!r}, verbose=0),
        )
        results = tuner.fit()
        print("RESULT" + json.dumps([[r.config["floor"], r.metrics["training_iteration"]] for r in results]))
        ray.shutdown()
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    steps = dict(json.loads(line.removeprefix("RESULT")))
    assert steps[0.1] == 40
    assert sum(n < 40 for n in steps.values()) >= 4

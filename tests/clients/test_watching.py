"""Real small trainings, watched: what is kept is what they logged, and their weights are those of one that is not."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.adapters.watch.trainer import TrainerHandlers
from forerun.control import Order
from forerun.core import Run
from forerun.runs.store import Store
from forerun.session import Session
from forerun.watcher import Watcher
from tests.clients.plain_loop import STEPS, torch_loop

pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks' own
for package in ("torch", "lightning", "transformers", "keras", "xgboost", "lightgbm", "optuna"):
    pytest.importorskip(package, reason="needs the extra [clients]")

HARM = ("nothing", "an exception", "a full disk", "no store", "a killed thread")


def quick() -> Session:
    return Session(method="last_value", detector="non_finite")


def watcher_in(folder: Path, **more: Any) -> Watcher:
    return Watcher(folder / "runs.forerun", "run", **{"session": quick, "every": 0.01} | more)


def run_in(folder: Path) -> Run:
    (run,) = api.read(folder / "runs.forerun")
    return run


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
        from tests.clients.plain_loop import broken, torch_loop
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


def order(action: str, amount: float) -> Order:
    return Order("run", action, amount, ("for a test",), "test", given=time(), expires=time() + 60)


class Ordered(Watcher):
    """One whose training is told something at one of its records, as if the order had come from outside."""

    orders: dict[int, Order]

    def log(self, x: float, metrics: Any) -> None:
        self._acting.waiting = self.orders.pop(int(x), None)
        super().log(x, metrics)


def ordered(folder: Path, orders: dict[int, Order], restore: Callable[[], object] | None = None) -> Ordered:
    acts = ("change lr", "cooldown", *(("roll back",) if restore else ()))
    watcher = Ordered(
        folder / "runs.forerun",
        "run",
        session=quick,
        every=0.01,
        allow=acts,
        handlers=TrainerHandlers(restore),
        dry=False,
    )
    watcher.orders = orders
    return watcher


def outcomes(folder: Path) -> list[tuple[str, str]]:
    with Store(folder / "runs.forerun") as store:
        return [(e.body["order"]["action"], e.body["outcome"]) for e in store.journal.entries(kind="action")]


ORDERS = {10: ("change lr", 0.5), 20: ("cooldown", 10.0)}
FACTORS = [1.0] * 10 + [0.5] * 10 + [0.5 * (1 - k / 10) for k in range(10)] + [0.0] * 10
"""By which each of the 40 updates is made slower, from the orders alone."""


@pytest.mark.parametrize("schedule", ["ours", "theirs"])
def test_lightning_changes_its_rate_and_cools_down_where_it_is_told(tmp_path: Path, schedule: str) -> None:
    import lightning.pytorch as pl
    import torch

    from forerun.adapters.watch.lightning import LightningWatcher
    from forerun.core import Schedule
    from tests.clients.small import INPUTS, Module

    class Theirs(Module):
        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
            constant = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": constant, "interval": "step"}}

    class Taken(pl.Callback):
        """The rates that updates are made with: what the weights move by, over their gradients."""

        def __init__(self) -> None:
            self.rates: list[float] = []

        def on_before_optimizer_step(self, trainer: Any, module: Any, optimizer: Any) -> None:
            self.before = module.line.bias.item(), module.line.bias.grad.item()

        def on_train_batch_end(self, trainer: Any, module: Any, *_: Any) -> None:
            weight, gradient = self.before
            self.rates.append((weight - module.line.bias.item()) / gradient)

    torch.manual_seed(0)
    plan = Schedule("constant", {"peak": 0.1, "steps": 1000})
    module = (Module if schedule == "ours" else Theirs)(plan)
    taken, orders = Taken(), {step: order(*told) for step, told in ORDERS.items()}
    watcher = ordered(tmp_path, orders)
    trainer = pl.Trainer(
        max_steps=STEPS, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=tmp_path, callbacks=[taken, LightningWatcher(watcher)],
    )  # fmt: skip
    trainer.fit(module, torch.utils.data.DataLoader(torch.utils.data.TensorDataset(INPUTS), batch_size=2))
    assert taken.rates == pytest.approx([0.1 * factor for factor in FACTORS], rel=2e-3, abs=1e-6)
    assert outcomes(tmp_path) == [("change lr", "done"), ("cooldown", "done")]
    logged = run_in(tmp_path).curves["lr"].y  # of the update that comes, before it is told
    assert logged.tolist() == pytest.approx([0.1 * factor for factor in [*FACTORS[1:10], 1.0, *FACTORS[11:], 0.0]])


def test_transformers_changes_its_rate_cools_down_and_goes_back_where_it_is_told(tmp_path: Path) -> None:
    """Under its own linear scheduler; roll back restores the weights with which it began."""
    import torch
    import transformers

    from forerun.adapters.watch.transformers import TransformersWatcher
    from tests.clients.small import INPUTS, Line

    torch.manual_seed(0)
    model, weights = Line(), list[float]()
    began = {name: value.clone() for name, value in model.state_dict().items()}

    class Taken(transformers.TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            weights.append(model.line.weight.item())

    orders = {10: order("roll back", 0.5), 20: order("cooldown", 10.0)}
    watcher = ordered(tmp_path, orders, restore=lambda: model.load_state_dict(began))
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), max_steps=STEPS, logging_steps=1, save_strategy="no", seed=0, report_to="none",
        disable_tqdm=True, use_cpu=True, per_device_train_batch_size=2, learning_rate=0.1, optim="sgd",
        lr_scheduler_type="constant",
    )  # fmt: skip
    data = [{"x": x, "labels": 3.0 * x} for x in INPUTS]
    callbacks = [TransformersWatcher(watcher), Taken()]
    trainer = transformers.Trainer(model, arguments, train_dataset=data, callbacks=callbacks)
    trainer.train()
    assert outcomes(tmp_path) == [("roll back", "done"), ("cooldown", "done")]
    assert abs(weights[10] - began["line.weight"].item()) < abs(weights[9] - began["line.weight"].item())
    assert len(set(weights[30:])) == 1  # its rate is 0
    logged = run_in(tmp_path).curves["learning_rate"].y
    assert logged[8] == pytest.approx(0.1) and logged[15] == pytest.approx(0.05)
    assert logged[24] == pytest.approx(0.025) and logged[-1] == 0.0


@pytest.mark.parametrize("rate", [0.1, "a schedule"])
def test_keras_changes_its_rate_and_cools_down_where_it_can(tmp_path: Path, rate: Any) -> None:
    import keras

    from forerun.adapters.watch.keras import KerasWatcher

    class Taken(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.rates: list[float] = []

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.rates.append(float(self.model.optimizer.learning_rate))

    keras.utils.set_random_seed(0)
    x = np.linspace(0, 1, 32)[:, None]
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(schedule if rate == "a schedule" else rate), loss="mse")
    taken, orders = Taken(), {step: order(*told) for step, told in ORDERS.items()}
    model.fit(x, 3 * x, batch_size=8, epochs=10, verbose=0, callbacks=[taken, KerasWatcher(ordered(tmp_path, orders))])
    if rate == "a schedule":
        assert outcomes(tmp_path) == [("change lr", "failed"), ("cooldown", "failed")]
    else:
        assert taken.rates == pytest.approx([0.1 * factor for factor in FACTORS], abs=1e-7)
        assert outcomes(tmp_path) == [("change lr", "done"), ("cooldown", "done")]

"""Our readers against the trackers' own reading of files that the trackers' own clients write here."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forerun import api
from forerun.core import Run
from tests.cards import known_answer

pytestmark = pytest.mark.filterwarnings("ignore")  # the trackers' own
NEEDS = "needs the extra [clients]"


def only(path: Path, format: str) -> Run:
    (run,) = [run for run in api.read(path) if run.format == format]
    return run


def pairs(run: Run, metric: str) -> list[tuple[float, float]]:
    curve = run.curves[metric]
    return list(zip(curve.x.tolist(), curve.y.tolist(), strict=True))


def written_by(code: str, folder: Path, **environment: str) -> str:
    """Run a client in a process of its own: trackers keep state, threads and services in theirs."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


WANDB = """
import math, sys
import wandb
settings = wandb.Settings(x_disable_stats=True, console="off", silent=True)
run = wandb.init(project="p", name="mine", dir=sys.argv[1], mode="offline", id="abc123", settings=settings,
                 config={"lr": 0.1, "seed": 7, "model": {"depth": 3}, "max_steps": 300})
run.define_metric("val/step")
run.define_metric("val/*", step_metric="val/step")
for s in range(300):
    row = {"loss": 2.0 / (s + 1), "nested": {"a": s * 7 % 11, "b": -s / 3}, "epoch": s // 100, "note": "text"}
    row |= {"ok": True}
    if s % 50 == 0:
        row |= {"val/step": s // 50, "val/loss": 3.0 / (s + 1), "score": s / 300}
    if s == 7:
        row |= {"loss": float("nan"), "odd": float("inf")}
    run.log(row)
run.finish()
"""


@known_answer("wandb")
def test_wandb_offline(tmp_path: Path) -> None:
    """Every history record, by wandb's own protobuf classes and json; blocks are put together here independently."""
    internal = pytest.importorskip("wandb.proto.wandb_internal_pb2", reason=NEEDS)
    written_by(WANDB, tmp_path)
    (file,) = tmp_path.rglob("run-abc123.wandb")
    if file.parent.is_symlink():
        (file,) = (f for f in tmp_path.rglob("run-abc123.wandb") if not f.parent.is_symlink())
    rows = list(histories(file.read_bytes(), internal))
    run = only(tmp_path, "wandb")
    assert len(rows) == 300
    assert (run.status, run.seed, run.horizon["step"]) == ("finished", 7, 300)
    assert (run.config["lr"], run.config["model.depth"], run.config["wandb/name"]) == (0.1, 3, "mine")
    for metric in ("loss", "nested.a", "nested.b"):
        expected = [(row["_step"], float(row[metric])) for row in rows if metric in row]
        assert str(pairs(run, metric)) == str([(float(x), y) for x, y in expected])
    assert math.isnan(run.curves["loss"].y[7])
    assert run.curves["odd"].y.tolist() == [math.inf]
    assert (run.curves["val/loss"].axis, len(run.curves["val/loss"])) == ("val/step", 6)
    assert "note" not in run.curves
    assert "ok" not in run.curves
    assert set(run.positions.columns) >= {"step", "epoch", "seconds"}


def histories(data: bytes, internal: Any) -> Any:
    at, parts = 7, []
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        size, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        parts.append(data[at + 7 : at + 7 + size])
        at += 7 + size
        if kind in (1, 4):
            record = internal.Record.FromString(b"".join(parts))
            parts = []
            if record.WhichOneof("record_type") == "history":
                yield {".".join(i.nested_key) or i.key: json.loads(i.value_json) for i in record.history.item}


MLFLOW = """
import json, sys
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri=URI)
experiment = client.create_experiment("exp")
told = {}
for name in ("one", "two"):
    run = client.create_run(experiment, run_name=name).info.run_id
    client.log_param(run, "lr", 0.1)
    for s in range(40):
        client.log_metric(run, "val/loss", 1.0 / (s + 1), timestamp=1700000000000 + s * 1000, step=s)
    client.log_metric(run, "odd", float("nan"), timestamp=1700000000000, step=1)
    client.log_metric(run, "odd", float("inf"), timestamp=1700000001000, step=2)
    client.log_metric(run, "odd", float("-inf"), timestamp=1700000002000, step=3)
    client.set_terminated(run, "FINISHED" if name == "one" else "FAILED")
    history = {key: client.get_metric_history(run, key) for key in ("val/loss", "odd")}
    told[name] = {key: [[p.step, repr(p.value)] for p in points] for key, points in history.items()}
print(json.dumps(told))
"""


@known_answer("mlflow_files", "mlflow_sqlite")
@pytest.mark.parametrize("backend", ["files", "sqlite"])
def test_mlflow(tmp_path: Path, backend: str) -> None:
    pytest.importorskip("mlflow", reason=NEEDS)
    uri = "'file://' + sys.argv[1] + '/mlruns'" if backend == "files" else "'sqlite:///' + sys.argv[1] + '/mlflow.db'"
    printed = written_by(MLFLOW.replace("URI", uri), tmp_path, MLFLOW_ALLOW_FILE_STORE="true")
    told = json.loads(printed.splitlines()[-1])
    runs = {run.config.get("mlflow/name") or run.id.rsplit("/")[-1]: run for run in api.read(tmp_path)}
    assert {name: run.status for name, run in runs.items()} == {"one": "finished", "two": "crashed"}
    for name, metrics in told.items():
        assert runs[name].config["lr"] == 0.1
        for key, points in metrics.items():
            assert [[int(x), repr(y)] for x, y in pairs(runs[name], key)] == [
                [x, "inf" if y == "1.7976931348623157e+308" else "-inf" if y == "-1.7976931348623157e+308" else y]
                for x, y in points
            ]


TRACKIO = """
import json, sys
import trackio
from trackio.sqlite_storage import SQLiteStorage
trackio.init(project="proj", name="mine", config={"lr": 0.1})
for s in range(60):
    row = {"loss": 1.0 / (s + 1), "train": {"acc": s / 60}}
    if s == 5:
        row["loss"] = float("nan")
    trackio.log(row, step=s * 2)
trackio.finish()
print(json.dumps(SQLiteStorage.get_logs("proj", "mine"), default=str))
"""


@known_answer("trackio")
def test_trackio(tmp_path: Path) -> None:
    pytest.importorskip("trackio", reason=NEEDS)
    printed = written_by(TRACKIO, tmp_path, TRACKIO_DIR=str(tmp_path))
    rows = json.loads(printed.splitlines()[-1])
    run = only(tmp_path, "trackio")
    assert (run.id, run.config["lr"], len(rows)) == ("proj.db/mine", 0.1, 60)
    assert run.curves["loss"].x.tolist() == [row["step"] for row in rows]
    assert str(run.curves["loss"].y.tolist()) == str([float(row["loss"]) for row in rows])
    assert "seconds" in run.positions.columns


@known_answer("dvclive")
def test_dvclive(tmp_path: Path) -> None:
    dvclive = pytest.importorskip("dvclive", reason=NEEDS)
    with dvclive.Live(str(tmp_path / "dvclive"), save_dvc_exp=False, report=None, dvcyaml=None) as live:
        live.log_param("lr", 0.1)
        for s in range(20):
            live.log_metric("train/loss", 1.0 / (s + 1))
            live.log_metric("val/acc", s / 20)
            live.next_step()
    run = only(tmp_path, "dvclive")
    assert pairs(run, "train/loss") == [(s, 1.0 / (s + 1)) for s in range(20)]
    assert pairs(run, "val/acc") == [(s, s / 20) for s in range(20)]
    assert run.config["lr"] == 0.1


KERAS = """
import sys
import keras, numpy as np
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse", metrics=["mae"])
x, y = np.random.default_rng(0).normal(size=(32, 2)), np.zeros((32, 1))
histories = []
for _ in range(2):
    logger = keras.callbacks.CSVLogger(sys.argv[1] + "/training.csv", append=True)
    histories.append(model.fit(x, y, epochs=4, verbose=0, callbacks=[logger], validation_data=(x, y)).history)
import json
print(json.dumps({k: histories[0][k] + histories[1][k] for k in histories[0]}))
"""


@known_answer("keras_csv")
def test_keras(tmp_path: Path) -> None:
    if importlib.util.find_spec("keras") is None:  # importing it here would choose its backend for all tests
        pytest.skip(NEEDS)
    told = json.loads(written_by(KERAS, tmp_path, KERAS_BACKEND="torch").splitlines()[-1])
    run = only(tmp_path, "keras_csv")
    assert set(run.curves) == {"loss", "mae", "val_loss", "val_mae"}
    for metric, values in told.items():
        assert run.curves[metric].x.tolist() == list(range(8))
        assert run.curves[metric].y.tolist() == pytest.approx(values, rel=1e-6)


BOOSTING = """
import contextlib, io, json, sys
import lightgbm, numpy as np, xgboost
rng = np.random.default_rng(0)
x, y = rng.normal(size=(200, 3)), rng.integers(0, 2, 200)
result, held, printed = {}, {}, io.StringIO()
data = xgboost.DMatrix(x, y)
settings = {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "verbosity": 0}
with contextlib.redirect_stdout(printed):
    xgboost.train(settings, data, 15, evals=[(data, "train"), (data, "valid")], evals_result=result)
table = lightgbm.Dataset(x, y)
lightgbm.train({"metric": "auc", "objective": "binary", "verbosity": -1}, table, 15, [table], ["train"],
               callbacks=[lightgbm.record_evaluation(held)])
for name, told in (("x.json", json.dumps(result)), ("l.json", json.dumps(held)), ("x.log", printed.getvalue())):
    open(sys.argv[1] + "/" + name, "w").write(told)
"""


@known_answer("evals_result")
def test_xgboost_and_lightgbm(tmp_path: Path) -> None:
    """What they hand to the caller, saved as JSON, and what they print."""
    for package in ("xgboost", "lightgbm"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(NEEDS)
    written_by(BOOSTING, tmp_path)
    runs = {run.id: run for run in api.read(tmp_path)}
    assert runs["x.json"].format == "evals_result"
    told = {name: json.loads((tmp_path / name).read_text()) for name in ("x.json", "l.json")}
    for id, result in told.items():
        for part, metrics in result.items():
            for metric, values in metrics.items():
                assert pairs(runs[id], f"{part}/{metric}") == list(zip(map(float, range(1, 16)), values, strict=True))
    assert runs["x.log"].curves["valid-logloss"].x.tolist() == list(range(15))
    printed = runs["x.log"].curves["valid-logloss"].y.tolist()
    assert printed == pytest.approx(told["x.json"]["valid"]["logloss"], abs=1e-5)


def test_huggingfaces_printed_dictionaries(tmp_path: Path) -> None:
    """transformers prints numbers as quoted words since version 5."""
    lines = [
        "{'loss': '3.672', 'grad_norm': '1.5', 'learning_rate': '5e-05', 'epoch': '%.1f'}" % (i / 10) for i in range(9)
    ]
    lines += ["{'train_runtime': '12.5', 'train_loss': '2.0', 'epoch': '0.9'}"]
    (tmp_path / "out.log").write_text("\n".join(lines))
    run = only(tmp_path, "text")
    assert (run.status, len(run.curves["loss"]), run.curves["loss"].axis) == ("finished", 9, "epoch")
    assert run.curves["loss"].lr is not None

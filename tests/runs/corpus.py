"""A small log of every format, written by hand from its documented layout."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .encoded import field, tensorboard_record, wandb_file, wandb_history
from .printed import LOSS, N


def wandb(folder: Path) -> Path:
    config = field(5, field(1, field(1, b"lr") + field(16, b"0.1")))
    records = [config, *(wandb_history(i, {"loss": LOSS[i], "acc": i / N}) for i in range(N))]
    file = folder / "wandb" / "offline-run-20260101_000000-abc" / "run-abc.wandb"
    file.parent.mkdir(parents=True)
    file.write_bytes(wandb_file(records))
    return file


def tensorboard(folder: Path) -> Path:
    file = folder / "events.out.tfevents.1700000000.host.1.0"
    body = tensorboard_record(b"\x09" + struct.pack("<d", 1.7e9) + field(3, b"brain.Event:2"))
    for i in range(N):
        value = field(1, field(1, b"loss") + b"\x15" + struct.pack("<f", LOSS[i]))
        body += tensorboard_record(b"\x09" + struct.pack("<d", 1.7e9 + i) + field(2, i + 1) + field(5, value))
    file.write_bytes(body)
    return file


def wandb_export(folder: Path) -> Path:
    history = {"train": {"iter": list(range(N)), "loss": LOSS}}
    return _text(
        folder / "export.json", json.dumps({"summary": {}, "config": {"lr": 0.1}, "name": "a", "history": history})
    )


def tracker_export(folder: Path) -> Path:
    rows = [f"a,loss,{LOSS[i]},{i},{1700000000000 + i}" for i in range(N)]
    return _text(folder / "comet.csv", "\n".join(["experimentKey,metricName,metricValue,step,timestamp", *rows]) + "\n")


def mlflow_files(folder: Path) -> Path:
    run = folder / "mlruns" / "1" / "0123456789abcdef"
    meta = "artifact_uri: file:///x\nrun_id: 0123456789abcdef\nrun_name: big\nstatus: 3\n"
    _text(run / "meta.yaml", meta)
    _text(run / "params" / "lr", "0.1")
    lines = [f"{1700000000000 + i * 10} {LOSS[i]!r} {i}" for i in range(N)]
    return _text(run / "metrics" / "val" / "loss", "\n".join(lines) + "\n")


def mlflow_sqlite(folder: Path) -> Path:
    file = folder / "mlflow.db"
    with sqlite3.connect(file) as db:
        db.executescript("""CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, status TEXT, lifecycle_stage TEXT,
                experiment_id INTEGER);
            CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT); CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
            CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN,
                PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan));
            INSERT INTO experiments VALUES (1, 'exp');
            INSERT INTO runs VALUES ('u1', 'big', 'FINISHED', 'active', 1), ('u2', 'gone', 'FINISHED', 'deleted', 1);
            INSERT INTO params VALUES ('lr', '0.1', 'u1');""")
        rows = [("loss", LOSS[i], 1700000000000 + i, "u1", i, 0) for i in range(N)]
        rows += [
            ("odd", 0.0, 5, "u1", 1, 1),
            ("odd", 1.7976931348623157e308, 6, "u1", 2, 0),
            ("loss", 9.0, 7, "u2", 1, 0),
        ]
        db.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.close()
    return file


def trackio(folder: Path) -> Path:
    file = folder / "proj.db"
    with sqlite3.connect(file) as db:
        db.executescript("""CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT, timestamp TEXT,
                run_name TEXT, step INTEGER, metrics TEXT);
            CREATE TABLE configs (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, config TEXT, created_at TEXT);
            INSERT INTO configs VALUES (1, 'r1', 'big', '{"lr": 0.1, "_Group": null}', '');""")
        when = [f"2026-01-01T00:{i // 60:02d}:{i % 60:02d}.000000+00:00" for i in range(N)]
        rows = [("r1", when[i], "big", i, json.dumps({"loss": LOSS[i], "acc": i / N}).encode()) for i in range(N)]
        rows += [
            ("r2", when[0], "odd", 0, b'{"loss": "NaN", "note": "x"}'),
            ("r2", when[1], "odd", 1, b'{"loss": "Infinity"}'),
        ]
        db.executemany("INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)", rows)
    db.close()
    return file


def optuna_tables(db: sqlite3.Connection) -> None:
    db.executescript("""CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name TEXT);
        CREATE TABLE study_directions (study_direction_id INTEGER PRIMARY KEY, direction TEXT, study_id INTEGER,
            objective INTEGER);
        CREATE TABLE study_system_attributes (study_system_attribute_id INTEGER PRIMARY KEY, study_id INTEGER, key TEXT,
            value_json TEXT);
        CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number INTEGER, study_id INTEGER, state TEXT,
            datetime_start DATETIME, datetime_complete DATETIME);
        CREATE TABLE trial_params (param_id INTEGER PRIMARY KEY, trial_id INTEGER, param_name TEXT, param_value FLOAT,
            distribution_json TEXT);
        CREATE TABLE trial_values (trial_value_id INTEGER PRIMARY KEY, trial_id INTEGER, objective INTEGER, value FLOAT,
            value_type TEXT);
        CREATE TABLE trial_intermediate_values (trial_intermediate_value_id INTEGER PRIMARY KEY, trial_id INTEGER,
            step INTEGER, intermediate_value FLOAT, intermediate_value_type TEXT);""")


CHOICES = json.dumps({"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam"]}})
WHOLE = json.dumps({"name": "IntDistribution", "attributes": {"log": False, "step": 1, "low": 1, "high": 4}})


def optuna_sqlite(folder: Path) -> Path:
    """A study whose second trial was pruned at a NaN, and one whose trials did not report."""
    file = folder / "study.db"
    when = "2026-01-01 00:00:00.000000"
    with sqlite3.connect(file) as db:
        optuna_tables(db)
        db.execute("INSERT INTO studies VALUES (1, 'curves'), (2, 'plain')")
        db.execute("INSERT INTO study_directions VALUES (1, 'MINIMIZE', 1, 0), (2, 'MAXIMIZE', 2, 0)")
        db.execute("INSERT INTO study_system_attributes VALUES (1, 2, 'study:metric_names', '[\"acc\"]')")
        trials = [(1, 0, 1, "COMPLETE", when, when), (2, 1, 1, "PRUNED", when, when)]
        trials += [(3 + i, i, 2, "FAIL" if i == 2 else "COMPLETE", when, when) for i in range(N)]
        db.executemany("INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?)", trials)
        db.execute("INSERT INTO trial_params VALUES (1, 1, 'opt', 1.0, ?), (2, 1, 'n', 3.0, ?)", (CHOICES, WHOLE))
        values = [(1, 0, LOSS[-1], "FINITE"), *((3 + i, 0, LOSS[i], "FINITE") for i in range(N) if i != 2)]
        db.executemany("INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, ?)", values)
        reports = [(1, i, LOSS[i], "FINITE") for i in range(N)] + [(2, 0, 1.5, "FINITE"), (2, 1, None, "NAN")]
        db.executemany(
            "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) "
            "VALUES (?, ?, ?, ?)",
            reports,
        )
    db.close()
    return file


def optuna_journal(folder: Path) -> Path:
    operations: list[dict[str, object]] = [
        {"op_code": 0, "study_name": "curves", "directions": [1]},
        {"op_code": 4, "study_id": 0, "datetime_start": "2026-01-01T00:00:00+00:00"},
        {"op_code": 5, "trial_id": 0, "param_name": "opt", "param_value_internal": 1, "distribution": CHOICES},
        *({"op_code": 7, "trial_id": 0, "step": i, "intermediate_value": LOSS[i]} for i in range(N)),
        {"op_code": 6, "trial_id": 0, "state": 1, "values": [LOSS[-1]], "datetime_complete": "2026-01-01T00:01:00"},
    ]
    lines = [json.dumps(operation | {"worker_id": "w"}, separators=(",", ":")) for operation in operations]
    return _text(folder / "journal.log", "\n".join(lines) + "\n")


def optuna_csv(folder: Path) -> Path:
    when = "2026-01-01 00:00:00.000001,2026-01-01 00:00:01.000001,0 days 00:00:01"
    rows = [f"{i},{'' if i == 3 else LOSS[i]},{when},0.{i},{'FAIL' if i == 3 else 'COMPLETE'}" for i in range(N)]
    header = "number,value,datetime_start,datetime_complete,duration,params_lr,state"
    return _text(folder / "trials.csv", "\n".join([header, *rows]) + "\n")


def ray_result(folder: Path) -> Path:
    trial = folder / "train_00000"
    _text(trial / "params.json", '{"lr": 0.1, "layers": [1, 2]}')
    _text(trial / "progress.csv", "loss,training_iteration,time_total_s\n1.0,1,2.0\n")
    told = {"timesteps_total": None, "time_this_iter_s": 0.5, "pid": 7, "trial_id": "00000", "done": False}
    rows = [
        told | {"loss": LOSS[i], "info": {"acc": i / N}, "hist": [1, 2], "training_iteration": i + 1,
                "time_total_s": i / 2, "timestamp": 1700000000 + i}
        for i in range(N)
    ]  # fmt: skip
    return _text(trial / "result.json", "".join(json.dumps(row) + "\n" for row in rows))


def sacred(folder: Path) -> Path:
    _text(folder / "1" / "config.json", '{"lr": 0.1, "seed": 3}')
    _text(folder / "1" / "run.json", '{"experiment": {"name": "e"}, "result": 0.5, "status": "COMPLETED"}')
    when = [f"2026-01-01T00:00:{i:02d}.5" for i in range(N)]
    told = {
        "training.loss": {"steps": list(range(N)), "timestamps": when, "values": LOSS},
        "val.acc": {"steps": [0, 10], "timestamps": when[:2], "values": [0.1, float("nan")]},
    }
    return _text(folder / "1" / "metrics.json", json.dumps(told, indent=2))


def allennlp(folder: Path) -> Path:
    _text(folder / "config.json", '{"model": {"type": "x"}, "trainer": {"num_epochs": 60, "patience": 5}}')
    for epoch in range(N):
        told = {"best_epoch": 0, "training_duration": "0:01:00", "training_loss": LOSS[epoch], "epoch": epoch,
                "validation_acc": epoch / N, "best_validation_acc": epoch / N}  # fmt: skip
        _text(folder / f"metrics_epoch_{epoch}.json", json.dumps(told, indent=4))
    _text(folder / "metrics.json", '{"best_epoch": 59, "test_acc": 0.5}')
    return folder / "metrics_epoch_7.json"


def catboost(folder: Path) -> Path:
    info = folder / "catboost_info"
    better = [{"best_value": "Min", "name": "Logloss"}, {"best_value": "Max", "name": "AUC"}]
    meta = {"test_sets": ["test", "test1"], "test_metrics": better, "learn_metrics": better[:1], "iteration_count": N}
    _text(info / "catboost_training.json", json.dumps({"meta": meta | {"launch_mode": "Train"}, "iterations": []}))
    rows = "".join(f"{i}\t{LOSS[i]}\t{i / N}\t{LOSS[i]}\t{i / N / 2}\n" for i in range(N))
    _text(info / "test_error.tsv", "iter\tLogloss:0\tAUC:0\tLogloss\tAUC\n" + rows)
    _text(info / "time_left.tsv", "iter\tPassed\tRemaining\n" + "".join(f"{i}\t{i * 100}\t5\n" for i in range(N)))
    (info / "learn").mkdir()
    (tensorboard(info / "learn")).rename(info / "learn" / "events.out.tfevents")
    return _text(info / "learn_error.tsv", "iter\tLogloss\n" + "".join(f"{i}\t{LOSS[i]}\n" for i in range(N)))


def mmcv_json(folder: Path) -> Path:
    """Three epochs of 20 logged iterations, each followed by a validation."""
    told: list[dict[str, object]] = [{"env_info": "x", "config": "runner = dict(max_epochs=3)", "seed": 0}]
    for i in range(N):
        epoch, at = i // 20 + 1, i % 20 + 1
        told.append({"mode": "train", "epoch": epoch, "iter": at * 50, "lr": 0.1, "time": 0.3, "loss": LOSS[i]})
        if at == 20:
            told.append({"mode": "val", "epoch": epoch, "iter": 625, "lr": 0.1, "bbox_mAP": epoch / 10})
    return _text(folder / "20260101_000000.log.json", "".join(json.dumps(row) + "\n" for row in told))


def mmengine_json(folder: Path) -> Path:
    rows: list[dict[str, object]] = []
    for i in range(N):
        rows.append({"lr": 0.1, "loss": LOSS[i], "time": 0.3, "epoch": i // 20 + 1, "iter": i + 1, "step": i + 1})
        if i % 20 == 19:
            rows.append({"coco/bbox_mAP": i / N, "coco/bbox_mAP_s": -1.0, "step": i // 20 + 1})
    body = "".join(json.dumps(row) + "\n" for row in rows)
    vis = folder / "20260101_000000" / "vis_data"
    _text(vis / "config.py", "train_cfg = dict(max_epochs=3, type='EpochBasedTrainLoop', val_interval=1)\n")
    _text(vis / "20260101_000000.json", body)
    return _text(vis / "scalars.json", body)


def run_folder(folder: Path) -> Path:
    _text(folder / "train" / "args.yaml", "task: detect\nepochs: 60\nlr0: 0.01\npatience: 100\n")
    header = "                  epoch,         train/box_loss,   metrics/mAP50-95(B),                 lr/pg0\n"
    rows = "".join(f"{i + 1:>23},{LOSS[i]:>23},{i / N:>23},{0.1:>23}\n" for i in range(N))
    return _text(folder / "train" / "results.csv", header + rows)


def yolo_txt(folder: Path) -> Path:
    _text(folder / "exp" / "hyp.yaml", "lr0: 0.01\n")
    rest = "".join(f"{value:>10}" for value in (0.02, 0.03, 0.15, 120, 640, 0.1, 0.2, 0.3, 0.4, 0.05, 0.06, 0.07))
    rows = "".join(f"{f'{i}/{N - 1}':>10}{'3.2G':>10}{LOSS[i]:>10}{rest}\n" for i in range(N))
    return _text(folder / "exp" / "results.txt", rows)


def swanlab_scalar(key: str, step: int, value: float) -> bytes:
    """A record as SwanLab 0.8 and later write it; a step of 0 is left out, as protocol buffers leave out zeros."""
    when = field(1, 1700000000 + step) + field(2, 500000000)
    number = b"\x09" + struct.pack("<d", value) if value else b""
    body = field(1, key.encode()) + (field(2, step) if step else b"") + field(3, 1)
    return field(1, step + 1) + field(2, when) + field(13, body + field(4, when) + field(5, number))


def swanlab(folder: Path) -> Path:
    run = folder / "swanlog" / "run-20260101_000000-abc"
    _text(
        run / "files" / "config.yaml", "lr:\n  desc: ''\n  sort: 0\n  value: 0.1\nm:\n  sort: 1\n  value:\n    d: 2\n"
    )
    scalars = [swanlab_scalar("loss", i, LOSS[i]) for i in range(N)]
    scalars += [swanlab_scalar("acc", i, i / N) for i in range(N)] + [swanlab_scalar("__swanlab__.cpu.pct", 1, 5.0)]
    begun, ended = field(1, 1) + field(10, field(1, b"p") + field(4, b"big")), field(1, 9) + field(11, field(1, 1))
    file = run / "run-abc.swanlab"
    file.write_bytes(b":SWL\xd6\xe1\x02" + wandb_file([begun, *scalars, ended])[7:])
    return file


def keras_tuner(folder: Path) -> Path:
    _text(folder / "project" / "oracle.json", '{"ongoing_trials": {}}')
    for i in range(N):
        told = {"val_acc": {"direction": "max", "observations": [{"value": [i / N], "step": 3}]},
                "val_loss": {"direction": "min", "observations": [{"value": [LOSS[i], LOSS[i]], "step": 3}]}}  # fmt: skip
        trial = {"trial_id": f"{i:02d}", "hyperparameters": {"space": [], "values": {"lr": 0.1}},
                 "metrics": {"metrics": told}, "score": i / N, "best_step": 3, "status": "COMPLETED"}  # fmt: skip
        _text(folder / "project" / f"trial_{i:02d}" / "trial.json", json.dumps(trial))
    return folder / "project" / "trial_07" / "trial.json"


def flaml(folder: Path) -> Path:
    rows = [
        {"record_id": i, "iter_per_learner": i + 1, "logged_metric": {"pred_time": 1e-6}, "trial_time": 0.1,
         "wall_clock_time": i / 2, "validation_loss": LOSS[i], "config": {"n_estimators": 4}, "learner": "lgbm",
         "sample_size": 100}
        for i in range(N)
    ]  # fmt: skip
    return _text(
        folder / "flaml.log", "".join(json.dumps(row) + "\n" for row in [*rows, {"curr_best_record_id": N - 1}])
    )


def detectron2(folder: Path) -> Path:
    """Every second line with an evaluation, the terminal's log beside."""
    _text(folder / "output" / "config.yaml", "SEED: 7\nSOLVER:\n  BASE_LR: 0.1\n  MAX_ITER: 1200\n")
    rows = [
        {
            "data_time": 0.01,
            "eta_seconds": 100.0,
            "iteration": 20 * i + 19,
            "total_loss": LOSS[i],
            "time": 0.3,
            "lr": 0.1,
        }
        | ({"bbox/AP": i / N} if i % 2 else {})
        for i in range(N)
    ]
    shown = "".join(f"[01/01 00:00:00 d2]: iter: {20 * i + 19} total_loss: {LOSS[i]}  lr: 0.1\n" for i in range(N))
    _text(folder / "output" / "log.txt", shown)
    return _text(folder / "output" / "metrics.json", "".join(json.dumps(row) + "\n" for row in rows))


def detr_log(folder: Path) -> Path:
    rows = [
        {"train_lr": 0.1, "train_loss": LOSS[i], "test_loss_ce": LOSS[i], "test_coco_eval_bbox": [i / N, *[-1.0] * 11],
         "epoch": i, "n_parameters": 41302368}
        for i in range(N)
    ]  # fmt: skip
    return _text(folder / "log.txt", "".join(json.dumps(row) + "\n" for row in rows))


def trainer_state(folder: Path) -> Path:
    history = [{"step": i, "epoch": i / 10, "loss": LOSS[i]} for i in range(N)]
    return _text(
        folder / "trainer_state.json", json.dumps({"global_step": N - 1, "max_steps": 100, "log_history": history})
    )


def lm_eval(folder: Path) -> Path:
    for step in (100, 200, 300):
        results = {"toy": {"acc,none": step / 1000, "acc_stderr,none": 0.01, "alias": "toy"}}
        told = {"results": results, "configs": {}, "versions": {"toy": 1}, "higher_is_better": {"toy": {"acc": True}}}
        model = folder / f"acme__step{step}"
        _text(
            model / "results_2026-01-01T00-00-00.1.json",
            json.dumps(told | {"config": {"model_args": {}}, "date": 1.7e9}),
        )
        samples = [{"doc_id": i, "acc": float(i % 2), "metrics": ["acc"]} for i in range(4)]
        _text(model / "samples_toy_2026-01-01T00-00-00.1.jsonl", "".join(json.dumps(s) + "\n" for s in samples))
    return folder / "acme__step100" / "results_2026-01-01T00-00-00.1.json"


def inspect_eval(folder: Path) -> Path:
    file = folder / "2026_t.eval"
    scores = [{"name": "match", "metrics": {"accuracy": {"value": 0.75}}}]
    header = {"status": "success", "eval": {"task": "t", "model": "m/step50"}, "results": {"scores": scores}}
    samples = [{"id": f"q{i}", "epoch": 1, "scores": {"match": {"value": "C" if i else "I"}}} for i in range(4)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", "{}")
        archive.writestr("header.json", json.dumps(header))
        archive.writestr("summaries.json", json.dumps(samples))
    return file


def evals_result(folder: Path) -> Path:
    return _text(
        folder / "evals.json", json.dumps({"train": {"logloss": LOSS}, "valid": {"logloss": LOSS, "auc": LOSS}})
    )


def json_records(folder: Path) -> Path:
    rows = [{"Iteration": i, "Value": LOSS[i], "Agent": agent} for agent in ("DQN", "C51") for i in range(N)]
    return _text(folder / "game.json", json.dumps(rows))


def json_document(folder: Path) -> Path:
    history = {"loss": LOSS, "val_loss": [value + 0.5 for value in LOSS]}
    return _text(folder / "history.json", json.dumps({"history": history, "params": {"batch": 8}}))


def notebook(folder: Path) -> Path:
    printed = "".join(f"epoch {i} train loss {LOSS[i]} val loss {LOSS[i] + 0.5}\n" for i in range(N))
    cells = [notebook_cell("hello\n"), notebook_cell(printed)]
    return _text(folder / "train.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))


def notebook_cell(printed: str, **drawn: str) -> dict[str, object]:
    """A cell that printed a text, and drew what is given by type (``html``)."""
    stream = {"output_type": "stream", "name": "stdout", "text": printed.splitlines(keepends=True)}
    shown = [{"output_type": "display_data", "data": {f"text/{kind}": text}} for kind, text in drawn.items()]
    return {"cell_type": "code", "source": ["train()"], "outputs": [stream, *shown]}


def dvclive(folder: Path) -> Path:
    _text(folder / "dvclive" / "params.yaml", "lr: 0.1\n")
    rows = "".join(f"{i}\t{LOSS[i]}\n" for i in range(N))
    return _text(folder / "dvclive" / "plots" / "metrics" / "train" / "loss.tsv", "step\tloss\n" + rows)


def algoperf(folder: Path) -> Path:
    evals = "".join(f"{i * 7}.5,{i * 10},{LOSS[i]}\n" for i in range(1, 6))
    _text(folder / "eval_measurements.csv", "accumulated_submission_time,global_step,validation/loss\n" + evals)
    _text(folder / "hparams.json", '{"learning_rate": 0.1}')
    _text(folder / "meta_data_0.json", '{"workload.step_hint": 100, "rng_seed": 7}')
    rows = [f"{i},{LOSS[i]},,{''}" for i in range(N)] + [f"{i * 10},,{LOSS[i]},{i * 7}.5" for i in range(1, 6)]
    return _text(
        folder / "measurements.csv",
        "global_step,loss,validation/loss,accumulated_submission_time\n" + "\n".join(rows) + "\n",
    )


def monitor(folder: Path) -> Path:
    for env in (1, 0):
        rows = "".join(f"{LOSS[i]},{10 + env},{i * 2.0 + env}\n" for i in range(N))
        body = f'#{{"t_start": 1700000000.0, "env_id": "Toy-v0"}}\nr,l,t\n{rows}'
        file = _text(folder / f"{env}.monitor.csv", body)
    return file


def evaluations(folder: Path) -> Path:
    file = folder / "evaluations.npz"
    results = np.array([[y - 1.0, y + 1.0] for y in LOSS])
    np.savez(file, timesteps=np.arange(N) * 100, results=results, ep_lengths=np.full((N, 2), 7))
    return file


def progress(folder: Path) -> Path:
    rows = "".join(f"{i + 1},{y},{2048 * (i + 1)},{i * 3}\n" for i, y in enumerate(LOSS))
    header = "time/iterations,rollout/ep_rew_mean,time/total_timesteps,time/time_elapsed\n"
    return _text(folder / "ppo" / "progress.csv", header + rows)


def blocks(folder: Path) -> Path:
    frame = "-" * 33 + "\n"
    text = "Using cpu device\n"
    for i, y in enumerate(LOSS):
        rows = (("rollout/", ""), ("   ep_rew_mean", y), ("time/", ""), ("   total_timesteps", 2048 * (i + 1)))
        text += frame + "".join(f"| {key:<18} | {value:<8} |\n" for key, value in rows) + frame
    return _text(folder / "out.txt", text)


def text_table(folder: Path) -> Path:
    head = "E    #       LOSS NER  SCORE \n---  ------  --------  ------\n"
    rows = "".join(f"{i // 9:>3}  {i * 200:>6}  {y:>8.3f}  {i / N:>6.2f}\n" for i, y in enumerate(LOSS))
    return _text(folder / "train.log", "Initializing pipeline\n" + head + rows)


def numbers(folder: Path) -> Path:
    return _text(folder / "loss.txt", "".join(f"{i * 100} {y}\n" for i, y in enumerate(LOSS)))


def keras_csv(folder: Path) -> Path:
    rows = "".join(f"{i % 30},{i / N},{LOSS[i]}\n" for i in range(N))
    return _text(folder / "training.csv", "epoch,accuracy,loss\n" + rows)


def lightning_csv(folder: Path) -> Path:
    _text(folder / "version_0" / "hparams.yaml", "lr: 0.1\nmax_steps: 100\n")
    rows = "".join(f"{i // 10},{i},{LOSS[i] if i % 2 else ''},{'' if i % 2 else i / N}\n" for i in range(N))
    return _text(folder / "version_0" / "metrics.csv", "epoch,step,train_loss,val_acc\n" + rows)


def mllog(folder: Path) -> Path:
    def line(key: str, value: object, **metadata: object) -> str:
        return ":::MLLOG " + json.dumps({"time_ms": 1700000000000, "key": key, "value": value, "metadata": metadata})

    told = [
        line("seed", 3),
        *(line("eval_accuracy", LOSS[i], epoch_num=i) for i in range(N)),
        "noise",
        line("run_stop", None, status="success"),
    ]
    return _text(folder / "result_0.txt", "\n".join(told) + "\n")


def text(folder: Path) -> Path:
    lines = [f"step:{i}/{N - 1} train_loss:{LOSS[i]} train_time:{i * 100}ms step_avg:100ms" for i in range(N)]
    return _text(folder / "train.log", "settings follow\n" + "\n".join(lines) + "\n")


def tidy(folder: Path) -> Path:
    rows = "".join(f"s,t,r{r},loss,min,step,{i},{LOSS[i]}\n" for r in range(2) for i in range(N))
    return _text(folder / "table.csv", "source,task,run,metric,direction,x_name,x,y\n" + rows)


def jsonl(folder: Path) -> Path:
    return _text(
        folder / "run.jsonl",
        "".join(json.dumps({"step": i, "loss": LOSS[i], "epoch": i / 10}) + "\n" for i in range(N)),
    )


def csv(folder: Path) -> Path:
    return _text(folder / "run.csv", "step,lr,loss\n" + "".join(f"{i},0.1,{LOSS[i]}\n" for i in range(N)))


def _text(file: Path, body: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body.encode())
    return file


CORPUS: dict[str, Callable[[Path], Path]] = {
    made.__name__: made
    for made in (
        tensorboard,
        wandb,
        wandb_export,
        tracker_export,
        mlflow_files,
        mlflow_sqlite,
        trackio,
        optuna_sqlite,
        optuna_journal,
        optuna_csv,
        ray_result,
        swanlab,
        keras_tuner,
        flaml,
        detr_log,
        detectron2,
        sacred,
        allennlp,
        catboost,
        mmcv_json,
        mmengine_json,
        run_folder,
        yolo_txt,
        trainer_state,
        lm_eval,
        inspect_eval,
        evals_result,
        json_records,
        json_document,
        dvclive,
        algoperf,
        monitor,
        evaluations,
        progress,
        blocks,
        text_table,
        notebook,
        numbers,
        keras_csv,
        lightning_csv,
        mllog,
        text,
        tidy,
        jsonl,
        csv,
    )
}  # fmt: skip
GROWING = (
    "tensorboard",
    "wandb",
    "mlflow_files",
    "optuna_journal",
    "optuna_csv",
    "ray_result",
    "flaml",
    "detr_log",
    "detectron2",
    "catboost",
    "mmcv_json",
    "mmengine_json",
    "run_folder",
    "yolo_txt",
    "dvclive",
    "algoperf",
    "monitor",
    "progress",
    "blocks",
    "text_table",
    "numbers",
    "keras_csv",
    "lightning_csv",
    "mllog",
    "text",
    "jsonl",
    "csv",
)  # fmt: skip
"""The formats whose files are appended to."""

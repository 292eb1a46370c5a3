"""Frameworks' and searches' own files: values as an independent parse gives them, and what real folders hold besides."""

from __future__ import annotations

import contextlib
import copy
import csv
import json
import math
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput, NothingToRead, Run, UnreadableLog
from forerun.runs.ingest import ingest, stored_runs
from forerun.runs.store import Store
from tests.cards import known_answer

from .corpus import CHOICES, CORPUS, LOSS, WHOLE, N, notebook_cell, optuna_tables, tensorboard


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def lines(file: Path, rows: list[dict[str, Any]]) -> Path:
    return write(file, "".join(json.dumps(row) + "\n" for row in rows))


def read(folder: Path, name: str) -> dict[str, Run]:
    CORPUS[name](folder)
    return {run.id: run for run in api.read(folder)}


def points(run: Run, metric: str) -> list[tuple[float, float]]:
    return list(zip(run.curves[metric].x.tolist(), run.curves[metric].y.tolist(), strict=True))


# Searches


def test_optuna_trials_that_reported_are_runs_and_a_study_without_reports_is_one(tmp_path: Path) -> None:
    runs = read(tmp_path, "optuna_sqlite")
    assert set(runs) == {"study.db/curves/0", "study.db/curves/1", "study.db/plain"}
    first, pruned, plain = runs["study.db/curves/0"], runs["study.db/curves/1"], runs["study.db/plain"]
    with sqlite3.connect(tmp_path / "study.db") as db:
        reported = db.execute("SELECT step, intermediate_value FROM trial_intermediate_values WHERE trial_id = 1")
        assert points(first, "value") == reported.fetchall()
        found = "SELECT number, value FROM trials JOIN trial_values USING (trial_id) WHERE study_id = 2"
        assert points(plain, "acc") == db.execute(found).fetchall()
    db.close()
    assert (first.status, first.config["opt"], first.config["state"]) == ("finished", "adam", "COMPLETE")
    assert first.config["value"] == LOSS[-1]
    assert (first.config["n"], pruned.config["state"], pruned.status) == (3, "PRUNED", "finished")
    assert [str(y) for y in pruned.curves["value"].y] == ["1.5", "nan"]
    assert (plain.curves["acc"].direction, plain.curves["acc"].axis, len(plain.curves["acc"])) == (
        "max",
        "trial",
        N - 1,
    )
    assert first.curves["value"].direction == "min"


def test_optuna_before_2_4_kept_reports_where_values_stand_now(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "old.db") as db:
        db.executescript("""CREATE TABLE studies (study_id INTEGER, study_name TEXT, direction TEXT);
            CREATE TABLE trials (trial_id INTEGER, study_id INTEGER, state TEXT, value FLOAT, datetime_complete DATETIME);
            CREATE TABLE trial_params (param_id INTEGER, trial_id INTEGER, param_name TEXT, param_value FLOAT,
                distribution_json TEXT);
            CREATE TABLE trial_values (trial_value_id INTEGER, trial_id INTEGER, step INTEGER, value FLOAT);
            INSERT INTO studies VALUES (1, 's', 'MAXIMIZE');
            INSERT INTO trials VALUES (1, 1, 'COMPLETE', 0.9, NULL), (2, 1, 'FAIL', NULL, NULL);
            INSERT INTO trial_values VALUES (1, 1, 0, 0.5), (2, 1, 1, 0.9);""")
    db.close()
    (run,) = api.read(tmp_path / "old.db")
    assert (points(run, "value"), run.curves["value"].direction) == ([(0.0, 0.5), (1.0, 0.9)], "max")


def test_optuna_of_several_objectives_has_a_curve_of_each(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as db:
        optuna_tables(db)
        db.executescript("""INSERT INTO studies VALUES (1, 's');
            INSERT INTO study_directions VALUES (1, 'MINIMIZE', 1, 0), (2, 'MAXIMIZE', 1, 1);
            INSERT INTO trials VALUES (1, 0, 1, 'COMPLETE', NULL, NULL), (2, 1, 1, 'COMPLETE', NULL, NULL);
            INSERT INTO trial_values VALUES (1, 1, 0, 2.0, 'FINITE'), (2, 1, 1, 5.0, 'FINITE'),
                (3, 2, 0, NULL, 'INF_POS'), (4, 2, 1, 6.0, 'FINITE');""")
    db.close()
    (run,) = api.read(tmp_path / "s.db")
    assert {name: (c.y.tolist(), c.direction) for name, c in run.curves.items()} == {
        "value_0": ([2.0, math.inf], "min"),
        "value_1": ([5.0, 6.0], "max"),
    }


def test_an_optuna_journal_equals_its_operations(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "optuna_journal").values()
    operations = [json.loads(line) for line in (tmp_path / "journal.log").read_text().splitlines()]
    reports = [(op["step"], op["intermediate_value"]) for op in operations if op["op_code"] == 7]
    assert points(run, "value") == reports
    assert (run.id, run.config["opt"], run.status) == ("journal.log/curves/0", "adam", "finished")


def test_a_deleted_study_is_gone_and_given_trials_count(tmp_path: Path) -> None:
    """``enqueue_trial`` and ``add_trial`` write whole trials; ids count creations, deleted or not."""
    told: list[dict[str, Any]] = [
        {"op_code": 0, "study_name": "gone", "directions": [1]},
        {"op_code": 1, "study_id": 0},
        {"op_code": 0, "study_name": "kept", "directions": [2]},
        {"op_code": 3, "study_id": 1, "system_attr": {"study:metric_names": ["acc"]}},
        {"op_code": 4, "study_id": 1, "state": 1, "value": 0.5, "values": None, "params": {"n": 3.0},
         "distributions": {"n": WHOLE}, "intermediate_values": {"2": 0.4, "1": 0.3}},
        {"op_code": 4, "study_id": 1},
        {"op_code": 6, "trial_id": 1, "state": 3, "values": None},
        {"op_code": 9, "trial_id": 1, "system_attr": {"a": 1}},
    ]  # fmt: skip
    file = lines(tmp_path / "j.log", [row | {"worker_id": "w"} for row in told])
    with file.open("a") as more:
        more.write('{"op_code": 7, "worker_id": "w", "trial_id": 99, "step": 1, "intermediate_value": 1}\nrubbish\n')
    (run,) = api.read(file)
    assert (run.id, points(run, "acc"), run.config["n"]) == ("j.log/kept/0", [(1.0, 0.3), (2.0, 0.4)], 3)
    assert [damage.where for damage in run.damage] == ["line 9", "line 10"]


def test_optunas_table_equals_its_cells(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "optuna_csv").values()
    rows = list(csv.DictReader((tmp_path / "trials.csv").read_text().splitlines()))
    assert points(run, "value") == [(float(r["number"]), float(r["value"])) for r in rows if r["value"]]
    assert (set(run.curves), run.curves["value"].axis, run.damage) == ({"value"}, "trial", ())


def test_a_sorted_table_of_trials_is_in_the_order_of_the_trials(tmp_path: Path) -> None:
    rows = "".join(f"{n},{v},0.{n}\n" for v, n in sorted((LOSS[n] * (-1) ** n, n) for n in range(9)))
    (run,) = api.read(write(tmp_path / "best.csv", "number,value,params_lr\n" + rows))
    assert points(run, "value") == [(float(n), LOSS[n] * (-1) ** n) for n in range(9)]


@known_answer("keras_tuner", "flaml")
def test_keras_tuner_and_flaml_are_curves_over_trials(tmp_path: Path) -> None:
    (run,) = read(tmp_path / "k", "keras_tuner").values()
    assert points(run, "val_loss") == [(float(i), LOSS[i]) for i in range(N)]
    assert (run.curves["val_acc"].direction, run.curves["val_acc"].axis) == ("max", "trial")
    (run,) = read(tmp_path / "f", "flaml").values()
    assert points(run, "validation_loss") == [(float(i), LOSS[i]) for i in range(N)]
    assert run.positions.columns["seconds"][:3].tolist() == [0.0, 0.5, 1.0]


# Ray


@known_answer("ray_result")
def test_a_ray_trial_is_read_once_however_often_it_was_written(tmp_path: Path) -> None:
    """result.json, progress.csv and event files of one folder hold the same."""
    CORPUS["ray_result"](tmp_path)
    tensorboard(tmp_path / "train_00000")
    (run,) = api.read(tmp_path)
    assert (run.format, dict(run.config)) == ("ray_result", {"lr": 0.1, "layers": (1, 2)})
    assert run.status != "crashed"
    assert set(run.curves) == {"loss", "info/acc", "time_this_iter_s"}
    assert points(run, "loss") == [(float(i + 1), LOSS[i]) for i in range(N)]
    write(tmp_path / "train_00000" / "error.txt", "Traceback")
    assert api.read(tmp_path)[0].status == "crashed"


def test_rllib_counts_the_environments_steps(tmp_path: Path) -> None:
    def result(i: int) -> dict[str, Any]:
        stats = {"episode_return_mean": 10.0 * i, "num_env_steps_sampled_lifetime": 4000 * i}
        return {"env_runners": stats, "hist_stats": {"episode_reward": [1.0] * 50}, "training_iteration": i,
                "num_env_steps_sampled_lifetime": 4000 * i, "time_total_s": 3.0 * i, "time_this_iter_s": 3.0,
                "trial_id": "default", "config": {"lr": 5e-5, "gamma": 0.99}, "done": i == 20}  # fmt: skip

    lines(tmp_path / "PPO_0" / "result.json", [result(i) for i in range(1, 21)])
    (run,) = api.read(tmp_path)
    assert points(run, "env_runners/episode_return_mean") == [(4000.0 * i, 10.0 * i) for i in range(1, 21)]
    assert (run.status, run.config["gamma"], len(run.curves)) == ("finished", 0.99, 2)


def test_ray_progress_alone_is_read_as_a_table(tmp_path: Path) -> None:
    head = "episode_reward_mean,training_iteration,timesteps_total,time_total_s,time_this_iter_s,date,timestamp,config/lr\n"
    rows = "".join(f"{i * 2.5},{i},{i * 100},{i},1,2024-01-01_00-00-0{i},{1700000000 + i},0.1\n" for i in range(1, 6))
    write(tmp_path / "PPO_1" / "progress.csv", head + rows)
    (run,) = api.read(tmp_path)
    assert (run.id, run.format, run.config["lr"]) == ("PPO_1", "ray_result", 0.1)
    assert points(run, "episode_reward_mean") == [(100.0 * i, 2.5 * i) for i in range(1, 6)]
    assert set(run.curves) == {"episode_reward_mean", "time_this_iter_s"}


# Frameworks


def test_sacred_equals_its_json(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "sacred").values()
    told = json.loads((tmp_path / "1" / "metrics.json").read_text())
    assert (run.curves["training.loss"].x.tolist(), run.curves["training.loss"].y.tolist()) == (
        told["training.loss"]["steps"],
        told["training.loss"]["values"],
    )
    assert [str(y) for y in run.curves["val.acc"].y] == ["0.1", "nan"]
    assert (run.id, run.status, run.seed, run.config["sacred/name"]) == ("1", "finished", 3, "e")
    assert run.positions.columns["seconds"][:2].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("status", "read_as"), [("FAILED", "crashed"), ("INTERRUPTED", "crashed"), ("COMPLETED", "finished")]
)
def test_sacred_says_how_a_run_ended(tmp_path: Path, status: str, read_as: str) -> None:
    CORPUS["sacred"](tmp_path)
    write(tmp_path / "1" / "run.json", json.dumps({"status": status}))
    assert api.read(tmp_path)[0].status == read_as


@known_answer("allennlp")
def test_allennlp_orders_epochs_by_number_and_leaves_out_what_repeats(tmp_path: Path) -> None:
    (run,) = read(tmp_path / "a", "allennlp").values()
    assert points(run, "training_loss") == [(float(i), LOSS[i]) for i in range(N)]
    assert set(run.curves) == {"training_loss", "validation_acc"}
    assert (run.id, run.status, run.horizon["epoch"], run.config["final/test_acc"]) == ("a", "finished", 60, 0.5)


def test_catboost_names_the_sets_of_its_columns_as_its_json_does(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "catboost").values()
    assert run.id == "catboost_info"
    assert points(run, "learn/Logloss") == [(float(i), LOSS[i]) for i in range(N)]
    assert points(run, "test/AUC") == [(float(i), i / N) for i in range(N)]
    assert points(run, "test1/AUC") == [(float(i), i / N / 2) for i in range(N)]
    assert (run.curves["test1/AUC"].direction, run.horizon["step"], run.status) == ("max", N, "finished")
    assert np.nanmax(run.positions.columns["seconds"]) == (N - 1) / 10


def test_catboost_json_alone_gives_the_same(tmp_path: Path) -> None:
    better = [{"best_value": "Min", "name": "RMSE"}]
    meta = {"test_sets": ["test"], "learn_sets": ["learn"], "learn_metrics": better, "iteration_count": 9}
    entries = [{"learn": [LOSS[i]], "test": [2 * LOSS[i]], "iteration": i, "passed_time": i / 4} for i in range(9)]
    write(tmp_path / "catboost_training.json", json.dumps({"meta": meta, "iterations": [*entries, None]}))
    (run,) = api.read(tmp_path)
    assert points(run, "test/RMSE") == [(float(i), 2 * LOSS[i]) for i in range(9)]
    assert (set(run.curves), [damage.lost for damage in run.damage]) == ({"learn/RMSE", "test/RMSE"}, [1])


@known_answer("mmcv_json")
def test_mmcv_epochs_become_steps_and_validation_stands_where_training_stood(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "mmcv_json").values()
    assert points(run, "train/loss") == [(50.0 * (i + 1), LOSS[i]) for i in range(N)]
    assert points(run, "val/bbox_mAP") == [(1000.0, 0.1), (2000.0, 0.2), (3000.0, 0.3)]
    assert (run.config["max_epochs"], run.seed, run.curves["lr"].y[0]) == (3, 0, 0.1)


def test_mmcv_by_iterations_is_counted_through(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"env_info": "x", "config": "runner = dict(type='IterBasedRunner', max_iters=400)"}]
    for i in range(1, 9):
        rows.append({"mode": "train", "epoch": 1 + i // 4, "iter": 50 * i, "lr": 0.1, "loss": LOSS[i]})
    rows.append({"mode": "val", "epoch": 3, "iter": 25, "lr": 0.1, "mIoU": 0.5})
    lines(tmp_path / "a.log.json", rows)
    (run,) = api.read(tmp_path)
    assert points(run, "train/loss") == [(50.0 * i, LOSS[i]) for i in range(1, 9)]
    assert (points(run, "val/mIoU"), run.config["max_iters"]) == ([(400.0, 0.5)], 400)


@known_answer("mmengine_json")
def test_mmengine_rows_are_read_once_and_epochs_of_validation_placed(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "mmengine_json").values()
    assert run.id == "20260101_000000/vis_data"
    assert points(run, "train/loss") == [(float(i + 1), LOSS[i]) for i in range(N)]
    assert points(run, "val/coco/bbox_mAP") == [(20.0, 19 / N), (40.0, 39 / N), (60.0, 59 / N)]
    assert run.config["max_epochs"] == 3
    rows = [{"lr": 0.1, "loss": LOSS[i], "iter": i * 50, "step": i * 50} for i in range(1, 9)]
    lines(tmp_path / "b" / "vis_data" / "scalars.json", [*rows, {"mIoU": 40.0, "step": 400}, {"mIoU": 41.0, "step": 2}])
    run = next(run for run in api.read(tmp_path / "b"))
    assert points(run, "val/mIoU") == [(400.0, 41.0)]


@known_answer("run_folder")
def test_ultralytics_and_timm_plan_what_their_arguments_say(tmp_path: Path) -> None:
    (run,) = read(tmp_path / "u", "run_folder").values()
    rows = list(csv.reader((tmp_path / "u" / "train" / "results.csv").read_text().splitlines()))
    assert points(run, "train/box_loss") == [(float(row[0]), float(row[1])) for row in rows[1:]]
    assert (run.id, run.horizon["epoch"], run.config["patience"]) == ("train", 60, 100)
    write(
        tmp_path / "t" / "summary.csv",
        "epoch,train_loss,eval_loss,eval_top1,lr\n0,7.5,7.6,1.5,0.1\n1,5.0,5.5,9.0,0.1\n",
    )
    write(tmp_path / "t" / "args.yaml", "epochs: 100\nsched: cosine\ncooldown_epochs: 10\nmodel: resnet50\n")
    (run,) = api.read(tmp_path / "t")
    assert (run.format, run.horizon["epoch"], run.curves["eval_top1"].y.tolist()) == ("run_folder", 110, [1.5, 9.0])
    write(tmp_path / "o" / "results.csv", "epoch,mine\n1,2\n2,3\n")
    assert api.read(tmp_path / "o")[0].format != "run_folder"


@known_answer("yolo_txt")
def test_yolo_text_has_its_columns_named(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "yolo_txt").values()
    assert points(run, "train/box_loss") == [(float(i), LOSS[i]) for i in range(N)]
    last = {name: float(curve.y[-1]) for name, curve in run.curves.items()}
    assert (last["metrics/precision"], last["metrics/mAP50-95"], last["val/cls_loss"]) == (0.1, 0.4, 0.07)
    assert (run.horizon["epoch"], run.config["lr0"], run.id) == (N, 0.01, "exp")


@known_answer("detectron2")
def test_detectron2_is_one_run_with_its_terminal_log(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "detectron2").values()
    assert points(run, "total_loss") == [(20.0 * i + 19, LOSS[i]) for i in range(N)]
    assert points(run, "bbox/AP") == [(20.0 * i + 19, i / N) for i in range(1, N, 2)]
    assert (run.horizon["step"], run.seed, run.status, run.curves["bbox/AP"].direction) == (1200, 7, "finished", "max")
    assert {"eta_seconds", "time"}.isdisjoint(run.curves)


def test_a_text_log_that_repeats_a_json_log_is_no_further_run(tmp_path: Path) -> None:
    file = CORPUS["mmcv_json"](tmp_path)
    shown = "".join(
        f"2026-01-01 00:00:00 - mmdet - INFO - Epoch [1][{i}/60] lr: 0.1, loss: {LOSS[i]}\n" for i in range(N)
    )
    write(file.with_suffix(""), shown)
    assert [run.format for run in api.read(tmp_path)] == ["mmcv_json"]
    file.unlink()
    assert [run.format for run in api.read(tmp_path)] == ["text"]


@known_answer("detr_log")
def test_detr_figures_are_told_apart(tmp_path: Path) -> None:
    (run,) = read(tmp_path, "detr_log").values()
    assert points(run, "test_coco_eval_bbox/AP") == [(float(i), i / N) for i in range(N)]
    assert (run.curves["test_coco_eval_bbox/ARl"].y[0], run.curves["test_coco_eval_bbox/AP"].direction) == (-1.0, "max")
    assert "n_parameters" not in run.curves


def test_swanlab_both_versions_and_single_logs(tmp_path: Path) -> None:
    (run,) = read(tmp_path / "new", "swanlab").values()
    assert (points(run, "loss"), run.status) == ([(float(i), LOSS[i]) for i in range(N)], "finished")
    assert (set(run.curves), run.config["lr"], run.config["swanlab/name"]) == ({"loss", "acc"}, 0.1, "big")
    logs = tmp_path / "old" / "run-20250101_000000-x" / "logs"
    when = "2026-01-01T00:00:00+00:00"
    first = [{"index": i, "data": LOSS[i], "create_time": when} for i in range(30)]
    second = [{"index": i, "data": "NaN" if i == 31 else LOSS[i], "create_time": when} for i in range(30, N)]
    lines(logs / "train%2Floss" / "1000.log", first)
    lines(logs / "train%2Floss" / "2000.log", second)
    (run,) = api.read(tmp_path / "old")
    curve = run.curves["train/loss"]
    assert (curve.x.tolist(), curve.y[:31].tolist(), str(curve.y[31])) == (list(range(N)), LOSS[:31], "nan")


def test_swanlab_records_that_no_pattern_fits_are_parsed(tmp_path: Path) -> None:
    from .corpus import swanlab_scalar
    from .encoded import field, wandb_file

    long_key, extra = (
        "a" * 200,
        field(13, field(1, b"odd") + field(5, b"\x09" + np.float64(2.5).tobytes()) + field(9, 1)),
    )
    records = [swanlab_scalar(long_key, 3, 1.5), extra, swanlab_scalar("zero", 1, 0.0), field(13, b"\xff")]
    file = tmp_path / "run-x.swanlab"
    file.write_bytes(b":SWL\xd6\xe1\x02" + wandb_file(records)[7:])
    (run,) = api.read(tmp_path)
    assert {name: points(run, name) for name in run.curves} == {
        long_key: [(3.0, 1.5)], "odd": [(0.0, 2.5)], "zero": [(1.0, 0.0)],
    }  # fmt: skip
    assert [damage.where for damage in run.damage] == ["record 3"]


# Notebooks


def written(path: Path, *cells: dict[str, object]) -> Path:
    write(path, json.dumps({"cells": [{"cell_type": "markdown", "source": "# x"}, *cells], "nbformat": 4}))
    return path


@known_answer("notebook")
def test_each_cell_of_a_notebook_that_trains_is_a_run(tmp_path: Path) -> None:
    printed = ["".join(f"Epoch {e}: val_loss {y + k}\n" for e, y in enumerate(LOSS)) for k in (0, 1)]
    frame = "<table><tr><th></th><th>age</th></tr><tr><th>0</th><td>7</td></tr><tr><th>1</th><td>9</td></tr></table>"
    cells = [notebook_cell("3 files\n", html=frame), *map(notebook_cell, printed)]
    runs = api.read(written(tmp_path / "train.ipynb", *cells))
    assert [run.id for run in runs] == ["train.ipynb", "train.ipynb#2"]
    assert [run.curves["val_loss"].y.tolist() for run in runs] == [LOSS, [y + 1 for y in LOSS]]


def test_a_table_that_a_cell_draws_is_read(tmp_path: Path) -> None:
    rows = "".join(f"<tr>\n<td>{50 * i}</td><td>{y}</td>\n<td>No log</td></tr>" for i, y in enumerate(LOSS))
    html = f'<div><table border="1"><thead><tr><th>Step</th><th>Training Loss</th><th>F1</th></tr></thead>{rows}</table></div>'
    (run,) = api.read(written(tmp_path / "train.ipynb", notebook_cell("\r 50%|#| 1/2 [00:01<00:01]\n", html=html)))
    assert (run.format, run.curves["Training Loss"].y.tolist()) == ("notebook", LOSS)
    assert run.curves["Training Loss"].x.tolist() == [50 * i for i in range(len(LOSS))]


def test_bars_that_a_cell_overwrote_are_read_as_a_terminal_shows_them(tmp_path: Path) -> None:
    lines = [
        f"Epoch {e}/20\n 5/10 [==>..] - ETA: 0s - loss: 9\r10/10 [====] - 1s 2ms/step - loss: {y}\n"
        for e, y in enumerate(LOSS, 1)
    ]
    (run,) = api.read(written(tmp_path / "train.ipynb", notebook_cell("".join(lines))))
    assert run.curves["loss"].y.tolist() == LOSS


def test_a_notebook_without_outputs_is_told(tmp_path: Path) -> None:
    for text in (
        '{"cells": 3}',
        '{"cells": [3, {"outputs": 3}, {"outputs": [3, {"data": 3, "text": [3]}]}]}',
        '{"cells": [',
    ):
        (tmp_path / "train.ipynb").write_text(text)
        with pytest.raises(UnreadableLog):
            api.read(tmp_path / "train.ipynb")


# What holds no curve


@pytest.mark.parametrize(
    ("name", "body", "way"),
    [
        ("all_results.json", b'{"eval_loss": 1.0}', "trainer_state.json"),
        ("tuner.pkl", b"\x80\x04x", "result.json"),
        ("evals.pkl", b"\x80\x04\x95", "save the numbers as JSON or CSV"),
        ("train.ipynb", b'{"cells": []}', "no cell of this notebook printed a log"),
    ],
)
def test_what_holds_no_curve_says_where_it_is(tmp_path: Path, name: str, body: bytes, way: str) -> None:
    (tmp_path / name).write_bytes(body)
    (tmp_path / "a.csv").write_text("step,loss\n1,2\n2,1\n")
    assert [way in skipped.why for skipped in api.read(tmp_path).skipped] == [True]


def test_an_aim_repository_is_named(tmp_path: Path) -> None:
    write(tmp_path / ".aim" / "meta" / "x", "?")
    (tmp_path / "a.csv").write_text("step,loss\n1,2\n2,1\n")
    assert [(s.path, "Aim" in s.why) for s in api.read(tmp_path).skipped] == [(".aim", True)]


# All of them

JSON_FORMATS = (
    "optuna_journal", "ray_result", "sacred", "allennlp", "catboost", "mmcv_json", "mmengine_json", "keras_tuner",
    "flaml", "detr_log", "detectron2",
)  # fmt: skip
ODD: list[Any] = [None, True, [], {}, [None], {"a": {}}, "x", "NaN", -1, 0, 1e308, 10**400, [[1]], {"": 1}, "\ud800"]


def _values(told: Any) -> list[tuple[Any, Any]]:
    """Every place in a document."""
    inner = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [pair for key, value in inner for pair in ((told, key), *_values(value))]


def _mutated(text: str, rng: random.Random) -> str:
    whole = text.lstrip().startswith("{\n") or "\n" not in text.strip()
    documents = [json.loads(text)] if whole else [json.loads(line) for line in text.splitlines()]
    for _ in range(rng.randrange(1, 4)):
        holder, key = rng.choice(_values(documents))
        holder[key] = copy.deepcopy(rng.choice(ODD))
    return "\n".join(json.dumps(document) for document in documents) + "\n"


@pytest.mark.usefixtures("no_hang")
@pytest.mark.parametrize("name", JSON_FORMATS)
def test_odd_types_anywhere_cost_records_only(tmp_path: Path, name: str) -> None:
    CORPUS[name](tmp_path)
    found = (file for file in sorted(tmp_path.rglob("*")) if file.suffix in (".json", ".log", ".txt"))
    originals = {file: text for file in found if (text := file.read_text()).lstrip().startswith("{")}
    rng = random.Random(name)
    chosen = rng.sample(sorted(originals), min(6, len(originals)))
    for _ in range(40):
        file = rng.choice(chosen)
        file.write_text(_mutated(originals[file], rng))
        with contextlib.suppress(BadInput, NothingToRead):
            api.read(tmp_path)
        file.write_text(originals[file])


def test_a_database_of_odd_cells_costs_what_is_odd(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as db:
        optuna_tables(db)
        db.execute("INSERT INTO studies VALUES (1, x'ff'), (2, NULL)")
        db.execute("INSERT INTO study_directions VALUES (1, 7, 1, NULL), (2, 'MINIMIZE', 2, 0)")
        db.execute("INSERT INTO study_system_attributes VALUES (1, 1, 'study:metric_names', 'rubbish')")
        db.execute("INSERT INTO trials VALUES (1, 'x', 1, 5, 'never', x'00'), (2, -3, 2, 'COMPLETE', 1, 2)")
        db.execute("INSERT INTO trial_params VALUES (1, 1, NULL, 'text', ?), (2, 2, 'opt', 9.0, ?)", (WHOLE, CHOICES))
        db.execute("INSERT INTO trial_values VALUES (1, 1, 0, 'text', 3), (2, 2, 0, 2.5, NULL), (3, 2, 1e9, 1, 'NAN')")
        db.execute("INSERT INTO trial_intermediate_values VALUES (1, 2, 'x', 1.0, 1), (2, 99, 1, 1.0, 'NAN')")
    db.close()
    runs = api.read(tmp_path / "s.db")
    assert [points(run, "value") for run in runs] == [[(-3.0, 2.5)]]


def _grown(name: str, more: Callable[[Path], None]) -> Callable[[Path], None]:
    def check(tmp_path: Path) -> None:
        logs = tmp_path / "logs"
        logs.mkdir()
        file = CORPUS[name](logs)
        with Store(None) as store:
            done = ingest(store, logs)
            more(file)
            ingest(store, logs)
            kept = sorted(stored_runs(store, root=done.root), key=lambda run: run.id)
        assert kept == sorted(api.read(logs, now=None), key=lambda run: run.id)

    return check


def _another_trial(file: Path) -> None:
    with sqlite3.connect(file) as db:
        db.execute("INSERT INTO trials VALUES (500, 2, 1, 'RUNNING', NULL, NULL)")
        db.execute("INSERT INTO trial_intermediate_values VALUES (900, 500, 0, 0.5, 'FINITE')")
    db.close()


def _another_epoch(file: Path) -> None:
    write(file.parent / "metrics_epoch_60.json", '{"training_loss": 0.5, "validation_acc": 0.9}')


@pytest.mark.parametrize(("name", "more"), [("optuna_sqlite", _another_trial), ("allennlp", _another_epoch)])
def test_what_was_added_is_read_on(tmp_path: Path, name: str, more: Callable[[Path], None]) -> None:
    _grown(name, more)(tmp_path)

"""What each reader must leave alone, as its card says: a log much like its own, that another reader reads or none."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.core import BadInput
from forerun.runs.readers import READERS
from tests.cards import control
from tests.runs.corpus import LOSS, N, tensorboard_record, wandb_file

Build = Callable[[Path], object]


@dataclass(frozen=True)
class Stranger:
    """A folder of files that a reader must leave alone.

    Args:
        files: name to text, bytes, or what writes it.
        reader: which reads it instead; empty where none does.
    """

    files: dict[str, str | bytes | Build]
    reader: str = ""


def database(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.executescript("CREATE TABLE people (name TEXT, age INTEGER); INSERT INTO people VALUES ('a', 3);")
    db.close()


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("notes.txt", "nothing")


def neptune_without_its_columns(path: Path) -> None:
    pl = pytest.importorskip("polars")
    rows = {"source": ["s"] * N, "task": ["t"] * N, "run": ["r"] * N, "metric": ["loss"] * N, "direction": ["min"] * N,
            "x_name": ["step"] * N, "x": np.arange(float(N)), "y": LOSS}  # fmt: skip
    pl.DataFrame(rows).write_parquet(path)


def framed_pictures(path: Path) -> None:
    """Records framed as TensorFlow frames them, that hold no events and no name of theirs."""
    path.write_bytes(b"".join(tensorboard_record(b"a picture") for _ in range(9)))


def frames_without_mark(path: Path) -> None:
    path.write_bytes(wandb_file([b"\x0a\x03abc"])[7:])


def objects(path: Path) -> None:
    np.savez(path, timesteps=np.arange(3), results=np.array([{"a": 1}] * 3, dtype=object))


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


DRAWN = {"text/html": "<table><tr><td>a</td></tr></table>", "image/png": "x"}
NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "source": ["df.head()"], "outputs": [{"output_type": "display_data", "data": DRAWN}]}
    ],
    "metadata": {},
    "nbformat": 4,
}
STEPS = "".join(f"{i},{y}\n" for i, y in enumerate(LOSS))
JSON_LINES = lines(*({"step": i, "loss": y} for i, y in enumerate(LOSS)))
TABLE = "step,loss\n" + STEPS
DOCUMENT = json.dumps({"loss": LOSS, "val_loss": LOSS})

STRANGERS: dict[str, Stranger] = {
    "tensorboard": Stranger({"train.tfrecord": framed_pictures}),
    "wandb": Stranger({"run-abc.wandb": frames_without_mark}),
    "wandb_export": Stranger({"export.json": DOCUMENT}, "json_document"),
    "tracker_export": Stranger({"table.parquet": neptune_without_its_columns}, "tidy"),
    "mlflow_files": Stranger({"run/meta.yaml": "name: big\nstatus: 3\n"}),
    "mlflow_sqlite": Stranger({"mlflow.db": database}),
    "trackio": Stranger({"project.db": database}),
    "swanlab": Stranger({"run-abc.swanlab": frames_without_mark}),
    "optuna_sqlite": Stranger({"study.db": database}),
    "optuna_journal": Stranger({"journal.log": JSON_LINES}, "jsonl"),
    "optuna_csv": Stranger({"trials.csv": TABLE}, "csv"),
    "ray_result": Stranger({"result.json": JSON_LINES, "progress.csv": TABLE}),
    "keras_tuner": Stranger({"trial_0/trial.json": '{"trial_id": "0", "score": 0.5}'}),
    "flaml": Stranger({"flaml.log": JSON_LINES}, "jsonl"),
    "sacred": Stranger({"1/metrics.json": '{"loss": 0.5}'}),
    "allennlp": Stranger({"metrics.json": '{"best_epoch": 59, "test_acc": 0.5}'}),
    "catboost": Stranger({"catboost_info/learn_error.tsv": "step\tloss\n" + STEPS.replace(",", "\t")}, "csv"),
    "mmcv_json": Stranger({"20260101_000000.log.json": JSON_LINES}, "jsonl"),
    "mmengine_json": Stranger({"20260101.json": JSON_LINES}, "jsonl"),
    "detectron2": Stranger({"metrics.json": JSON_LINES}, "jsonl"),
    "detr_log": Stranger({"log.txt": lines(*({"epoch": i, "train_loss": y} for i, y in enumerate(LOSS)))}, "jsonl"),
    "run_folder": Stranger({"train/results.csv": TABLE}, "csv"),
    "yolo_txt": Stranger({"results.txt": "the results were good\nand bad\n"}),
    "trainer_state": Stranger({"trainer_state.json": '{"global_step": 3, "max_steps": 9}'}),
    "lm_eval": Stranger({"results_2026-01-01T00-00-00.1.json": '{"results": {"toy": {"acc,none": 0.5}}}'}),
    "inspect_eval": Stranger({"2026_t.eval": archive}),
    "evals_result": Stranger({"evals.json": DOCUMENT}, "json_document"),
    "json_records": Stranger({"game.json": json.dumps([{"loss": y} for y in LOSS])}, "json_document"),
    "json_document": Stranger({
        "annotations.json": '{"images": [{"id": 1}], "annotations": [{"bbox": [1, 2, 3, 4]}]}',
        "config.json": '{"lr": 0.1, "layers": [1, 2]}',
    }),
    "dvclive": Stranger({"plots/loss.tsv": "step\tloss\n" + STEPS.replace(",", "\t")}, "csv"),
    "algoperf": Stranger({"measurements.csv": TABLE}, "csv"),
    "monitor": Stranger({"0.monitor.csv": TABLE}, "csv"),
    "evaluations": Stranger({"evaluations.npz": objects}),
    "progress": Stranger({"progress.csv": TABLE.replace("step", "row")}, "csv"),
    "blocks": Stranger({"out.txt": "-" * 33 + "\n| lr                 | 0.1      |\n| layers             | 3        |\n" + "-" * 33}),
    "keras_csv": Stranger({"training.csv": "epoch,accuracy,loss\n" + "".join(f"{i + 3},0.5,{y}\n" for i, y in enumerate(LOSS))}, "csv"),
    "lightning_csv": Stranger({"version_0/metrics.csv": TABLE}, "csv"),
    "mllog": Stranger({"result_0.txt": "\n".join(json.dumps({"key": "eval_accuracy", "value": 0.5}) for _ in range(9))}),
    "text": Stranger({
        "notes.md": "# Plan\n\nTrain for 3 epochs, then look at the loss.\n",
        "train.py": "for step in range(10):\n    loss = model(x)\n",
        "settings.yaml": "lr: 0.1\nsteps: 100\n",
    }),
    "text_table": Stranger({"results.txt": "Model    Params  Score\n-------  ------  -----\nsmall    10      0.5\nlarge    20      0.6\n"}),
    "notebook": Stranger({"train.ipynb": json.dumps(NOTEBOOK)}),
    "numbers": Stranger({
        "predictions.csv": "".join(f"{y}\n" for y in LOSS),
        "embeddings.txt": "".join(" ".join(str(v) for v in np.linspace(-1, 1, 30) * y) + "\n" for y in LOSS),
    }),
    "tidy": Stranger({"table.csv": "source,task,run,metric,x\ns,t,r,loss,1\n"}),
    "jsonl": Stranger({"run.jsonl": json.dumps({"step": 1, "loss": 0.5, "more": [1, 2]}, indent=2)}),
    "csv": Stranger({"run.csv": bytes(range(256)) * 20, "predictions.csv": "id,label,prediction\n" + "".join(f"{i},1,{y}\n" for i, y in enumerate(LOSS))}),
}  # fmt: skip


def write(folder: Path, stranger: Stranger) -> None:
    for name, content in stranger.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, (str, bytes)):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        else:
            content(path)


@control("format/*")
@pytest.mark.parametrize("name", list(READERS.table))
def test_a_log_much_like_its_own_is_left_alone(tmp_path: Path, name: str) -> None:
    stranger = STRANGERS[name]
    write(tmp_path, stranger)
    try:
        readers = {run.format for run in api.read(tmp_path)}
    except BadInput:
        readers = set()
    assert name not in readers
    if stranger.reader:
        assert readers == {stranger.reader}

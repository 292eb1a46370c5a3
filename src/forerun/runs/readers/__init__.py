"""The formats Forerun reads, one file each.

A reader is a module with

* ``CARD``: its data sheet;
* ``sniff(path, head) -> float``: how sure it is, from 0 to 1, that a file is of its format. ``head`` is the start of
  the file (up to 64 KiB); the name may add to what the content says but never decides alone;
* ``follow(file, state) -> Iterator[Step]``: what the file has gained since ``state``; `forerun.runs.log` has the
  types, `forerun.runs.growth` the two usual ways: lines of a text that grows, and documents written anew as a whole.
  Feeding a file in any slices must give what reading it at once gives;
* ``unit(path) -> Path`` (optional): the folder whose files make the runs, when it takes several; default the file;
* ``files(folder) -> list[Path]`` (with ``unit``): those files, settings that stand beside the records among them.
  What each of them tells is joined in the order of ``Log.order``, then of this list;
* ``COMPANIONS`` (optional): names of files in such a folder that are read along and are no logs of their own;
* ``twins(unit) -> Iterable[Path]`` (optional): other files that hold the same run once more, as a terminal log;
* ``REPEATS`` (optional): readers whose logs in such a folder hold the same numbers once more, and are not read.

A third party's reader may have ``read(path) -> Iterator[Run]`` in place of ``follow``: it is then read anew whenever
its file changes. A reader raises only ``UnreadableLog`` or ``MissingExtra``; whatever else costs its file, as
`forerun.runs.boundary` has it. It opens files with `forerun.runs.regular`. What it loses it counts, as ``Damage``.
"""

from typing import Any

from forerun.core import Family

READERS: Family[Any] = Family(
    kind="format",
    table={
        "tensorboard": "forerun.runs.readers.tensorboard",
        "wandb": "forerun.runs.readers.wandb",
        "wandb_export": "forerun.runs.readers.wandb_export",
        "tracker_export": "forerun.runs.readers.tracker_export",
        "mlflow_files": "forerun.runs.readers.mlflow_files",
        "mlflow_sqlite": "forerun.runs.readers.mlflow_sqlite",
        "trackio": "forerun.runs.readers.trackio",
        "swanlab": "forerun.runs.readers.swanlab",
        "optuna_sqlite": "forerun.runs.readers.optuna_sqlite",
        "optuna_journal": "forerun.runs.readers.optuna_journal",
        "optuna_csv": "forerun.runs.readers.optuna_csv",
        "ray_result": "forerun.runs.readers.ray_result",
        "keras_tuner": "forerun.runs.readers.keras_tuner",
        "flaml": "forerun.runs.readers.flaml",
        "sacred": "forerun.runs.readers.sacred",
        "allennlp": "forerun.runs.readers.allennlp",
        "catboost": "forerun.runs.readers.catboost",
        "mmcv_json": "forerun.runs.readers.mmcv_json",
        "mmengine_json": "forerun.runs.readers.mmengine_json",
        "detectron2": "forerun.runs.readers.detectron2",
        "detr_log": "forerun.runs.readers.detr_log",
        "run_folder": "forerun.runs.readers.run_folder",
        "yolo_txt": "forerun.runs.readers.yolo_txt",
        "trainer_state": "forerun.runs.readers.trainer_state",
        "lm_eval": "forerun.runs.readers.lm_eval",
        "inspect_eval": "forerun.runs.readers.inspect_eval",
        "evals_result": "forerun.runs.readers.evals_result",
        "json_records": "forerun.runs.readers.json_records",
        "json_document": "forerun.runs.readers.json_document",
        "dvclive": "forerun.runs.readers.dvclive",
        "algoperf": "forerun.runs.readers.algoperf",
        "monitor": "forerun.runs.readers.monitor",
        "evaluations": "forerun.runs.readers.evaluations",
        "progress": "forerun.runs.readers.progress",
        "blocks": "forerun.runs.readers.blocks",
        "keras_csv": "forerun.runs.readers.keras_csv",
        "lightning_csv": "forerun.runs.readers.lightning_csv",
        "mllog": "forerun.runs.readers.mllog",
        "text": "forerun.runs.readers.text_log",
        "text_table": "forerun.runs.readers.text_table",
        "notebook": "forerun.runs.readers.notebook",
        "numbers": "forerun.runs.readers.numbers",
        "tidy": "forerun.runs.readers.tidy",
        "jsonl": "forerun.runs.readers.jsonl",
        "csv": "forerun.runs.readers.delimited",
    },
    group="forerun.readers",
    functions=("sniff", "follow|read"),
)

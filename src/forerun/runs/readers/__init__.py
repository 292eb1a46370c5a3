"""The formats Forerun reads, one file each: plain functions, and at its end the `Reader` that the table names.

Third parties name theirs, as ``module:VALUE``, in the entry points of the group ``forerun.readers``.
"""

from forerun.core import Family
from forerun.runs.readers.reader import Reader

__all__ = ["READERS", "Reader"]

READERS: Family[Reader] = Family(
    kind="format",
    table={
        "tensorboard": "forerun.runs.readers.tensorboard:TENSORBOARD",
        "wandb": "forerun.runs.readers.wandb:WANDB",
        "wandb_export": "forerun.runs.readers.wandb_export:WANDB_EXPORT",
        "tracker_export": "forerun.runs.readers.tracker_export:TRACKER_EXPORT",
        "mlflow_files": "forerun.runs.readers.mlflow_files:MLFLOW_FILES",
        "mlflow_sqlite": "forerun.runs.readers.mlflow_sqlite:MLFLOW_SQLITE",
        "trackio": "forerun.runs.readers.trackio:TRACKIO",
        "swanlab": "forerun.runs.readers.swanlab:SWANLAB",
        "optuna_sqlite": "forerun.runs.readers.optuna_sqlite:OPTUNA_SQLITE",
        "optuna_journal": "forerun.runs.readers.optuna_journal:OPTUNA_JOURNAL",
        "optuna_csv": "forerun.runs.readers.optuna_csv:OPTUNA_CSV",
        "ray_result": "forerun.runs.readers.ray_result:RAY_RESULT",
        "keras_tuner": "forerun.runs.readers.keras_tuner:KERAS_TUNER",
        "flaml": "forerun.runs.readers.flaml:FLAML",
        "sacred": "forerun.runs.readers.sacred:SACRED",
        "allennlp": "forerun.runs.readers.allennlp:ALLENNLP",
        "catboost": "forerun.runs.readers.catboost:CATBOOST",
        "mmcv_json": "forerun.runs.readers.mmcv_json:MMCV_JSON",
        "mmengine_json": "forerun.runs.readers.mmengine_json:MMENGINE_JSON",
        "detectron2": "forerun.runs.readers.detectron2:DETECTRON2",
        "detr_log": "forerun.runs.readers.detr_log:DETR_LOG",
        "run_folder": "forerun.runs.readers.run_folder:RUN_FOLDER",
        "yolo_txt": "forerun.runs.readers.yolo_txt:YOLO_TXT",
        "trainer_state": "forerun.runs.readers.trainer_state:TRAINER_STATE",
        "lm_eval": "forerun.runs.readers.lm_eval:LM_EVAL",
        "inspect_eval": "forerun.runs.readers.inspect_eval:INSPECT_EVAL",
        "evals_result": "forerun.runs.readers.evals_result:EVALS_RESULT",
        "json_records": "forerun.runs.readers.json_records:JSON_RECORDS",
        "json_document": "forerun.runs.readers.json_document:JSON_DOCUMENT",
        "dvclive": "forerun.runs.readers.dvclive:DVCLIVE",
        "algoperf": "forerun.runs.readers.algoperf:ALGOPERF",
        "monitor": "forerun.runs.readers.monitor:MONITOR",
        "evaluations": "forerun.runs.readers.evaluations:EVALUATIONS",
        "progress": "forerun.runs.readers.progress:PROGRESS",
        "blocks": "forerun.runs.readers.blocks:BLOCKS",
        "keras_csv": "forerun.runs.readers.keras_csv:KERAS_CSV",
        "lightning_csv": "forerun.runs.readers.lightning_csv:LIGHTNING_CSV",
        "mllog": "forerun.runs.readers.mllog:MLLOG",
        "text": "forerun.runs.readers.text_log:TEXT",
        "text_table": "forerun.runs.readers.text_table:TEXT_TABLE",
        "notebook": "forerun.runs.readers.notebook:NOTEBOOK",
        "numbers": "forerun.runs.readers.numbers:NUMBERS",
        "tidy": "forerun.runs.readers.tidy:TIDY",
        "jsonl": "forerun.runs.readers.jsonl:JSONL",
        "csv": "forerun.runs.readers.delimited:CSV",
    },
    group="forerun.readers",
    of=Reader,
)

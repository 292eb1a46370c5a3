"""AlgoPerf's tree of logs: ``submission/study_k/workload_framework/trial_n/eval_measurements.csv``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from forerun.core import Card, UnreadableLog
from forerun.runs.readers import algoperf
from forerun.runs.readers.columns import number
from forerun.runs.score_readers.plain_columns import columns_of
from forerun.runs.score_readers.score_reader import ScoreReader, ScoreRows, rows_of

CARD = Card(
    name="algoperf_trial",
    does="Reads the evaluations of AlgoPerf's submissions: a row an evaluation and validation metric.",
    source="mlcommons/algorithmic-efficiency, logger_utils.py; mlcommons/submissions_algorithms",
    assumes="The folders above the file name submission, study, workload with its framework, and trial. The item is "
    "the number of the evaluation, the seed the study, the sample the trial.",
    needs="All four folders; a log without the workload's is left out, as the reference does.",
    promises="Seconds are those of the submission: evaluation and logging are not counted.",
    known_answer="A published tree gives the rows of the table that was made of it.",
    control="measurements.csv beside it, and a table without the submission's time, are left alone.",
)
_WORKLOAD = re.compile(r"(.+)_(jax|pytorch)")
_STUDY, _TRIAL = re.compile(r"study_(\d+)"), re.compile(r"trial_(\d+)")


def sniff(path: Path, head: bytes) -> float:
    return algoperf.sniff(path, head) if path.name == "eval_measurements.csv" else 0.0


def read(path: Path) -> ScoreRows:
    about = place_of(path)
    columns, damage = columns_of(path)
    metrics = [name for name in columns if name.startswith("validation/") and not name.endswith("/num_examples")]
    steps, seconds = columns["global_step"], columns["accumulated_submission_time"]
    records: list[dict[str, Any]] = []
    for name in metrics:
        for i, cell in enumerate(columns[name]):
            value, time = number(cell), number(seconds[i])
            if value is not None and value == value and time is not None:
                records.append(about | {"metric": name.removeprefix("validation/"), "item": str(i), "score": value,
                                        "step": number(steps[i]), "seconds": time})  # fmt: skip
    return rows_of(records, damage)


def place_of(path: Path) -> dict[str, str]:
    """Submission, workload, study and trial of a log, as columns of scores; the framework is the group.

    Raises:
        UnreadableLog: its folders are others.

    Example:
        >>> place_of(Path("logs/adam/study_0/wmt_jax/trial_1/eval_measurements.csv"))
        {'system': 'adam', 'benchmark': 'wmt', 'group': 'jax', 'seed': '0', 'sample': '1'}
    """
    submission, *folders = path.absolute().parts[-5:-1] if len(path.absolute().parts) > 5 else ("",)
    study, workload, trial = (
        (_STUDY.fullmatch(folders[0]), _WORKLOAD.fullmatch(folders[1]), _TRIAL.fullmatch(folders[2]))
        if len(folders) == 3
        else (None, None, None)
    )
    if study is None or workload is None or trial is None:
        raise UnreadableLog("its folders are not submission/study_k/workload_framework/trial_n", where=path.name)
    return {"system": submission, "benchmark": workload[1], "group": workload[2], "seed": study[1], "sample": trial[1]}


ALGOPERF_TRIAL = ScoreReader(card=CARD, sniff=sniff, read=read)

"""Files that hold figures of a run but no curve Forerun can read: what they are, and what to point it at instead."""

from __future__ import annotations

import re
from pathlib import Path

HIDDEN = {
    ".aim": "an Aim repository, which only Aim reads; export its runs: `aim runs ls`, then "
    "`Repo(path).query_metrics().dataframe().to_csv('runs.csv')` in Python",
    ".guild": "a Guild AI environment; `guild export` its runs, then read the event files in them",
    ".neptune": "Neptune's offline data; `neptune sync`, then neptune-exporter",
}
"""Folders that a walk over logs passes by, as their names begin with a dot."""

_NAMED: tuple[tuple[str, str], ...] = (
    (
        r"(?:all|train|eval|test|predict)_results\.json",
        "final figures of a Trainer; the curves are in trainer_state.json",
    ),
    (r"wandb-summary\.json", "W&B's last values; the curves are in the run-ID.wandb file, or `wandb sync` and export"),
    (
        r"experiment_state-.*\.json|basic-variant-state-.*\.json|tuner\.pkl",
        "Ray Tune's state; curves are in result.json",
    ),
    (r"oracle\.json", "Keras Tuner's state; values are in trial_N/trial.json"),
    (r"(debug|plans|dataset|dataset_fingerprint)\.json", "settings, as nnU-Net names them, and no values over time"),
    (r"progress\.png|loss\.png|results\.png", "a picture of curves; the numbers it was drawn from are needed"),
)
_PATTERNS = tuple((re.compile(pattern), sentence) for pattern, sentence in _NAMED)
_PICKLE = re.compile(rb"\x80[\x02-\x05]")


def way_out(path: Path, head: bytes) -> str | None:
    """What a file is and where its curves can be found, or None where it is nothing that is known.

    Example:
        >>> way_out(Path("all_results.json"), b"{}")
        'final figures of a Trainer; the curves are in trainer_state.json'
    """
    for pattern, sentence in _PATTERNS:
        if pattern.fullmatch(path.name):
            return sentence
    if _PICKLE.match(head) and path.suffix.lower() in (".pkl", ".pickle", ".p"):
        return "a pickle, which could run anything when it is opened; save the numbers as JSON or CSV"
    if head.startswith(b"PK\x03\x04") and b"task.json" in head and b"metrics.jsonl" in head:
        return "an offline session of ClearML; unpack it and read metrics.jsonl, or import it and export the scalars"
    if path.name == "runs.swanlab":
        return "SwanLab's index of runs; the curves are in the folders beside it"
    return None

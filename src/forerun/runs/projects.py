"""Which runs are of one project, of which one law may hold: of one task, or of like folders and settings.

Runs of a table are of one project where they are of one task and source. Runs of logs are where they lie in one folder,
or in folders of which one alone differs, are judged by one metric, and say the same of model, data and batch. Folders
that are named by settings (``lr=0.1,wd=0`` or ``seed=2``) do not count: what they say is what differs in a project.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from forerun.core import Run
from forerun.core.choosing import metrics_of

_LEVELS = 3  # folders, from the innermost, of which one may differ; a run's own has at most two more around it (ours)
_TELLS = frozenset(
    "model model_name model_type arch architecture dataset data params n_params n_layer n_layers num_layers n_head "
    "n_embd d_model hidden_size hidden_dim vocab_size sequence_length seq_len block_size batch_size "
    "train_batch_size".split()
)
"""Settings, by the last part of their names, by which losses of runs lie apart whatever their learning rates (ours)."""
_SETTINGS = re.compile(r"[\w./-]+=[^=,]*(,[\w./-]+=[^=,]*)*")
Place = tuple[str, ...]


def projects_of(runs: Sequence[Run]) -> list[str]:
    """The project of each run, by a name that is no other project's.

    Example:
        >>> names = ("a/1.csv", "a/2.csv", "b/lr1/log.csv", "b/lr2/log.csv", "c.csv")
        >>> projects_of([Run(name, {}, "csv") for name in names])
        ['a', 'a', 'b', 'b', 'c.csv']
        >>> settings = ({"n_layer": 2, "lr": 0.1}, {"n_layer": 2, "lr": 0.2}, {"n_layer": 4, "lr": 0.1})
        >>> projects_of([Run(f"a/{i}.csv", {}, "csv", config=config) for i, config in enumerate(settings)])
        ['a, n_layer 2', 'a, n_layer 2', 'a/2.csv']
        >>> names = ("mlp/lr=0.1/seed=0/log.csv", "mlp/lr=0.1/seed=1/log.csv", "mlp/lr=1/seed=0/log.csv", "cnn/log.csv")
        >>> projects_of([Run(name, {}, "csv") for name in names])
        ['mlp', 'mlp', 'mlp', 'cnn/log.csv']
    """
    places = _places(runs)
    tells = [_tells(run) for run in runs]
    names = _named(places)
    differing: dict[Place, list[str]] = {}
    for place in dict.fromkeys(places):
        members = [tell for tell, own in zip(tells, places, strict=True) if own == place]
        known = dict.fromkeys(name for tell in members for name in tell)
        differing[place] = [name for name in known if len({tell.get(name) for tell in members}) > 1]
    projects = [
        ", ".join([names[place], *(f"{name} {tell.get(name, 'not known')}" for name in differing[place])])
        for place, tell in zip(places, tells, strict=True)
    ]
    count = Counter(projects)  # one that stands alone is named by what it is
    return [name if count[name] > 1 or run.task else run.id for run, name in zip(runs, projects, strict=True)]


def _places(runs: Sequence[Run]) -> list[Place]:
    """What a run shares with most like it: its task, its folder, or the folders around it but for one."""
    keys = [list(_keys(run)) for run in runs]
    count = Counter(key for mine in keys for key in mine)
    return [next((key for key in mine if count[key] > 1), mine[0] if run.task else (run.id,))
            for run, mine in zip(runs, keys, strict=True)]  # fmt: skip


def _keys(run: Run) -> Iterator[Place]:
    if run.source is not None or run.task is not None:
        yield run.source or "", run.task or "", "table"
        return
    parts = ["=" if _SETTINGS.fullmatch(part) else part for part in PurePosixPath(run.id).parts]
    for i in range(len(parts) - 1, max(-1, len(parts) - 1 - _LEVELS), -1):
        yield (*parts[:i], "*", *parts[i + 1 :])


def _tells(run: Run) -> Mapping[str, Any]:
    """What a run of a log says of itself by which it is set apart from those in its folder."""
    if run.source is not None or run.task is not None:
        return {}
    settings = {name.replace("/", ".").rpartition(".")[2].lower(): value for name, value in run.config.items()}
    known = {name: settings[name] for name in sorted(_TELLS & settings.keys()) if isinstance(settings[name], str | int)}
    return {"metric": next(iter(metrics_of(run)), "none")} | known


def _named(places: Sequence[Place]) -> dict[Place, str]:
    """Names of places: the shortest that is of no other."""
    each = list(dict.fromkeys(places))
    short = {place: _short(place) for place in each}
    count = Counter(short.values())
    return {place: name if count[name] == 1 else "/".join(filter(None, place)) for place, name in short.items()}


def _short(place: Place) -> str:
    if place[-1] == "table":
        return place[1] or place[0]
    before = place[: place.index("*")] if "*" in place else place
    named = [part for part in before or place if part not in ("*", "=")]
    return "/".join(named) or "."

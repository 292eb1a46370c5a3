"""`fit`: a law fitted to runs, a table or a path to either; and how well it foretells runs it was not fitted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forerun.api.tabulating import Data, table_of
from forerun.core import Array, BadInput, Table, Undecided
from forerun.core.frozen import Noun
from forerun.laws import LAWS, fitter
from forerun.laws.path.base import Paths, leaves
from forerun.laws.path.base import law as path_law
from forerun.laws.path.base import read as read_paths

ENSEMBLE = "ensemble"
"""The name of all laws along a path that know what a cooldown gives, at once."""
_NAMED = 20  # projects named where one must be chosen


@dataclass(frozen=True, eq=False)
class Foretold(Noun):
    """A law's prediction of one run, against what was measured where that is known.

    Args:
        n: measured points at which the law holds.
        r2, mae: over them; None without any (``r2`` needs two that differ).
        r2_post_branch, mae_post_branch: from the first step at which the learning rate leaves that of every fitted run.
        final, final_predicted, final_low, final_high: at the last point, the interval of mass 0.8.
        points: shape (n, 3), x, y and prediction.
    """

    run: str
    n: int
    r2: float | None
    mae: float | None
    r2_post_branch: float | None
    mae_post_branch: float | None
    final: float | None
    final_predicted: float
    final_low: float
    final_high: float
    points: Array
    warnings: tuple[str, ...] = ()


def along_a_path(law: str) -> bool:
    """Whether a law reads learning rates' paths, and not a row a run."""
    return law == ENSEMBLE or LAWS.load(law).whole_runs


def law_table(
    law: str,
    data: Data,
    *,
    metric: str | None = None,
    task: str | None = None,
    columns: Mapping[str, str] | None = None,
    above: Mapping[str, float] | None = None,
) -> Table:
    """The table a law reads, from whatever holds it.

    Args:
        data: a table or columns as they are; runs; or a path. A CSV or Parquet file that has the law's columns is read
            as it is, anything else as runs.
        metric: of the runs (or the rows whose column ``metric`` it is); default the one that measures quality best.
        task: keep the runs (rows) of this task.
        columns: the law's name of a column to the data's, ``{"params": "N"}``. A tidy table's ``x`` stands for what its
            ``x_name`` says.
        above: keep the rows in which these columns are above these values, ``{"train_size": 0}``.

    Raises:
        BadInput: a column is missing, or no run has what the law needs.
        NothingToRead, UnreadableLog: of a path.

    Example:
        >>> table = law_table("chinchilla", {"N": [1e7], "tokens": [1e9], "y": [3.1]}, columns={"params": "N"})
        >>> table.columns["params"].tolist()
        [10000000.0]
    """
    inputs = None if along_a_path(law) else LAWS.load(law).inputs
    return table_of(data, inputs, metric=metric, task=task, columns=columns, above=above)


def fit(
    law: str,
    data: Data,
    *,
    metric: str | None = None,
    task: str | None = None,
    runs: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    seed: int = 0,
) -> fitter.Fit | fitter.Ensemble | Undecided:
    """Fit a law.

    Args:
        law: a name that ``forerun methods`` lists, or ``"ensemble"`` for several laws along a learning rate's path.
        data, metric, task, columns: as `law_table`.
        runs: fit to these alone, by id or by its last part.

    Returns:
        A fit, whose ``predict(table)`` answers with intervals; `Undecided` where there is too little to fit to.

    Raises:
        UnknownName: no such law.
        BadInput: data that the law cannot read, or runs of several projects for a law along a path.

    Example:
        >>> N = np.tile(np.geomspace(1e7, 1e9, 6), 6)
        >>> D = np.repeat(np.geomspace(1e9, 1e11, 6), 6)
        >>> made = fit("chinchilla", {"params": N, "tokens": D, "y": 1.7 + 400 * N**-0.34 + 2000 * D**-0.36})
        >>> round(made.params["E"], 3)
        1.7
    """
    table = law_table(law, data, metric=metric, task=task, columns=columns)
    table = table if runs is None else rows_of(table, runs)
    if along_a_path(law):
        check_one_project(table)
    return fitter.fit_ensemble(table, seed=seed) if law == ENSEMBLE else fitter.fit(law, table, seed=seed)


def check_one_project(table: Table) -> None:
    """Raise ``BadInput`` for runs of several projects: no one law holds of them, and that of all is wide and wrong.

    Args:
        table: as `forerun.api.law_table` gives it for a law along a path.
    """
    projects = list(dict.fromkeys(map(str, table.columns.get("task", ()))))
    if len(projects) > 1:
        named = "; ".join(projects[:_NAMED]) + (
            f"; and {len(projects) - _NAMED} more" if len(projects) > _NAMED else ""
        )
        raise BadInput(
            f"a law along a schedule holds of one project, and the runs are of {len(projects)}; name one of "
            f"these (--task), or the runs to go by (--fit): {named}",
            where="task",
        )


def rows_of(table: Table, runs: Sequence[str]) -> Table:
    """The rows of some runs, named by id or by the id's last part.

    Raises:
        BadInput: a run is not there, or a last part is that of several.
    """
    if "run" not in table.columns:
        raise BadInput(f"the table has no column 'run' to choose {', '.join(runs)} by")
    ids = np.asarray([str(run) for run in table.columns["run"]])
    known = list(dict.fromkeys(ids.tolist()))
    chosen: list[str] = []
    for name in runs:
        matches = [id for id in known if id == name] or [id for id in known if id.endswith("/" + name)]
        if len(matches) != 1:
            listed = ", ".join(known[:12])
            raise BadInput(f"{len(matches) or 'no'} runs named {name!r}; there are {listed}")
        chosen += matches
    return table.take(np.isin(ids, chosen))


def foretell(
    made: fitter.Fit | fitter.Ensemble, fitted: Table, table: Table, *, transfer: bool = False
) -> dict[str, Foretold | Undecided]:
    """What a fit says of every run of a table, beside what was measured.

    Args:
        fitted: the table that was fitted to, to tell from where on a run goes its own way.
        table: the runs to foretell; y may be NaN.
        transfer: foretell other peak rates too, against the law's advice.
    """
    ids = np.asarray([str(run) for run in table.columns.get("run", range(table.n_rows))])
    known = read_paths(fitted) if "rate" in fitted.columns else None
    answers: dict[str, Foretold | Undecided] = {}
    for id in dict.fromkeys(ids.tolist()):
        own = table.take(ids == id)
        prediction = made.predict(own, transfer=transfer)
        answers[id] = prediction if isinstance(prediction, Undecided) else _beside(id, own, prediction, known)
    return answers


def _beside(id: str, table: Table, prediction: fitter.Prediction, known: Paths | None) -> Foretold:
    y = np.asarray(table.columns.get("y", np.full(table.n_rows, np.nan)), float)
    x, applies = np.arange(table.n_rows, dtype=float), np.ones(table.n_rows, bool)
    branched = ~applies
    if known is not None:
        own = read_paths(table)
        x, applies = own.step, path_law.applies(own, float(known.area.max()))
        branched = own.step >= leaves(known, own)
    measured = np.isfinite(y) & applies
    last = int(np.flatnonzero(measured)[-1]) if measured.any() else table.n_rows - 1
    r2, mae = _score(y[measured], prediction.y[measured])
    r2_branch, mae_branch = _score(y[measured & branched], prediction.y[measured & branched])
    return Foretold(
        id,
        n=int(measured.sum()),
        r2=r2,
        mae=mae,
        r2_post_branch=r2_branch,
        mae_post_branch=mae_branch,
        final=float(y[last]) if measured.any() else None,
        final_predicted=float(prediction.y[last]),
        final_low=float(prediction.low[last]),
        final_high=float(prediction.high[last]),
        points=np.stack([x[measured], y[measured], prediction.y[measured]], axis=1),
        warnings=prediction.warnings,
    )


def _score(y: Array, predicted: Array) -> tuple[float | None, float | None]:
    """R² and mean absolute error; None where there is nothing to take them over."""
    if not y.size:
        return None, None
    spread = float(((y - y.mean()) ** 2).sum())
    r2 = 1.0 - float(((y - predicted) ** 2).sum()) / spread if spread > 0 else None
    return r2, float(np.abs(y - predicted).mean())

"""Fits that stay warm: an edit is answered by a law that was fitted before."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forerun import api
from forerun.core import Runs, Table, Undecided
from forerun.laws import LAWS
from forerun.laws.fitter import Ensemble, Fit
from forerun.laws.fitter.compare import largest

MOST = 16
"""Fits that are held; the one that was asked for longest ago goes first."""


@dataclass(frozen=True)
class FitSettings:
    """What a law is fitted to.

    Args:
        law: its name.
        table: the text of a CSV table; None for the runs that are served.
        task, metric: of the runs.
        runs: those that are fitted to; None for all.
        left_out: the share of rows that are not fitted to, those of the largest sizes; of a law that reads a row a run.
        columns: the law's names of columns to the data's.
    """

    law: str
    table: str | None = None
    task: str | None = None
    metric: str | None = None
    runs: tuple[str, ...] | None = None
    left_out: float = 0.0
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Fitted:
    """A law fitted, or why it could not be.

    Args:
        made: the fit.
        whole: all rows that were read.
        inside: shape (n,), which of them were fitted to.
        seconds: that it took.
    """

    made: Fit | Ensemble | Undecided
    whole: Table
    inside: NDArray[np.bool_]
    seconds: float

    @property
    def table(self) -> Table:
        """The rows that were fitted to."""
        return self.whole.take(self.inside)

    @property
    def left_out(self) -> Table:
        """The rows that were not."""
        return self.whole.take(~self.inside)


@dataclass
class Fits:
    """Fits by what they were fitted to."""

    warm: OrderedDict[FitSettings, Fitted] = field(default_factory=OrderedDict[FitSettings, Fitted])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, settings: FitSettings, runs: Runs, *, anew: bool = False) -> Fitted:
        """The fit, made where it is not held.

        Args:
            anew: as the runs are now, whatever is held.

        Raises:
            UnknownName: no such law.
            BadInput: data that the law cannot read, or runs of several projects for a law along a path.
        """
        with self.lock:
            fitted = None if anew else self.warm.get(settings)
            if fitted is not None:
                self.warm.move_to_end(settings)
                return fitted
        made = _fitted(settings, runs)
        with self.lock:
            self.warm[settings] = made
            while len(self.warm) > MOST:
                self.warm.popitem(last=False)
        return made


def _fitted(settings: FitSettings, runs: Runs) -> Fitted:
    began = time.perf_counter()
    whole = _table(settings, runs)
    inside = _inside(settings, whole)
    made = api.fit(settings.law, whole.take(inside))
    return Fitted(made, whole, inside, time.perf_counter() - began)


def _inside(settings: FitSettings, whole: Table) -> NDArray[np.bool_]:
    if settings.runs is not None:
        chosen = set(map(str, api.rows_of(whole, settings.runs).columns["run"]))
        return np.array([str(run) in chosen for run in whole.columns["run"]], bool)
    every = np.ones(whole.n_rows, bool)
    if not settings.left_out or api.along_a_path(settings.law):
        return every
    if {"y", *LAWS.load(settings.law).inputs} - set(whole.columns):  # the fit says what is missing
        return every
    return ~largest(settings.law, whole, np.isfinite(np.asarray(whole.columns["y"], float)), settings.left_out)


def _table(settings: FitSettings, runs: Runs) -> Table:
    """What the law reads; a table that was sent is read as one that lies in a file, so that both say the same."""
    columns = dict(settings.columns)
    if settings.table is None:
        return api.law_table(settings.law, runs, metric=settings.metric, task=settings.task, columns=columns)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "table.csv")
        file.write_text(settings.table, "utf-8")
        return api.law_table(settings.law, file, metric=settings.metric, task=settings.task, columns=columns)

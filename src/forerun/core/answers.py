"""The answers of a verb that was asked of runs: one sequence, whatever the verb."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, TypeVar, cast, overload

import numpy as np

from forerun.core import face
from forerun.core.errors import BadInput, UnknownName
from forerun.core.frozen import Noun
from forerun.core.run import Runs
from forerun.core.table import Table


class OfRun(Protocol):
    """Something said of one run: `RunForecast`, `RunFindings` or `RunDecision`."""

    KIND: ClassVar[str]
    COLUMNS: ClassVar[tuple[str, ...]]

    @property
    def run(self) -> str: ...
    @property
    def metric(self) -> str | None: ...
    def rows(self) -> list[dict[str, Any]]:
        """What it fills of a table's `COLUMNS`."""
        ...


Said = TypeVar("Said", bound=OfRun)


@dataclass(frozen=True, eq=False)
class Answers(Noun, Sequence[Said]):
    """What `predict`, `scan` and `advise` say of runs: an item a run, in the order of the runs.

    A plain sequence. ``answers["run"]`` is the item of a run, which is named as in `Runs`; where several metrics were
    asked for, ``answers["run", "metric"]``. ``answers.table()`` has them as columns; `forerun.show` draws them.

    Args:
        items: `RunForecast`, `RunFindings` or `RunDecision`; of forecasts one a run and metric.
        runs: what was asked of.

    Example:
        >>> from forerun.core import Run, RunFindings
        >>> runs = Runs((Run("sweep/a.csv", {}, "csv"), Run("sweep/b.csv", {}, "csv")))
        >>> answers = Answers((RunFindings("sweep/a.csv", "loss", ()), RunFindings("sweep/b.csv", "loss", ())), runs)
        >>> answers["b.csv"].run, len(answers[:1]), list(answers.table().columns)[:4]
        ('sweep/b.csv', 1, ['run', 'metric', 'axis', 'kind'])
        >>> answers
        2 scans of 2 runs
          sweep/a.csv  loss  nothing found
          sweep/b.csv  loss  nothing found
    """

    items: tuple[Said, ...]
    runs: Runs

    @overload
    def __getitem__(self, index: int | str | tuple[str, str]) -> Said: ...
    @overload
    def __getitem__(self, index: slice) -> Answers[Said]: ...
    def __getitem__(self, index: int | str | tuple[str, str] | slice) -> Said | Answers[Said]:
        if isinstance(index, slice):
            return replace(self, items=self.items[index])
        if isinstance(index, int):
            return self.items[index]
        return self._of(index) if isinstance(index, str) else self._of(*index)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Said]:
        return iter(self.items)

    def __repr__(self) -> str:
        return face.answers_text(self)

    def _repr_html_(self) -> str:
        return face.answers_html(self)

    def table(self) -> Table:
        """The answers as columns: a row an item, of findings a row each. Missing are NaN and None.

        `forerun.to_polars`, `to_pandas` and `to_csv` take the answers themselves.
        """
        rows = [row for item in self.items for row in item.rows()]
        columns = self.items[0].COLUMNS if self.items else ()
        return Table({name: _column([row.get(name) for row in rows]) for name in columns})

    def _of(self, name: str, metric: str | None = None) -> Said:
        run = self.runs[name].id
        of_run = [item for item in self.items if item.run == run]
        chosen = of_run if metric is None else [item for item in of_run if item.metric == metric]
        if len(chosen) == 1:
            return chosen[0]
        metrics = [item.metric for item in of_run if item.metric is not None]
        if metric is not None and metrics:
            raise UnknownName("metric", metric, metrics, where=run)
        if chosen:
            raise BadInput(f"{len(chosen)} answers: say of which metric, of {', '.join(metrics)}", where=run)
        raise BadInput("nothing was asked of it: it has no such metric", where=run)


def _column(values: list[Any]) -> Any:
    """Numbers as floats with NaN for what is missing; anything else as it is."""
    if all(value is None or isinstance(value, (int, float)) for value in values) and any(
        value is not None for value in values
    ):
        return np.array([np.nan if value is None else float(cast(float, value)) for value in values])
    return values

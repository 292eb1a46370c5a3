"""The work a page needs for its runs, in parts of equal size that processes may share; the parts are the same however
many there are, and so is the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from joblib import Parallel, cpu_count, delayed

from forerun import api
from forerun.core import Forecast, Run
from forerun.core.choosing import present
from forerun.core.settings import resolved
from forerun.decide import POLICIES
from forerun.figures.page import section, table, words
from forerun.figures.page.views import Detail
from forerun.forecast import FORECASTERS
from forerun.forecast.run_forecasts.ends import End, ends_of
from forerun.runs.siblings import Key, keys_of

_BATCH = 20  # runs forecast together; the same whatever the number of processes, for the same page
PARALLEL_FROM = 100
"""Runs beyond which processes are started unasked: below, starting them costs more than it saves."""


@dataclass(frozen=True)
class Work:
    """How runs are looked at and drawn; arguments as in `forerun.figures.report`.

    Args:
        aimed: whether any run has a target.
    """

    way: api.Way
    policy: str
    metric: str | None
    at: float | None
    cost_per_hour: float | None
    detail: Detail
    aimed: bool


@dataclass(frozen=True)
class Part:
    """What the page holds of one run.

    Args:
        number: its place among the runs read, by which links name it.
        places: what it shares with its siblings.
        metric: what it was judged by.
        verdict, urgency: the advice, and where that puts it.
        row, section: as HTML.
        forecast: what the sentence on accuracy is about.
    """

    number: int
    places: tuple[Key, ...]
    metric: str | None
    verdict: str
    urgency: tuple[int, int]
    row: str
    section: str
    forecast: Forecast | None


def parts(runs: Sequence[Run], work: Work, jobs: int | None) -> Iterator[Part]:
    """Every run's part, in the order of the runs.

    Args:
        jobs: processes; None means every core for more than `PARALLEL_FROM` runs, else this process.

    Raises:
        UnknownName: no such method or policy.
    """
    POLICIES.load(work.policy)
    if FORECASTERS.load(work.way.method).learns_from != "siblings":
        work = replace(work, way=replace(work.way, beside=()))  # nothing that would travel for nothing
    numbered = list(enumerate(runs))
    work = replace(work, way=replace(work.way, known=_ends(runs, work)))
    batches = [numbered[i : i + _BATCH] for i in range(0, len(numbered), _BATCH)]
    count = min(jobs or (cpu_count() if len(runs) > PARALLEL_FROM else 1), len(batches))
    if count <= 1:
        done = (_batch(batch, work) for batch in batches)
    else:
        done = Parallel(n_jobs=count, return_as="generator")(delayed(_batch)(batch, work) for batch in batches)
    for batch in done:
        yield from batch


def _ends(runs: Sequence[Run], work: Work) -> dict[tuple[str, str], End]:
    """Up to where each run is forecast, which its siblings in other parts have a say in."""
    asked = [work.metric] if work.metric else []
    pairs = [(run, name) for run in runs for name in present(run, asked)[:1]]
    ends = ends_of(pairs, runs, at=work.at, before=work.way.ends)
    return {(run.id, name): end for (run, name), end in zip(pairs, ends, strict=True)}


def _batch(batch: Sequence[tuple[int, Run]], work: Work) -> list[Part]:
    found = api.looks(
        [run for _, run in batch],
        work.way,
        policy=work.policy,
        metric=work.metric,
        at=work.at,
        cost_per_hour=work.cost_per_hour,
    )
    return [_part(number, look, work) for (number, _), look in zip(batch, found, strict=True)]


def _part(number: int, look: api.Look, work: Work) -> Part:
    metric = look.forecast.metric if look.forecast else None
    target = None if metric is None else resolved(look.run.settings, metric, target=work.way.target).target
    return Part(
        number,
        keys_of(look.run),
        metric,
        words.verdict(look),
        words.urgency(look),
        table.row(number, look, work.aimed),
        section.section(number, look, target, work.detail),
        words.forecast_of(look),
    )

"""Laws along a path on recorded runs: what evidence/laws/schedules.md says of them, as bounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from forerun import api
from forerun.api import Foretold
from forerun.core import Run
from forerun.laws.fitter import Fit


def foretold(fitted: list[Run], asked: list[Run], metric: str | None) -> list[Foretold]:
    table = api.law_table("multi_power", fitted, metric=metric)
    made = api.fit("multi_power", table)
    assert isinstance(made, Fit)
    told = api.foretell(made, table, api.law_table("multi_power", asked, metric=metric)).values()
    return [one for one in told if isinstance(one, Foretold)]


@pytest.mark.parametrize("size", ["25M", "100M"])
def test_schedules_that_were_not_fitted(shared: Path, size: str) -> None:
    pytest.importorskip("polars")
    runs = [run for run in api.read(shared / "multipowerlaw") if run.task == size]
    role = {name: [run for run in runs if run.config["mpl_paper_role"] == name] for name in ("fit", "test")}
    told = foretold(role["fit"], role["test"], None)
    assert len(told) == 6
    mean = {name: np.mean([getattr(one, name) for one in told]) for name in ("r2", "mae", "r2_post_branch")}
    off = np.mean([abs(one.final_predicted / one.final - 1) for one in told if one.final])
    assert mean["r2"] >= 0.997 and mean["mae"] <= 0.0052 and mean["r2_post_branch"] >= 0.93
    assert off <= 0.0036
    assert sum(one.final_low <= (one.final or 0) <= one.final_high for one in told) >= 4


def test_one_short_cooldown_tells_the_others_and_another_peak_is_refused(shared: Path) -> None:
    pytest.importorskip("polars")
    runs = [run for run in api.read(shared / "lr_scheduling") if len(run.curves.get("val_loss", ())) > 3]
    mine = [run for run in runs if run.task == "slimpajama/L12H12@0.001"]
    chosen = [run for run in mine if "stable-124m_" in run.id]
    chosen += [run for run in mine if "ann124-0.2" in run.id and "linear" in run.id and "iter15000" in run.id]
    assert len(chosen) == 2
    told = foretold(chosen, [run for run in mine if run not in chosen], "val_loss")
    ends = np.array([[one.final_predicted, one.final] for one in told], float)
    assert len(ends) >= 31
    assert np.abs(ends[:, 0] - ends[:, 1]).mean() <= 0.0065
    assert stats.spearmanr(*ends.T)[0] >= 0.99
    other = [run for run in runs if run.task == "slimpajama/L12H12@0.0001"]
    assert foretold(chosen, other, "val_loss") == []


def test_an_extended_run_gains_as_foretold(shared: Path) -> None:
    """A longer cooldown and a two-stage rate against the plain cooldown of the same length: the signs are right."""
    pytest.importorskip("polars")
    runs = [run for run in api.read(shared / "lr_scheduling") if "horizon_transfer" in run.id and "L12H12" in run.id]
    base = [run for run in runs if run.config["iterations"] == 50_000]
    told = {one.run: one for one in foretold(base, [run for run in runs if run not in base], "val_loss")}
    steps = {run.id: run.config["iterations"] for run in runs}
    plain = {run.config["iterations"]: run.id for run in runs
             if run.config["scheduler"] == "wsd" and run.config["wsd_fract_decay"] == 0.2}  # fmt: skip
    gains = [
        ((told[plain[steps[id]]].final or 0) - (one.final or 0),
         told[plain[steps[id]]].final_predicted - one.final_predicted)
        for id, one in told.items() if id != plain[steps[id]]
    ]  # fmt: skip
    assert len(gains) == 3
    assert all(measured * predicted > 0 for measured, predicted in gains)

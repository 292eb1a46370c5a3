"""A training of the lab is watched while it trains: forecasts of its planned end appear before it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("torch")

from forerun import watch
from forerun.cli.app import run
from forerun.core import Forecast
from forerun.lab.log import MetricsLog
from forerun.live import Poll
from forerun.recipes.meter import Cost


def test_a_watch_forecasts_a_language_model_while_it_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch looks whenever the training has written a value of validation."""
    looks, seen = watch(tmp_path, wait=lambda _: None), list[Poll]()
    write = MetricsLog.write

    def watched(self: MetricsLog, step: int, metrics: Mapping[str, float], cost: Cost) -> None:
        write(self, step, metrics, cost)
        if "val/loss" in metrics:
            seen.append(next(looks))

    monkeypatch.setattr(MetricsLog, "write", watched)
    settings = [word for one in ("size=xs", "length=32", "steps=600") for word in ("--set", one)]
    assert run(["lab", "run", "charlm", *settings, "--out", str(tmp_path)]) == 0
    found = [look for one in seen for look in one.looks]
    ahead = [look.forecast for look in found if look.forecast and isinstance(look.forecast.answer, Forecast)]
    assert {(one.metric, one.at, one.assumed) for one in ahead} == {("val/loss", 600.0, False)}
    assert len({one.origin for one in ahead}) >= 3
    assert ahead[0].origin < 600
    assert found[-1].run.status == "finished"
    last = float(found[-1].run.curves["val/loss"].y[-1])
    forecast = ahead[-1].answer
    assert isinstance(forecast, Forecast)
    assert forecast.quantile(0.025) <= last <= forecast.quantile(0.975)

"""A training of the lab is watched while it trains: forecasts of its planned end appear before it has ended."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

from forerun import watch
from forerun.core import Forecast


def test_a_watch_forecasts_a_language_model_while_it_trains(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "forerun", "lab", "run", "charlm", "--set", "size=xs", "--set", "steps=1200"]
    with subprocess.Popen([*command, "--out", str(tmp_path)], stdout=subprocess.DEVNULL) as training:
        ahead: list[tuple[float, Forecast]] = []
        status = ""
        deadline = time.monotonic() + 240
        for seen in watch(tmp_path, every=0.5):
            for look in seen.looks:
                status = look.run.status
                answer = look.outlook.answer if look.outlook else None
                if isinstance(answer, Forecast):
                    assert look.outlook is not None
                    assert (look.outlook.metric, look.outlook.at, look.outlook.assumed) == ("val/loss", 1200.0, False)
                    ahead.append((answer.origin, answer))
            if status == "finished" or time.monotonic() > deadline:
                break
        assert training.wait() == 0
    assert status == "finished"
    assert len({origin for origin, _ in ahead}) >= 3
    assert ahead[0][0] < 1200
    last = float(look.run.curves["val/loss"].y[-1])
    assert ahead[-1][1].quantile(0.025) <= last <= ahead[-1][1].quantile(0.975)

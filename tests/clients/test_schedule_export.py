"""The lines that `forerun schedule export` writes for a framework, run in it: the rates are the schedule's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from forerun.core import Schedule
from forerun.schedules.written import written

PLAN = Schedule("wsd", {"peak": 0.1, "steps": 20, "cooldown": 5, "warmup": 4})


def lines(to: str, **names: Any) -> dict[str, Any]:
    exec(written(PLAN, to), names)
    return names


def test_optax() -> None:
    pytest.importorskip("optax")
    rate = lines("optax")["rate"]
    assert [float(rate(t)) for t in range(20)] == pytest.approx(PLAN.lr(np.arange(20)).tolist(), rel=1e-6)


def test_keras() -> None:
    pytest.importorskip("keras")
    rate = lines("keras")["rate"]
    assert [float(rate(t)) for t in range(20)] == pytest.approx(PLAN.lr(np.arange(20)).tolist(), rel=1e-6)


def test_lightning() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("lightning")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = lines("lightning", optimizer=optimizer)["optimizers"]["lr_scheduler"]["scheduler"]
    lr = []
    for _ in range(20):
        lr.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert lr == pytest.approx(PLAN.lr(np.arange(20)).tolist(), rel=1e-12)


def test_transformers(tmp_path: Any) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    arguments = transformers.TrainingArguments(str(tmp_path), report_to=[], use_cpu=True)
    model = torch.nn.Linear(1, 1)
    optimizer, scheduler = lines("transformers", model=model, arguments=arguments)["optimizers"]
    assert optimizer.param_groups[0]["lr"] == pytest.approx(float(PLAN.lr(0)))
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(float(PLAN.lr(1)))

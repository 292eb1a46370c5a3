"""Schedules as text: what is read back is what was written, and lines of code follow it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun.core import BadInput, Schedule, UnknownName
from forerun.schedules.written import WRITERS, rates, read_schedule, written

PLAN = Schedule("wsd", {"peak": 0.1, "steps": 20, "cooldown": 5, "warmup": 4})


def test_json_is_read_back(tmp_path: Path) -> None:
    whole = PLAN.then(Schedule("constant", {"peak": 0.01, "steps": 5})).on("tokens", per=512)
    (tmp_path / "plan.json").write_text(written(whole, "json"), "utf-8")
    assert read_schedule(tmp_path / "plan.json") == whole


def test_rows_are_the_rates_of_every_step() -> None:
    lines = written(PLAN, "csv").splitlines()
    assert lines[0] == "step,lr" and len(lines) == 21
    assert [float(line.partition(",")[2]) for line in lines[1:]] == PLAN.lr(np.arange(20)).tolist()


@pytest.mark.parametrize("per_step", [1 / 3, 0.1, 100.0])
def test_a_run_has_as_many_steps_as_fit_into_the_schedule(per_step: float) -> None:
    """Three thirds are one, whatever a third is in binary."""
    assert rates(PLAN.on("epoch", per=per_step), per_step=per_step).size == 20


@pytest.mark.parametrize("plan", [PLAN, PLAN.on("tokens", per=512)])
def test_lines_of_torch_follow_it(plan: Schedule) -> None:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    names: dict[str, Any] = {"optimizer": optimizer}
    exec(written(plan, "torch", per_step=None if plan.axis == "step" else 512), names)
    lr = []
    for _ in range(20):
        lr.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        names["scheduler"].step()
    assert lr == pytest.approx(PLAN.lr(np.arange(20)).tolist(), rel=1e-12)


@pytest.mark.parametrize("to", sorted(set(WRITERS) - {"json", "csv"}))
def test_lines_of_every_framework_are_python_that_reads_the_schedule(to: str) -> None:
    head = written(PLAN, to).split("\nfrom forerun.adapters")[0]
    assert "plan" in written(PLAN, to)
    compile(written(PLAN, to), to, "exec")
    names: dict[str, Any] = {}
    exec(head + "\n" + next(line for line in written(PLAN, to).splitlines() if line.startswith("plan = ")), names)
    assert names["plan"] == PLAN


def test_transformers_have_a_short_name() -> None:
    assert written(PLAN, "hf") == written(PLAN, "transformers")


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(UnknownName, match="optax"):
        written(PLAN, "jax")
    with pytest.raises(BadInput, match="no end"):
        rates(Schedule("linear", {"peak": 1, "steps": 4}, past_end="cycle"))
    with pytest.raises(BadInput, match="tokens"):
        rates(PLAN.on("tokens", per=512))

"""Every part that settings name: saved by its state, it goes on in a new training as if nothing had been."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from forerun.lab.job import Job  # noqa: E402
from forerun.lab.runner import opened  # noqa: E402
from forerun.recipes import RECIPES  # noqa: E402
from tests.recipes.smallest import SMALL, TABLE  # noqa: E402

PARTS = {
    (slot, part): name
    for name in reversed(RECIPES.table)
    if (engine := RECIPES.load(name).engine)
    for slot, kinds in engine.table.items()
    for part in kinds
}
"""Slot and part, and the first recipe that has them in its table."""
START = {"start.recipe": "supervised", "start.steps": 3, "start.warmup": 1}
_LEVELS = "addition", {**SMALL["qk_norm"][1], "sampler": "graded"}
WORLD: dict[str, tuple[str, dict[str, Any]]] = {
    "fresh": SMALL["qk_norm"],
    "graded": ("addition", {**SMALL["qk_norm"][1], "pacing": "easy_first"}),
    "easy_first": _LEVELS,
    "hard_first": _LEVELS,
    "qk_norm": SMALL["qk_norm"],
    "federated": SMALL["federated_average"],
    "ghost_batch_norm": SMALL["ghost_batch_norm"],
    "ease": ("modular", TABLE | START),
    "masked": ("modular", TABLE | START | {"masked.random": True}),
    "scaled": ("modular", TABLE | START | {"scaled.norm": 1}),
    "checkpoint": ("modular", TABLE | START),
    "soup": ("modular", TABLE | {"soup.count": 2, "soup.steps": 3}),
    "tail": ("modular", TABLE | {"tail.start": 0.2}),
    "random_targets": ("modular", TABLE | {"random_targets.share": 0.5}),
}
"""Of parts that need another than modular addition: a world, and what is set beside."""


def weights(job: Job | None) -> Mapping[str, Any] | None:
    """What a training comes to that others start from."""
    if job is None:
        return None
    training = opened(job, None)
    training.run()
    return training.model.state_dict()


def plain(state: Any) -> Any:
    """A state with lists for its tensors, and no seconds."""
    if isinstance(state, torch.Tensor):
        return state.tolist()
    if isinstance(state, Mapping):
        return {name: plain(value) for name, value in state.items() if name not in ("seconds", "phases")}
    return [plain(value) for value in state] if isinstance(state, (list, tuple)) else state


def test_the_count_is_that_of_the_tables() -> None:
    assert len(PARTS) == 35


@pytest.mark.parametrize(("slot", "part"), PARTS, ids=lambda word: word)
def test_its_state_goes_through_a_file_and_on(slot: str, part: str) -> None:
    policy = slot in ("reward", "advantage", "reduction")
    world, settings = SMALL["actor_critic"] if policy else WORLD.get(part, ("modular", TABLE))
    job = Job(world, {**settings, slot: part, "steps": 6, "eval_every": 3}, 0, PARTS[slot, part])
    assert job.filled.engine is not None and part in job.filled.engine.named()[slot].split("+")
    start, file = weights(job.start), io.BytesIO()
    training = opened(job, start)
    training.run(4)
    torch.save(training.state_dict(), file)
    training.run()
    whole = training.result(), plain(training.state_dict())
    file.seek(0)
    saved, again = torch.load(file, weights_only=True), opened(job, start)
    again.load_state_dict(saved)
    assert plain(again.state_dict()) == plain(saved)
    again.run()
    assert (again.result(), plain(again.state_dict())) == whole

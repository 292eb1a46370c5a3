"""A schedule as PyTorch's scheduler: the same rates however a run is stopped, resumed, edited or spread."""

from __future__ import annotations

import copy
import io
import json
import math
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun.adapters.torch import ScheduleLR
from forerun.core import BadInput, Schedule, UnknownName
from tests.schedules.examples import EXAMPLES, PER_STEP, along

PLAN = Schedule("cosine", {"peak": 0.3, "steps": 40, "warmup": 5, "final": 0.1})
LONGER = Schedule("wsd", {"peak": 0.3, "steps": 60, "warmup": 5, "cooldown": 12})


def sgd(*rates: float, **settings: Any) -> torch.optim.SGD:
    """An optimizer with a group a rate, each with one weight whose gradient is 1."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates or (0.3,)]
    for group in groups:
        group["params"][0].grad = torch.ones(1)
    return torch.optim.SGD(groups, **settings)


def rates(optimizer: torch.optim.Optimizer, scheduler: Any, updates: int) -> Iterator[float]:
    """The rate that each of so many updates is made with."""
    for _ in range(updates):
        yield float(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()


def started(plan: Schedule, **settings: Any) -> tuple[torch.optim.SGD, ScheduleLR]:
    optimizer = sgd()
    return optimizer, ScheduleLR(optimizer, plan, **settings)


def ways(name: str, how: str) -> Schedule | None:
    """An example with a longer horizon; None where its form has no such way."""
    try:
        factor = 0.6 if how == "two_stage" else None
        return EXAMPLES[name].extend(22.0 * PER_STEP.get(name, 1.0), how, factor=factor)
    except BadInput:
        return None


@pytest.mark.parametrize("name", EXAMPLES)
def test_update_n_is_made_with_the_value_at_n(name: str) -> None:
    pair = started(EXAMPLES[name], per_step=PER_STEP.get(name))
    assert list(rates(*pair, 20)) == along(name, 20).tolist()


def test_a_run_longer_than_a_stretch_of_values_has_them_all() -> None:
    plan = PLAN.with_params(steps=3000)
    assert list(rates(*started(plan), 3100)) == plan.lr(np.arange(3100)).tolist()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_form_survives_stops_processes_and_accumulation(name: str) -> None:
    """Stopped at random updates, four batches an update, ``step()`` called by eight processes after every batch."""
    rng = np.random.default_rng(0)
    optimizer, scheduler = started(EXAMPLES[name], per_step=PER_STEP.get(name))
    trace: list[float] = []
    for _ in range(20):
        if rng.random() < 0.3:
            saved = json.loads(json.dumps(scheduler.state_dict(), allow_nan=False))
            optimizer, scheduler = started(EXAMPLES[name], per_step=PER_STEP.get(name))
            scheduler.load_state_dict(saved)
        trace += rates(optimizer, scheduler, 1)
        for _ in range(4 * 8 - 1):
            scheduler.step()
    assert trace == along(name, 20).tolist()


HORIZONS = [(name, how) for name in EXAMPLES for how in ("hold", "stretch", "two_stage") if ways(name, how)]


@pytest.mark.parametrize(("name", "how"), HORIZONS)
def test_every_form_takes_another_horizon_in_mid_run(name: str, how: str) -> None:
    """Edited while it goes on, or in the script before a resume: from there on the rates of the longer schedule."""
    per = PER_STEP.get(name, 1.0)
    longer = ways(name, how)
    at = np.arange(24)
    expected = np.where(at < 5, EXAMPLES[name].lr(per * at), longer.lr(per * at)).tolist()
    optimizer, scheduler = started(EXAMPLES[name], per_step=per)
    before = list(rates(optimizer, scheduler, 5))
    saved = scheduler.state_dict()
    scheduler.edit(longer)
    assert before + list(rates(optimizer, scheduler, 19)) == expected
    optimizer, scheduler = started(longer, per_step=per)
    scheduler.load_state_dict(saved)
    assert before + list(rates(optimizer, scheduler, 19)) == expected


def test_most_forms_have_another_horizon() -> None:
    assert len({name for name, _ in HORIZONS}) >= 20


@given(stop=st.integers(0, 50), order=st.permutations(["optimizer", "scheduler"]), through_json=st.booleans())
@settings(deadline=None, max_examples=30)
def test_a_run_stopped_anywhere_goes_on_as_if_it_had_not_been(stop: int, order: list[str], through_json: bool) -> None:
    """Whichever of the two states is loaded first, in PyTorch's safe format or as JSON."""
    optimizer, scheduler = started(PLAN)
    before = list(rates(optimizer, scheduler, stop))
    file = io.BytesIO()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    if through_json:
        saved["scheduler"] = json.loads(json.dumps(saved["scheduler"], allow_nan=False))
    optimizer, scheduler = started(PLAN)
    parts = {"optimizer": optimizer, "scheduler": scheduler}
    for part in order:
        parts[part].load_state_dict(saved[part])
    assert before + list(rates(optimizer, scheduler, 60 - stop)) == PLAN.lr(np.arange(60)).tolist()


def test_a_horizon_edited_in_the_script_is_not_overwritten_by_the_old_state() -> None:
    """As torch's own ``T_max`` is."""
    first = Schedule("wsd", {"peak": 0.3, "steps": 40, "warmup": 5, "cooldown": 12})
    optimizer, scheduler = started(first)
    before = list(rates(optimizer, scheduler, 20))
    saved = optimizer.state_dict(), scheduler.state_dict()
    optimizer, scheduler = started(first.extend(60, "hold"))
    optimizer.load_state_dict(saved[0])
    scheduler.load_state_dict(saved[1])
    assert before + list(rates(optimizer, scheduler, 40)) == LONGER.lr(np.arange(60)).tolist()


def test_a_horizon_edited_while_the_run_went_on_survives_its_resumes() -> None:
    """The script still names the first plan, twice."""
    optimizer, scheduler = started(PLAN)
    trace = list(rates(optimizer, scheduler, 10))
    scheduler.edit(LONGER)
    trace += rates(optimizer, scheduler, 10)
    for _ in range(2):
        saved = scheduler.state_dict()
        optimizer, scheduler = started(PLAN)
        scheduler.load_state_dict(saved)
        trace += rates(optimizer, scheduler, 10)
    expected = np.where(np.arange(40) < 10, PLAN.lr(np.arange(40)), LONGER.lr(np.arange(40)))
    assert trace == expected.tolist()


def test_a_script_edited_after_an_edit_of_the_run_wins() -> None:
    _, scheduler = started(PLAN)
    scheduler.edit(LONGER)
    saved = scheduler.state_dict()
    newest = PLAN.with_params(steps=80)
    _, scheduler = started(newest)
    scheduler.load_state_dict(saved)
    assert scheduler.schedule == newest
    _, again = started(newest)
    again.load_state_dict(scheduler.state_dict())
    assert again.schedule == newest


def test_torchs_own_schedule_does_lose_its_new_horizon() -> None:
    """What the tests above guard against."""
    saved = torch.optim.lr_scheduler.CosineAnnealingLR(sgd(), T_max=10).state_dict()
    resumed = torch.optim.lr_scheduler.CosineAnnealingLR(sgd(), T_max=20)
    resumed.load_state_dict(saved)
    assert resumed.T_max == 10


def test_a_state_of_another_scheduler_is_refused() -> None:
    _, scheduler = started(PLAN)
    with pytest.raises(BadInput, match="no state of a ScheduleLR, but of something with T_max, "):
        scheduler.load_state_dict(torch.optim.lr_scheduler.CosineAnnealingLR(sgd(), T_max=10).state_dict())


def test_the_state_is_json_and_holds_the_whole_schedule() -> None:
    """A schedule made of functions, as in ``LambdaLR``, has a state of None."""
    plan = PLAN.scale(0.5).then(Schedule("linear", {"peak": 0.05, "steps": 5}))
    _, scheduler = started(plan)
    state = json.loads(json.dumps(scheduler.state_dict(), allow_nan=False))
    assert state["step"] == 0
    assert state["schedules"]["lr"]["name"] == "then"
    _, again = started(plan)
    again.load_state_dict(state)
    assert again.schedule == plan


def test_calls_without_an_update_do_nothing() -> None:
    """A launcher of 8 processes steps a scheduler 8 times an update; a loop over micro-batches, once each."""
    optimizer, scheduler = started(PLAN)
    trace: list[float] = []
    for _ in range(40):
        trace += rates(optimizer, scheduler, 1)
        for _ in range(7):
            scheduler.step()
    assert trace == PLAN.lr(np.arange(40)).tolist()


def test_eight_processes_have_one_rate() -> None:
    """Each sees an eighth of every batch and steps its own scheduler."""
    ranks = [started(PLAN) for _ in range(8)]
    trace = [[rate for rank in ranks for rate in rates(*rank, 1)] for _ in range(45)]
    assert trace == [[rate] * 8 for rate in PLAN.lr(np.arange(45)).tolist()]


@pytest.mark.parametrize("each_batch", [True, False])
def test_gradients_accumulated_over_batches_are_one_update(each_batch: bool) -> None:
    """Wherever the loop calls ``step()``: after every batch, or after every update."""
    optimizer, scheduler = started(PLAN)
    trace: list[float] = []
    for batch in range(160):
        if last := batch % 4 == 3:
            trace.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
        if last or (each_batch and trace):
            scheduler.step()
    assert trace == PLAN.lr(np.arange(40)).tolist()


def test_an_update_skipped_by_the_loss_scaler_uses_up_no_step() -> None:
    optimizer, scheduler = started(PLAN)
    optimizer.step()
    scheduler.step()
    scheduler.step()  # the scaler left out optimizer.step()
    assert (scheduler.last_epoch, optimizer.param_groups[0]["lr"]) == (1, float(PLAN.lr(1)))


def test_a_scheduler_that_sees_no_update_says_so() -> None:
    _, scheduler = started(PLAN)
    with pytest.warns(UserWarning, match="the optimizer has made no update yet, so the rate stays"):
        scheduler.step()


def test_a_scheduler_called_once_an_epoch_says_so() -> None:
    optimizer, scheduler = started(PLAN)
    for _ in range(12):
        optimizer.step()
    with pytest.warns(UserWarning, match="12 updates since the last step"):
        scheduler.step()


def test_an_optimizer_that_steps_its_parts_one_by_one_makes_one_update() -> None:
    """As those do that shard their weights: the hooks of the inner one are called for every part."""
    optimizer, scheduler = started(PLAN)
    trace: list[float] = []
    for _ in range(40):
        trace.append(optimizer.param_groups[0]["lr"])
        for _ in range(3):
            optimizer.step()
        scheduler.step()
    assert trace == PLAN.lr(np.arange(40)).tolist()


def test_groups_keep_their_ratios() -> None:
    """And are not all forced to one rate."""
    optimizer = sgd(1.0, 0.1)
    scheduler = ScheduleLR(optimizer, Schedule("linear", {"peak": 1.0, "steps": 10}))
    for t in range(11):
        assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([1 - t / 10, 0.1 * (1 - t / 10)])
        assert scheduler.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        optimizer.step()
        scheduler.step()


def test_rex_begins_at_its_peak_and_keeps_two_groups_apart() -> None:
    """The scheduler of that name in a much used package begins at 0, and gives both groups .9474."""
    optimizer = sgd(1.0, 0.1)
    scheduler = ScheduleLR(optimizer, Schedule("rex", {"peak": 1.0, "steps": 10}))
    assert scheduler.get_last_lr() == [1.0, 0.1]
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == pytest.approx([0.9473684, 0.09473684])


def test_ratios_survive_a_resume_at_rate_zero() -> None:
    """Where the groups' rates say nothing: their state remembers what they began with."""
    optimizer = sgd(1.0, 0.1)
    ScheduleLR(optimizer, Schedule("linear", {"peak": 1.0, "steps": 10, "warmup": 5}))
    assert [group["lr"] for group in optimizer.param_groups] == [0.0, 0.0]
    resumed = sgd(0.5, 0.5)
    resumed.load_state_dict(optimizer.state_dict())
    scheduler = ScheduleLR(resumed, Schedule("constant", {"peak": 1.0, "steps": 10}))
    assert scheduler.get_last_lr() == [1.0, 0.1]


def test_factors_are_the_users_to_say() -> None:
    scheduler = ScheduleLR(sgd(1.0, 0.1), Schedule("constant", {"peak": 0.2, "steps": 5}), factors=(1, 3))
    assert scheduler.get_last_lr() == pytest.approx([0.2, 0.6])
    with pytest.raises(BadInput, match=r"1 factors for 2 groups: set scheduler.factors\['lr'\]"):
        ScheduleLR(sgd(1.0, 0.1), PLAN, factors=(1,))


def test_weight_decay_and_momentum_follow_schedules_too() -> None:
    """Groups without weight decay stay without; the momentum of Adam is the first of its betas."""
    decay = Schedule("linear", {"peak": 0.4, "steps": 10, "final": 0.5})
    momentum = Schedule("linear", {"peak": 0.95, "steps": 10, "final": 0.85 / 0.95})
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.AdamW(
        [{"params": weights[:1], "weight_decay": 0.1}, {"params": weights[1:], "weight_decay": 0.0}], betas=(0.9, 0.99)
    )
    scheduler = ScheduleLR(optimizer, PLAN, also={"weight_decay": decay, "momentum": momentum})
    for t in range(12):
        first, second = optimizer.param_groups
        assert (first["weight_decay"], second["weight_decay"]) == (float(decay.lr(t)), 0.0)
        assert first["betas"] == second["betas"] == (float(momentum.lr(t)), 0.99)
        optimizer.step()
        scheduler.step()
    scheduler.edit(decay.scale(2.0), of="weight_decay")
    assert optimizer.param_groups[0]["weight_decay"] == 2.0 * float(decay.lr(12))


def test_what_the_groups_do_not_have_is_refused() -> None:
    with pytest.raises(UnknownName, match="no setting of the optimizer's groups 'wd'; there are: lr, momentum"):
        ScheduleLR(sgd(), PLAN, also={"wd": PLAN})
    _, scheduler = started(PLAN)
    with pytest.raises(UnknownName, match="no scheduled setting 'momentum'; there are: lr"):
        scheduler.edit(PLAN, of="momentum")


def test_tokens_count_where_the_schedule_counts_tokens() -> None:
    """Twice the tokens an update after a resume: the place on the axis goes on from where it was."""
    plan = Schedule("cosine", {"peak": 0.3, "steps": 4096 * 30}, axis="tokens")
    optimizer, scheduler = started(plan, per_step=4096)
    before = list(rates(optimizer, scheduler, 10))
    saved = scheduler.state_dict()
    optimizer, scheduler = started(plan, per_step=8192)
    scheduler.load_state_dict(saved)
    after = list(rates(optimizer, scheduler, 10))
    tokens = [4096 * n for n in range(10)] + [4096 * 10 + 8192 * n for n in range(10)]
    assert before + after == plan.lr(tokens).tolist()
    with pytest.raises(BadInput, match="the saved run counts tokens, the schedule step"):
        started(PLAN)[1].load_state_dict(saved)
    with pytest.raises(BadInput, match="the schedule counts tokens; say per_step, how many tokens an update adds"):
        started(plan)
    with pytest.raises(BadInput, match="the schedule counts epoch; say per_step"):
        started(Schedule("linear", {"peak": 0.3, "steps": 9}, axis="epoch"))  # and no step that does nothing in silence
    with pytest.raises(BadInput, match="schedule of weight_decay: counts step, but that of the learning rate tokens"):
        started(plan, per_step=1, also={"weight_decay": PLAN})


@given(st.integers(1, 5000))
def test_an_epoch_ends_with_its_last_update(updates: int) -> None:
    """And no rounding leaves the rate of a new epoch for one update more."""
    plan = Schedule("path", {"x": [0, 1, 2, 3], "value": [0.4, 0.3, 0.2, 0.1]}, axis="epoch")
    scheduler = ScheduleLR(sgd(), plan, per_step=1 / updates)
    for epoch in range(3):
        last = [scheduler._rates["lr"].at(epoch * updates + n) for n in (updates - 1, updates)]
        assert last == plan.lr([epoch, epoch + 1]).tolist()


def test_past_the_end_is_the_schedules_to_say() -> None:
    """A cosine does not climb again, and what shall raise raises at the first update past the end, not before."""
    plan = Schedule("cosine", {"peak": 0.3, "steps": 4, "final": 0.1})
    assert list(rates(*started(plan), 12))[4:] == pytest.approx([0.03] * 8)
    assert list(rates(*started(replace(plan, past_end="zero")), 8))[5:] == [0.0] * 3
    once = Schedule("onecycle", {"peak": 0.3, "steps": 4, "final": 0.5})
    assert list(rates(*started(once), 8))[4:] == pytest.approx([0.15] * 4)  # torch's raises one update past its end
    optimizer, scheduler = started(replace(plan, past_end="error"))
    assert list(rates(optimizer, scheduler, 4)) == plan.lr(np.arange(4)).tolist()
    optimizer.step()
    with pytest.raises(BadInput, match="t=5 lies past the end, 4"):
        scheduler.step()


def test_a_schedule_that_cycles_starts_again() -> None:
    plan = Schedule("linear", {"peak": 0.3, "steps": 3}, past_end="cycle")
    assert list(rates(*started(plan), 9)) == plan.lr([0, 1, 2] * 3).tolist()


def test_a_rate_in_a_tensor_is_set_in_place() -> None:
    """A compiled step has it in its hands."""
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.ones(1)
    optimizer = torch.optim.AdamW([weight], lr=torch.tensor(0.3, dtype=torch.float64))
    rate = optimizer.param_groups[0]["lr"]
    scheduler = ScheduleLR(optimizer, PLAN)
    for t in range(8):
        assert optimizer.param_groups[0]["lr"] is rate
        assert float(rate) == float(PLAN.lr(t))
        optimizer.step()
        scheduler.step()


def test_a_copy_goes_on_by_itself() -> None:
    optimizer, scheduler = started(PLAN)
    trace = list(rates(optimizer, scheduler, 10))
    twin = copy.deepcopy(scheduler)
    assert trace + list(rates(twin.optimizer, twin, 10)) == PLAN.lr(np.arange(20)).tolist()
    assert scheduler.last_epoch == 10


def test_torchs_schedulers_of_schedulers_take_it() -> None:
    """One after the other, each from its own start; the other's schedule is none of their business."""
    second = Schedule("linear", {"peak": 0.1, "steps": 6})
    optimizer = sgd()
    parts = [ScheduleLR(optimizer, PLAN), ScheduleLR(optimizer, second)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, on the epoch that it hands itself
        chain = torch.optim.lr_scheduler.SequentialLR(optimizer, parts, milestones=[9])
        trace = list(rates(optimizer, chain, 15))
    assert trace == PLAN.lr(np.arange(9)).tolist() + second.lr(np.arange(6)).tolist()


def test_one_schedule_and_then_another_resumes_on_either_side() -> None:
    """Where torch's SequentialLR with a last epoch begins anew."""
    plan = Schedule("constant", {"peak": 0.3, "steps": 9}).then(Schedule("linear", {"peak": 0.1, "steps": 6}))
    for stop in (5, 9, 12):
        optimizer, scheduler = started(plan)
        trace = list(rates(optimizer, scheduler, stop))
        saved = scheduler.state_dict()
        optimizer, scheduler = started(plan)
        scheduler.load_state_dict(saved)
        assert trace + list(rates(optimizer, scheduler, 16 - stop)) == plan.lr(np.arange(16)).tolist()


def test_the_first_update_has_a_rate() -> None:
    """Without a warmup it is the peak; with one it can begin above 0."""
    warm = Schedule("linear", {"peak": 0.3, "steps": 40, "warmup": 4, "start": 0.25})
    assert next(rates(*started(Schedule("linear", {"peak": 0.3, "steps": 40})), 1)) == 0.3
    assert list(rates(*started(warm), 5)) == pytest.approx([0.075, 0.13125, 0.1875, 0.24375, 0.3])


def test_the_optimizer_does_not_keep_its_scheduler_alive() -> None:
    optimizer, scheduler = started(PLAN)
    optimizer.step()
    scheduler.step()
    saved = optimizer.state_dict()
    del scheduler
    optimizer.load_state_dict(saved)
    assert math.isclose(optimizer.param_groups[0]["lr"], float(PLAN.lr(1)))

"""What a PyTorch loop does when it is told to: the rates of its updates, and where it goes back to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from forerun import api
from forerun.adapters.torch import ScheduleLR
from forerun.adapters.watch.torch import RateOverride, Snapshot, handlers
from forerun.adapters.watch.trainer import TrainerHandlers, bind
from forerun.cli.app import run as cli
from forerun.control import ControlFolder, Order, advised, give
from forerun.core import BadInput, Decision, RateChange, Schedule, StoreError, Undecided
from forerun.runs.store import Store
from forerun.session import Session
from forerun.watcher import Watcher
from tests.watcher.test_watcher import actions, announced, given, kinds, quick, until

NOW = 1_000.0


def order(action: str, amount: float | None = None) -> Order:
    return Order("mlp", action, amount, ("for a test",), "test", given=NOW, expires=NOW + 60)


def weight_and(lr: float, make: Callable[..., torch.optim.Optimizer] = torch.optim.SGD) -> Any:
    """An optimizer of one weight whose gradient is 1, so that an update takes off just the rate."""
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    weight.grad = torch.ones_like(weight)
    return weight, make([weight], lr=lr)


def taken(weight: Any, optimizer: Any, updates: int, scheduler: Any = None) -> list[float]:
    """The rates that updates are made with."""
    rates: list[float] = []
    for _ in range(updates):
        before = weight.item()
        optimizer.step()
        rates.append(before - weight.item())
        if scheduler is not None:
            scheduler.step()
    return rates


def test_a_changed_rate_holds_under_a_scheduler_that_makes_each_rate_of_the_one_before() -> None:
    weight, optimizer = weight_and(0.8)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    table = handlers(optimizer, scheduler)
    assert taken(weight, optimizer, 1, scheduler) == [0.8]
    table["change lr"](order("change lr", 0.25))
    assert taken(weight, optimizer, 3, scheduler) == pytest.approx([0.1, 0.05, 0.025])
    assert scheduler.get_last_lr() == [0.05]  # the scheduler goes its own way


@pytest.mark.parametrize("scheduled", [False, True])
def test_a_cooldown_goes_straight_down_and_stays_whatever_a_scheduler_says(scheduled: bool) -> None:
    weight, optimizer = weight_and(0.4)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9) if scheduled else None
    table = handlers(optimizer, scheduler)
    table["cooldown"](order("cooldown", 4))
    assert taken(weight, optimizer, 6, scheduler) == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0, 0.0])


def test_a_change_in_the_midst_of_a_cooldown_counts() -> None:
    weight, optimizer = weight_and(0.4)
    table = handlers(optimizer)
    table["cooldown"](order("cooldown", 4))
    assert taken(weight, optimizer, 2) == pytest.approx([0.4, 0.3])
    table["change lr"](order("change lr", 0.5))
    assert taken(weight, optimizer, 3) == pytest.approx([0.1, 0.05, 0.0])


def test_a_schedule_of_ours_is_edited_and_saved() -> None:
    weight, optimizer = weight_and(0.4)
    scheduler = ScheduleLR(optimizer, Schedule("constant", {"peak": 0.4, "steps": 100}))
    handlers(optimizer, scheduler)["change lr"](order("change lr", 0.5))
    assert taken(weight, optimizer, 1, scheduler) == pytest.approx([0.2])
    handlers(optimizer, scheduler)["cooldown"](order("cooldown", 2))
    assert taken(weight, optimizer, 3, scheduler) == pytest.approx([0.2, 0.1, 0.0])
    other_weight, other = weight_and(0.4)
    again = ScheduleLR(other, Schedule("constant", {"peak": 0.4, "steps": 100}))
    again.load_state_dict(scheduler.state_dict() | {"step": 2})
    assert taken(other_weight, other, 1) == pytest.approx([0.1])


def test_an_optimizer_that_steps_what_it_inherits_from_is_overridden_once() -> None:
    class Wrapping(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            return super().step(closure)

    weight_and(0.1)[1].step()  # so that hooks run in the inherited step too
    weight, optimizer = weight_and(0.4, Wrapping)
    RateOverride(optimizer).scale(0.5)
    assert taken(weight, optimizer, 3) == pytest.approx([0.2] * 3)


def test_to_roll_back_is_to_restore_and_to_slow_down() -> None:
    weight, optimizer = weight_and(0.4)
    snapshot = Snapshot(torch.nn.ParameterList([weight]))
    table = handlers(optimizer, restore=snapshot.restore)
    with pytest.raises(BadInput, match="no snapshot was kept"):
        table["roll back"](order("roll back", 0.5))
    snapshot.keep()
    taken(weight, optimizer, 3)
    table["roll back"](order("roll back", 0.5))
    assert weight.item() == 0.0
    assert taken(weight, optimizer, 1) == pytest.approx([0.2])
    assert "roll back" not in handlers(optimizer)


def test_handlers_of_a_trainer_refuse_until_they_are_bound_and_where_an_order_would_part_processes() -> None:
    table = TrainerHandlers(restore=lambda: None)
    assert list(table) == ["change lr", "cooldown", "roll back"]
    weight, optimizer = weight_and(0.4)
    with pytest.raises(BadInput, match="no trainer has begun"):
        table["change lr"](order("change lr", 0.5))
    bind(table, lambda: [RateOverride(optimizer)], alone=False)
    with pytest.raises(BadInput, match="several processes"):
        table["change lr"](order("change lr", 0.5))
    bind(table, lambda: [RateOverride(object())])
    with pytest.raises(BadInput, match="its optimizer cannot be told"):
        table["change lr"](order("change lr", 0.5))
    bind(table, lambda: [RateOverride(optimizer)])
    table["change lr"](order("change lr", 0.5))
    assert table.rate == 0.2
    assert taken(weight, optimizer, 1) == pytest.approx([0.2])


@pytest.mark.parametrize(
    ("decision", "says"),
    [
        (Decision("roll back", (), None, None, "", "p"), "roll back (0.5 factor)"),
        (Decision("roll back", (), None, None, "", "p", RateChange("change lr", 0.25)), "roll back (0.25 factor)"),
        (Decision("change", (), None, None, "", "p", RateChange("change lr", 0.6)), "change lr (0.6 factor)"),
        (Decision("change", (), None, None, "", "p", RateChange("change lr", 1e-6)), None),  # beyond any order's range
        (Decision("change", (), None, None, "", "p", RateChange("extend", 900.0)), None),
        (Decision("change", (), None, None, "", "p", RateChange("cooldown", 9.0)), None),  # of what is not said
        (Decision("change", (), None, None, "", "p"), None),
        (Undecided("thin", "more"), None),
    ],
)
def test_what_is_ordered_is_what_is_advised(decision: Decision | Undecided, says: str | None) -> None:
    found = advised("mlp", decision, NOW)
    assert (None if found is None else found.says()) == says


# Whole loops.


def train(watcher: Watcher, model: Any, optimizer: Any, until: Callable[[int], bool], begin: int = 1) -> int:
    """A line fitted to points, an update a step, until something has come about; at which step."""
    x, step, most = torch.linspace(-1.0, 1.0, 16)[:, None], begin, time.time() + 100
    while time.time() < most:
        loss = (model(x) - 3.0 * x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        watcher.log(step, {"train/loss": loss.detach()})
        if until(step):
            return step
        step += 1
        threading.Event().wait(0.003)
    raise AssertionError("it has not come about")


def test_a_training_is_told_all_four_and_does_them(tmp_path: Path) -> None:
    """Rolled back by the user's own function from a file of the user's own."""
    store, checkpoint = tmp_path / "runs.forerun", tmp_path / "checkpoint.pt"
    torch.manual_seed(0)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    torch.save(model.state_dict(), checkpoint)
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    seen: list[bool] = []

    def restore() -> None:
        model.load_state_dict(torch.load(checkpoint, weights_only=True))
        seen.append(all(torch.equal(value, kept[name]) for name, value in model.state_dict().items()))

    acts = ("change lr", "roll back", "cooldown", "stop")
    table = handlers(optimizer, restore=restore)
    with Watcher(store, "mlp", session=quick, allow=acts, handlers=table, dry=False, every=0.01) as watcher:
        folder = ControlFolder(store)
        heard = lambda _: folder.path.exists() and folder.watching("mlp", time.time()) is not None  # noqa: E731
        step = train(watcher, model, optimizer, heard)
        for action, amount in (("change lr", 0.5), ("roll back", 0.5), ("cooldown", 5.0), ("stop", None)):
            given(store, action, amount)
            done = lambda _, action=action: actions(store)[-1] == (action, "done")  # noqa: E731
            if action == "stop":
                done = lambda _: watcher.should_stop  # noqa: E731
            step = train(watcher, model, optimizer, done, step + 1)
        assert optimizer.param_groups[0]["lr"] == 0.0025
    assert seen == [True]
    outcomes = [(action, outcome) for action in acts for outcome in ("given", "taken", "done")]
    assert actions(store) == outcomes


def test_a_training_that_diverges_is_rolled_back_by_advice_until_it_does_not(tmp_path: Path) -> None:
    """A rate 8 times too high; each roll back halves it. The policy's own advice, which the owner lets it follow."""
    store = tmp_path / "runs.forerun"
    torch.manual_seed(0)
    model = torch.nn.Linear(1, 1, dtype=torch.float32)
    optimizer = torch.optim.SGD(model.parameters(), lr=24.0)
    snapshot = Snapshot(model)
    snapshot.keep()
    session = lambda: Session(method="last_value", detector="non_finite", policy="rollback_and_retry")  # noqa: E731
    settings: dict[str, Any] = {"session": session, "allow": ("roll back",), "follow": True, "every": 0.01}
    table = handlers(optimizer, restore=snapshot.restore)
    x, step, loss = torch.linspace(-1.0, 1.0, 16)[:, None], 0, torch.tensor(float("nan"))
    with Watcher(store, "mlp", handlers=table, dry=False, **settings) as watcher:
        for _ in range(3_000):
            loss = (model(x) - 3.0 * x).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            watcher.log(step, {"train/loss": loss.detach()})
            if loss < 1e-9:
                break
            threading.Event().wait(0.003)
    assert loss < 1e-9
    assert optimizer.param_groups[0]["lr"] < 24.0 / 8
    assert actions(store).count(("roll back", "done")) >= 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"run": "cnn"}, "it is for the run 'cnn'"),
        ({"given": 0.0, "expires": 600.0}, "it has expired"),
        ({"action": "change lr", "amount": 0.5}, ""),
    ],
)
def test_a_foreign_an_expired_and_a_forbidden_order_are_refused(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    store = tmp_path / "runs.forerun"
    table = {"change lr": lambda order: pytest.fail("it was not allowed")}
    with Watcher(store, "mlp", session=quick, allow=("stop",), handlers=table, dry=False, every=0.01) as watcher:
        announced(store, watcher)
        (said,) = ControlFolder(store).path.glob("*.watching")
        now = time.time()
        right = Order("mlp", "stop", None, ("for a test",), "test", given=now, expires=now + 60)
        path = said.with_suffix(".order")
        path.touch(0o600)
        path.write_text(json.dumps(right.as_json() | change))
        model = torch.nn.Linear(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        refused = lambda _: "refused_order" in kinds(watcher) or ("change lr", "refused") in actions(store)  # noqa: E731
        train(watcher, model, optimizer, refused, 1_000)
        assert not watcher.should_stop
    assert not says or says in watcher.findings[-1].message
    assert [outcome for _, outcome in actions(store)] in ([], ["refused"])


def test_what_fails_in_waiting_for_a_device_is_a_finding_and_the_loop_goes_on() -> None:
    def broken() -> None:
        raise RuntimeError("device lost")

    watcher = Watcher(None, "mlp", session=quick, sync=broken)
    for step in range(1, 6):
        with watcher.part("forward"):
            watcher.log(step, {"loss": 1.0})
    watcher.close()
    (finding,) = watcher.findings
    assert finding.message == "watching failed at sync: device lost; the training goes on untouched"


def test_a_store_that_is_broken_in_the_midst_leaves_the_loop_alone(tmp_path: Path) -> None:
    """Whether it is told depends on what of the store lies in memory; that the loop goes on does not."""
    store, wal = tmp_path / "runs.forerun", tmp_path / "runs.forerun-wal"
    watcher = Watcher(store, "mlp", session=quick, every=0.01)
    until(watcher, lambda: wal.exists() and wal.stat().st_size > 0, begin=1)
    for path in (store, wal):
        with path.open("r+b") as file:
            file.write(b"\xff" * max(65_536, path.stat().st_size))
    step = 10_000
    for step in range(10_000, 10_100):
        watcher.log(step, {"loss": 1.0 / step})
        threading.Event().wait(0.002)
    assert step == 10_099 and watcher.close()
    with pytest.raises((StoreError, BadInput)):
        Store(store, create=False)


def test_an_order_beyond_what_the_owner_allows_is_not_given(tmp_path: Path) -> None:
    store = tmp_path / "runs.forerun"
    with Watcher(store, "mlp", session=quick, allow=("stop",), dry=False, every=0.01) as watcher:
        announced(store, watcher)
        with Store(store) as opened, pytest.raises(BadInput, match="does not allow 'change lr'"):
            now = time.time()
            give(opened, replace(order("change lr", 0.5), given=now, expires=now + 60))


def log_law(watcher: Watcher, until_step: float, cools: bool) -> None:
    """A hundred losses of a run at a constant rate, or of one that cools down over the last fifth of 6,000 steps."""
    for step in np.linspace(100, until_step, 100):
        share = float(np.clip((6_000 - step) / 1_200, 0, 1)) if cools else 1.0
        loss = 2.5 + 20 * (step - max(0.0, step - 4_800) * (1 - share) / 2) ** -0.5 - 0.2 * (1 - share)
        watcher.log(float(step), {"train/loss": loss, "lr": 1e-3 * share})


def test_advice_of_a_policy_reaches_the_training_it_is_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another run beside it has cooled down and gained by it; ``advise --apply`` tells the one that goes on."""
    store, lengths, folder = tmp_path / "runs.forerun", list[Any](), ControlFolder(tmp_path / "runs.forerun")
    with Watcher(store, "cooled", horizon=6_000, session=quick, every=0.01) as cooled:
        log_law(cooled, 6_000, cools=True)
    settings: dict[str, Any] = {
        "allow": ("cooldown",),
        "handlers": {"cooldown": lambda order: lengths.append(order.amount)},
    }
    with Watcher(store, "mlp", horizon=20_000, session=quick, every=0.01, dry=False, **settings) as watcher:
        log_law(watcher, 14_000, cools=False)
        told = lambda: any(run.id == "mlp" and len(run.curves["train/loss"]) == 100 for run in api.read(store))  # noqa: E731
        until(
            watcher, lambda: folder.path.exists() and folder.watching("mlp", time.time()) is not None and told(), 14_001
        )
        assert cli(["advise", str(store), "--policy", "cooldown_now", "--method", "last_value", "--apply"]) == 0
        assert "mlp: cooldown (" in capsys.readouterr().out
        until(watcher, lambda: bool(lengths), begin=16_100)
    assert lengths == [6_000.0]
    assert [outcome for _, outcome in actions(store)] == ["given", "taken", "done"]

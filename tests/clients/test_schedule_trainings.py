"""Real small trainings: stopped, resumed and with a horizon edited in mid-run, they have the undisturbed rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forerun.core import Schedule

pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks' own
for package in ("torch", "lightning", "transformers", "keras", "optax"):
    pytest.importorskip(package, reason="needs the extra [clients]")

FIRST = Schedule("wsd", {"peak": 0.1, "steps": 12, "warmup": 4, "cooldown": 4})
LONGER = FIRST.extend(20, "hold")
EXPECTED = LONGER.lr(np.arange(20))  # what a run has that was planned so long from its start
STOP = 7  # in the stable phase, where both plans still agree


def close(rates: list[float], rtol: float = 1e-12) -> None:
    np.testing.assert_allclose(rates, EXPECTED, rtol=rtol, atol=0.0)


def test_a_plain_torch_loop(tmp_path: Path) -> None:
    import torch

    from forerun.adapters.torch import ScheduleLR
    from tests.clients.small import INPUTS

    def loop(plan: Schedule, updates: int, checkpoint: dict[str, Any] | None = None) -> tuple[list[float], Any, float]:
        torch.manual_seed(0)
        model = torch.nn.Linear(1, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler, rates = ScheduleLR(optimizer, plan), []
        parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
        for name, part in parts.items() if checkpoint else ():
            part.load_state_dict(checkpoint[name])
        for _ in range(updates):
            loss = torch.nn.functional.mse_loss(model(INPUTS), 3.0 * INPUTS)
            optimizer.zero_grad()
            loss.backward()
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return rates, {name: part.state_dict() for name, part in parts.items()}, loss.item()

    whole, _, end = loop(LONGER, 20)
    before, saved, _ = loop(FIRST, STOP)
    torch.save(saved, tmp_path / "checkpoint.pt")
    after, _, resumed_end = loop(LONGER, 20 - STOP, torch.load(tmp_path / "checkpoint.pt", weights_only=True))
    close(whole)
    close(before + after)
    assert resumed_end == end  # the same rates, hence the same training


@pytest.mark.parametrize("accumulate", [1, 3])
def test_a_lightning_module(accumulate: int, tmp_path: Path) -> None:
    from tests.clients.small import fitted

    close(fitted(LONGER, tmp_path / "whole", 20, accumulate=accumulate))
    before = fitted(FIRST, tmp_path, STOP, accumulate=accumulate)
    close(before + fitted(LONGER, tmp_path, 20, accumulate=accumulate, resume=tmp_path / "last.ckpt"))


@pytest.mark.parametrize("accumulate", [1, 3])
def test_a_transformers_trainer(accumulate: int, tmp_path: Path) -> None:
    from tests.clients.small import trained

    close(trained(LONGER, tmp_path / "whole", 20, accumulate=accumulate))
    trained(FIRST, tmp_path / "cut", STOP, accumulate=accumulate)
    close(trained(LONGER, tmp_path / "cut", 20, accumulate=accumulate, resume=True))  # its log goes on


def test_a_trainer_whose_horizon_is_not_the_schedules_says_so(tmp_path: Path) -> None:
    from forerun.adapters.transformers import HorizonCallback
    from tests.clients.small import trained

    with pytest.warns(UserWarning, match="Trainer makes 7 updates, but the schedule ends with update 12"):
        trained(FIRST, tmp_path, STOP, callbacks=[HorizonCallback()])


def test_the_trainers_optimizer_is_the_one_it_would_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights decay, biases and norms do not; what lays out its own groups is refused with the way out."""
    import torch
    import transformers

    from forerun.adapters.transformers import scheduled
    from forerun.core import BadInput

    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.LayerNorm(3), torch.nn.Linear(3, 1))
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), weight_decay=0.1, adam_beta2=0.95, optim="adamw_torch", report_to="none", use_cpu=True
    )
    ours, _ = scheduled(model, arguments, FIRST)
    theirs = transformers.Trainer(model, arguments).create_optimizer()
    assert type(ours) is type(theirs)
    for group, other in zip(ours.param_groups, theirs.param_groups, strict=True):
        assert [id(weight) for weight in group["params"]] == [id(weight) for weight in other["params"]]
        for name in ("weight_decay", "betas", "eps"):
            assert group[name] == other[name]
    own = staticmethod(lambda *_: (torch.optim.SGD, {"params": list(model.parameters()), "lr": 0.1}))  # as GaLore's
    monkeypatch.setattr(transformers.Trainer, "get_optimizer_cls_and_kwargs", own)
    with pytest.raises(BadInput, match=r"lays out its own groups: make it, and pass as optimizers \(optimizer"):
        scheduled(model, arguments, FIRST)


def test_a_launcher_of_eight_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accelerate steps a scheduler as often as there are processes."""
    import torch
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    from forerun.adapters.torch import ScheduleLR

    accelerator = Accelerator(cpu=True)
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    prepared = accelerator.prepare(model, optimizer, ScheduleLR(optimizer, LONGER))
    late = ScheduleLR(prepared[1], LONGER)  # made of what Accelerate has wrapped already
    monkeypatch.setattr(AcceleratorState, "num_processes", 8, raising=False)
    rates = []
    for _ in range(20):
        rates.append(optimizer.param_groups[0]["lr"])
        prepared[0](torch.ones(1, 1)).sum().backward()
        prepared[1].step()
        prepared[2].step()
        late.step()
    close(rates)


def test_a_keras_model(tmp_path: Path) -> None:
    """Saved and loaded with its optimizer, which then is given the longer plan."""
    import keras

    from forerun.adapters.keras import Scheduled

    x = np.linspace(0, 1, 12)[:, None]

    class Trace(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.rates: list[float] = []

        def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
            self.rates.append(float(self.model.optimizer.learning_rate))

    def fit(model: Any, updates: int) -> list[float]:
        trace = Trace()
        model.fit(x, 3 * x, batch_size=12, epochs=updates, verbose=0, callbacks=[trace])
        return trace.rates

    def made(plan: Schedule) -> Any:
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(Scheduled(plan)), "mse")
        return model

    close(fit(made(LONGER), 20), 1e-6)
    model = made(FIRST)
    before = fit(model, STOP)
    model.save(tmp_path / "model.keras")
    model = keras.saving.load_model(tmp_path / "model.keras")
    assert model.optimizer.learning_rate == pytest.approx(float(FIRST.lr(STOP)))  # it goes on as it was, unless told
    model.optimizer.learning_rate = Scheduled(LONGER)
    close(before + fit(model, 20 - STOP), 1e-6)


def test_a_keras_model_that_accumulates_gradients() -> None:
    """Keras hands a schedule the count of batches: its own run through in a third of the time."""
    import keras

    from forerun.adapters.keras import Scheduled

    optimizer = keras.optimizers.SGD(Scheduled(LONGER, accumulate=3), gradient_accumulation_steps=3)
    weight, rates = keras.Variable(1.0), []
    for batch in range(60):
        if batch % 3 == 2:
            rates.append(float(optimizer.learning_rate))
        optimizer.apply([keras.ops.ones(())], [weight])
    close(rates, 1e-6)
    assert float(weight) == pytest.approx(1.0 - EXPECTED.sum(), rel=1e-5)


@pytest.mark.parametrize("accumulate", [1, 3])
def test_an_optax_loop(accumulate: int) -> None:
    """The count lives in the optimizer's state, the schedule does not."""
    import jax
    import optax

    from forerun.adapters.optax import scheduled

    def loop(plan: Schedule, updates: int, state: Any = None) -> tuple[list[float], Any]:
        optimizer = optax.MultiSteps(optax.sgd(scheduled(plan)), accumulate)
        weight, gradient, rates = jax.numpy.zeros(()), jax.numpy.ones(()), []
        state = optimizer.init(weight) if state is None else state
        update = jax.jit(optimizer.update)
        for _ in range(updates):
            for _ in range(accumulate):
                change, state = update(gradient, state, weight)
            rates.append(-float(change))
            weight = optax.apply_updates(weight, change)
        assert float(weight) == pytest.approx(-sum(rates), rel=1e-5)
        return rates, state

    before, state = loop(FIRST, STOP)
    close(loop(LONGER, 20)[0], 1e-6)
    close(before + loop(LONGER, 20 - STOP, state)[0], 1e-6)


def test_optax_schedules_other_settings_too() -> None:
    import jax
    import optax

    from forerun.adapters.optax import scheduled

    momentum = Schedule("linear", {"peak": 0.95, "steps": 12, "final": 0.5})
    optimizer = optax.inject_hyperparams(optax.sgd)(learning_rate=scheduled(LONGER), momentum=scheduled(momentum))
    weight = jax.numpy.zeros(())
    state = optimizer.init(weight)
    for n in range(15):
        _, state = optimizer.update(jax.numpy.ones(()), state, weight)
        assert float(state.hyperparams["learning_rate"]) == pytest.approx(EXPECTED[n], rel=1e-6)
        assert float(state.hyperparams["momentum"]) == pytest.approx(float(momentum.lr(n)), rel=1e-6)

"""Every form of schedule is one in every framework: the same value at every update."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from forerun.core import codec
from tests.schedules.examples import EXAMPLES, PER_STEP, along

pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks' own
UPDATES = 20
EVERY = pytest.mark.parametrize("name", EXAMPLES)
SINGLE = {"rtol": 1e-6, "atol": 0.0}  # what one rounding to float32 may cost


@EVERY
def test_in_torch(name: str) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra [clients]")
    from forerun.adapters.torch import ScheduleLR

    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.ones(1)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scheduler, rates = ScheduleLR(optimizer, EXAMPLES[name], per_step=PER_STEP.get(name)), []
    for _ in range(UPDATES):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(rates, along(name, UPDATES), rtol=1e-12, atol=0.0)


@EVERY
def test_in_transformers(name: str, tmp_path: Path) -> None:
    """As `Trainer` logs it: the rate of every update."""
    pytest.importorskip("transformers", reason="needs the extra [clients]")
    from tests.clients.small import trained

    rates = trained(EXAMPLES[name], tmp_path, UPDATES, per_step=PER_STEP.get(name))
    np.testing.assert_allclose(rates, along(name, UPDATES), rtol=1e-12, atol=0.0)


@EVERY
def test_in_lightning(name: str, tmp_path: Path) -> None:
    pytest.importorskip("lightning", reason="needs the extra [clients]")
    pytest.importorskip("transformers", reason="needs the extra [clients]")
    from tests.clients.small import fitted

    rates = fitted(EXAMPLES[name], tmp_path, UPDATES, per_step=PER_STEP.get(name))
    np.testing.assert_allclose(rates, along(name, UPDATES), rtol=1e-12, atol=0.0)


@EVERY
def test_in_keras(name: str) -> None:
    """As the optimizer reads it at each of its iterations, and as it does after it was saved and loaded."""
    keras = pytest.importorskip("keras", reason="needs the extra [clients]")
    from forerun.adapters.keras import Scheduled

    optimizer = keras.optimizers.SGD(Scheduled(EXAMPLES[name], per_step=PER_STEP.get(name)))
    loaded = keras.optimizers.deserialize(json.loads(json.dumps(keras.optimizers.serialize(optimizer))))
    for one in (optimizer, loaded):
        rates = []
        for n in range(UPDATES):
            one.iterations.assign(n)
            rates.append(float(one.learning_rate))
        np.testing.assert_allclose(rates, along(name, UPDATES), **SINGLE)


@EVERY
def test_in_optax(name: str) -> None:
    """Compiled, one count or many at once."""
    jax = pytest.importorskip("jax", reason="needs the extra [clients]")
    pytest.importorskip("optax", reason="needs the extra [clients]")
    from forerun.adapters.optax import scheduled

    rate = scheduled(EXAMPLES[name], per_step=PER_STEP.get(name))
    np.testing.assert_allclose(jax.jit(rate)(jax.numpy.arange(UPDATES)), along(name, UPDATES), **SINGLE)
    np.testing.assert_allclose([rate(n) for n in range(UPDATES)], along(name, UPDATES), **SINGLE)


def test_in_keras_on_jax() -> None:
    """In a process of its own: Keras takes its backend when it is imported."""
    pytest.importorskip("jax", reason="needs the extra [clients]")
    pytest.importorskip("keras", reason="needs the extra [clients]")
    script = (
        "import sys, json, jax, forerun.adapters.keras as ours; from forerun.core import codec\n"
        "rates = [ours.Scheduled(plan, per_step=per) for plan, per in codec.loads(sys.stdin.read())]\n"
        f"print(json.dumps([[float(jax.jit(rate)(n)) for n in range({UPDATES})] for rate in rates]))"
    )
    pairs = codec.dumps([[plan, PER_STEP.get(name)] for name, plan in EXAMPLES.items()])
    backend = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [sys.executable, "-c", script], input=pairs, capture_output=True, text=True, env=backend, check=True
    )
    for name, rates in zip(EXAMPLES, json.loads(done.stdout.splitlines()[-1]), strict=True):
        np.testing.assert_allclose(rates, along(name, UPDATES), **SINGLE)

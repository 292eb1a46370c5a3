"""Domhan's forecast: a weighted sum of eleven curve families, sampled by an affine-invariant ensemble. The reference.

``y_t ~ N(Σ w_k f_k(t; θ_k), σ²)`` with weights ≥ 0, normalised; flat priors; the curve must not fall from its second
point to the last one asked; recent points weigh up to ten times the first. The curve is mapped to a gain in (0, 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, cast

import numpy as np
from scipy import optimize

from forerun.core import LEVELS, Array, Card, MissingExtra
from forerun.forecast.forecaster import Forecaster, Request, State

CARD = Card(
    name="mcmc",
    does="Samples a weighted sum of eleven curve families by MCMC, as Domhan et al. did; slow, for reference.",
    source="Domhan, Springenberg, Hutter 2015, section 3 and the authors' code (families, starts, constraints)",
    assumes="The metric improves towards the end, its noise is independent and even; steps count from one.",
    needs="5 finite points and the extra [mcmc]; seconds a curve.",
    promises="Against `auto` on held-back TaskSet tasks: evidence/forecast. Under-confident late.",
    known_answer="A noisy power law's end lies inside its 80% interval.",
    control="On a curve that turns for the worse the outcome lies outside its 80% interval.",
)
_LEAST = 5
_THIN = 20
_POINTS = 100

Family = Callable[[Array, Array], Array]
"""Parameters (w, p), x (n,) -> (w, n)."""

FAMILIES: dict[str, tuple[Family, tuple[float, ...]]] = {
    "vap": (lambda p, x: np.exp(p[:, :1] + p[:, 1:2] / x + p[:, 2:] * np.log(x)), (-0.622, -0.470, 0.042)),
    "ilog2": (lambda p, x: p[:, :1] - p[:, 1:] / np.log(x + 1), (0.78, 0.43)),
    "weibull": (
        lambda p, x: p[:, :1] - (p[:, :1] - p[:, 1:2]) * np.exp(-((p[:, 2:3] * x) ** p[:, 3:])), (0.7, 0.1, 0.01, 1.0)
    ),
    "pow3": (lambda p, x: p[:, :1] - p[:, 1:2] * x ** -p[:, 2:], (0.84, 0.52, 0.01)),
    "pow4": (lambda p, x: p[:, :1] - (p[:, 1:2] * x + p[:, 2:3]) ** -p[:, 3:], (0.8, 200.0, 0.0, 0.1)),
    "loglog_linear": (lambda p, x: np.log(p[:, :1] * np.log(x) + p[:, 1:]), (1.0, 1.0)),
    "mmf": (lambda p, x: p[:, :1] - (p[:, :1] - p[:, 1:2]) / (1 + (p[:, 2:3] * x) ** p[:, 3:]), (0.7, 0.1, 0.01, 5.0)),
    "janoschek": (
        lambda p, x: p[:, :1] - (p[:, :1] - p[:, 1:2]) * np.exp(-p[:, 2:3] * x ** p[:, 3:]), (0.73, 0.07, 0.355, 0.46)
    ),
    "hill3": (lambda p, x: p[:, :1] * x ** p[:, 1:2] / (p[:, 2:] ** p[:, 1:2] + x ** p[:, 1:2]), (0.772, 0.586, 2.461)),
    "log_power": (lambda p, x: p[:, :1] / (1 + (x / np.exp(p[:, 1:2])) ** p[:, 2:]), (0.77, 2.98, -0.51)),
    "exp4": (lambda p, x: p[:, :1] - np.exp(-p[:, 1:2] * x ** p[:, 3:] + p[:, 2:3]), (0.7, 0.8, -0.8, 0.3)),
}  # fmt: skip


def _quantiles(state: State, requests: Sequence[Request]) -> list[Array]:
    def one(request: Request) -> Array:
        x, y, sign = request.x, request.y, request.sign
        low, span = float((sign * y).min()), float(np.ptp(y)) or max(1e-8, 1e-3 * abs(float(y[-1])))
        gain = 0.2 + 0.5 * (sign * y - low) / span
        pace = x[-1] / x.size if x[0] > 0 else float(np.median(np.diff(x)))
        shift = 0.0 if x[0] > 0 else pace - x[0]
        keep = np.unique(np.linspace(0, x.size - 1, min(x.size, _POINTS)).astype(int))
        values, noise = sample((x[keep] + shift) / pace, gain[keep], (request.at + shift) / pace, state)
        noisy = values + noise[:, None] * np.random.default_rng(state["seed"]).standard_normal((noise.size, 1))
        q = np.quantile(noisy, LEVELS, axis=0).T
        q = low + (q - 0.2) / 0.5 * span
        return q if sign > 0 else -q[:, ::-1]

    return [one(request) for request in requests]


def sample(x: Array, y: Array, at: Array, settings: State) -> tuple[Array, Array]:
    """Posterior samples of the curve at the points asked, (samples, m), and of the noise's sd, (samples,).

    Args:
        x: steps, at least 1 where the families are defined from 1 on. y: gains near [0, 1].
        settings: seed, walkers, steps and burn_in, as in `mcmc`.

    Raises:
        MissingExtra: emcee is not installed.
    """
    try:
        emcee: Any = import_module("emcee")
    except ImportError as cause:
        raise MissingExtra("forecaster 'mcmc'", "emcee", "mcmc") from cause
    weight = 10.0 ** (np.arange(x.size) / x.size)
    names, starts = _start(x, y, at, weight)
    layout = np.cumsum([0, *(s.size for s in starts)])
    middle = np.concatenate([*starts, np.full(len(names), 10.0), [np.std(y - _mixture_at(names, starts, x)) + 1e-4]])
    walkers = max(settings["walkers"], 2 * middle.size)

    def log_p(theta: Array) -> Array:
        share, sd = theta[:, layout[-1] : -1], theta[:, -1]
        with np.errstate(all="ignore"):
            mean = _mix(names, layout, theta, np.concatenate([x, x[1:2], at[-1:]]))
            n = x.size
            fit = -0.5 * (((y - mean[:, :n]) / sd[:, None]) ** 2 * weight).sum(axis=1) - np.log(sd) * weight.sum()
            ends = mean[:, n], mean[:, n + 1]
            good = (share >= 0).all(axis=1) & (sd > 0) & (ends[0] <= ends[1]) & (ends[1] >= 0) & (ends[1] <= 100)
        return np.where(good & np.isfinite(fit), fit, -np.inf)

    rng = np.random.default_rng(settings["seed"])
    begin = middle + 1e-6 * rng.standard_normal((walkers, middle.size))
    begin[:, layout[-1] :] = np.abs(begin[:, layout[-1] :])
    sampler = emcee.EnsembleSampler(walkers, middle.size, log_p, vectorize=True)
    sampler.random_state = np.random.RandomState(settings["seed"]).get_state()  # what emcee takes
    with np.errstate(all="ignore"):
        sampler.run_mcmc(begin, settings["steps"], skip_initial_state_check=True)
    chain: Array = np.asarray(sampler.get_chain(discard=settings["burn_in"], thin=_THIN, flat=True))
    with np.errstate(all="ignore"):
        values = _mix(names, layout, chain, at)
    finite = np.isfinite(values).all(axis=1)
    return values[finite], chain[finite, -1]


def _mix(names: list[str], layout: np.ndarray, theta: Array, x: Array) -> Array:
    share = np.abs(theta[:, layout[-1] : -1])
    share = share / share.sum(axis=1, keepdims=True)
    parts = [FAMILIES[name][0](theta[:, layout[k] : layout[k + 1]], x) for k, name in enumerate(names)]
    return sum((share[:, k, None] * part for k, part in enumerate(parts)), np.zeros((len(theta), x.size)))


def _mixture_at(names: list[str], starts: list[Array], x: Array) -> Array:
    return np.mean([FAMILIES[name][0](s[None], x)[0] for name, s in zip(names, starts, strict=True)], axis=0)


def _start(x: Array, y: Array, at: Array, weight: Array) -> tuple[list[str], list[Array]]:
    """Each family's own least-squares fit; families whose fit breaks the constraints are dropped."""
    names: list[str] = []
    starts: list[Array] = []
    for name, (family, start) in FAMILIES.items():
        with np.errstate(all="ignore"):

            def left(p: Array, family: Family = family) -> Array:
                return np.nan_to_num(np.sqrt(weight) * (family(p[None], x)[0] - y), nan=1e3, posinf=1e3, neginf=-1e3)

            theta: Array = cast(Any, optimize).least_squares(left, start, max_nfev=200).x
            ends = family(theta[None], np.array([x[1], at[-1]]))[0]
        if np.isfinite(ends).all() and ends[0] <= ends[1] + 1e-9 and 0 <= ends[1] <= 100:
            names.append(name)
            starts.append(theta)
    if not names:
        names, starts = ["pow3"], [np.array([float(y[-1]) + 1e-3, 1e-3, 0.5])]
    return names, starts


def mcmc(*, seed: int = 0, walkers: int = 100, steps: int = 2500, burn_in: int = 500) -> Forecaster:
    """The sampler with settings of one's own.

    Args:
        seed: of its random numbers.
        walkers: chains, at least twice as many as parameters are used.
        steps: of every chain. The authors' values are the defaults.
        burn_in: steps left out at the start.
    """
    settings = {"seed": seed, "walkers": walkers, "steps": steps, "burn_in": burn_in}
    return Forecaster(card=CARD, version="1", quantiles=_quantiles, least=_LEAST, default=settings.copy)


MCMC = mcmc()

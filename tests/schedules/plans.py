"""Schedules to test with: one example of each form, and random ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from forerun.core import Schedule
from forerun.schedules.cooldowns import SHAPES
from forerun.schedules.pieces import CURVES

share = st.floats(0.0, 1.0)
positive = st.floats(1e-6, 1e3)
WARMED = ("peak", "steps", "warmup", "start")


@st.composite
def planned(draw: st.DrawFn, length: float = 0.4, **more: Any) -> dict[str, Any]:
    """peak, steps, and a warmup (from 0 or from a share of the peak) that takes no more than its share of them."""
    steps = draw(st.integers(4, 500))
    warmup = draw(st.integers(0, int(length * steps)))
    params = {"peak": draw(positive), "steps": steps, "warmup": warmup}
    return params | ({"start": draw(share)} if warmup else {}) | {name: draw(value) for name, value in more.items()}


@st.composite
def cooled(draw: st.DrawFn, **more: Any) -> dict[str, Any]:
    """The same, with a cooldown of any shape after it."""
    params = draw(planned(final=st.floats(0.01, 0.5), **more))
    cooldown = draw(st.integers(0, int(0.4 * params["steps"])))
    shape = draw(st.sampled_from([*SHAPES, "half_life"]))
    half = {"half_life": draw(st.floats(0.5, 100.0))} if shape == "half_life" else {}
    return params | {"cooldown": cooldown, "shape": shape} | half


@st.composite
def infinite(draw: st.DrawFn) -> dict[str, Any]:
    lengths = {name: draw(st.integers(0, 100)) for name in ("warmup", "cooldown", "anneal")}
    ends = draw(st.booleans()) or lengths["anneal"] > 0
    more = {"constant": draw(st.floats(0.01, 1.0)), "shape": draw(st.sampled_from(["cosine", "inverse_sqrt"]))}
    if ends and draw(st.booleans()):
        del lengths["cooldown"]
    return {"peak": draw(positive)} | lengths | more | ({"steps": sum(lengths.values()) + 50} if ends else {})


@st.composite
def series(draw: st.DrawFn, **more: Any) -> dict[str, Any]:
    """Points: x from 0 on, and a positive value each."""
    gaps = draw(st.lists(st.integers(1, 50), min_size=1, max_size=8))
    values = draw(st.lists(positive, min_size=len(gaps), max_size=len(gaps)))
    return {"x": np.cumsum(gaps) - gaps[0], "value": values} | {name: draw(value) for name, value in more.items()}


def with_(params: st.SearchStrategy[dict[str, Any]], **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Further parameters that follow from those drawn."""
    return params.map(lambda drawn: drawn | {name: follows(drawn) for name, follows in more.items()})


PARAMS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "constant": planned(),
    "linear": planned(final=share),
    "cosine": planned(final=share),
    "sgdr": planned(
        final=share, period=st.floats(1.0, 300.0), growth=st.sampled_from([1.0, 1.5, 2.0]), decay=st.floats(0.3, 1.0)
    ),
    "step": planned(every=st.floats(0.5, 100.0), factor=st.floats(0.1, 1.0)),
    "multistep": planned(milestones=st.lists(st.integers(1, 500), unique=True).map(sorted), factor=st.floats(0.1, 1.0)),
    "exponential": planned(factor=st.floats(0.5, 1.0), every=st.floats(1.0, 50.0)),
    "polynomial": planned(final=share, power=st.floats(0.1, 4.0)),
    "inverse_sqrt": planned(timescale=st.floats(1.0, 1e4)),
    "inverse_time": planned(rate=st.floats(0.0, 10.0)),
    "onecycle": st.fixed_dictionaries(
        {"peak": positive, "steps": st.integers(4, 500), "phases": st.sampled_from([2, 3])},
        optional={"start": share, "final": share, "shape": st.sampled_from(["cosine", "straight"])},
    ),
    "rex": planned(final=share, beta=st.floats(0.0, 1.9)),
    "wsd": cooled(),
    "wsd_s": with_(
        cooled(), ends=lambda p: [p["warmup"] + p["cooldown"] + 0.5], steps=lambda p: p["steps"] + p["cooldown"] + 1
    ),
    "infinite": infinite(),
    "rewarm": with_(planned(0.2, final=share), ends=lambda p: [0.4 * p["steps"], 0.7 * p["steps"]]),
    "two_stage": with_(
        cooled(factor=st.floats(0.5, 1.0)), first=lambda p: p["steps"] - p["cooldown"] - 0.1 * p["steps"]
    ),
    "power": cooled(batch=st.floats(0.1, 1e3)),
    "cyclic": st.fixed_dictionaries(
        {"peak": positive, "steps": st.integers(4, 500), "low": share, "up": st.floats(0.5, 100.0)},
        optional={"down": st.floats(0.5, 100.0), "decay": st.floats(0.3, 1.0), "fade": st.floats(0.99, 1.0)},
    ),
    "knots": series(curve=st.sampled_from(list(CURVES))),
    "refined": st.fixed_dictionaries(
        {"peak": positive, "steps": st.integers(4, 500), "shares": st.lists(share, min_size=2, max_size=9)}
    ),
    "path": series(),
}
"""Parameters of every form that is no combination of others."""

AXIS = {"power": "tokens"}


@st.composite
def simple(draw: st.DrawFn, names: list[str] = list(PARAMS)) -> Schedule:  # noqa: B006  # a list nobody changes
    name = draw(st.sampled_from(names))
    past_end = draw(st.sampled_from(["hold", "zero", "cycle"]))
    return Schedule(name, draw(PARAMS[name]), AXIS.get(name, "step"), past_end)


@st.composite
def plans(draw: st.DrawFn) -> Schedule:
    """Any schedule, composed of others or not."""
    plan = draw(simple())
    kind = draw(st.sampled_from(["", "", "scale", "sample", "rebase", "on", "then"]))
    by = draw(st.integers(1, 40))
    if kind == "then":
        return plan.then(Schedule("cosine", {"peak": 1.0, "steps": 50}, plan.axis), at=by)
    ways = {"scale": lambda: plan.scale(by), "sample": lambda: plan.sample(every=by / 4.0)}
    ways |= {"rebase": lambda: plan.rebase(at=by / 4.0), "on": lambda: plan.on("samples", per=by)}
    return ways.get(kind, lambda: plan)()


def grid(plan: Schedule, n: int = 60) -> np.ndarray:
    """Points from 0 to past the end, on no multiple of anything."""
    last = min(plan.end, 700.0)
    return np.unique(np.concatenate([np.linspace(0.0, 1.3 * last, n), np.arange(0.0, min(last, 20.0))]))

"""A run's curves on another of the axes it was logged on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forerun.core import Array, Curve, FrozenMap, Run, UnknownName


def on_axis(run: Run, axis: str) -> Run:
    """The run with every curve on another axis, as far as the log says where its records stand on both.

    Between two places where both were logged the axes are taken to move together; points outside of those places, and
    curves for which there are none, are left out: nothing is extrapolated.

    Args:
        run: the run.
        axis: one of the run's axes, for example ``"tokens"``.

    Raises:
        UnknownName: the run was not logged on that axis.

    Example:
        >>> from forerun.core import Table
        >>> both = Table({"step": [0, 10], "tokens": [0, 1000]})
        >>> run = Run("a", {"loss": Curve([0, 5, 10, 11], [3, 2, 1, 1], metric="loss")}, "x", positions=both)
        >>> on_axis(run, "tokens").curves["loss"].x.tolist()
        [0.0, 500.0, 1000.0]
    """
    known = list(dict.fromkeys([*(curve.axis for curve in run.curves.values()), *run.positions.columns]))
    if axis not in known:
        raise UnknownName("axis", axis, known, where=run.id)
    curves = {name: placed for name, curve in run.curves.items() if (placed := moved(run, curve, axis)) is not None}
    same = {name: parts for name, parts in run.segments.items() if run.curves[name].axis == axis}
    schedule = run.schedule if run.schedule is None or run.schedule.axis == axis else None
    return replace(run, curves=FrozenMap(curves), segments=FrozenMap(same), schedule=schedule)


def moved(run: Run, curve: Curve, axis: str) -> Curve | None:
    """One curve of a run on another axis; None where the run was not logged on both."""
    if curve.axis == axis:
        return curve
    columns = run.positions.columns
    if curve.axis not in columns or axis not in columns:
        return None
    before, after = _together(np.asarray(columns[curve.axis], float), np.asarray(columns[axis], float))
    inside = (curve.x >= before[0]) & (curve.x <= before[-1]) if before.size else np.zeros(len(curve), bool)
    x = np.interp(curve.x[inside], before, after) if inside.any() else np.empty(0)
    rising = np.append(np.diff(x) > 0, True)[: x.size]  # of several points at one x the last holds
    if not x.size:
        return None
    lr = None if curve.lr is None else curve.lr[inside][rising]
    resumes = None if curve.resumes is None else np.interp(curve.resumes, before, after)
    return replace(curve, x=x[rising], y=curve.y[inside][rising], lr=lr, axis=axis, resumes=resumes)


def _together(before: Array, after: Array) -> tuple[Array, Array]:
    """Where both axes are known, in the order of the first; later records win, as in the curves."""
    both = np.isfinite(before) & np.isfinite(after)
    pairs: dict[float, float] = dict(zip(before[both].tolist(), after[both].tolist(), strict=True))
    x = np.array(sorted(pairs))
    return x, np.maximum.accumulate(np.array([pairs[value] for value in x.tolist()])) if x.size else x

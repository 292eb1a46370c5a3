"""Faults made by hand: what each breaks, and the tests that are to fail for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One line of the source made wrong.

    Args:
        says: what is wrong with it.
        file: under src/forerun.
        right, wrong: the text as it stands, once in the file, and as it is made.
        tests: files or single tests, under tests.
    """

    says: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]


FAULTS = (
    Fault(
        "the law's own error beyond the edge is dropped",
        "laws/fitter/misfit.py",
        "misfit * (_EDGE + distance)",
        "misfit * (_EDGE + 0.0 * distance)",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "draws weigh points instead of runs",
        "laws/fitter/search.py",
        "weight = rng.exponential(size=(n, data.groups))\n"
        "    weight = (weight / weight.mean(axis=1, keepdims=True))[:, data.group]",
        "weight = rng.exponential(size=(n, data.y.size))\n    weight = (weight / weight.mean(axis=1, keepdims=True))",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "what larger models were off by is taken with the other sign",
        "laws/questions/parts/skills.py",
        "return share * self.shift, self.down**share",
        "return -share * self.shift, self.down**share",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "the prior is not drawn anew",
        "laws/fitter/search.py",
        "center = belief.center + belief.sd * rng",
        "center = belief.center + 0.0 * belief.sd * rng",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "intervals take normal quantiles",
        "laws/fitter/misfit.py",
        "special.stdtrit(DF, p)",
        "special.ndtri(p)",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "noise does not count the fitted parameters",
        "laws/fitter/misfit.py",
        "* data.y.size / max(data.y.size - theta.size, 1)))",
        "))",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "a parameter at its bound does not widen",
        "laws/fitter/misfit.py",
        "(_BOUND if at_bound",
        "(1.0 if at_bound",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "predictions are not averaged with the line through the last sizes",
        "laws/fitter/fit.py",
        "Errors(middle + share * off",
        "Errors(middle + 0.0 * off",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "a cooldown logged alone judges the trunk before it",
        "laws/path/base/law.py",
        "X.area[rest].min() <= 2.0 *",
        "X.area[rest].min() <= 2e9 *",
        ("laws/test_paths.py",),
    ),
    Fault(
        "Huber's loss is averaged, not summed",
        "laws/fitter/minimise.py",
        "total = (weight * huber(r, delta)).sum(axis=-1)",
        "total = (weight * huber(r, delta)).mean(axis=-1)",
        ("laws/test_intervals.py",),
    ),
    Fault(
        "falls of the rate act the slower the lower the rate",
        "laws/path/multi_power.py",
        "u = (C * np.exp(-gamma * log_rate))",
        "u = (C * np.exp(gamma * log_rate))",
        ("laws/test_paths.py",),
    ),
    Fault(
        "another peak is not refused",
        "laws/path/base/law.py",
        "    if not other:\n        return None",
        "    if True:\n        return None",
        ("laws/test_paths.py",),
    ),
    Fault(
        "an ensemble is its first law alone",
        "laws/fitter/ensemble.py",
        "for one in self.fits:\n            own",
        "for one in self.fits[:1]:\n            own",
        ("laws/test_ensemble.py",),
    ),
    Fault(
        "evaluations are averaged with those that follow",
        "laws/questions/ladder.py",
        "total[ends] - total[ends - count]",
        "total[np.minimum(ends + 1, count.size)] - total[np.minimum(ends + 1, count.size) - count]",
        ("laws/test_ladder.py",),
    ),
    Fault(
        "no loss is not known to score 1",
        "laws/questions/ladder.py",
        'known = {"perfect": (0.0, 1.0)}',
        'known = {"perfect": (0.0, 0.7)}',
        ("laws/test_ladder.py",),
    ),
    Fault(
        "the last value is the first",
        "forecast/last_value.py",
        "return y[-1] + sd",
        "return y[0] + sd",
        ("forecast/test_members.py", "forecast/test_contract.py"),
    ),
    Fault(
        "the last value's spread does not grow with the lead",
        "forecast/last_value.py",
        "walk * lead)",
        "walk * 0.0 * lead)",
        ("forecast/test_members.py",),
    ),
    Fault(
        "the chance of divergence is that of improving",
        "forecast/postprocess/chances.py",
        "return below if sign > 0 else 1.0 - below",
        "return 1.0 - below if sign > 0 else below",
        ("forecast/test_calibration.py",),
    ),
    Fault(
        "siblings unlike a run weigh as much as those alike",
        "forecast/siblings.py",
        "float((apart**2).mean()) / _BANDWIDTH**2",
        "0.0 * float((apart**2).mean()) / _BANDWIDTH**2",
        ("forecast/test_members.py",),
    ),
    Fault(
        "a calibration of another method is applied",
        "forecast/postprocess/calibration.py",
        "!= (self.method, self.version):",
        "== ():",
        ("forecast/test_calibration.py",),
    ),
    Fault(
        "a metric that rises is recalibrated as one that falls",
        "forecast/postprocess/calibration.py",
        'sign = 1.0 if curve.direction == "max" else -1.0\n        moved',
        "sign = -1.0\n        moved",
        ("forecast/test_calibration.py",),
    ),
    Fault(
        "sequential forecasts speak before the fits have settled",
        "forecast/sequential.py",
        "if predicting is None and settled is not None and",
        "if predicting is None and",
        ("forecast/test_learned.py",),
    ),
)

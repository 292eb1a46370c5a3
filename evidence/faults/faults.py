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
        "_BOUND if at_bound",
        "1.0 if at_bound",
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
        "    if not other.size:\n        return None",
        "    if True:\n        return None",
        ("laws/test_paths.py",),
    ),
    Fault(
        "a run at another peak is foretold at its own rates",
        "laws/path/base/law.py",
        "return X.scaled(factor), farther",
        "return X, farther",
        ("laws/test_paths.py",),
    ),
    Fault(
        "another peak is no farther than the fitted one",
        "laws/path/base/law.py",
        "(_PER_PEAK * np.abs(np.log(factor)))",
        "(0.0 * np.abs(np.log(factor)))",
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
    Fault(
        "all of what left-out runs show of the multi-power law's error counts",
        "laws/path/multi_power.py",
        "    misfit_share=_SHARE,",
        "    misfit_share=1.0,",
        ("laws/test_intervals.py", "laws/test_pages.py"),
    ),
    Fault(
        "Parquet with damaged pages is read as values",
        "runs/parquet.py",
        "zlib.crc32(body) != page[4] % 2**32",
        "False",
        ("runs/test_parquet.py",),
    ),
    Fault(
        "numbers of Parquet may lie outside the range noted of them",
        "runs/parquet.py",
        "return not (values.min() < least or values.max() > most)",
        "return True",
        ("runs/test_parquet.py",),
    ),
    Fault(
        "the spread around a level counts the level",
        "monitor/residuals.py",
        "np.median(np.abs(recent - center[:, None]), axis=1)",
        "np.median(np.abs(recent), axis=1)",
        ("monitor/test_jumps.py", "monitor/test_detectors.py"),
    ),
    Fault(
        "few values tell a spread as surely as many",
        "monitor/jumps.py",
        "few = 1.0 + _FEW / np.maximum(expected.known, 1.0)",
        "few = 1.0 + 0.0 * np.maximum(expected.known, 1.0)",
        ("monitor/test_jumps.py",),
    ),
    Fault(
        "a score spikes upwards as a loss does",
        "monitor/values/spike.py",
        'sign = 1.0 if curve.direction == "min" else -1.0',
        "sign = 1.0",
        ("monitor/test_detectors.py",),
    ),
    Fault(
        "what is not finite never ends",
        "monitor/values/non_finite.py",
        "np.diff(bad, prepend=opened is not None)",
        "np.diff(np.maximum.accumulate(bad), prepend=opened is not None)",
        ("monitor/test_detectors.py",),
    ),
    Fault(
        "an alarm after the next event counts for the one before",
        "monitor/score.py",
        "later = [*run.events[1:], inf][: len(run.events)]",
        "later = [inf] * len(run.events)",
        ("monitor/test_score.py",),
    ),
    Fault(
        "a plateau never ends",
        "monitor/values/plateau.py",
        "_ENDS = 0.5  #",
        "_ENDS = 1.1  #",
        ("monitor/test_changes.py", "monitor/test_detectors.py"),
    ),
    Fault(
        "events of two metrics are one at any distance",
        "monitor/events.py",
        "return abs(event.start - other.start) <= 2.0 * pause",
        "return True",
        ("monitor/test_detector.py",),
    ),
    Fault(
        "a backtest shows one point past the origin",
        "evaluate/forecasts/backtest.py",
        "part(curve, slice(0, n))",
        "part(curve, slice(0, n + 1))",
        ("evaluate/test_backtest.py",),
    ),
    Fault(
        "runs of one task are in several folds",
        "evaluate/forecasts/backtest.py",
        'f"{past.source}|{past.task}".encode()',
        'f"{past.source}|{past.run}".encode()',
        ("evaluate/test_backtest.py",),
    ),
    Fault(
        "an undecided answer counts as a forecast",
        "evaluate/forecasts/backtest.py",
        'status = "forecast" if isinstance(own, Forecast) else "undecided"',
        'status = "forecast"',
        ("evaluate/test_backtest.py",),
    ),
    Fault(
        "a paired difference of scores has the sign of losses",
        "evaluate/differences/paired.py",
        'sign = 1.0 if direction == "max" else -1.0',
        "sign = -1.0",
        ("evaluate/test_paired.py",),
    ),
    Fault(
        "paired differences are taken for all there are, not for a sample",
        "evaluate/differences/paired.py",
        "difference.std(ddof=1)",
        "difference.std(ddof=0)",
        ("evaluate/test_paired.py",),
    ),
    Fault(
        "a task that was never solved counts as solved once",
        "evaluate/items/passes.py",
        "np.bincount(task, score).astype(np.float64)",
        "np.maximum(np.bincount(task, score), 1.0)",
        ("evaluate/test_items.py",),
    ),
    Fault(
        "the slowest trial stands for its study",
        "evaluate/races/times.py",
        "best[key] = min(best.get(key, (np.inf, np.inf)), rank)",
        "best[key] = max(best.get(key, (0.0, 0.0)), rank)",
        ("evaluate/test_races.py",),
    ),
    Fault(
        "the noise of checkpoints is that of a sample",
        "evaluate/trust/signal_noise.py",
        "sd = float(v.std(axis=1).mean())\n    return",
        "sd = float(v.std(axis=1, ddof=1).mean())\n    return",
        ("evaluate/test_trust.py",),
    ),
    Fault(
        "regret falls before it was paid for",
        "evaluate/replays/regret.py",
        'regret[np.maximum(np.searchsorted(spent, at * (1 + 1e-9), side="right") - 1, 0)]',
        'regret[np.minimum(np.searchsorted(spent, at * (1 + 1e-9), side="right"), len(taken) - 1)]',
        ("evaluate/test_replays.py",),
    ),
    Fault(
        "the best so far is the worst",
        "forecast/best_so_far.py",
        "request.sign * (request.sign * y).max()",
        "request.sign * (request.sign * y).min()",
        ("forecast/test_members.py",),
    ),
    Fault(
        "the error of a recent median does not grow with the lead",
        "forecast/recent_median.py",
        "np.mean(errors**2) * lead / tried)",
        "np.mean(errors**2))",
        ("forecast/test_members.py",),
    ),
    Fault(
        "a power law's interval leaves out how such fits missed before",
        "forecast/power_law.py",
        "_miss(t, z, weight) * np.log(ahead)",
        "0.0 * np.log(ahead)",
        ("forecast/test_members.py",),
    ),
    Fault(
        "a run is stopped as hopeless below an even chance, not one of twenty",
        "decide/stop_hopeless.py",
        "least: float = 0.05",
        "least: float = 0.5",
        ("decide/test_forecast_policies.py",),
    ),
    Fault(
        "a run is stopped as converged below an even chance to gain, not one of twenty",
        "decide/stop_converged.py",
        "least: float = 0.05",
        "least: float = 0.5",
        ("decide/test_forecast_policies.py",),
    ),
)

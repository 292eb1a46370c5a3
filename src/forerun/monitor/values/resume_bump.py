"""A run is resumed and worse than it was: by how much, and how long until it is back."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from forerun.core import Array, Card, Finding
from forerun.core.display import number, place
from forerun.monitor.course import courses
from forerun.monitor.detector import Detector, ForecastAt, Points, State
from forerun.monitor.reads import main_but_returns
from forerun.stats.bins import Bins

CARD = Card(
    name="resume_bump",
    does="Raises where a loss or score after a resume is 4 standard errors and 2% of the range so far worse than its "
    "course led to, by the first 2, 4, 8 or 16 values; tells how high, as a share of what was gained and as the place "
    "to which it set the run back, how many steps were done twice, and when it is back.",
    source="ours; Li et al. 2024 (Experience of training a 1.7B-parameter LLaMa model from scratch) tell of such bumps",
    assumes="That the log or `Session.rewind` tells of the resume. Why it is worse is not seen: optimizer state, data "
    "order or settings that were not restored look alike.",
    needs="24 finite points before the resume, as good as independent, and 2 after it.",
    promises="Raised at no more than 2% of resumes after which a curve goes on as it was (normal, t4), 5% under "
    "AR(1) .5.",
    known_answer="A network that is resumed without AdamW's state has a bump, whose height and recovery are told.",
    control="The same network resumed with that state has none.",
)
_WINDOW = 128  # values that tell the course
_AFTER = (2, 4, 8, 16)  # values after a resume by which it may be told
_WIDER = 4.0  # how much less certain the end of a line is than its middle, as variance
_BACK = 4  # values whose mean is back


def resume_bump(*, errors: float = 4.0, matters: float = 0.02) -> Detector:
    """The detector with other settings; what its card promises holds for those given here.

    Args:
        errors: standard errors by which values after a resume are worse.
        matters: least share of the range so far (arbitrary).

    Example:
        >>> from forerun.core import Curve
        >>> y = [2.0, 2.1] * 32 + [3.0, 2.8, 2.6, 2.4] + [2.0, 2.1] * 8
        >>> curve = Curve(range(84), y, metric="loss", resumes=[[64.0, 70.0]])
        >>> [(finding.start, finding.end) for finding in resume_bump().replay({"value": curve})]
        [(64.0, 70.0)]
    """
    return Detector(CARD, "1", _start, partial(_update, errors, matters), reads=main_but_returns, least=26)


def _start(points: Points) -> State:
    curve = points["value"]
    return {
        "metric": curve.metric,
        "axis": curve.axis,
        "sign": 1.0 if curve.direction == "min" else -1.0,
        "recent": [],
        "bins": Bins(most=64).state(),
        "resumed": None,
    }


def _update(
    errors: float, matters: float, state: State, points: Points, forecast: ForecastAt | None
) -> tuple[State, list[Finding]]:
    curve, state, findings = points["value"], dict(state), list[Finding]()
    finite = np.isfinite(curve.y)
    x, y = curve.x[finite], state["sign"] * curve.y[finite]
    resumes = np.empty((0, 2)) if curve.resumes is None else curve.resumes
    cuts = [*np.searchsorted(x, resumes[:, 0]).tolist(), x.size]
    findings += _go_on(errors, matters, state, x[: cuts[0]], y[: cuts[0]])
    for resume, begin, end in zip(resumes.tolist(), cuts[:-1], cuts[1:], strict=True):
        state["resumed"] = _resumed(state, *resume)
        findings += _go_on(errors, matters, state, x[begin:end], y[begin:end])
    return state, findings


def _resumed(state: State, at: float, reached: float) -> dict[str, Any] | None:
    """What is expected after a resume, from the values before it; None where they do not tell."""
    values = np.array(state["recent"], dtype=np.float64)
    if values.size < _AFTER[-1]:
        return None
    count = int(state["bins"]["count"])
    course = courses(values[None], count + np.arange(-values.size, 0)[None])
    sd = max(float(course.sd[0]), float(course.digit[0]))
    if not np.isfinite(sd):
        return None
    led = float(course.at(np.array([count]), np.array([0]))[0])
    return {"at": at, "reached": reached, "led": led, "sd": sd, "n": values.size, "after": [], "raised": None}


def _go_on(errors: float, matters: float, state: State, x: Array, y: Array) -> list[Finding]:
    """Values with no resume between them: those that follow one are held against what was expected."""
    findings, i = list[Finding](), 0
    while i < y.size and state["resumed"] is not None:
        state["resumed"], finding = _after(errors, matters, state, float(x[i]), float(y[i]))
        findings += [] if finding is None else [finding]
        _known(state, x[i : i + 1], y[i : i + 1])
        i += 1
    _known(state, x[i:], y[i:])
    return findings


def _known(state: State, x: Array, y: Array) -> None:
    bins = Bins(**state["bins"])
    bins.push(x, y)
    state |= {"bins": bins.state(), "recent": [*state["recent"], *y.tolist()][-_WINDOW:]}


def _after(
    errors: float, matters: float, state: State, x: float, y: float
) -> tuple[dict[str, Any] | None, Finding | None]:
    """A value after a resume: whether the resume is still of interest, and what is told."""
    resumed: dict[str, Any] = state["resumed"]
    after = [*resumed["after"], y - resumed["led"]]
    resumed = resumed | {"after": after[-_AFTER[-1] :]}
    if resumed["raised"] is not None:
        recent = float(np.mean(after[-_BACK:]))
        if recent <= 2.0 * resumed["sd"] / _BACK**0.5:
            return None, _finding(state, resumed, x)
        return resumed, None
    if len(after) not in _AFTER:
        return resumed, None
    height = float(np.mean(after))
    error = resumed["sd"] * float(np.sqrt(1.0 / len(after) + _WIDER / resumed["n"]))
    gained, levels = _gained(state)
    if height > max(errors * error, matters * gained):
        as_at = next((place for place, level in levels if level <= resumed["led"] + height), None)
        resumed["raised"] = {"alarm": x, "height": height, "errors": height / error, "share": height / gained,
                             "as_at": as_at, "threshold": errors}  # fmt: skip
        return resumed, _finding(state, resumed, None)
    return (None if len(after) == _AFTER[-1] else resumed), None


def _gained(state: State) -> tuple[float, list[tuple[float, float]]]:
    """How far the curve had come, and its levels by place."""
    x, y = Bins(**state["bins"]).means()
    return float(y.max() - y.min()) + 1e-300, list(zip(x.tolist(), y.tolist(), strict=True))


def _finding(state: State, resumed: dict[str, Any], end: float | None) -> Finding:
    axis, at, raised = state["axis"], resumed["at"], resumed["raised"]
    height, twice = raised["height"], max(resumed["reached"] - at, 0.0)
    lost = f"; {number(twice)} {axis}s were done twice" if twice else ""
    set_back = "" if raised["as_at"] is None else f", as at {axis} {place(raised['as_at'], axis)}"
    ends = "not back yet" if end is None else f"back after {number(end - at)} {axis}s"
    message = (
        f"{state['metric']} is worse by {number(float(f'{height:.3g}'))} after the resume at {axis} {place(at, axis)} "
        f"({raised['share']:.0%} of the range so far{set_back}){lost}; {ends}"
    )
    return Finding(
        kind="resume_bump",
        metric=state["metric"],
        axis=axis,
        start=at,
        end=end,
        alarm=raised["alarm"],
        statistic=raised["errors"],
        threshold=raised["threshold"],
        promise="raised at no more than 2% of resumes after which the curve goes on as it was; 5% under AR(1) .5",
        detector="resume_bump",
        message=message,
        evidence={
            "height": height,
            "share": raised["share"],
            "as_at": raised["as_at"],
            "done_twice": twice,
            "recovery": None if end is None else end - at,
        },
    )


RESUME_BUMP = resume_bump()

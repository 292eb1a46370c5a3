"""A session: point by point it says what the verbs say of all points at once, also after a restart."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forerun import api
from forerun.core import BadInput, Curve, Decision, Forecast, Run
from forerun.forecast.run_forecasts.batch import ForecastSetup
from forerun.session import Changes, Session, looks


def metrics_of(seed: int, n: int) -> list[dict[str, float]]:
    """Three metrics of which the one a run is judged by begins last, with spikes in two of them and NaN in one."""
    rng = np.random.default_rng(seed)
    train = 1 + np.arange(1, n + 1) ** -0.5 + 0.02 * rng.normal(size=n)
    train[rng.integers(30, n, size=3)] += 3
    train[rng.integers(0, n) :][:4] = np.nan
    aux = train + 0.01 * rng.normal(size=n)
    held_out = np.concatenate([np.linspace(3, 1, n // 2), np.linspace(1, 2, n - n // 2)]) + 0.01 * rng.normal(size=n)
    return [
        {"train/loss": train[i], "train/aux_loss": aux[i], "grad_norm": 1.0}
        | ({"val/loss": held_out[i]} if i > 40 and i % 3 == 0 else {})
        for i in range(n)
    ]


def fed(session: Session, rows: list[dict[str, float]], begin: int = 0) -> list[Changes]:
    return [session.add("r", begin + i + 1, row) for i, row in enumerate(rows)]


def run_of(rows: list[dict[str, float]]) -> Run:
    names = dict.fromkeys(name for row in rows for name in row)
    points = {name: [(i + 1, row[name]) for i, row in enumerate(rows) if name in row] for name in names}
    return Run("r", {name: Curve(*zip(*xy, strict=True), name) for name, xy in points.items()}, "session")  # type: ignore[arg-type]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(60, 220), metric=st.sampled_from([None, "train/aux_loss"]))
def test_its_findings_are_those_of_scan(seed: int, n: int, metric: str | None) -> None:
    rows = metrics_of(seed, n)
    session = Session(renew=None, metric=metric)
    fed(session, rows)
    assert list(session.findings("r")) == list(api.scan(run_of(rows), metric=metric)["r"].findings)


def test_its_forecast_and_decision_are_those_of_the_verbs() -> None:
    rows = metrics_of(1, 150)
    session = Session(renew=None, target=1.2)
    fed(session, rows)
    (look,) = looks([run_of(rows)], ForecastSetup(target=1.2))
    assert session.look("r") == look
    assert isinstance(look.decision, Decision)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), cut=st.integers(1, 150))
def test_a_restart_changes_nothing(seed: int, cut: int) -> None:
    rows = metrics_of(seed, 160)
    session = Session(method="last_value")
    fed(session, rows[:cut])
    other = Session(method="last_value", state=json.loads(json.dumps(session.state(), allow_nan=False)))
    assert fed(other, rows[cut:], cut) == fed(session, rows[cut:], cut)
    assert other.look("r") == session.look("r")


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_what_was_raised_closed_and_withdrawn_comes_to_its_findings(seed: int) -> None:
    session, known = Session(renew=None), dict[tuple[str, str, float], bool]()
    for changes in fed(session, metrics_of(seed, 200)):
        for one in changes.withdrawn:
            del known[one.detector, one.metric, one.start]
        for one in (*changes.raised, *changes.closed):
            known[one.detector, one.metric, one.start] = one.end is None
    assert known == {(one.detector, one.metric, one.start): one.end is None for one in session.findings("r")}


def test_a_finding_is_withdrawn_where_another_metric_takes_the_place_of_its_own() -> None:
    """A plateau of the one training loss, of which a whole loss, once it has four points, makes a part."""
    rng = np.random.default_rng(0)
    flat = np.concatenate([np.geomspace(3, 1, 60), 1 + 0.01 * rng.normal(size=241)])
    session = Session(renew=None, detector=["plateau"])
    raised = [one.metric for changes in fed(session, [{"train/aux_loss": y} for y in flat]) for one in changes.raised]
    assert raised == ["train/aux_loss"]
    changes = [session.add("r", 302 + i, {"train/loss": 1.0}) for i in range(4)]
    assert [[one.metric for one in each.withdrawn] for each in changes] == [[], [], [], ["train/aux_loss"]]


def test_forecasts_are_made_anew_as_a_run_grows_by_a_tenth_and_at_findings() -> None:
    session = Session(method="last_value")
    made = [i + 1 for i, one in enumerate(fed(session, [{"loss": 2 + 1 / i} for i in range(1, 41)])) if one.forecast]
    assert made == [4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 21, 24, 27, 30, 33, 37]
    changes = session.add("r", 41, {"loss": float("inf")})
    assert [one.kind for one in changes.raised] == ["non_finite"]
    assert isinstance(changes.decision, Decision)
    assert changes.decision.action == "stop"
    assert session.add("r", 42, {"loss": float("inf")}) == Changes("r")


def test_what_is_known_of_a_run_beforehand_tells_its_end() -> None:
    session = Session()
    session.begin(Run("r", {}, "example", horizon={"step": 400.0}))
    fed(session, [{"loss": 1 + 2 / i} for i in range(1, 101)])
    look = session.look("r")
    assert look.forecast is not None
    assert (look.forecast.at, look.forecast.assumed) == (400.0, False)
    assert isinstance(look.forecast.answer, Forecast)
    session.end("r")
    ended = session.look("r").forecast
    assert ended is not None
    assert ended.status == "finished"


def test_a_point_out_of_order_is_refused_whole_and_a_resume_forgets_what_came_after() -> None:
    rows = [{"loss": 1 + 2 / i, "aux_loss": 1 + 1 / i} for i in range(1, 101)]
    session = Session(renew=None)
    fed(session, rows)
    session.add("r", 101, {"loss": float("nan")})
    with pytest.raises(BadInput, match=r"x=101 does not lie beyond the last, x=101; of a run that was resumed, rewind"):
        session.add("r", 101, {"aux_loss": 0.5, "loss": 1.0})
    with pytest.raises(BadInput, match="x=nan does not lie beyond"):
        session.add("r", float("nan"), {"new": 1.0})
    assert {name: len(curve) for name, curve in session.look("r").run.curves.items()} == {"loss": 101, "aux_loss": 100}
    assert [one.kind for one in session.rewind("r", 80).withdrawn] == ["non_finite"]
    assert session.look("r").run == run_of(rows[:79])
    assert session.add("r", 80, rows[79]) == Changes("r")
    assert session.findings("r") == ()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), cuts=st.lists(st.integers(1, 160), max_size=5), other=st.integers(0, 1000))
def test_runs_that_are_read_anew_are_followed_or_begun_anew(seed: int, cuts: list[int], other: int) -> None:
    """As a watch reads them: longer, shorter, and with another history."""
    session = Session(method="last_value")
    for k in (seed, other):
        for cut in [*cuts, 160]:
            rows = metrics_of(k, 160)[:cut]
            (look,) = session.take([run_of(rows)])
            assert list(look.findings) == list(api.scan(run_of(rows))["r"].findings)


def test_a_session_made_with_other_detectors_says_so() -> None:
    session = Session(renew=None)
    fed(session, [{"loss": 1.0}])
    with pytest.raises(BadInput, match="plateau, rising; give the detectors it was made with"):
        Session(detector=["spike", "non_finite"], state=session.state())

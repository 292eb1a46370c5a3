"""The diagnosis: what matters first, one event once, and in words what was not looked at."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from forerun import api
from forerun.core import Curve, Diagnosis, Finding, FrozenMap, Run, codec
from forerun.monitor import DETECTORS, detectors_of
from forerun.monitor.detector import Detector
from forerun.monitor.diagnosis import KINDS, diagnose
from forerun.session import Session
from tests.monitor.eventful import eventful

RUN = Run("a", {}, "csv")
POINTS = {"val/loss": 400, "train/loss": 400}


def finding(kind: str, start: float, end: float | None = None, metric: str = "val/loss", axis: str = "step") -> Finding:
    message = f"{kind} of {metric} from {start:g}"
    return Finding(kind, metric, axis, start, end, start + 1, 2.0, 1.0, "rare", kind, message)


def diagnosed(*findings: Finding) -> Diagnosis:
    return diagnose(RUN, findings, POINTS, detectors_of())


def test_non_finite_comes_before_a_divergence_a_rise_a_plateau_and_what_is_slight() -> None:
    kinds = ["non_finite", "divergence", "rising", "plateau", "proxy_gold", "level_shift", "spike"]
    spans = [finding(kind, 10.0 * i, 10.0 * i + 5.0) for i, kind in enumerate(kinds)]
    for shuffled in itertools.islice(itertools.permutations(spans), 0, 5000, 400):
        assert [one.kind for one in diagnosed(*shuffled).findings] == kinds


def test_what_lasts_comes_before_what_is_over() -> None:
    nan, plateau = finding("non_finite", 10, 11), finding("plateau", 200)
    assert diagnosed(nan, plateau).says.startswith("plateau of val/loss from 200; also a stretch that is not finite")


def test_every_detector_has_a_place_in_the_order() -> None:
    assert set(DETECTORS.names()) <= set(KINDS)


def test_a_kind_of_somebody_elses_detector_comes_before_what_is_slight() -> None:
    told = diagnosed(finding("spike", 10), finding("odd_thing", 20), finding("rising", 30))
    assert [one.kind for one in told.findings] == ["rising", "odd_thing", "spike"]
    assert "also odd thing of val/loss since step 20, a spike of val/loss since step 10" in told.says


def test_a_spike_on_the_way_to_nan_is_of_one_event() -> None:
    told = diagnosed(finding("spike", 95, 130, "train/loss"), finding("non_finite", 100), finding("spike", 20, 25))
    assert [one.kind for one in told.findings] == ["non_finite", "spike"]
    assert [one.start for one in told.explained] == [95.0]
    assert told.says == (
        "non_finite of val/loss from 100; with it a spike of train/loss at step 95; also a spike of val/loss at step 20"
    )


def test_what_lasts_is_not_explained_by_what_is_over() -> None:
    told = diagnosed(finding("non_finite", 100, 101), finding("growth", 50))
    assert ([one.kind for one in told.findings], told.explained) == (["growth", "non_finite"], ())


def test_an_over_fit_before_a_divergence_is_an_event_of_its_own_and_one_within_it_is_not() -> None:
    before = diagnosed(finding("divergence", 200, metric="train/loss"), finding("rising", 50))
    assert [one.kind for one in before.findings] == ["divergence", "rising"]
    within = diagnosed(finding("divergence", 200, metric="train/loss"), finding("rising", 210))
    assert [one.kind for one in within.findings] == ["divergence"]


def test_accuracies_that_fall_after_nan_are_of_its_event_and_those_that_fell_before_are_not() -> None:
    nan = finding("non_finite", 100)
    after = replace(finding("rising", 40, metric="val/acc"), alarm=150.0)
    assert [one.kind for one in diagnosed(nan, after).findings] == ["non_finite"]
    assert [one.kind for one in diagnosed(nan, replace(after, alarm=90.0)).findings] == ["non_finite", "rising"]


def test_both_splits_getting_worse_is_one_event_told_of_the_held_out_one() -> None:
    told = diagnosed(finding("rising", 50, metric="train/loss"), finding("rising", 60))
    assert told.says == "rising of val/loss from 60; with it a worsening of train/loss since step 50"


def test_a_jump_that_three_detectors_see_is_one_event() -> None:
    told = diagnosed(finding("drift", 100, 130), finding("spike", 101, 130), finding("change_point", 99, 101))
    assert [one.kind for one in told.findings] == ["drift"]
    assert {one.kind for one in told.explained} == {"spike", "change_point"}


def test_findings_of_other_axes_are_not_compared() -> None:
    told = diagnosed(finding("non_finite", 100), finding("spike", 95, 130, axis="epoch"))
    assert len(told.findings) == 2


def test_alike_findings_are_counted() -> None:
    told = diagnosed(finding("plateau", 300), *(finding("spike", 10.0 * i, 10.0 * i + 1) for i in range(1, 8)))
    assert told.says == "plateau of val/loss from 300; also 7 spikes of val/loss, the last at step 70"


def test_nothing_stands_out_is_said_with_what_was_looked_at() -> None:
    told = diagnosed()
    assert told.says == "nothing stands out in val/loss, train/loss"
    assert told.looked_at == ("val/loss", "train/loss")


def test_few_points_are_said_to_be_few() -> None:
    patient = replace(DETECTORS.load("plateau"), least=32)
    told = diagnose(RUN, [], {"val/loss": 3}, detectors_of([patient, "non_finite"]))
    assert told.says == (
        "nothing seen by plateau, non_finite in val/loss; val/loss has 3 points, too few for plateau (32)"
    )


def test_metrics_that_one_or_no_detector_reads_are_named() -> None:
    points = {"val/loss": 400, "train/loss": 400, "train/aux_loss": 400, "lr": 400, "epoch": 400}
    gaps = diagnose(RUN, [], points, detectors_of()).not_looked_at
    assert gaps == ("non_finite alone reads train/aux_loss", "no detector reads lr, epoch")


def test_of_one_detector_it_is_said_what_looked() -> None:
    assert diagnose(RUN, [], POINTS, detectors_of("spike")).says == "nothing seen by spike in val/loss, train/loss"


def test_a_run_without_a_metric_of_quality_is_said_not_to_be_looked_at() -> None:
    told = api.scan(Run("a", {"lr": Curve([1, 2], [0.1, 0.1], "lr")}, "csv"))["a"].diagnosis
    assert told is not None
    assert told.says == "not looked at: no metric that measures quality; logged: lr"


def memorised_run() -> Run:
    """Training data known by heart from point 60 of 300, a held-out loss that rises all the while, at chance."""
    x, rng = np.arange(1.0, 301.0), np.random.default_rng(0)
    train = np.clip(x / 60, 0, 0.995)
    curves = {
        "train/acc": Curve(x, train, "train/acc", direction="max"),
        "val/acc": Curve(x, 0.1 + 0.005 * rng.normal(size=300), "val/acc", direction="max"),
        "train/loss": Curve(x, 2.3 * (1 - train), "train/loss"),
        "val/loss": Curve(x, 2.3 + 0.004 * np.clip(x - 20, 0, None), "val/loss"),
    }
    return Run("a", FrozenMap(curves), "csv", config={"weight_decay": 1.0})


def test_a_memorised_run_is_said_to_be_able_to_generalise_yet_by_diagnosis_and_advice_alike() -> None:
    look = api.looks([memorised_run()], api.ForecastSetup())[0]
    assert look.diagnosis is not None
    assert {"memorised", "rising"} <= {one.kind for one in look.findings}
    assert look.diagnosis.findings[0].kind == "memorised"
    assert "rising" in {one.kind for one in look.diagnosis.explained}
    assert "may yet generalise" in look.diagnosis.says
    assert any("may yet generalise" in reason for reason in look.decision.reasons)  # type: ignore[union-attr]


def test_scan_a_session_and_a_restored_session_say_the_same() -> None:
    run = memorised_run()
    session = Session()
    session.begin(run)
    of_scan = api.scan(run)["a"].diagnosis
    look = session.look("a")
    assert look.diagnosis == of_scan
    assert codec.loads(codec.dumps(of_scan)) == of_scan
    again = Session(state=json.loads(json.dumps(session.state())))
    assert again.look("a").diagnosis == of_scan


@pytest.mark.parametrize("name", DETECTORS.names())
def test_a_detector_says_nothing_below_its_least_points(name: str) -> None:
    detector: Detector = DETECTORS.load(name)
    curves = eventful(detector, 1)
    last = curves[detector.roles[-1]]
    alarms = [one.alarm for one in detector.replay(curves)]
    assert all(int((last.x <= alarm).sum()) >= detector.least for alarm in alarms)

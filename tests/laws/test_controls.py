"""What laws and questions must not claim, as their cards say: controls that no other file shows."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from forerun import api
from forerun.core import Answer, BadInput, Table, Undecided
from forerun.laws import LAWS
from forerun.laws.fitter import Fit, Prediction, fit
from forerun.laws.questions.critical_batch_size import critical_batch
from forerun.laws.questions.joint_asymptote import joint_asymptote
from forerun.laws.questions.knowledge_capacity import knowledge_capacity
from forerun.laws.questions.reward_peak import peak
from tests.cards import control, known_answer
from tests.laws.paths_made import made_by


def known(law: str) -> tuple[Table, list[float]]:
    module = import_module(f"tests.laws.known.{law}")
    return module.TABLE, module.PARAMS


def fitted(law: str, table: Table, **options: object) -> Fit:
    made = fit(law, table, **options)  # type: ignore[arg-type]
    assert isinstance(made, Fit), made
    return made


def told(made: Fit, table: Table) -> Prediction:
    said = made.predict(table, transfer=True)
    assert isinstance(said, Prediction), said
    return said


def noisy(table: Table, sd: float, seed: int = 0) -> Table:
    y = np.asarray(table.columns["y"], float)
    return Table({**table.columns, "y": y * np.exp(sd * np.random.default_rng(seed).normal(size=y.size))})


@control("multi_power", "lr_annealing", "functional_scaling")
@pytest.mark.parametrize("law", ["multi_power", "lr_annealing", "functional_scaling"])
def test_fitted_to_a_constant_rate_a_law_warns_of_cooldowns(law: str) -> None:
    params = known(law)[1]
    cooled = made_by(law, params, "cooldown")
    warned = told(fitted(law, made_by(law, params, "constant", noise=1e-4), draws=20), cooled).warnings
    assert "never saw a cooldown" in warned
    sure = told(fitted(law, made_by(law, params, "constant", "cosine", noise=1e-4), draws=20), cooled).warnings
    assert "never saw a cooldown" not in sure


@control("law/lr_area")
def test_the_area_alone_does_not_foretell_what_a_cooldown_gains() -> None:
    """Losses of the multi-power law: fitted to three schedules, the area puts the cooled run's end too high."""
    params = known("multi_power")[1]
    cooled = made_by("multi_power", params, "cooldown")
    train = made_by("multi_power", params, "constant", "cosine", "fall")
    end = cooled.columns["y"][-1]
    gain = told(fitted("lr_area", made_by("multi_power", params, "constant"), draws=0), cooled).y[-1] - end
    assert gain > 0
    assert told(fitted("lr_area", train, draws=0, judge_beyond=False), cooled).y[-1] - end > 0.3 * gain
    assert abs(told(fitted("multi_power", train, draws=0, judge_beyond=False), cooled).y[-1] - end) < 0.05 * gain


@control("data_constrained")
def test_one_epoch_of_ample_data_is_chinchilla() -> None:
    _, params = known("data_constrained")
    law, chinchilla = LAWS.load("data_constrained"), LAWS.load("chinchilla")
    constants = dict(zip(law.names, params, strict=True))
    once = Table({"params": np.geomspace(1e5, 1e7, 5), "tokens": np.full(5, 1e10), "unique_tokens": np.full(5, 1e10)})
    y = chinchilla.predict(np.array([constants[name] for name in chinchilla.names]), chinchilla.read(once))[0]
    assert law.predict(np.array(params), law.read(once))[0] == pytest.approx(y, rel=1e-9)


@control("rectified")
def test_the_flat_part_does_not_tell_the_power() -> None:
    table, _ = known("rectified")
    D = np.geomspace(1.0, 40.0, 12)
    flat = Table({"train_size": D, "y": 1.2 + 60.0 / (200.0 + D**0.45)})
    assert "beta" in fitted("rectified", noisy(flat, 0.005)).report.unidentified
    assert "beta" not in fitted("rectified", noisy(table, 0.005)).report.unidentified


@control("overoptimisation", "overoptimisation_best_of_n")
@pytest.mark.parametrize("law", ["overoptimisation", "overoptimisation_best_of_n"])
def test_a_score_that_only_rises_has_no_peak_or_one_far_beyond(law: str) -> None:
    kl = np.linspace(1.0, 20.0, 12)
    top = peak(fitted(law, noisy(Table({"kl": kl, "y": np.sqrt(kl) * (1.0 + 0.1 * np.sqrt(kl))}), 0.01)))
    assert isinstance(top, Undecided) or top.low > 5 * kl.max()


@control("joint_asymptote")
def test_close_sizes_do_not_tell_a_joint_asymptote() -> None:
    N, K = (grid.ravel() for grid in np.meshgrid(np.linspace(1e8, 2e8, 6), [1.0, 2.0, 3.0, 5.0, 8.0]))
    table = Table({"params": N, "members": K, "y": 3.17 + 900.0 * N**-0.45 + 0.4 / K})
    assert isinstance(joint_asymptote(noisy(table, 0.01)), Undecided)


@control("data_efficiency")
def test_a_loss_below_the_standard_recipes_floor_is_undecided() -> None:
    table, (E, *_) = known("rectified")
    answers = [
        api.ask("data_efficiency", table, reached=loss, tokens=1e5, law="rectified") for loss in (0.9 * E, 1.1 * E)
    ]
    assert isinstance(answers[0], Undecided) and "a lower floor" in answers[0].needs
    assert isinstance(answers[1], Answer)


@control("mixture")
def test_sources_that_only_help_together_are_ranked_wrong() -> None:
    """The loss is least at equal shares; the law says that one source alone is better."""
    share = np.repeat(np.linspace(0.0, 1.0, 11), 2)
    size = np.tile([100.0, 400.0], 11)
    y = 0.1 + (2 * share - 0.9) ** 2 + 1 / size
    candidates = np.array([0.0, 0.45, 1.0])
    columns = {"web": np.append(share, candidates), "train_size": np.append(size, np.full(3, 400.0))}
    columns |= {"books": 1 - columns["web"], "y": np.append(y, np.full(3, np.nan))}
    answer = api.ask("mixture", Table(columns), sources=("web", "books"))
    assert isinstance(answer, Answer)
    assert answer.values["web"] in (0.0, 1.0)


@control("knowledge_capacity")
def test_sizes_that_learned_all_there_was_tell_no_capacity() -> None:
    params, available = np.repeat([1e6, 2e6, 4e6, 8e6], 2), np.tile([1e4, 1e5], 4)
    assert isinstance(
        knowledge_capacity(Table({"params": params, "bits": available, "available": available})), Undecided
    )


@control("critical_batch_size")
def test_one_batch_size_leaves_the_critical_one_open() -> None:
    table, _ = known("kaplan")
    one = table.take(np.asarray(table.columns["batch_size"]) == np.max(table.columns["batch_size"]))
    widths = []
    for points in (one, table):
        batch = critical_batch(fitted("kaplan", noisy(points, 0.005)), 3.0)
        widths.append(np.inf if isinstance(batch, Undecided) else np.log(batch.high / batch.low))
    assert widths[0] > 10 * widths[1]


@control("longer_run")
def test_a_run_hardly_longer_keeps_its_cooldown_and_its_rate() -> None:
    answer = api.ask("longer_run", Table({"steps": [4000.0], "cooldown": [0.2]}), longer=4004.0)
    assert isinstance(answer, Answer)
    assert answer.values["cooldown"] == pytest.approx(0.2, abs=0.01)
    assert answer.values["factor"] == pytest.approx(1.0, abs=0.01)


@control("tries_budget")
def test_a_budget_of_one_try_an_item_leaves_one_try_each() -> None:
    answer = api.ask("tries_budget", Table({"rate": [0.9, 0.2, 0.01], "share": [0.2, 0.5, 0.3]}), budget=1.0)
    assert isinstance(answer, Answer)
    assert answer.rows.columns["predicted"].tolist() == [1.0, 1.0, 1.0]


@known_answer("moe_sparsity")
def test_the_law_of_experts_is_right_at_larger_sizes() -> None:
    table, params = known("moe_sparsity")
    law = LAWS.load("moe_sparsity")
    larger = Table({**table.columns, "params": 10 * np.asarray(table.columns["params"])})
    y = law.predict(np.array(params), law.read(larger))[0]
    assert told(fitted("moe_sparsity", table, draws=0, judge_beyond=False), larger).y == pytest.approx(y, rel=1e-4)


@control("sampling_budget")
def test_a_rate_of_nothing_has_no_budget() -> None:
    with pytest.raises(BadInput, match="rates in 0 to 1"):
        api.ask("sampling_budget", Table({"rate": [0.0]}), relative_error=0.1)

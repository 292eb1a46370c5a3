"""The figures on the card of the default policy are those that were measured, of the version that stands."""

from __future__ import annotations

import json

from evidence.early_stopping import side_by_side_page as measured
from forerun.decide.auto import AUTO


def test_the_card_says_what_was_measured_of_this_version() -> None:
    assert AUTO.card.promises == measured.promise(measured.rows_of(measured.JUDGED))
    files = [measured.file_of(source).read_text("utf-8") for source in measured.JUDGED]
    assert {json.loads(text)["version"] for text in files} == {AUTO.version}


def test_the_page_is_made_of_the_numbers() -> None:
    assert (measured.HERE / "side_by_side.md").read_text("utf-8") == measured.page()


def test_regret_is_below_that_of_asha_by_more_than_the_bar_and_what_was_missed_is_said() -> None:
    """The bar of 2% wrongly stopped is missed: the page says by how much, and no test pretends otherwise."""
    rows = measured.rows_of(measured.JUDGED)
    told = measured.means(rows, "auto")
    assert len(told) == 23
    assert measured.interval(told[:, 3])[1] <= 0.01
    assert told[:, 2].mean() > 0.02
    assert "missed" in measured.page()


def test_never_stopping_costs_all_and_loses_nothing_which_is_what_a_policy_is_held_against() -> None:
    told = measured.means(measured.rows_of(measured.JUDGED), "no_stopping")
    assert (told[:, 0].min(), told[:, 1].max(), told[:, 2].max()) == (1.0, 0.0, 0.0)

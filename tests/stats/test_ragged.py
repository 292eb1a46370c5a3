"""Rows of different lengths counted at once, against numpy on each alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forerun.stats.ragged import Array, Ragged
from forerun.stats.zscale import center_and_scale, zscale

VALUES = st.floats(-1e6, 1e6, allow_subnormal=False)
ROWS = st.lists(st.lists(VALUES, min_size=1, max_size=30).map(np.array), min_size=1, max_size=6)


@given(ROWS)
def test_each_row_is_counted_as_if_it_were_alone(rows: list[Array]) -> None:
    every = Ragged.of(rows)
    assert np.allclose(every.mean(), [row.mean() for row in rows])
    assert np.allclose(every.median(), [np.median(row) for row in rows])
    assert np.allclose(every.quantile(0.1, 0.9), np.transpose([np.quantile(row, [0.1, 0.9]) for row in rows]))
    assert every.over(np.maximum).tolist() == [row.max() for row in rows]
    assert (every.first().tolist(), every.last().tolist()) == ([row[0] for row in rows], [row[-1] for row in rows])
    assert [row.tolist() for row in every.steps().rows()] == [np.diff(row).tolist() for row in rows]
    assert every.steps().median().tolist() == [np.median(np.diff(row)) if row.size > 1 else 0.0 for row in rows]


@given(ROWS, st.data())
def test_sums_between_cuts_are_of_that_row_alone(rows: list[Array], data: st.DataObject) -> None:
    cuts = [sorted(data.draw(st.lists(st.integers(0, row.size), min_size=3, max_size=3))) for row in rows]
    cut = np.array([[0, *inner, row.size] for inner, row in zip(cuts, rows, strict=True)])
    sums = [[row[a:b].sum() for a, b in pairwise(c)] for c, row in zip(cut, rows, strict=True)]
    assert np.allclose(Ragged.of(rows).totals(cut), sums)


@given(ROWS)
def test_a_row_counts_the_same_to_the_bit_whichever_lie_beside_it(rows: list[Array]) -> None:
    every = Ragged.of(rows)
    for i, row in enumerate(rows):
        alone = Ragged.of([row])
        assert (every.mean()[i], every.median()[i]) == (alone.mean()[0], alone.median()[0])
        assert every.quantile(0.1)[0, i] == alone.quantile(0.1)[0, 0]
        scale = zscale(row)
        assert [part[i] for part in center_and_scale(every)] == [scale.center, scale.scale]

"""Laws: what a loss or a score is as a function of scale, data, budget or the learning rate's path; one file each.

A law is a module with

* ``CARD``, ``VERSION``;
* ``INPUTS``: the table's columns it reads, and ``PARAMETERS``: a `Parameter` each, with bounds;
* ``read(table) -> X``: the checked inputs of every row, a dict of arrays (n,), or an object with ``take(rows)``;
* ``size(X) -> (n,)``: what "larger" means, positive: beyond the largest fitted, intervals widen and laws are judged;
* ``predict(params (..., p), X) -> y (..., n), dy/dparams (..., n, p)``: positive y, vectorised over leading axes;
* ``starts(X, y) -> (k, p)``: start points, by variable projection where it is linear in some parameters;
* optionally ``prior(X, y) -> {parameter: (center, sd)}``, fitted coordinates' sds: what chooses where data do not;
* optionally ``LOSS = "plain"``: residuals of y itself (a score that may be 0) and not of its logarithm;
* optionally ``supposed(X, y) -> (X', y', weights)``: points taken for granted where nothing was measured, at small
  weights: the law's prior, for laws of named columns;
* optionally ``seen(X) -> dict`` (what of the fitted inputs is kept), ``refuses(seen, X) -> Undecided | None`` and
  ``warns(seen, X) -> tuple of str`` (where it does not hold), ``distance(seen, X) -> (n,)``, ``folds(X)`` and
  ``MISFIT`` (how its error beyond what was fitted is measured, see `forerun.laws.fitter.misfit`).

`forerun.laws.fitter` fits any of them. What is no curve through points but an estimate of its own (clusters of items,
shapes, mixtures) is a plain function in its own file.
"""

from typing import Any

from forerun.core import Family

LAWS: Family[Any] = Family(
    kind="law",
    table={
        "multi_power": "forerun.laws.multi_power",
        "lr_annealing": "forerun.laws.lr_annealing",
        "functional_scaling": "forerun.laws.functional_scaling",
        "convex_bound": "forerun.laws.convex_bound",
        "lr_area": "forerun.laws.lr_area",
        "chinchilla": "forerun.laws.chinchilla",
        "data_constrained": "forerun.laws.data_constrained",
        "rectified": "forerun.laws.rectified",
        "sample_size": "forerun.laws.sample_size",
        "kaplan": "forerun.laws.kaplan",
        "regularised": "forerun.laws.regularised",
        "ensembles": "forerun.laws.ensembles",
        "broken": "forerun.laws.broken",
        "overoptimisation": "forerun.laws.overoptimisation",
        "overoptimisation_best_of_n": "forerun.laws.overoptimisation_best_of_n",
        "moe_sparsity": "forerun.laws.moe_sparsity",
        "step_law": "forerun.laws.step_law",
        "critical_batch": "forerun.laws.critical_batch",
        "cod": "forerun.laws.downstream.cod",
        "pass_until": "forerun.laws.downstream.pass_until",
        "sigmoid": "forerun.laws.downstream.sigmoid",
    },
    group="forerun.laws",
)

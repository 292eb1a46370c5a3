"""Which training items move a prediction: exact for small models, by leaving each out, in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from forerun.core import Array, BadInput, Card, Table
from forerun.evaluate.audits.audit import Audit, AuditResult, Column
from forerun.evaluate.audits.measurements import plain

CARD = Card(
    name="influence",
    does="Says by how much leaving each training item out of a linear model of frozen features changes its own error, "
    "exactly, and which items the model rests on.",
    source="Cook 1977; the shortcut of leave-one-out for ridge regression, Allen 1974",
    assumes="The model is linear in the features with a ridge penalty; features stay as they are.",
    needs="features and a target an item",
    promises="Equal to refitting without each item, to rounding.",
    known_answer="Leaving each item out and fitting again gives the same predictions, to 1e-9.",
    control="The first-order influence function, without the leverage, differs where one item stands alone.",
)


def influence(features: ArrayLike, target: ArrayLike, *, penalty: float = 1e-3) -> AuditResult:
    """Leave-one-out errors of every item, and how far it moves the fit.

    Args:
        features: shape (n, p). target: shape (n,).
        penalty: ridge, on the squared weights; the level is not shrunk.

    Returns:
        as rows the items that move the fit most first (Cook's distance).

    Raises:
        BadInput: columns of different lengths.

    Example:
        >>> result = influence([[0.0], [1.0], [2.0], [10.0]], [0.0, 1.0, 2.0, 0.0])
        >>> result.rows.columns["item"].tolist()[0]
        3.0
    """
    x, y = np.asarray(features, np.float64), np.asarray(target, np.float64)
    if x.ndim != 2 or len(x) != y.size:
        raise BadInput(f"every item needs features and a target, but there are {len(x)} and {y.size}")
    left_out, leverage = leave_one_out(x, y, penalty)
    fitted = y - (y - left_out) * (1.0 - leverage)
    own, honest = y - fitted, y - left_out
    spread = max(float(own @ own) / max(y.size - leverage.sum(), 1.0), 1e-300)
    distance = own**2 * leverage / (np.maximum(1.0 - leverage, 1e-12) ** 2 * spread * max(leverage.sum(), 1e-12))
    order = np.argsort(-distance, kind="stable")
    measurements = (
        plain("root mean square error, each left out", float(np.sqrt((honest**2).mean())), y.size, "exact"),
        plain("root mean square error, as fitted", float(np.sqrt((own**2).mean())), y.size, "exact"),
        plain("largest Cook's distance", float(distance[order[0]]), y.size, "above 1 moves the fit much"),
    )
    rows = {"item": order.astype(float), "distance": distance[order], "leverage": leverage[order],
            "error_left_out": honest[order]}  # fmt: skip
    return AuditResult(measurements, Table(rows))


def leave_one_out(x: Array, y: Array, penalty: float) -> tuple[Array, Array]:
    """Predictions of every item by a fit without it, and its leverage, both shape (n,)."""
    design = np.column_stack([np.ones(len(x)), x])
    ridge = penalty * np.diag([0.0, *np.ones(x.shape[1])])
    hat = design @ np.linalg.solve(design.T @ design + ridge, design.T)
    leverage = hat.diagonal()
    return y - (y - hat @ y) / np.maximum(1.0 - leverage, 1e-12), leverage


AUDIT = Audit(
    card=CARD,
    columns=(
        Column("features", "of the item, frozen", "matrix"),
        Column("target", "what is learned"),
    ),
    look=influence,
)

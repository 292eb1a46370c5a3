"""``lab list``, ``lab run`` and ``lab study``; what the lab is made of is handed in, as it stands above."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forerun.core import Family, ForerunError
from forerun.core.codec import encode
from forerun.documents.shape import Document, given

if TYPE_CHECKING:
    from forerun.evaluate.differences.comparison import Comparison


def lab_list_document(worlds: Family[Any], studies: Family[Any]) -> Document:
    """The members of both, with what their cards say."""
    return {
        "workloads": [_member(worlds, name) for name in worlds.names()],
        "studies": [_member(studies, name) for name in studies.names()],
    }


def _member(family: Family[Any], name: str) -> Document:
    """What the card says, or why it cannot be read."""
    missing = family.lacking() if name in family.table else ""
    try:
        member = {"name": name, "does": family.card(name).does}
    except ForerunError as error:
        return {"name": name, "does": f"does not load: {error.message}"}
    return member | given(missing=missing or None)


def lab_run_document(world: str, out: Path, runs: Iterable[Document]) -> Document:
    """A world trained on over settings and seeds; a row a run, of `trained_run`."""
    return encode({"workload": world, "out": str(out), "runs": list(runs)})


def trained_run(
    run: Path, seed: int, settings: Mapping[str, Any], metrics: Mapping[str, float], cost: Mapping[str, float]
) -> Document:
    """What one training came to."""
    return {"run": str(run), "seed": seed, "settings": dict(settings), "metrics": dict(metrics), "cost": dict(cost)}


def lab_study_document(
    study: str, *, question: str, source: str, arms: Mapping[str, Document], n_seeds: int, claims: Iterable[Document]
) -> Document:
    """A study's question, arms and seeds, and a row a claim, of `judged_claim`."""
    about = {"study": study, "question": question, "source": source}
    return encode(about | {"arms": dict(arms), "n_seeds": n_seeds, "claims": list(claims)})


def judged_claim(
    claim: str,
    comparison: Comparison,
    *,
    metric: str,
    direction: str,
    control: bool,
    upheld: bool,
    diverged: tuple[int, int],
    p_together: float | None,
    margin: float | None,
    ratio: float | None = None,
) -> Document:
    """A claim with what was measured of it; a number that is not finite is null, and the warnings say why.

    With a ``ratio`` its numbers are natural logarithms of the factor, over that which is claimed.
    """
    numbers = {name: getattr(comparison, name) for name in ("estimate", "low", "high", "minimum_detectable_effect")}
    return {
        "claim": claim, "metric": metric, "direction": direction, "control": control,
        **{name: value if math.isfinite(value) else None for name, value in numbers.items()},
        "verdict": comparison.verdict, "upheld": upheld, "diverged": list(diverged),
        **given(p_together=p_together, margin=margin, ratio=ratio, warnings=list(comparison.warnings) or None),
    }  # fmt: skip

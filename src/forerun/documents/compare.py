"""``compare``: two systems benchmark by benchmark, and with ``--all-pairs`` every two of many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from forerun.api.comparing import Compared, PairsOf
from forerun.core.codec import encode
from forerun.documents.scores import scores_document
from forerun.documents.shape import NOTHING_JUDGED, Document
from forerun.evaluate.differences.comparison import verdict
from forerun.evaluate.items.compare import ItemComparison
from forerun.evaluate.items.item_mean import ItemMean
from forerun.stats.multiple import benjamini_hochberg, holm

_OF_PAIRS = "a verdict is of its pair alone; p_holm is raised for how many there are"


def compare_document(compared: Compared) -> Document:
    """The comparisons, each system's means beside them, and what was read."""
    return encode(
        {
            "comparisons": [_comparison(one, compared) for one in compared.comparisons],
            "systems": [_mean(one) for one in compared.means],
            "scores": scores_document(compared.scores),
        }
    )


def _comparison(one: ItemComparison, compared: Compared) -> Document:
    c = one.comparison
    return {
        "benchmark": one.benchmark, "metric": one.metric, "first": compared.first, "second": compared.second,
        "n": c.n, "n_first": one.n_first, "n_second": one.n_second, "estimate": c.estimate, "low": c.low,
        "high": c.high, "p_value": c.p_value, "p_holm": one.p_holm, "p_share": one.p_share,
        "minimum_detectable_effect": c.minimum_detectable_effect, "margin": c.margin, "method": c.method,
        "verdict": one.verdict, "needs": one.needs, "warnings": list(c.warnings),
    }  # fmt: skip


def _mean(one: ItemMean) -> Document:
    row = asdict(one)
    return row | {"stderr": row.pop("error"), "warnings": [], "verdict": NOTHING_JUDGED}


def all_pairs_document(pairs: Iterable[PairsOf]) -> Document:
    """A row a pair; a verdict is of its pair alone, ``p_holm`` and ``p_share`` are raised for how many there are."""
    every = list(pairs)
    left_out = dict.fromkeys(name for one in every for name in one.pairs.left_out)
    rows = [row for one in every for row in _pairs(one)]
    warnings = [_OF_PAIRS] if len(rows) > 1 else []
    return {"pairs": rows, "left_out": list(left_out), "warnings": warnings}


def _pairs(of: PairsOf) -> list[Document]:
    pairs = of.pairs
    columns = zip(pairs.first, pairs.second, pairs.difference.tolist(), pairs.low.tolist(), pairs.high.tolist(),
                  pairs.p_value.tolist(), holm(pairs.p_value).tolist(), benjamini_hochberg(pairs.p_value).tolist(),
                  strict=True)  # fmt: skip
    return [
        {"a": a, "b": b, "benchmark": of.benchmark, "metric": of.metric, "n": pairs.n, "difference": difference,
         "estimate": difference, "low": low, "high": high, "p_value": p, "p_holm": p_holm, "p_share": p_share,
         "method": pairs.method, "verdict": verdict(low, high)}
        for a, b, difference, low, high, p, p_holm, p_share in columns
    ]  # fmt: skip

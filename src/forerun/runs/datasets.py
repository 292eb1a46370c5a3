"""What tells the log of a training from a data set, a table of predictions or a table of results.

Asked only of tables that have no column of steps, epochs and the like: there the names of the columns are all there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from forerun.core.metrics import meaning

_MEASURED = re.compile(
    r"loss|accura|(?<![a-z])acc(?![a-z])|(train|val|valid|test|tr|eval)acc|reward|perplex|(?<![a-z])ppl(?![a-z])|nll|"
    r"(?<![a-z])(r?mse|mae|f1|m?iou|dice|psnr|ssim|bleu|wer|cer|fid|auc|auroc|bce|kl|elbo|map50)(?![a-z])|entropy|"
    r"(episod|ep|eval|test|train|mean|avg|average|undiscounted|cumulative|total)[a-z_ ]*return"
)
_SAMPLES = frozenset(
    "label labels target targets prediction predictions pred preds predicted actual true_label pred_label y "
    "y_true y_pred y_test ground_truth truth gt id uid uuid text sentence prompt response question answer output "
    "input filename file file_name image img path url title author gender sex age country city lat lon latitude "
    "longitude price open close high low volume threshold thresholds fpr tpr support class classes category word "
    "review rating review_id user_id item_id image_id sample_id doc_id question_id product_id".split()
)


def why_no_log(names: Iterable[str], words: Iterable[str] = ()) -> str:
    """Why a table that names no axis is not the log of a training; empty when it is one.

    Args:
        names: the columns of numbers.
        words: the columns of text.

    Example:
        >>> why_no_log(["train_loss", "val_acc", "time"]), why_no_log(["age", "income"])
        ('', "column 'age' is that of a data set")
        >>> why_no_log(["f1"], ["model"])
        "column 'model' tells its rows apart by words"
    """
    names, words = list(names), list(words)
    for name in (*names, *words):
        if re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_") in _SAMPLES:
            return f"column {name!r} is that of a data set"
    measured = [name for name in names if measures(name)]
    if not measured:
        return "none is named like a measure, such as train_loss or val_acc"
    if words:
        return f"column {words[0]!r} tells its rows apart by words"
    unknown = [name for name in names if name not in measured and meaning(name).kind == "other"]
    if len(unknown) > len(measured):
        return f"most columns are not named like measures of a training: {', '.join(unknown[:5])}"
    return ""


def measures(name: str) -> bool:
    """Whether a column can hardly be anything but what a training measures.

    Example:
        >>> [measures(name) for name in ("trainLoss", "val/score", "score", "return", "ep_return")]
        [True, True, False, False, True]
    """
    said = meaning(name)
    lower = name.strip().lower()
    if said.kind in ("time", "count", "norm"):
        return False
    return bool(_MEASURED.search(lower)) or (said.split is not None and said.kind in ("loss", "score", "return"))

"""Wrong labels of four public test sets, from their published probabilities, and what people said of nine.

    python evidence/audits/labels.py DATA

DATA holds measurement/label_errors. Writes labels.json.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from forerun.api import audit

HERE = Path(__file__).parent
SETS = ("mnist", "cifar10", "20news", "imdb")

if __name__ == "__main__":
    folder = Path(sys.argv[1]) / "measurement" / "label_errors"
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    shares = {}
    for name in SETS:
        result = audit("labels", folder / "pred_probs.npz",
                       columns={"label": f"{name}_labels", "probabilities": f"{name}_probs"})  # fmt: skip
        share, count = result["share of wrong labels"], result["suspects"]
        shares[name] = {"share": share.estimate, "low": share.low, "high": share.high, "n": share.n,
                        "verdict": result.verdict, "suspects": count.estimate,
                        "published": expected["confident_joint"][name]["off_diagonal"]}  # fmt: skip
    votes = audit("votes", folder / "mturk_votes.csv.gz", columns={"group": "dataset"}).rows.columns
    people = {g: [int(w), int(n), *expected["validated_errors_of_flagged"][g]]
              for g, w, n in zip(votes["group"], votes["wrong"], votes["of"], strict=True)}  # fmt: skip
    (HERE / "labels.json").write_text(json.dumps({"shares": shares, "people": people}, indent=1) + "\n", "utf-8")

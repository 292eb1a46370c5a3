"""The page of what was measured, made of what is there."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def page() -> str:
    """README.md, from the template and both files of raw numbers; what is not there yet is left open."""
    parts = _backward(_read("slow_backward.json")) | _offload(_read("offload.json"))
    text = (HERE / "template.md").read_text("utf-8").format(**parts)
    (HERE / "README.md").write_text(text)
    return text


def _read(name: str) -> dict[str, Any] | None:
    path = HERE / name
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _backward(found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:
        names = "turns_b", "most", "sum", "named", "others", "message", "faster", "least", "error", "better", "apart"
        return dict.fromkeys(names, "?")
    turns, errors = found["turns"], found["gradient_errors"]
    plain, other = ([turn[way] for turn in turns] for way in ("one by one", "by axis"))
    medians = [statistics.median(error[way] for error in errors) for way in ("one by one", "by axis")]
    return {
        "turns_b": len(turns),
        "most": sum(max(one["seconds"], key=one["seconds"].get) == "backward" for one in plain),
        "named": sum("backward" in one["named"] for one in plain),
        "others": sum("backward" in one["named"] for one in other),
        "message": next((message for one in plain for message in one["messages"]), "never"),
        "sum": f"{found['sum_times_faster']:.0f}",
        "faster": f"{found['median_times_faster']:.1f}",
        "least": f"{min(found['backward_times_faster']):.1f}",
        "error": " and ".join(f"{median:.1e}" for median in medians),
        "better": sum(error["by axis"] < error["one by one"] for error in errors),
        "apart": f"{max(found['losses_apart']):.1e}",
    }


def _offload(found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:
        return dict.fromkeys(("turns_o", "peaks", "saved", "same", "traffic", "state", "updates"), "?")
    turns = found["turns"]
    peaks = [statistics.median(t[pool]["peak_mb"] for t in turns) for pool in ("power of two", "exact")]
    written = [statistics.median(t[pool]["written_mb"] for t in turns) for pool in ("power of two", "exact")]
    return {
        "turns_o": len(turns), "peaks": f"{peaks[0]:.0f} and {peaks[1]:.0f}", "updates": found["updates"],
        "saved": f"{min(found['saved']):.1%} to {max(found['saved']):.1%}",
        "same": "the same to the bit" if found["same_losses"] else "not the same",
        "traffic": f"{written[0]:.0f} and {written[1]:.0f}", "state": f"{found['state_mb']:.0f}",
    }  # fmt: skip

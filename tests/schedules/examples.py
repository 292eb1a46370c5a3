"""The smallest schedule of every form, with a corner or two: what tests follow in every framework."""

from __future__ import annotations

from forerun.core import Schedule

EXAMPLES: dict[str, Schedule] = {
    "path": Schedule("path", {"x": [0, 3, 7, 12], "value": [0.3, 0.1, 0.2, 0.05]}),
    "constant": Schedule("constant", {"peak": 0.3, "steps": 12, "warmup": 4}),
    "linear": Schedule("linear", {"peak": 0.3, "steps": 12, "warmup": 3, "final": 0.1}),
    "cosine": Schedule("cosine", {"peak": 0.3, "steps": 12, "warmup": 3, "final": 0.05}),
    "wsd": Schedule("wsd", {"peak": 0.3, "steps": 12, "warmup": 3, "cooldown": 4}),
    "then": Schedule("constant", {"peak": 0.3, "steps": 7}).then(Schedule("linear", {"peak": 0.3, "steps": 5})),
    "scale": Schedule("cosine", {"peak": 0.3, "steps": 12}).scale(0.5),
}
"""By name of the form; none begins or ends at a rate that hides a mistake, and all end within 16 updates."""

"""What the name of a model tells of the checkpoint it is: the step, and the name without it."""

from __future__ import annotations

import re

_STEP = re.compile(
    r"(?i)(?:^|(?<=[^a-z0-9]))(?:global[_-]?step|checkpoint|ckpt|step|iter|iteration)[_\-=]?(\d{1,15})(?![0-9])"
)


def step_of(*names: str) -> float | None:
    """The step that the first of the names tells that tells one.

    Example:
        >>> step_of("pythia-70m,revision=step3000"), step_of("out/checkpoint-500"), step_of("llama-7b")
        (3000.0, 500.0, None)
    """
    for name in names:
        steps = _STEP.findall(name[:2000])
        if steps:
            return float(steps[-1])
    return None


def stem(name: str) -> str:
    """A name without the step in it.

    Example:
        >>> stem("acme__toy__step100"), stem("toy")
        ('acme__toy', 'toy')
    """
    return re.sub(r"[_\-.]{2,}$|[_\-.]+$", "", _STEP.sub("", name)) or name

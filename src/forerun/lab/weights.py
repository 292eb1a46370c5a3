"""Weights and states of trainings in files: written whole, and read without running anything that they hold."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from forerun.core import BadInput


def write_weights(state: Mapping[str, Any], path: Path) -> None:
    """Write tensors and numbers; the file appears when it is whole."""
    part = path.with_name(f"{path.name}.part")
    torch.save(dict(state), part)
    part.replace(path)


def read_weights(path: Path) -> dict[str, Any]:
    """What `write_weights` wrote.

    Raises:
        BadInput: the file is damaged, or holds more than tensors and numbers.
    """
    try:
        return torch.load(path, weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as cause:
        raise BadInput("holds no weights, or is damaged; remove it to train it anew", where=str(path)) from cause

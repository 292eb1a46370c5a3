"""PyTorch to train a small net with: seeded, on one thread, and left as it was found."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from forerun.core import MissingExtra


@contextmanager
def seeded_torch(seed: int) -> Generator[Any]:
    """The module, with its random state and its threads restored in the end.

    Raises:
        MissingExtra: PyTorch is not installed.
    """
    try:
        torch: Any = import_module("torch")
    except ImportError as cause:
        raise MissingExtra("learning a forecaster", "torch", "torch") from cause
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small nets are slower on two
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield torch
    finally:
        torch.set_num_threads(threads)

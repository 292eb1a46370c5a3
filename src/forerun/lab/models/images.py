"""Networks for 8 x 8 images: a perceptron and a small convolutional network."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from forerun.core import UnknownName

MODELS, NORMS = ("mlp", "cnn"), ("none", "batch")


def image_network(model: str, width: int, norm: str) -> nn.Module:
    """Pixels (b, 64) -> logits (b, 10); mlp or cnn, each hidden layer followed by a norm.

    Raises:
        UnknownName: no such network or norm.
    """
    if norm not in NORMS:
        raise UnknownName("norm", norm, NORMS, where="digits")
    between: Callable[[], nn.Module] = nn.Identity if norm == "none" else lambda: nn.BatchNorm1d(width)
    if model == "mlp":
        return nn.Sequential(
            nn.Linear(64, width), between(), nn.ReLU(), nn.Linear(width, width), between(), nn.ReLU(),
            nn.Linear(width, 10),
        )  # fmt: skip
    if model == "cnn":
        return nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(128, width), between(), nn.ReLU(), nn.Linear(width, 10),
        )  # fmt: skip
    raise UnknownName("model", model, MODELS, where="digits")

"""Early-learning regularisation: hold the network to what it believed before it began to memorise wrong labels."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from forerun.core import Card
from forerun.recipes.recipe import Recipe

CARD = Card(
    name="early_learning",
    does="Adds to cross-entropy a term that draws each example's prediction to the mean of its earlier predictions.",
    source="Liu, Niles-Weed, Razavian, Fernandez-Granda 2020, eq. 6 and 9",
    assumes="Clean labels are learned before wrong ones are memorised; each example keeps its index.",
    needs="The indices of a batch's examples, and a few epochs.",
    promises="Higher clean test accuracy under label noise: studies noisy_labels.",
    known_answer="With weight 0 it is cross-entropy.",
    control="With weight 0 under the same noise the network memorises it.",
)


class EarlyLearning(nn.Module):
    """The loss, with its memory of past predictions: ``target``, which moves and is saved as any module's buffer.

    Args:
        examples: how many examples the training set holds. classes: how many classes.
        momentum: β, how slowly targets follow the predictions, in [0, 1).
        weight: λ, how much the term counts beside cross-entropy, in nats.

    Example:
        >>> loss = EarlyLearning(examples=4, classes=2, weight=0.0)
        >>> logits, labels = torch.tensor([[1.0, 0.0]]), torch.tensor([0])
        >>> bool(loss(torch.tensor([2]), logits, labels) == functional.cross_entropy(logits, labels))
        True
    """

    def __init__(self, examples: int, classes: int, *, momentum: float = 0.7, weight: float = 3.0) -> None:
        super().__init__()
        self.target: Tensor
        self.register_buffer("target", torch.zeros(examples, classes))
        self.momentum, self.weight = momentum, weight

    def forward(self, index: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of a batch: index (b,), logits (b, classes), labels (b,)."""
        belief = functional.softmax(logits, dim=1).clamp(1e-4, 1.0 - 1e-4)
        with torch.no_grad():
            likely = (belief / belief.sum(dim=1, keepdim=True)).to(self.target)
            self.target[index] = self.momentum * self.target[index] + (1.0 - self.momentum) * likely
        kept = torch.log(1.0 - (self.target[index] * belief).sum(dim=1).clamp(max=1.0 - 1e-4)).mean()
        return functional.cross_entropy(logits, labels) + self.weight * kept


EARLY_LEARNING = Recipe(card=CARD, parts={"loss": EarlyLearning})

"""How a recipe is used in a plain loop of PyTorch, in three lines; the names that they take from the loop are its own.

``model``, ``optimizer``, ``loader``; of a batch ``index``, ``x``, ``labels`` and the ``logits`` of it.
"""

from __future__ import annotations

_SUPERVISED = "from forerun.recipes.supervised"
USES = {
    "early_learning": (
        f"{_SUPERVISED}.early_learning import EarlyLearning",
        "criterion = EarlyLearning(examples=len(dataset), classes=10)  # before the loop, instead of cross-entropy",
        "loss = criterion(index, logits, labels)  # index: which examples these are",
    ),
    "weight_average": (
        f"{_SUPERVISED}.weight_average import WeightAverage",
        "average = WeightAverage(model, decay=0.99)  # before the loop; decay=None, made late, averages the tail",
        "average.update()  # after optimizer.step(); at the end model.load_state_dict(average.state)",
    ),
    "ghost_batch_norm": (
        f"{_SUPERVISED}.ghost_batch_norm import GhostBatchNorm1d, GhostBatchNorm2d",
        "norm = GhostBatchNorm1d(features, ghost=32)  # in the model, instead of nn.BatchNorm1d",
    ),
    "magnitude_ticket": (
        f"{_SUPERVISED}.magnitude_ticket import Ticket, masks",
        "ticket = Ticket(model, masks(trained, 0.6))  # model: a run's start; trained: its state_dict at the end",
        "ticket()  # after optimizer.step()",
    ),
    "cyclic_curriculum": (
        f"{_SUPERVISED}.cyclic_curriculum import share_at, subset",
        "members = subset(easy, share_at(epoch), generator)  # each epoch; easy: a score above 0 an example",
        "loader = DataLoader(Subset(dataset, members.tolist()), batch_size=64, shuffle=True)",
    ),
    "z_loss": (
        f"{_SUPERVISED}.z_loss import z_loss",
        "loss = loss + z_loss(logits, weight=1e-4)",
    ),
    "qk_norm": (
        f"{_SUPERVISED}.qk_norm import QKNorm",
        "self.norm = QKNorm(head_size)  # where the attention is made",
        "q, k = self.norm(q, k)  # before the attention is computed",
    ),
}
"""Of each recipe that has parts for a loop of one's own, the lines."""


def use_of(name: str) -> tuple[str, ...]:
    """The lines; of a recipe that is a whole training, the command that runs it.

    Example:
        >>> use_of("z_loss")[-1]
        'loss = loss + z_loss(logits, weight=1e-4)'
        >>> use_of("actor_critic")
        ('forerun lab run WORLD --recipe actor_critic --out runs/',)
    """
    return USES.get(name, (f"forerun lab run WORLD --recipe {name} --out runs/",))

"""Recipes: the known answer and the control of each card."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from forerun.core import BadInput  # noqa: E402
from forerun.recipes import cyclic_curriculum, magnitude_ticket  # noqa: E402
from forerun.recipes.early_learning import EarlyLearning  # noqa: E402
from forerun.recipes.ghost_batch_norm import GhostBatchNorm1d  # noqa: E402
from forerun.recipes.qk_norm import QKNorm  # noqa: E402
from forerun.recipes.weight_average import WeightAverage, soup  # noqa: E402
from forerun.recipes.z_loss import z_loss  # noqa: E402


def test_early_learning_remembers_what_was_believed_and_is_drawn_to_it() -> None:
    loss = EarlyLearning(examples=2, classes=2, momentum=0.5, weight=1.0)
    believed = torch.tensor([[3.0, 0.0]])
    for _ in range(20):
        loss(torch.tensor([0]), believed, torch.tensor([1]))
    assert loss.target[0].tolist() == pytest.approx(functional.softmax(believed, dim=1)[0].tolist(), abs=1e-4)
    assert loss.target[1].tolist() == [0.0, 0.0]
    logits = torch.tensor([[1.0, 0.0]], requires_grad=True)
    plain = torch.autograd.grad(functional.cross_entropy(logits, torch.tensor([1])), logits)[0]
    held = torch.autograd.grad(loss(torch.tensor([0]), logits, torch.tensor([1])), logits)[0]
    assert held[0, 0] < plain[0, 0]  # pulled less far towards the label that contradicts the belief


def test_an_exponential_average_starts_at_what_it_first_sees() -> None:
    net = nn.Linear(1, 1, bias=False)
    kept = WeightAverage(net, decay=0.5)
    for value in (4.0, 0.0, 0.0):
        net.weight.data.fill_(value)
        kept.update()
    assert kept.state["weight"].item() == pytest.approx(1.0)


def test_a_soup_keeps_integers_and_refuses_other_networks() -> None:
    mixed = soup([{"n": torch.tensor(2)}, {"n": torch.tensor(4)}])
    assert mixed["n"].dtype == torch.int64
    assert mixed["n"].item() == 3
    with pytest.raises(BadInput, match="all with the same names, but got 2"):
        soup([{"a": torch.zeros(1)}, {"b": torch.zeros(1)}])
    with pytest.raises(BadInput, match="but got 0"):
        soup([])


def test_ghost_normalisation_is_by_parts_when_training_and_whole_when_evaluating() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 3) + torch.arange(64.0)[:, None]
    ghost, whole = GhostBatchNorm1d(3, ghost=16), nn.BatchNorm1d(3)
    parts = ghost(x)
    for i in range(4):
        assert parts[16 * i : 16 * i + 16].mean(dim=0).abs().max() < 1e-5
    assert (whole(x)[:16].mean(dim=0) < -1).all()  # the control
    assert torch.equal(ghost.eval()(x[:1]), ghost.eval()(x)[:1])
    with pytest.raises(BadInput, match="at least 2 examples, not 1"):
        GhostBatchNorm1d(3, ghost=1)


def test_a_ticket_keeps_its_share_and_stays() -> None:
    torch.manual_seed(0)
    net = nn.Linear(10, 10)
    mask = magnitude_ticket.masks(net.state_dict(), 0.3)
    assert mask.keys() == {"weight"}
    assert mask["weight"].sum() == 30
    kept = net.weight.abs()[mask["weight"] == 1].min()
    assert kept >= net.weight.abs()[mask["weight"] == 0].max()
    magnitude_ticket.apply(net, mask)
    assert (net.weight == 0).sum() == 70
    other = magnitude_ticket.shuffled(mask, torch.Generator().manual_seed(1))
    assert other["weight"].sum() == 30
    assert not torch.equal(other["weight"], mask["weight"])
    with pytest.raises(BadInput, match="must lie in"):
        magnitude_ticket.masks(net.state_dict(), 0.0)


def test_a_curriculum_shows_easy_examples_first_and_all_of_them_in_the_end() -> None:
    easy = torch.cat([torch.full((50,), 0.9), torch.full((50,), 0.01)])
    random = torch.Generator().manual_seed(0)
    few, every = (cyclic_curriculum.subset(easy, share, random) for share in (0.25, 1.0))
    assert (few < 50).float().mean() > 0.9
    assert sorted(every.tolist()) == list(range(100))
    even = cyclic_curriculum.subset(torch.ones(100), 0.5, random)
    assert 0.3 < (even < 50).float().mean() < 0.7  # the control
    with pytest.raises(BadInput, match="a lowest share in"):
        cyclic_curriculum.share_at(0, lowest=0.0)


def test_the_z_loss_pulls_the_normaliser_to_one() -> None:
    logits = torch.tensor([[5.0, 5.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(z_loss(logits, 1.0), logits)
    assert (gradient > 0).all()
    assert z_loss(logits, 0.0).item() == 0.0
    assert z_loss(logits, 1.0).item() == pytest.approx((5.0 + np.log(2.0)) ** 2, rel=1e-6)


def test_normalised_attention_does_not_grow_with_the_queries() -> None:
    torch.manual_seed(0)
    norm, q, k = QKNorm(8), torch.randn(5, 8), torch.randn(5, 8)
    one, two = (norm(scale * q, k)[0] @ norm(q, k)[1].T for scale in (1.0, 100.0))
    assert torch.allclose(one, two, atol=1e-3)
    assert not torch.allclose(q @ k.T, 100 * q @ k.T)  # the control

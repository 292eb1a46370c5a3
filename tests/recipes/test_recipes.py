"""Recipes: the known answer and the control of each card."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from forerun.core import BadInput, UnknownName  # noqa: E402
from forerun.recipes import RECIPES  # noqa: E402
from forerun.recipes.part import Setup  # noqa: E402
from forerun.recipes.supervised import cyclic_curriculum, magnitude_ticket  # noqa: E402
from forerun.recipes.supervised.early_learning import EarlyLearning  # noqa: E402
from forerun.recipes.supervised.ghost_batch_norm import GhostBatchNorm1d, GhostBatchNorm2d, GhostBatchNorm3d  # noqa: E402
from forerun.recipes.supervised.qk_norm import QKNorm  # noqa: E402
from forerun.recipes.supervised.weight_average import WeightAverage, soup  # noqa: E402
from forerun.recipes.supervised.z_loss import z_loss  # noqa: E402
from tests.cards import control, known_answer  # noqa: E402
from tests.counts import COUNTS  # noqa: E402

torch.set_num_threads(1)  # networks this small are slower on several


def test_the_count_is_that_of_the_table() -> None:
    assert len(RECIPES.table) == COUNTS["recipe"]


@pytest.mark.parametrize("name", list(RECIPES.table))
def test_what_a_loop_of_ones_own_takes_has_words_and_cannot_be_changed(name: str) -> None:
    recipe = RECIPES.load(name)
    assert all(part.__doc__ for part in recipe.parts.values())
    with pytest.raises(TypeError, match="does not support item assignment"):
        recipe.parts["loss"] = abs


@known_answer("early_learning")
def test_early_learning_of_no_weight_is_cross_entropy() -> None:
    loss = EarlyLearning(examples=3, classes=2, weight=0.0)
    logits, labels = torch.tensor([[1.0, 0.0], [0.2, 2.0]]), torch.tensor([0, 0])
    for _ in range(3):
        assert torch.equal(loss(torch.tensor([0, 2]), logits, labels), functional.cross_entropy(logits, labels))


def memorised(weight: float) -> float:
    """The share of wrong labels, of a fifth that are, that a wide network learns."""
    torch.manual_seed(0)
    x = torch.randn(200, 20)
    right = (x[:, 0] > 0).long()
    wrong = torch.arange(200) % 5 == 0
    labels = torch.where(wrong, 1 - right, right)
    net = nn.Sequential(nn.Linear(20, 128), nn.ReLU(), nn.Linear(128, 2))
    loss, index = EarlyLearning(examples=200, classes=2, weight=weight), torch.arange(200)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for _ in range(200):
        optimizer.zero_grad()
        loss(index, net(x), labels).backward()
        optimizer.step()
    return (net(x).argmax(dim=1) == labels)[wrong].float().mean().item()


@control("early_learning")
def test_without_early_learning_wrong_labels_are_memorised() -> None:
    assert memorised(0.0) > 0.95
    assert memorised(3.0) < 0.5


@known_answer("weight_average")
def test_the_average_of_equal_weights_is_those_weights() -> None:
    net = nn.Linear(3, 2)
    states = [net.state_dict()] * 3
    mixed, along = soup(states), WeightAverage(net, decay=0.9)
    along.update()
    for name, value in net.state_dict().items():
        assert torch.allclose(mixed[name], value, rtol=1e-6) and torch.equal(along.state[name], value)


@control("weight_average")
def test_a_soup_of_networks_from_different_starts_forgets_what_each_of_them_knows() -> None:
    """Ten classes by the largest of ten sums."""
    teacher = torch.Generator().manual_seed(9)
    x, to = torch.randn(400, 10, generator=teacher), torch.randn(10, 10, generator=teacher)
    y = (x @ to).argmax(dim=1)

    def trained(seed: int) -> nn.Sequential:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10))
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
        for _ in range(100):
            optimizer.zero_grad()
            functional.cross_entropy(net(x), y).backward()
            optimizer.step()
        return net

    nets = [trained(seed) for seed in range(6)]
    assert min((net(x).argmax(dim=1) == y).float().mean().item() for net in nets) > 0.95
    whole = trained(0)
    whole.load_state_dict(soup([net.state_dict() for net in nets]))
    assert (whole(x).argmax(dim=1) == y).float().mean().item() < 0.47


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


@known_answer("ghost_batch_norm")
@control("ghost_batch_norm")
def test_ghost_normalisation_is_by_parts_when_training_and_whole_when_evaluating() -> None:
    torch.manual_seed(0)
    x = torch.randn(64, 3) + torch.arange(64.0)[:, None]
    ghost, whole = GhostBatchNorm1d(3, ghost=16), nn.BatchNorm1d(3)
    assert torch.equal(GhostBatchNorm1d(3, ghost=64)(x), nn.BatchNorm1d(3)(x))
    parts = ghost(x)
    for i in range(4):
        assert parts[16 * i : 16 * i + 16].mean(dim=0).abs().max() < 1e-5
    assert (whole(x)[:16].mean(dim=0) < -1).all()  # the control
    assert torch.equal(ghost.eval()(x[:1]), ghost.eval()(x)[:1])
    with pytest.raises(BadInput, match="at least 2 examples, not 1"):
        GhostBatchNorm1d(3, ghost=1)


@known_answer("magnitude_ticket")
@control("magnitude_ticket")
def test_a_ticket_keeps_its_share_and_stays() -> None:
    torch.manual_seed(0)
    net = nn.Linear(10, 10)
    assert magnitude_ticket.masks(net.state_dict(), 0.5)["weight"].sum() == 50
    mask = magnitude_ticket.masks(net.state_dict(), 0.3)
    assert mask.keys() == {"weight"}
    assert mask["weight"].sum() == 30
    kept = net.weight.abs()[mask["weight"] == 1].min()
    assert kept >= net.weight.abs()[mask["weight"] == 0].max()
    magnitude_ticket.Ticket(net, mask)()
    assert (net.weight == 0).sum() == 70
    other = magnitude_ticket.shuffled(mask, torch.Generator().manual_seed(1))
    assert other["weight"].sum() == 30
    assert not torch.equal(other["weight"], mask["weight"])
    before = nn.Linear(10, 10).weight.abs()
    masked = magnitude_ticket.shuffled(magnitude_ticket.masks({"w": before}, 0.5), torch.Generator().manual_seed(1))[
        "w"
    ]
    assert masked.sum() == 50
    assert before[masked == 1].min() < before[masked == 0].max()
    with pytest.raises(BadInput, match="must lie in"):
        magnitude_ticket.masks(net.state_dict(), 0.0)


@pytest.mark.parametrize("norm", [1, 2])
def test_a_dense_start_is_as_large_as_the_ticket_and_is_not_it(norm: int) -> None:
    """The control of norms: every matrix has the ticket's, no weight is cut; with a mask of ones nothing changes."""
    torch.manual_seed(0)
    trained, net = nn.Linear(10, 10).state_dict(), nn.Linear(10, 10)
    before = net.weight.detach().clone()
    scaled = {"keep": 0.3, "norm": norm}
    magnitude_ticket.ScaledStart(**scaled).init(Setup(None, net, {}, start=trained))
    kept = magnitude_ticket.masks(trained, 0.3)["weight"] * before
    assert net.weight.norm(norm).item() == pytest.approx(kept.norm(norm).item(), rel=1e-5)
    assert torch.allclose(net.weight / before, (net.weight / before).mean())
    after = net.weight.detach().clone()
    magnitude_ticket.ScaledStart(keep=1.0, norm=norm).init(Setup(None, net, {}, start=trained))
    assert torch.equal(net.weight, after)
    nn.init.zeros_(net.weight)
    magnitude_ticket.ScaledStart(**scaled).init(Setup(None, net, {}, start=trained))
    assert not net.weight.any()  # a matrix that starts at 0 stays there, and is no NaN
    with pytest.raises(BadInput, match="scaled: needs a start: its largest weights are the mask"):
        magnitude_ticket.ScaledStart().init(Setup(None, net, {}))


@known_answer("cyclic_curriculum")
@control("cyclic_curriculum")
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


@known_answer("z_loss")
@control("z_loss")
def test_the_z_loss_pulls_the_normaliser_to_one() -> None:
    logits = torch.tensor([[5.0, 5.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(z_loss(logits, 1.0), logits)
    assert (gradient > 0).all()
    assert z_loss(logits, 0.0).item() == 0.0
    assert z_loss(torch.log(torch.tensor([[0.2, 0.3, 0.5]])), 1.0).item() == pytest.approx(0.0, abs=1e-12)
    assert z_loss(logits, 1.0).item() == pytest.approx((5.0 + np.log(2.0)) ** 2, rel=1e-6)


@known_answer("qk_norm")
@control("qk_norm")
def test_normalised_attention_does_not_grow_with_the_queries() -> None:
    torch.manual_seed(0)
    norm, q, k = QKNorm(8), torch.randn(5, 8), torch.randn(5, 8)
    one, two = (norm(scale * q, k)[0] @ norm(q, k)[1].T for scale in (1.0, 100.0))
    assert torch.allclose(one, two, atol=1e-3)
    assert not torch.allclose(q @ k.T, 100 * q @ k.T)  # the control


@pytest.mark.parametrize(
    ("ghost", "whole", "shape"),
    [(GhostBatchNorm1d, nn.BatchNorm1d, (7, 3)), (GhostBatchNorm1d, nn.BatchNorm1d, (7, 3, 4)),
     (GhostBatchNorm2d, nn.BatchNorm2d, (7, 3, 2, 2)), (GhostBatchNorm3d, nn.BatchNorm3d, (7, 3, 2, 2, 2))],
)  # fmt: skip
def test_ghost_normalisation_takes_every_shape_and_batches_that_its_parts_do_not_divide(
    ghost: type[nn.Module], whole: type[nn.Module], shape: tuple[int, ...]
) -> None:
    """Seven examples in parts of at least two are three, two and two; a part of one would end in an error."""
    x = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    parts = ghost(3, ghost=2)(x)
    for low, high in ((0, 3), (3, 5), (5, 7)):
        assert torch.allclose(parts[low:high], whole(3)(x[low:high]), atol=1e-6)
    few = x[:3]  # less than two parts
    assert torch.equal(ghost(3, ghost=2)(few), whole(3)(few))


def test_the_z_loss_of_what_counts_is_that_of_these_alone() -> None:
    logits = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[True, True, False, True, False], [False] * 5])
    assert torch.allclose(z_loss(logits, mask=mask), z_loss(logits[mask]))
    assert z_loss(logits, mask=torch.zeros(2, 5, dtype=torch.bool)).item() == 0.0
    logits[~mask] = torch.inf  # padding may hold anything
    assert z_loss(logits, mask=mask).isfinite()


def recipes_state(kind: torch.dtype) -> dict[str, nn.Module]:
    """A module of every recipe that keeps a state, after some use, and moved to a type."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).to(kind)
    average = WeightAverage(net, decay=0.5)
    loss = EarlyLearning(examples=3, classes=2).to(kind)
    for _ in range(3):
        net(torch.randn(8, 4, dtype=kind))
        net[0].weight.data.add_(1.0)
        average.update()
        loss(torch.tensor([1]), torch.randn(1, 2, dtype=kind), torch.tensor([0]))
    norm = GhostBatchNorm1d(4, ghost=2).to(kind)
    norm(torch.randn(8, 4, dtype=kind))
    ticket = magnitude_ticket.Ticket(net, magnitude_ticket.masks(net.state_dict(), 0.5))
    return {"average": average, "loss": loss, "norm": norm, "ticket": ticket, "qk": QKNorm(4).to(kind)}


@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.bfloat16])
def test_what_a_recipe_keeps_moves_with_the_model_and_is_in_its_state_dict(kind: torch.dtype) -> None:
    for name, module in recipes_state(kind).items():
        state = module.state_dict()
        assert state, name
        assert {value.dtype for value in state.values() if value.is_floating_point()} == {kind}, name
        fresh = recipes_state(kind)[name]
        for value in fresh.state_dict().values():
            value.zero_()
        fresh.load_state_dict(state)
        assert all(torch.equal(value, fresh.state_dict()[key]) for key, value in state.items()), name
        assert {value.device.type for value in module.to("meta").state_dict().values()} == {"meta"}, name


def test_early_learning_goes_on_from_its_state_as_if_it_had_not_stopped() -> None:
    logits, labels, index = torch.tensor([[1.0, 0.0]]), torch.tensor([0]), torch.tensor([1])
    whole, before, after = (EarlyLearning(examples=2, classes=2) for _ in range(3))
    for loss in (whole, before):
        loss(index, 3 * logits, labels)
    after.load_state_dict(before.state_dict())
    assert torch.equal(after(index, logits, labels), whole(index, logits, labels))


def test_an_average_of_a_half_precise_network_keeps_what_halves_would_lose() -> None:
    """A thousand ever smaller steps towards one (its first ones are of a plain mean) vanish in bfloat16."""
    net = nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(0.0)
    average = WeightAverage(net, decay=0.999)
    average.update()
    net.to(torch.bfloat16).weight.data.fill_(1.0)
    for _ in range(1000):
        average.update()
    assert average.state["weight"].item() == pytest.approx(1000 / 1001, rel=1e-6)


def test_weights_that_are_shared_are_averaged_once() -> None:
    net = nn.ModuleList([nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)])
    net[1].weight = net[0].weight
    average = WeightAverage(net, decay=None)
    for value in (1.0, 2.0, 3.0):
        net[0].weight.data.fill_(value)
        average.update()
    assert [average.state[f"{i}.weight"].item() for i in (0, 1)] == [2.0, 2.0]


def test_a_mask_of_no_parameter_is_refused() -> None:
    with pytest.raises(UnknownName, match="no parameter 'wieght'; there are: weight, bias"):
        magnitude_ticket.Ticket(nn.Linear(2, 2), {"wieght": torch.ones(2, 2)})

"""Parts of recipes in loops that are not ours: plain PyTorch, a Lightning module, a trainer of Transformers.

Each part takes at most three lines, which are marked by its name; the loop is anybody's.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from forerun.recipes import RECIPES  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks
PARTS = {name: RECIPES.load(name).parts for name in RECIPES.table}
EXAMPLES, CLASSES, STEPS = 64, 4, 12


def data() -> tuple[Tensor, Tensor]:
    """Images of one of four classes each, by where they are bright."""
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(EXAMPLES) % CLASSES
    images = torch.randn(EXAMPLES, 1, 8, 8, generator=random)
    for i, label in enumerate(labels.tolist()):
        images[i, :, 4 * (label // 2) :, 4 * (label % 2) :] += 1.0
    return images, labels


class Net(nn.Module):
    """A small convolutional network with attention over its places."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.norm = PARTS["ghost_batch_norm"]["norm_2d"](8, ghost=8)  # ghost_batch_norm
        self.qk = PARTS["qk_norm"]["norm"](8)  # qk_norm 1
        self.out = nn.Linear(8 * 64, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        h = self.norm(self.conv(images)).relu().flatten(2).transpose(1, 2)
        q, k = self.qk(h, h)  # qk_norm 2
        return self.out(functional.scaled_dot_product_attention(q, k, h).flatten(1))


class Curriculum(torch.utils.data.Sampler[int]):
    """An order of examples, an epoch whenever a loader asks for one."""

    def __init__(self) -> None:
        self.random, self.shown = torch.Generator().manual_seed(0), list[int]()

    def __iter__(self) -> Iterator[int]:
        share = PARTS["cyclic_curriculum"]["pacing"](len(self.shown))  # cyclic_curriculum 1
        index = PARTS["cyclic_curriculum"]["subset"](torch.ones(EXAMPLES), share, self.random)  # cyclic_curriculum 2
        self.shown.append(len(index))
        return iter(index.tolist())


def holds(net: Net, average: Any, memory: Any, steps: int) -> None:
    """What each part left behind in a network that was trained for so many steps, and what the average is worth."""
    assert int(average.count) == steps
    assert ((memory.target.sum(dim=1) > 0).float().mean() == 1) and (memory.target <= 1).all()
    assert (net.out.weight == 0).sum() == net.out.weight.numel() // 2
    images, labels = data()
    net.load_state_dict(average.state)  # weight_average 3
    assert functional.cross_entropy(net.eval()(images), labels) < 1.0  # of chance's 1.39


def test_all_seven_stand_in_a_plain_loop() -> None:
    torch.manual_seed(0)
    images, labels = data()
    net, random = Net(), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    loss_of = PARTS["early_learning"]["loss"](EXAMPLES, CLASSES)  # early_learning 1
    average = PARTS["weight_average"]["average"](net, decay=0.5)  # weight_average 1
    ticket = PARTS["magnitude_ticket"]["after_step"](  # magnitude_ticket 1
        net, PARTS["magnitude_ticket"]["mask"](dict(net.named_parameters()), 0.5)
    )
    easy, losses = torch.ones(EXAMPLES), list[float]()
    for epoch in range(STEPS):
        share = PARTS["cyclic_curriculum"]["pacing"](epoch)  # cyclic_curriculum 1
        index = PARTS["cyclic_curriculum"]["subset"](easy, share, random)  # cyclic_curriculum 2
        logits = net(images[index])
        loss = loss_of(index, logits, labels[index])  # early_learning 2
        loss = loss + PARTS["z_loss"]["term"](logits, 1e-3)  # z_loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ticket()  # magnitude_ticket 2
        average.update()  # weight_average 2
        losses.append(functional.cross_entropy(logits, labels[index]).item())
    assert losses[-1] < losses[0]
    holds(net, average, loss_of, STEPS)


def test_they_stand_in_a_module_of_lightning(tmp_path: Path) -> None:
    lightning = pytest.importorskip("lightning")

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = Net()
            self.loss_of = PARTS["early_learning"]["loss"](EXAMPLES, CLASSES)  # early_learning 1
            self.average = PARTS["weight_average"]["average"](self.net, decay=0.5)  # weight_average 1
            mask = PARTS["magnitude_ticket"]["mask"](dict(self.net.named_parameters()), 0.5)  # magnitude_ticket 1
            self.ticket = PARTS["magnitude_ticket"]["after_step"](self.net, mask)  # magnitude_ticket 2

        def training_step(self, batch: Any, number: int) -> Tensor:
            images, labels, index = batch
            logits = self.net(images)
            loss = self.loss_of(index, logits, labels)  # early_learning 2
            return loss + PARTS["z_loss"]["term"](logits)  # z_loss

        def on_train_batch_end(self, *_: Any) -> None:
            self.ticket()  # magnitude_ticket 3
            self.average.update()  # weight_average 2

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.net.parameters(), lr=0.01)

    torch.manual_seed(0)
    images, labels = data()
    rows = torch.utils.data.TensorDataset(images, labels, torch.arange(EXAMPLES))
    loader = torch.utils.data.DataLoader(rows, batch_size=16, sampler=(order := Curriculum()))
    module = Module()
    trainer = lightning.Trainer(
        max_epochs=6, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(module, loader)
    assert order.shown == [16, 32, 64] * 2
    assert {"loss_of.target", "average.count"} <= set(module.state_dict())
    holds(module.net, module.average, module.loss_of, 14)


def test_they_stand_in_a_trainer_of_transformers(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")

    class Ours(transformers.Trainer):
        def compute_loss(self, model: nn.Module, inputs: dict[str, Tensor], **_: Any) -> Tensor:
            logits = model(inputs["images"])
            loss = memory(inputs["index"], logits, inputs["classes"])  # early_learning 2
            return loss + PARTS["z_loss"]["term"](logits)  # z_loss

        def get_train_dataloader(self) -> Any:
            return torch.utils.data.DataLoader(rows, batch_size=16, sampler=order, collate_fn=self.data_collator)

    class After(transformers.TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            ticket()  # magnitude_ticket 3
            average.update()  # weight_average 2

    torch.manual_seed(0)
    net, (images, labels) = Net(), data()
    memory = PARTS["early_learning"]["loss"](EXAMPLES, CLASSES)  # early_learning 1
    average = PARTS["weight_average"]["average"](net, decay=0.5)  # weight_average 1
    mask = PARTS["magnitude_ticket"]["mask"](dict(net.named_parameters()), 0.5)  # magnitude_ticket 1
    ticket = PARTS["magnitude_ticket"]["after_step"](net, mask)  # magnitude_ticket 2
    rows = [{"images": images[i], "classes": labels[i], "index": torch.tensor(i)} for i in range(EXAMPLES)]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), learning_rate=0.02, max_steps=14, report_to=[], save_strategy="no",
        remove_unused_columns=False, use_cpu=True, disable_tqdm=True, logging_strategy="no",
    )  # fmt: skip
    order = Curriculum()
    Ours(model=net, args=arguments, train_dataset=rows, callbacks=[After()]).train()
    assert order.shown[:3] == [16, 32, 64]
    holds(net, average, memory, 14)


TOLD = (test_all_seven_stand_in_a_plain_loop, test_they_stand_in_a_module_of_lightning,
        test_they_stand_in_a_trainer_of_transformers)  # fmt: skip
SEVEN = ("ghost_batch_norm", "magnitude_ticket", "qk_norm", "z_loss", "early_learning", "cyclic_curriculum",
         "weight_average")  # fmt: skip


@pytest.mark.parametrize("loop", TOLD)
def test_each_of_the_seven_takes_at_most_three_lines(loop: Callable[..., None]) -> None:
    """Lines are marked by the part they are of; the network, the order and what is left are the same in all."""
    text = "".join(map(inspect.getsource, (Net, holds, loop)))
    text += "" if loop is test_all_seven_stand_in_a_plain_loop else inspect.getsource(Curriculum)
    lines = [re.findall(rf"# {name}\b", text) for name in SEVEN]
    assert all(1 <= len(found) <= 3 for found in lines), dict(zip(SEVEN, map(len, lines), strict=True))

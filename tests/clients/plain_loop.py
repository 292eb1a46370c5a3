"""A small training in plain PyTorch, watched or not; apart, as a process that runs it need import no trainer."""

from __future__ import annotations

from forerun.session import Session
from forerun.watcher import Watcher

STEPS = 40


def broken() -> Session:
    raise RuntimeError("a bug of ours")


def torch_loop(watcher: Watcher | None, steps: int = STEPS) -> tuple[list[float], bytes]:
    """A small net on random data, watched or not: its losses and its weights."""
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses: list[float] = []
    for step in range(1, steps + 1):
        x = torch.randn(16, 8)
        loss = torch.nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if watcher is not None:
            watcher.log(step, {"train/loss": loss})
    return losses, b"".join(weight.detach().numpy().tobytes() for weight in model.parameters())

"""Our readers against logs that the real trainers write: the shipped examples, and fresh ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forerun import api
from forerun.core import Run
from tests.cards import known_answer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "runs"
pytestmark = pytest.mark.filterwarnings("ignore")  # the trainers' own


def only(path: Path) -> Run:
    (run,) = api.read(path)
    return run


@known_answer("lightning_csv")
def test_lightnings_csv_logger(tmp_path: Path) -> None:
    loggers = pytest.importorskip("lightning.pytorch.loggers", reason="needs the extra [clients]")
    logger = loggers.CSVLogger(tmp_path, name="net", version=3)
    logger.log_hyperparams({"lr": 0.1, "max_steps": 40, "nested": {"a": 1}})
    for step in range(0, 40, 10):
        logger.log_metrics({"train_loss": 2.0 - step / 100, "epoch": 0}, step)
    logger.log_metrics({"val_loss": 1.5, "epoch": 0}, 30)
    logger.save()
    run = only(tmp_path)
    assert (run.id, run.format, run.status) == ("net/version_3", "lightning_csv", "running")
    assert run.curves["train_loss"].y.tolist() == [2.0, 1.9, 1.8, 1.7]
    assert run.curves["val_loss"].x.tolist() == [30]
    assert (run.config["lr"], run.horizon["step"]) == (0.1, 40)


@known_answer("trainer_state")
def test_transformers_trainer_state(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra [clients]")
    transformers = pytest.importorskip("transformers", reason="needs the extra [clients]")

    class Line(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(1, 1)

        def forward(self, x: object, labels: object) -> dict[str, object]:
            return {"loss": torch.nn.functional.mse_loss(self.line(x), labels)}

    data = [{"x": torch.tensor([i / 9]), "labels": torch.tensor([i / 3])} for i in range(10)]
    arguments = transformers.TrainingArguments(
        output_dir=str(tmp_path), max_steps=12, logging_steps=2, eval_strategy="steps", eval_steps=4, save_steps=6,
        report_to="none", disable_tqdm=True, use_cpu=True, seed=0, save_only_model=True,
    )  # fmt: skip
    trainer = transformers.Trainer(Line(), arguments, train_dataset=data, eval_dataset=data)
    trainer.train()
    trainer.save_state()
    logged = [entry for entry in trainer.state.log_history if "train_runtime" not in entry]
    run = only(tmp_path)
    assert (run.format, run.status, run.horizon["step"]) == ("trainer_state", "finished", 12)
    for name in ("loss", "eval_loss", "learning_rate"):
        expected = {entry["step"]: entry[name] for entry in logged if name in entry}
        assert dict(zip(run.curves[name].x.tolist(), run.curves[name].y.tolist(), strict=True)) == expected
    assert run.curves["loss"].lr is not None


def test_the_shipped_examples_are_what_their_readme_says() -> None:
    runs = {run.id: run for run in api.read(EXAMPLES)}
    told = json.loads((EXAMPLES / "transformers" / "char_lm" / "trainer_state.json").read_text("utf-8"))
    assert runs["transformers/char_lm"].curves["loss"].y.tolist() == [
        e["loss"] for e in told["log_history"] if "loss" in e
    ]
    resumed = runs["tensorboard/resumed"]
    assert [e.x for e in resumed.events if e.kind == "resume"] == [505.0, 525.0]
    assert resumed.status == "finished"

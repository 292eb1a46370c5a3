"""Make the example logs: six small trainings on the CPU, written by the logging clients people use.

Needs:  pip install 'forerun[clients]'
Run:    python examples/make_runs.py examples/runs            (about a minute; --seed for other numbers)

No number is made up. Data are generated here or are the digits that come with scikit-learn, so nothing downloads.
A run that is already in the folder is replaced; other files stay.
"""

import argparse
import json
import logging
import math
import random
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import lightning
import torch
import transformers
from lightning.pytorch.loggers import CSVLogger
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

STEPS = 1500  # the planned end of every run but the language model's
LOG_EVERY, VALIDATE_EVERY, CHECKPOINT_EVERY = 5, 25, 500
BATCH = 64

Record = dict[str, float]
Schedule = Callable[[int], float]  # step -> learning rate


# The learning-rate schedules, as functions of the step


def warmup_cosine(step: int, peak: float = 0.05, warmup: int = 100) -> float:
    if step < warmup:
        return peak * step / warmup
    return peak * (1 + math.cos(math.pi * (step - warmup) / (STEPS - warmup))) / 2


def warmup_stable_decay(step: int, peak: float = 0.03, warmup: int = 75, decay: int = 300) -> float:
    return peak * min(1, step / warmup, (STEPS - step) / decay)


def step_decay(step: int, peak: float = 0.05, factor: float = 0.3, drops: tuple[int, ...] = (500, 900, 1200)) -> float:
    return peak * factor ** sum(step > drop for drop in drops)


def rise_too_high(step: int, peak: float = 2.0, warmup: int = 1200) -> float:
    return peak * min(1, step / warmup)


# The workload of four of the runs: a network learns the answers of another one, some of them wrong


class Teacher:
    """Answers a random question (32 numbers) with one of ten classes; one answer in twenty is a random class."""

    def __init__(self, seed: int) -> None:
        random = torch.Generator().manual_seed(seed)
        self.hidden = torch.randn(32, 8, generator=random) / 4
        self.output = torch.randn(8, 10, generator=random)

    def examples(self, count: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
        questions = torch.randn(count, 32, generator=random)
        answers = ((questions @ self.hidden).tanh() @ self.output).argmax(1)
        return questions, with_wrong_labels(answers, 0.05, random)


def with_wrong_labels(labels: Tensor, share: float, random: torch.Generator) -> Tensor:
    wrong = torch.rand(len(labels), generator=random) < share
    return torch.where(wrong, torch.randint(10, labels.shape, generator=random), labels)


class Learner:
    """A small network with its optimizer; it never sees a batch twice."""

    def __init__(self, seed: int, data_seed: int = 1) -> None:
        torch.manual_seed(seed)
        self.teacher = Teacher(seed)
        self.held_out = self.teacher.examples(2000, torch.Generator().manual_seed(seed + 1000))
        self.random = torch.Generator().manual_seed(seed + 2000 + data_seed)
        self.model = nn.Sequential(
            nn.Linear(32, 128), nn.LeakyReLU(), nn.Linear(128, 128), nn.LeakyReLU(), nn.Linear(128, 10)
        )
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.0, momentum=0.9)
        self.step = 0
        self.checkpoint: dict[str, Any] = {}

    def update(self, lr: float) -> float:
        self.optimizer.param_groups[0]["lr"] = lr
        questions, answers = self.teacher.examples(BATCH, self.random)
        loss = cross_entropy(self.model(questions), answers)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return loss.item()

    @torch.no_grad()
    def validate(self) -> Record:
        questions, answers = self.held_out
        scores = self.model(questions)
        right = (scores.argmax(1) == answers).float().mean()
        return {"val_loss": cross_entropy(scores, answers).item(), "val_accuracy": right.item()}

    def save(self) -> None:
        state = {"step": self.step, "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        self.checkpoint = deepcopy(state)

    def load(self, checkpoint: dict[str, Any]) -> None:
        self.step = checkpoint["step"]
        self.model.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])


def train(learner: Learner, schedule: Schedule, until: int) -> Iterator[Record]:
    """Train up to a step, and yield what there is to log on the way."""
    while learner.step < until:
        lr = schedule(learner.step + 1)
        loss = learner.update(lr)
        if learner.step % CHECKPOINT_EVERY == 0:
            learner.save()
        if learner.step % LOG_EVERY == 0:
            record = {"step": learner.step, "loss": loss, "lr": lr}
            yield record | learner.validate() if learner.step % VALIDATE_EVERY == 0 else record


# TensorBoard


def tensorboard_cosine(folder: Path, seed: int) -> None:
    """Cosine decay after a warmup, seen at 60 % of its way."""
    write_events(folder, 1, train(Learner(seed), warmup_cosine, until=900))


def tensorboard_resumed(folder: Path, seed: int) -> None:
    """Warmup-stable-decay; dies at step 640, resumes from its checkpoint of step 500, and ends as planned."""
    first = Learner(seed)
    write_events(folder, 1, train(first, warmup_stable_decay, until=640))
    second = Learner(seed, data_seed=2)
    second.load(first.checkpoint)
    write_events(folder, 2, train(second, warmup_stable_decay, until=STEPS))


def write_events(folder: Path, part: int, records: Iterable[Record]) -> None:
    """Write one event file, under a fixed name: the client's own choice tells the name of the machine."""
    tags = {"loss": "train/loss", "lr": "train/lr", "val_loss": "val/loss", "val_accuracy": "val/accuracy"}
    with TemporaryDirectory() as scratch:
        with SummaryWriter(scratch) as writer:
            for record in records:
                for name, tag in tags.items():
                    if name in record:
                        writer.add_scalar(tag, record[name], int(record["step"]))
        (written,) = Path(scratch).iterdir()
        shutil.move(written, folder / f"events.out.tfevents.{1_700_000_000 + part}.example.{part}.0")


# JSON lines


def jsonl_high_lr(file: Path, seed: int) -> None:
    """The learning rate rises until the run diverges; it is stopped at the sixth loss that is not a number."""
    config = {"max_steps": STEPS, "schedule": "linear warmup", "peak_lr": 2.0, "warmup_steps": 1200}
    write_lines(file, config, until_broken(train(Learner(seed), rise_too_high, until=STEPS), patience=6))


def jsonl_step_decay(file: Path, seed: int) -> None:
    """Step decay, interrupted at 70 % of its way, before the last of three drops."""
    config = {"max_steps": STEPS, "schedule": "step decay", "peak_lr": 0.05, "factor": 0.3, "drops": [500, 900, 1200]}
    write_lines(file, config, train(Learner(seed), step_decay, until=1050))


def until_broken(records: Iterable[Record], patience: int) -> Iterator[Record]:
    for record in records:
        yield record
        patience -= math.isnan(record["loss"])
        if patience == 0:
            return


def write_lines(file: Path, config: dict[str, Any], records: Iterable[Record]) -> None:
    common = {"batch_size": BATCH, "optimizer": "SGD", "momentum": 0.9}
    with file.open("w", encoding="utf-8") as lines:
        for line in ({"config": config | common}, *records):
            lines.write(json.dumps(line) + "\n")


# Hugging Face Transformers

GRAMMAR = {
    "TEXT": ["ONE . ", "MANY . ", "ONE CONJ MANY . ", "MANY CONJ ONE . "],
    "ONE": ["A-ONE walks ADV", "A-ONE sees A-MANY", "A-ONE hears A-ONE", "A-ONE VERB-ONE that ONE"],
    "MANY": ["A-MANY walk ADV", "A-MANY see A-ONE", "A-MANY hear A-MANY", "A-MANY VERB-MANY that MANY"],
    "A-ONE": ["the NOUN", "every ADJ NOUN", "a ADJ NOUN", "the NOUN of A-MANY"],
    "A-MANY": ["the NOUN s", "some ADJ NOUN s", "most NOUN s", "NUMBER NOUN s"],
    "VERB-ONE": ["thinks", "says", "doubts", "hopes"],
    "VERB-MANY": ["think", "say", "doubt", "hope"],
    "NOUN": ["farmer", "baker", "child", "sailor", "river", "stone", "window", "garden", "teacher", "lamp"],
    "ADJ": ["old", "quiet", "green", "narrow", "clever", "heavy", "small"],
    "ADV": ["slowly", "home", "by the NOUN", "with A-ONE", "at night"],
    "CONJ": ["and", "but", "while", "because"],
    "NUMBER": ["two", "three", "seven", "twelve"],
}


def expand(symbol: str, choose: random.Random) -> str:
    if symbol not in GRAMMAR:
        return symbol
    return " ".join(expand(part, choose) for part in choose.choice(GRAMMAR[symbol]).split())


def windows_of_text(count: int, seed: int, length: int = 64) -> list[dict[str, Tensor]]:
    """Cut freshly generated sentences into training examples, one token per character."""
    choose, text = random.Random(seed), ""
    while len(text) < count * length:
        text += expand("TEXT", choose) + " "
    tokens = torch.tensor([" .abcdefghijklmnopqrstuvwxyz".index(letter) for letter in text[: count * length]])
    return [{"input_ids": window, "labels": window} for window in tokens.split(length)]


class StopAt(TrainerCallback):
    """Saves a checkpoint and interrupts the training at a step."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self.step:
            control.should_save = control.should_training_stop = True


def transformers_char_lm(folder: Path, seed: int) -> None:
    """A tiny GPT-2 reads characters; linear decay to 600 steps, interrupted at 390."""
    transformers.set_seed(seed)
    shape = GPT2Config(vocab_size=28, n_positions=64, n_embd=64, n_layer=2, n_head=4, bos_token_id=1, eos_token_id=1)
    with TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch,
            seed=seed,
            max_steps=600,
            per_device_train_batch_size=16,
            learning_rate=1e-3,
            lr_scheduler_type="linear",
            warmup_steps=30,
            logging_steps=3,
            logging_nan_inf_filter=False,
            eval_strategy="steps",
            eval_steps=15,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        )
        trainer = Trainer(
            GPT2LMHeadModel(shape),
            arguments,
            train_dataset=windows_of_text(16 * 600, seed),
            eval_dataset=windows_of_text(128, seed + 1),
            callbacks=[StopAt(390)],
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
        shutil.copy(Path(scratch) / "checkpoint-390" / "trainer_state.json", folder)


# Lightning


class LinearDigits(lightning.LightningModule):
    """A linear model of noisy digits with many wrong labels: it soon knows all that it can."""

    def __init__(self, lr: float, batch_size: int, max_steps: int, pixel_noise: float, wrong_labels: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.model = nn.Linear(64, 10)
        self.pixel_noise = pixel_noise

    def training_step(self, batch: list[Tensor], index: int) -> Tensor:
        images, labels = batch
        loss = cross_entropy(self.model(images + self.pixel_noise * torch.randn_like(images)), labels)
        self.log("train_loss", loss)
        self.log("lr", self.hparams["lr"])
        return loss

    def validation_step(self, batch: list[Tensor], index: int) -> None:
        images, labels = batch
        scores = self.model(images)
        self.log("val_loss", cross_entropy(scores, labels))
        self.log("val_accuracy", (scores.argmax(1) == labels).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.hparams["lr"])


def noisy_digits(pixel_noise: float, wrong_labels: float) -> tuple[TensorDataset, TensorDataset]:
    """Two thirds of scikit-learn's digits to train on, and one third, with noise of its own, to validate with."""
    digits = load_digits()
    images = torch.tensor(digits.data, dtype=torch.float32) / 8 - 1
    labels = with_wrong_labels(torch.tensor(digits.target), wrong_labels, torch.default_generator)
    held_out = images[1200:] + pixel_noise * torch.randn_like(images[1200:])
    return TensorDataset(images[:1200], labels[:1200]), TensorDataset(held_out, labels[1200:])


class InterruptAt(lightning.Callback):
    """Stops the training at a step, before its planned end."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_end(self, trainer: lightning.Trainer, *others: Any) -> None:
        trainer.should_stop = trainer.global_step >= self.step


def lightning_plateau(folder: Path, seed: int) -> None:
    """Constant learning rate; the validation loss is on its floor after a third of the planned steps."""
    lightning.seed_everything(seed, verbose=False)
    noise = {"pixel_noise": 1.0, "wrong_labels": 0.3}
    training, held_out = noisy_digits(**noise)
    trainer = lightning.Trainer(
        max_steps=STEPS,
        max_epochs=-1,
        accelerator="cpu",
        logger=CSVLogger(folder.parents[1], name=folder.parent.name, version=0),
        log_every_n_steps=LOG_EVERY,
        val_check_interval=VALIDATE_EVERY,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        callbacks=[InterruptAt(1250)],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(
        LinearDigits(lr=0.03, batch_size=BATCH, max_steps=STEPS, **noise),
        DataLoader(training, BATCH, shuffle=True, drop_last=True),
        DataLoader(held_out, len(held_out)),
    )


RUNS: dict[str, Callable[[Path, int], None]] = {
    "tensorboard/cosine": tensorboard_cosine,
    "tensorboard/resumed": tensorboard_resumed,
    "transformers/char_lm": transformers_char_lm,
    "lightning/lightning_logs/version_0": lightning_plateau,
    "jsonl/high_lr.jsonl": jsonl_high_lr,
    "jsonl/step_decay.jsonl": jsonl_step_decay,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the example logs with small real trainings.")
    parser.add_argument("folder", type=Path, help="where the runs go, e.g. examples/runs")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="lightning")
    for name, make in RUNS.items():
        print(name)
        place = arguments.folder / name
        shutil.rmtree(place, ignore_errors=True)
        (place.parent if place.suffix else place).mkdir(parents=True, exist_ok=True)
        make(place, arguments.seed)


if __name__ == "__main__":
    main()

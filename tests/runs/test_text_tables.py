"""Tables and bare numbers in text: values as printed, and files of numbers that are no logs left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forerun import api
from forerun.core import NothingToRead, Run, UnreadableLog
from tests.cards import known_answer


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def the_run(file: Path, text: str) -> Run:
    (run,) = api.read(write(file, text))
    return run


def points(run: Run, metric: str) -> list[tuple[float, float]]:
    curve = run.curves[metric]
    return list(zip(curve.x.tolist(), curve.y.tolist(), strict=True))


@known_answer("text_table")
def test_spacy(tmp_path: Path) -> None:
    text = (
        "ℹ Using CPU\n=== Training pipeline ===\nE    #       LOSS TOK2VEC  LOSS NER  ENTS_F  SCORE \n"
        "---  ------  ------------  --------  ------  ------\n"
        "  0       0         75.17    752.71   60.00    0.60\n  0     200         57.66   1573.30   60.50    0.61\n"
        "Aborting is possible with 3 fingers\n 12    4000         49.75    498.30  100.00    1.00\n✔ Saved\n"
    )
    run = the_run(tmp_path / "train.log", text)
    assert points(run, "LOSS TOK2VEC") == [(0, 75.17), (200, 57.66), (4000, 49.75)]
    assert points(run, "SCORE") == [(0, 0.6), (200, 0.61), (4000, 1.0)]
    assert set(run.curves) == {"LOSS TOK2VEC", "LOSS NER", "ENTS_F", "SCORE"}
    assert run.positions.columns["epoch"].tolist() == [0, 0, 12]


def test_skorch_with_a_column_that_is_mostly_blank(tmp_path: Path) -> None:
    text = (
        "  epoch    train_loss    valid_acc    cp     dur\n-------  ------------  -----------  ----  ------\n"
        "      1        \x1b[36m0.6905\x1b[0m       0.6150     +  0.1136\n"
        "      2        0.6648       0.6450        0.0230\n"
    )
    run = the_run(tmp_path / "out.txt", text)
    assert points(run, "train_loss") == [(1, 0.6905), (2, 0.6648)]
    assert points(run, "valid_acc") == [(1, 0.615), (2, 0.645)]


def test_a_header_of_two_lines(tmp_path: Path) -> None:
    rule = "|" + "=" * 60 + "|\n"
    text = (
        f"Training on single CPU.\n{rule}|  Epoch  |  Iteration  |  Time Elapsed  |  Mini-batch  |  Validation  |\n"
        f"|         |             |   (hh:mm:ss)   |     Loss     |     Loss     |\n{rule}"
        "|       1 |           1 |       00:00:01 |       2.5000 |       2.6000 |\n"
        "|       1 |          50 |       00:00:09 |       1.5000 |              |\n"
        f"|       2 |         100 |       00:00:19 |       0.5000 |       0.6000 |\n{rule}"
    )
    run = the_run(tmp_path / "matlab.txt", text)
    assert points(run, "Mini-batch Loss") == [(1, 2.5), (50, 1.5), (100, 0.5)]
    assert points(run, "Validation Loss") == [(1, 2.6), (100, 0.6)]


def test_cells_that_hold_lists(tmp_path: Path) -> None:
    text = (
        "Training model...\n\nStep      Train loss                Test loss                 Test metric   \n"
        + "".join(f"{i}         [{2 / i:.2e}, 1.00e-02]      [{3 / i:.2e}, 2.00e-02]      []  \n" for i in (1, 10, 100))
    )
    run = the_run(tmp_path / "pde.log", text)
    assert points(run, "Test loss/0") == [(1, 3.0), (10, 0.3), (100, 0.03)]
    assert points(run, "Train loss/1") == [(1, 0.01), (10, 0.01), (100, 0.01)]


def test_fastai_boosting_and_bars(tmp_path: Path) -> None:
    text = "epoch     train_loss  valid_loss  time    \n0         0.51        0.42        00:12     \n1  0.41  0.32  01:12\n"
    assert points(the_run(tmp_path / "a.txt", text), "valid_loss") == [(0, 0.42), (1, 0.32)]
    text = "      Iter       Train Loss      OOB Improve   Remaining Time \n" + "".join(
        f"{i:>10} {2.0 / i:>16.4f} {0.5 / i:>16.4f} {9 - i:>15}.19s\n" for i in (1, 2, 4, 8)
    )
    assert points(the_run(tmp_path / "b.txt", text), "Train Loss") == [(1, 2), (2, 1), (4, 0.5), (8, 0.25)]
    text = "+-------+--------+\n| epoch |   loss |\n|-------+--------|\n|     1 |    0.5 |\n|     2 |    0.4 |\n+-------+--------+\n"
    assert points(the_run(tmp_path / "c.txt", text), "loss") == [(1, 0.5), (2, 0.4)]


def test_yolo_with_its_bars_and_validations(tmp_path: Path) -> None:
    def epoch(i: int) -> str:
        row = f"     {i}/2     3.58G    {0.5 - i / 10:.4f}      0.03      12       640:"
        return (
            "     Epoch   gpu_mem       box       obj    labels  img_size\n"
            + f"{row}  50%|####     | 4/8 [00:01<00:01]\r{row} 100%|########| 8/8 [00:02<00:00]\n"
            + "               Class     Images     Labels          P     mAP@.5: 100%|##| 4/4 [00:01<00:00]\n"
            + f"                 all        128        929      0.577      0.{i}5\n\n"
        )

    run = the_run(tmp_path / "yolo.log", "".join(map(epoch, range(3))))
    assert points(run, "box") == [(0, 0.5), (1, 0.4), (2, 0.3)]
    assert points(run, "val/mAP@.5") == [(0, 0.05), (1, 0.15), (2, 0.25)]
    assert (run.horizon["epoch"], run.damage) == (2, ())


CARD = """# A model
| Model | Epochs | Accuracy |
|---|---|---|
| ours | 10 | 0.5 |

| Training Loss | Epoch | Step | Validation Loss | Wer  |
|:-------------:|:-----:|:----:|:---------------:|:----:|
| No log        | 0.5   | 100  | 2.1716          | 0.51 |
| 1.8           | 1.0   | 200  | 2.0716          | 0.41 |
"""


def test_the_table_of_a_model_card(tmp_path: Path) -> None:
    run = the_run(tmp_path / "README.md", CARD)
    assert points(run, "Training Loss") == [(200, 1.8)]
    assert points(run, "Validation Loss") == [(100, 2.1716), (200, 2.0716)]
    assert run.positions.columns["epoch"].tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    "text",
    [
        "| Epochs | Accuracy |\n|---|---|\n| 10 | 0.5 |\n| 10 | 0.6 |\n| 5 | 0.4 |\n",
        "| Model | Epochs | Loss |\n|---|---|---|\n| a | 10 | 0.5 |\n| b | 20 | 0.6 |\n",
        "| Trial name | status | iter | loss |\n|---|---|---|---|\n| a_1 | RUNNING | 10 | 0.5 |\n| b_2 | DONE | 20 | 0.6 |\n",
        "The epoch loss was 3\nand the step loss 4\n",
    ],
)
def test_tables_that_are_no_training_are_left_alone(tmp_path: Path, text: str) -> None:
    with pytest.raises(NothingToRead):
        api.read(write(tmp_path / "README.md", text))


VALUES = [round(3.0 - i / 7, 6) for i in range(20)]


@known_answer("numbers")
@pytest.mark.parametrize(
    ("name", "text", "metric"),
    [
        ("losses.txt", "\n".join(map(str, VALUES)), "losses"),
        ("train_loss.txt", str(VALUES), "train_loss"),
        ("PPO_rewards_1.dat", str(np.array(VALUES)), "rewards"),
        ("losses.log", f"train_loss = {VALUES}\nval_loss: {VALUES}\n", "val_loss"),
        ("AccVal.csv", "".join(f"{y:.18e}\n" for y in VALUES), "val_acc"),
    ],
)
def test_bare_numbers_are_counted_by_row(tmp_path: Path, name: str, text: str, metric: str) -> None:
    run = the_run(tmp_path / name, text)
    assert points(run, metric) == [(i + 1.0, y) for i, y in enumerate(VALUES)]
    assert run.curves[metric].axis == "row"


def test_a_first_column_that_counts_is_the_axis(tmp_path: Path) -> None:
    text = "".join(f"{100 * i}, {y}, 0.001\n" for i, y in enumerate(VALUES))
    run = the_run(tmp_path / "train.log", text + "3, 4\n")
    assert points(run, "column_2") == [(100.0 * i, y) for i, y in enumerate(VALUES)]
    assert [damage.why for damage in run.damage] == ["2 numbers in a table of 3"]
    assert set(the_run(tmp_path / "val_loss.txt", text.replace(",", " ")).curves) == {
        "val_loss/column_2",
        "val_loss/column_3",
    }
    uneven = "".join(f"{i * i + 7}\t{y}\n" for i, y in enumerate(VALUES))
    assert points(the_run(tmp_path / "reward.tsv", uneven), "reward")[2] == (11.0, VALUES[2])


@pytest.mark.parametrize(
    "name",
    [
        "predictions.csv",
        "embeddings.txt",
        "labels.txt",
        "y_test_scores_pred.csv",
        "data.txt",
        "numbers.dat",
        "train.txt",
    ],
)
def test_numbers_that_are_no_log_are_left_alone_and_the_reason_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(NothingToRead, match="resembles numbers, which needs: A name that says"):
        api.read(write(tmp_path / name, "\n".join(map(str, VALUES))))


def test_wide_and_ragged_numbers_are_left_alone(tmp_path: Path) -> None:
    for text in (
        "\n".join(" ".join("1" * 50) for _ in VALUES),
        "\n".join(" ".join("1" * (1 + i % 4)) for i in range(20)),
    ):
        with pytest.raises(NothingToRead):
            api.read(write(tmp_path / "loss.txt", text))


def test_arrays_of_one_dimension_are_read_where_their_name_measures(tmp_path: Path) -> None:
    np.save(tmp_path / "episode_rewards.npy", np.array(VALUES, np.float32))
    (run,) = api.read(tmp_path / "episode_rewards.npy")
    assert run.curves["rewards"].y.tolist() == np.load(tmp_path / "episode_rewards.npy").astype(float).tolist()
    np.save(tmp_path / "X.npy", np.array(VALUES))
    np.save(tmp_path / "loss.npy", np.ones((5, 5)))
    np.save(tmp_path / "scores.npy", np.array([{}], dtype=object))
    with pytest.raises(NothingToRead, match="resembles numbers"):
        api.read(tmp_path / "X.npy")
    with pytest.raises(UnreadableLog, match="one dimension"):
        api.read(tmp_path / "loss.npy")
    with pytest.raises(UnreadableLog, match="not unpickled"):
        api.read(tmp_path / "scores.npy")


def test_a_count_in_two_columns_or_in_the_last_and_trainings_one_after_the_other(tmp_path: Path) -> None:
    text = "".join(f"{i:>3} {100_000 * i:>8} {y}\n" for i, y in enumerate(VALUES))
    write(tmp_path / "two" / "rewards.txt", text + "\n" + text)
    runs = api.read(tmp_path / "two" / "rewards.txt")
    assert [run.id for run in runs] == ["rewards.txt", "rewards.txt#2"]
    for run in runs:
        assert points(run, "rewards") == [(100_000.0 * i, y) for i, y in enumerate(VALUES)]
        assert run.positions.columns["iteration"].tolist() == list(range(20))
    text = "".join(f"{y}\t{y + 1}\t{i}\n" for i, y in enumerate(VALUES))
    assert points(the_run(tmp_path / "losses.txt", text), "losses/column_2")[3] == (3.0, VALUES[3] + 1)


def test_a_list_a_line(tmp_path: Path) -> None:
    many = [i / 7 for i in range(50)]
    text = " ".join(f"{y:.18e}" for y in many) + "\n" + " ".join(f"{2 * y:.18e}" for y in many) + "\n"
    run = the_run(tmp_path / "losses.txt", text)
    assert points(run, "losses/row_2") == [(i + 1.0, 2 * y) for i, y in enumerate(many)]


def test_a_number_that_runs_over_two_columns_is_no_row(tmp_path: Path) -> None:
    """Where blank cells leave only the columns' places to go by, none of them may cut a number."""
    text = (
        "E    #       LOSS NER  SCORE \n---  ------  --------  ------\n  0       0     3.000    0.00\n"
        "  0     200     2.972        \n  0     400     20.39166666666666666\n  0     600     2.911    0.05\n"
    )
    run = the_run(tmp_path / "train.log", text)
    assert points(run, "LOSS NER") == [(0, 3.0), (200, 2.972), (600, 2.911)]
    assert points(run, "SCORE") == [(0, 0.0), (600, 0.05)]

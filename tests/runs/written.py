"""Logs in which numbers are written as people, tools and countries write them, with what they say.

Each case is a file, what has to be read of it, and what has to be told where that is not all of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Y = [2.51, 2.25, 2.13, 1.98, 1.72, 1.55, 1.31, 1.12, 0.98, 0.87, 0.79, 0.52]
X = [float(i) for i in range(1, 13)]
NAN, INF = float("nan"), float("inf")
Points = tuple[str, Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Case:
    """A file and what is in it.

    Args:
        file: its name.
        text: its content.
        runs: by run (what stands behind the file's name) and metric: axis, places, values.
        told: what has to be said of it, a part of one message; empty where nothing need be.
        more: metrics beside those named are no fault.
        silent: nothing may be said.
    """

    file: str
    text: str
    runs: dict[str, dict[str, Points]] = field(default_factory=dict)
    told: str = ""
    more: bool = False
    silent: bool = False


CASES: dict[str, Case] = {}


def case(
    name: str,
    file: str,
    text: str | Iterable[str],
    *,
    y: Sequence[float] | None = Y,
    x: Sequence[float] | None = None,
    axis: str = "step",
    metric: str = "loss",
    runs: dict[str, dict[str, Points]] | None = None,
    told: str = "",
    more: bool = False,
    **further: Points,
) -> None:
    """Add a case of one run with one metric, unless it says more."""
    whole = text if isinstance(text, str) else "\n".join(text) + "\n"
    if runs is None:
        runs = {} if y is None else {"": {metric: (axis, X[: len(y)] if x is None else x, y), **further}}
    assert name not in CASES
    CASES[name] = Case(file, whole, runs, told, more)


def comma(value: float) -> str:
    return str(value).replace(".", ",")


def table(header: str, row: Callable[[int, float], str], y: Sequence[float] = Y) -> list[str]:
    return [header, *(row(i, value) for i, value in enumerate(y, 1))]


def printed(row: Callable[[int, float], str], y: Sequence[float] = Y) -> list[str]:
    return [row(i, value) for i, value in enumerate(y, 1)]


def objects(row: Callable[[int, float], Any], y: Sequence[float] = Y) -> list[str]:
    return [json.dumps(row(i, value)) for i, value in enumerate(y, 1)]


# Decimal commas.
case("semicolons", "a.csv", table("step;loss", lambda i, v: f"{i};{comma(v)}"))
case("tabs", "a.tsv", table("step\tloss", lambda i, v: f"{i}\t{comma(v)}"))
case("quoted commas", "a.csv", table("step,loss", lambda i, v: f'{i},"{comma(v)}"'))
case("quoted semicolons", "a.csv", table('"step";"loss"', lambda i, v: f'"{i}";"{comma(v)}"'))
case("bars", "a.csv", table("step|loss", lambda i, v: f"{i}|{comma(v)}"))
case(
    "one column of commas, one of points", "a.csv", table("step;loss;lr", lambda i, v: f"{i};{comma(v)};0.00{i}"),
    lr=("step", X, [float(f"0.00{i}") for i in range(1, 13)]),
)  # fmt: skip
case("exponents", "a.csv", table("step;loss", lambda i, v: f"{i};{comma(v)}e-03"), y=[round(v / 1000, 8) for v in Y])
case("capital exponents", "a.csv", table("step;loss", lambda i, v: f"{i};{v / 10:.3E}".replace(".", ",")),
     y=[round(v / 10, 6) for v in Y])  # fmt: skip
case("points part thousands", "a.csv", table("step;loss", lambda i, v: f"{i};1.{100 + i},{int(v * 10) % 10}"),
     y=[1100 + i + int(v * 10) % 10 / 10 for i, v in enumerate(Y, 1)])  # fmt: skip
case("whole numbers among commas", "a.csv", table("step;loss", lambda i, v: f"{i};{'2' if i == 3 else comma(v)}"),
     y=[*Y[:2], 2.0, *Y[3:]])  # fmt: skip
case("commas in fields and blanks", "a.csv", table("step ; loss", lambda i, v: f"{i} ; {comma(v)}"))
case("commas in text", "a.log", printed(lambda i, v: f"epoch {i} loss {comma(v)}"), axis="epoch")
case("commas in text with names", "a.log", printed(lambda i, v: f"step: {i}, loss: {comma(v)}, lr: 0,001"), more=True)
case("commas in bars of text", "a.log", printed(lambda i, v: f"step {i} | loss {comma(v)} | acc 0,{i + 10}"), more=True)
case("commas in a printed table", "a.log", ["step  train_loss", *printed(lambda i, v: f"{i:4d}  {comma(v)}")],
     metric="train_loss")  # fmt: skip
case("commas in json strings", "a.jsonl", objects(lambda i, v: {"step": i, "loss": comma(v)}))
case("commas in a json document", "a.json", json.dumps({"step": X, "loss": [comma(v) for v in Y]}))
case("commas alone", "losses.txt", [comma(v) for v in Y], y=None, told="no log format Forerun knows")
case(
    "commas alone, with a zero",
    "losses.txt",
    [*map(comma, Y), "0,05"],
    y=[*Y, 0.05],
    x=[*X, 13.0],
    axis="row",
    metric="losses",
)
case(
    "commas between semicolons without a header",
    "losses.txt",
    [f"{i};{comma(v)}" for i, v in enumerate(Y, 1)],
    metric="losses",
)
case(
    "commas between blanks without a header",
    "losses.txt",
    [f"{i} {comma(v)}" for i, v in enumerate(Y, 1)],
    metric="losses",
)
case("two columns without a header", "losses.txt", [f"{i},{v}" for i, v in enumerate(Y, 1)], metric="losses")
case("commas in a tidy table", "tidy.csv", ["run,metric,x_name,x,y", *(f'commas,loss,step,{i},"{comma(v)}"' for i, v in zip(X, Y, strict=True))],
     runs={"#commas": {"loss": ("step", X, Y)}})  # fmt: skip

# Thousands.
T = [1000.0 * i for i in range(1, 13)]
case("thousands of steps", "a.csv", table("step,loss", lambda i, v: f'"{i},000",{v}'), x=T)
case("thousands by underscores", "a.csv", table("step,loss", lambda i, v: f"{i}_000,{v}"), x=T)
case("thousands by blanks", "a.csv", table("step;loss", lambda i, v: f"{i} 000;{v}"), x=T)
case("thousands by narrow blanks", "a.csv", table("step;loss", lambda i, v: f"{i}\u202f000;{v}"), x=T)
case("thousands by hard blanks", "a.csv", table("step;loss", lambda i, v: f"{i}\u00a0000;{v}"), x=T)
case("thousands by apostrophes", "a.csv", table("step;loss", lambda i, v: f"{i}'000;{v}"), x=T)
case("thousands by points", "a.csv", table("step;loss", lambda i, v: f"{i}.000;{comma(v)}"), x=T)
case("thousands and decimals", "a.csv", table("step,reward", lambda i, v: f'{i},"{i},{500 + i}.{int(v * 100) % 100:02d}"'),
     y=[float(f"{i}{500 + i}.{int(v * 100) % 100:02d}") for i, v in enumerate(Y, 1)], metric="reward")  # fmt: skip
case("millions", "a.csv", table("step,reward", lambda i, v: f'{i},"{i},234,567"'),
     y=[i * 1e6 + 234567 for i in range(1, 13)], metric="reward")  # fmt: skip
case("commas that may be either", "a.csv", table("step;loss", lambda i, v: f"{i};{v + 1:.3f}".replace(".", ",")), y=None,
     told="may be a decimal comma or thousands")  # fmt: skip
case("quoted commas that may be either", "a.csv", table("step,reward", lambda i, v: f'{i},"{i},{i % 9}05"'), y=None,
     told="may be a decimal comma or thousands")  # fmt: skip
case("commas resolved by a zero", "a.csv", table("step;loss", lambda i, v: f"{i};{v:.3f}".replace(".", ",")))
case("commas resolved by another column", "a.csv",
     table("step;loss;lr", lambda i, v: f"{i};{v + 1:.3f};0,01".replace(".", ",")), y=[round(v + 1, 3) for v in Y],
     more=True)  # fmt: skip
case("commas resolved by numbers below a thousand", "a.csv", table("step,reward", lambda i, v: f'{i},"{i * 250:,}"'),
     y=[250.0 * i for i in range(1, 13)], metric="reward")  # fmt: skip
case("thousands in text", "a.log", printed(lambda i, v: f"step {i},000 loss {v}"), x=T)
case("underscores in text", "a.log", printed(lambda i, v: f"step {i}_000 loss {v}"), x=T)
case("blanks in text", "a.log", printed(lambda i, v: f"step {i} 000 loss {v}"), x=T)
case("hard blanks in text", "a.log", printed(lambda i, v: f"step {i}\u202f000 loss {v}"), x=T)
case("thousands of thousands in text", "a.log", printed(lambda i, v: f"[{i},000/100,000] loss: {v}"), x=T)
case("commas in text that may be either", "a.log", printed(lambda i, v: f"step {i} loss {v + 1:.3f}".replace(".", ",")),
     y=None, told="may be a decimal comma or thousands")  # fmt: skip
case("commas in text resolved by a zero", "a.log", printed(lambda i, v: f"step {i} loss {v:.3f}".replace(".", ",")))
case("underscores in json strings", "a.jsonl", objects(lambda i, v: {"step": f"{i}_000", "loss": v}), x=T)
case("thousands in json strings", "a.jsonl", objects(lambda i, v: {"step": f"{i},000", "loss": v}), x=T)
case("fixed point of a thousandth", "a.csv", table("epoch,loss", lambda i, v: f"{i}.000,{v}"), axis="epoch")

# Magnitudes.
case("k of steps", "a.csv", table("step,loss", lambda i, v: f"{5 * i}k,{v}"), x=[5000.0 * i for i in range(1, 13)])
case("K and M of tokens", "a.csv", table("tokens,loss", lambda i, v: f"{i * 100}K,{v}" if i < 10 else f"{i / 10}M,{v}"),
     x=[1e5 * i for i in range(1, 13)], axis="tokens")  # fmt: skip
case("B of tokens", "a.csv", table("tokens,loss", lambda i, v: f"{i / 4}B,{v}"), x=[2.5e8 * i for i in range(1, 13)],
     axis="tokens")  # fmt: skip
case("bare and k", "a.csv", table("step,loss", lambda i, v: f"{i * 250 if i < 4 else f'{i / 4}k'},{v}"),
     x=[250.0 * i for i in range(1, 13)])  # fmt: skip
case("k of a reward", "a.csv", table("step,reward", lambda i, v: f"{i},{i / 10}k"), y=[100.0 * i for i in range(1, 13)],
     metric="reward")  # fmt: skip
case("k in text", "a.log", printed(lambda i, v: f"step {5 * i}k loss {v}"), x=[5000.0 * i for i in range(1, 13)])
case("k and M in text", "a.log", printed(lambda i, v: f"iter {f'{i * 100}k' if i < 10 else f'{i / 10}M'}: loss {v}"),
     x=[1e5 * i for i in range(1, 13)])  # fmt: skip
case("k of a reward in text", "a.log", printed(lambda i, v: f"step {i} reward {i / 10}k"), metric="reward",
     y=[100.0 * i for i in range(1, 13)])  # fmt: skip
case("reward that becomes k in text", "a.log",
     printed(lambda i, v: f"step {i} reward {f'{i * 200}' if i < 5 else f'{i / 5}k'}"), metric="reward",
     y=[200.0 * i for i in range(1, 13)])  # fmt: skip
case("k in json strings", "a.jsonl", objects(lambda i, v: {"step": f"{5 * i}k", "loss": v}),
     x=[5000.0 * i for i in range(1, 13)])  # fmt: skip
case("k in a printed table", "a.log", ["step  train_loss", *printed(lambda i, v: f"{5 * i:3d}k  {v}")],
     metric="train_loss", x=[5000.0 * i for i in range(1, 13)])  # fmt: skip
case("k of k in text", "a.log", printed(lambda i, v: f"Step {5 * i}k/100k: loss={v}"),
     x=[5000.0 * i for i in range(1, 13)])  # fmt: skip

# Exponents and signs.
H = [100.0 * i for i in range(1, 13)]
case("exponents of steps", "a.csv", table("step,loss", lambda i, v: f"{100 * i:.2e},{v}"), x=H)
case("exponents of steps in text", "a.log", printed(lambda i, v: f"step {100 * i:.2e} loss {v}"), x=H)
case("capital exponents in text", "a.log", printed(lambda i, v: f"step {100 * i:.2E} loss {v:.3E}"), x=H)
case(
    "exponents of steps in json",
    "a.jsonl",
    [f'{{"step": {100 * i:.2e}, "loss": {v}}}' for i, v in enumerate(Y, 1)],
    x=H,
)
case("fortran's exponents", "a.csv", table("step,loss", lambda i, v: f"{i},{v * 100:.2f}D-02"))
case("fortran's exponents in text", "a.log", printed(lambda i, v: f"step {i} loss {v * 100:.2f}D-02"))
case("points alone", "a.csv", table("step,loss", lambda i, v: f"{i}.,{str(v).lstrip('0')}"))
case("plus signs", "a.csv", table("step,loss", lambda i, v: f"+{i},+{v}"))
case("minus signs of typesetters", "a.csv", table("step,loss", lambda i, v: f"{i},\u2212{v}"), y=[-v for v in Y])
case("minus signs of typesetters in text", "a.log", printed(lambda i, v: f"step {i} loss \u2212{v}"), y=[-v for v in Y])
case("plus signs in text", "a.log", printed(lambda i, v: f"step +{i} loss +{v}"))

# Units.
case("nats", "a.csv", table("step,loss", lambda i, v: f"{i},{v}nats"))
case("nats in text", "a.log", printed(lambda i, v: f"step {i} loss {v}nats"))
case("nats of a token in text", "a.log", printed(lambda i, v: f"step {i} loss {v} nats/token"))
case("bits in text", "a.log", printed(lambda i, v: f"step {i} loss {v}bpb time 260.75ms"), more=True)
case("milliseconds", "a.csv", table("step,loss,time_ms", lambda i, v: f"{i},{v},{260 + i}.75ms"),
     time_ms=("step", X, [260.75 + i for i in range(1, 13)]))  # fmt: skip
case("milliseconds in text", "a.log", printed(lambda i, v: f"step {i} loss {v} time {260 + i}.75ms"),
     time=("step", X, [260.75 + i for i in range(1, 13)]))  # fmt: skip
case(
    "percent",
    "a.csv",
    table("step,acc", lambda i, v: f"{i},{i + 70}%"),
    metric="acc",
    y=[i + 70.0 for i in range(1, 13)],
)
case("percent in text", "a.log", printed(lambda i, v: f"step {i} acc {i + 70}%"), metric="acc",
     y=[i + 70.0 for i in range(1, 13)])  # fmt: skip
case("percent in json strings", "a.jsonl", objects(lambda i, v: {"step": i, "acc": f"{i + 70}%"}), metric="acc",
     y=[i + 70.0 for i in range(1, 13)])  # fmt: skip
case("iterations a second", "a.csv", table("step,loss,speed", lambda i, v: f"{i},{v},3.{i}it/s"), more=True)
case("iterations a second in text", "a.log", printed(lambda i, v: f"step {i} loss {v} 3.2it/s"), more=True)
case("milliseconds, then seconds", "a.csv",
     table("step,loss,step_time", lambda i, v: f"{i},{v},{f'{i * 100}ms' if i < 10 else f'{i / 10}s'}"),
     step_time=("step", X, [100.0 * i for i in range(1, 13)]))  # fmt: skip
case("milliseconds, then seconds in text", "a.log",
     printed(lambda i, v: f"step {i} loss {v} step_time {f'{i * 100}ms' if i < 10 else f'{i / 10}s'}"),
     step_time=("step", X, [100.0 * i for i in range(1, 13)]))  # fmt: skip
case("percent, then shares", "a.csv", table("step,acc", lambda i, v: f"{i},{f'{i + 70}%' if i < 8 else (i + 70) / 100}"),
     metric="acc", y=[i + 70.0 for i in range(1, 8)], told="is not a number")  # fmt: skip
case("percent, then shares in text", "a.log", printed(lambda i, v: f"step {i} acc {f'{i + 70}%' if i < 8 else (i + 70) / 100}"),
     metric="acc", y=[i + 70.0 for i in range(1, 8)], told="without the unit")  # fmt: skip
case("a unit that is missing once", "a.csv", table("step,loss", lambda i, v: f"{i},{v}{'' if i == 5 else 'nats'}"),
     y=[*Y[:4], *Y[5:]], x=[*X[:4], *X[5:]], told="'1.72' is not a number")  # fmt: skip
case("units in the header", "a.csv", table("step,loss [nats],time [ms]", lambda i, v: f"{i},{v},{i}.5"),
     metric="loss [nats]", more=True)  # fmt: skip
case(
    "a value and its error",
    "a.csv",
    table("step,loss", lambda i, v: f"{i},{v}\u00b10.01"),
    y=None,
    told="is not a number",
)
case("bounds", "a.csv", table("step,loss", lambda i, v: f"{i},{'<0.6' if v < 0.6 else v}"), y=Y[:-1],
     told="'<0.6' is not a number")  # fmt: skip
case(
    "money",
    "a.csv",
    table("step,loss,cost_usd", lambda i, v: f"{i},{v},${i}.50"),
    more=True,
    told="'$1.50' is not a number",
)

# Fractions of epochs.
E = [i / 4 for i in range(1, 13)]
case("fractions of epochs", "a.csv", table("epoch,loss", lambda i, v: f"{i / 4},{v}"), axis="epoch", x=E)
case("fractions of epochs in text", "a.log", printed(lambda i, v: f"epoch {i / 4:.2f} loss {v}"), axis="epoch", x=E)
case("fractions of epochs with commas", "a.log", printed(lambda i, v: f"epoch {i / 4:.2f} loss {v}".replace(".", ",")),
     axis="epoch", x=E)  # fmt: skip
case("fractions of epochs in json", "a.jsonl", objects(lambda i, v: {"epoch": i / 4, "loss": v}), axis="epoch", x=E)
case("so many of so many", "a.csv", table("epoch,loss", lambda i, v: f"{i}/20,{v}"), axis="epoch")

# What is not finite.
SPELLED = {
    "nan": NAN, "NaN": NAN, "NAN": NAN, "Nan": NAN, "-nan": NAN, "-NaN": NAN, "+nan": NAN, "nan(ind)": NAN, "-nan(ind)": NAN,
    "1.#QNAN": NAN, "-1.#IND": NAN, "1.#SNAN": NAN, "1.#INF": INF, "-1.#INF": -INF, "1.#INF00": INF, "-1.#IND00": NAN,
    "inf": INF, "Inf": INF, "INF": INF, "-inf": -INF, "+inf": INF, "-INF": -INF, "Infinity": INF, "-Infinity": -INF,
    "INFINITY": INF, "infinity": INF, "\u221e": INF, "-\u221e": -INF, "NaNQ": NAN, "nan%": NAN, "nanms": NAN,
}  # fmt: skip
BARE = {word: value for word, value in SPELLED.items() if not word.endswith(("%", "ms"))}


def diverged(value: float) -> list[float]:
    return [*Y[:6], *[value] * 6]


def ends_in(word: str) -> list[str]:
    return [*map(str, Y[:6]), *[word] * 6]


for word, value in BARE.items():
    words = ends_in(word)
    case(f"{word} in a table", "a.csv", ["step,loss", *(f"{i},{w}" for i, w in enumerate(words, 1))], y=diverged(value))
    case(f"{word} in text", "a.log", [f"step {i} loss {w}" for i, w in enumerate(words, 1)], y=diverged(value))
for word in ("nan", "NAN", "-inf", "Infinity", "1.#QNAN", "-1.#IND", "1.#INF"):
    words, value = ends_in(word), SPELLED[word]
    case(
        f"{word} in quotes",
        "a.csv",
        ['"step","loss"', *(f'"{i}","{w}"' for i, w in enumerate(words, 1))],
        y=diverged(value),
    )
    case(
        f"{word} between semicolons",
        "a.csv",
        [
            "step;loss",
            *(f"{i};{w.replace('.', ',') if w[0].isdigit() and '#' not in w else w}" for i, w in enumerate(words, 1)),
        ],
        y=diverged(value),
    )
    case(
        f"{word} in json strings",
        "a.jsonl",
        objects(lambda i, w: {"step": i, "loss": float(w) if i < 7 else w}, words),
        y=diverged(value),
    )  # type: ignore[arg-type]
    case(
        f"{word} in a json document", "a.json", json.dumps({"step": X, "loss": [*Y[:6], *words[6:]]}), y=diverged(value)
    )
    case(
        f"{word} with a comma in text",
        "a.log",
        [f"step: {i}, loss: {w}, lr: 0.1" for i, w in enumerate(words, 1)],
        y=diverged(value),
        more=True,
    )
    case(
        f"{word} behind an equals sign",
        "a.log",
        [f"[step={i}] loss={w};" for i, w in enumerate(words, 1)],
        y=diverged(value),
    )
    case(f"{word} alone", "losses.txt", words, y=diverged(value), axis="row", metric="losses")
    case(
        f"{word} in a printed table",
        "a.log",
        ["step  train_loss", *(f"{i:4d}  {w}" for i, w in enumerate(words, 1))],
        y=diverged(value),
        metric="train_loss",
    )
case("percent that is nan", "a.csv", ["step,acc", *(f"{i},{f'{i + 70}%' if i < 7 else 'nan%'}" for i in range(1, 13))],
     metric="acc", y=[*(i + 70.0 for i in range(1, 7)), *[NAN] * 6])  # fmt: skip
case("percent that is nan in text", "a.log", [f"step {i} acc {f'{i + 70}%' if i < 7 else 'nan%'}" for i in range(1, 13)],
     metric="acc", y=[*(i + 70.0 for i in range(1, 7)), *[NAN] * 6])  # fmt: skip
case(
    "nats that are nan",
    "a.csv",
    ["step,loss", *(f"{i},{w}nats" for i, w in enumerate(ends_in("nan"), 1))],
    y=diverged(NAN),
)
case(
    "NaN of json",
    "a.jsonl",
    [f'{{"step": {i}, "loss": {w}}}' for i, w in enumerate(ends_in("NaN"), 1)],
    y=diverged(NAN),
)
case("-Infinity of json", "a.jsonl", [f'{{"step": {i}, "loss": {w}}}' for i, w in enumerate(ends_in("-Infinity"), 1)],
     y=diverged(-INF))  # fmt: skip
case("NaN of json in a document", "a.json", f'{{"step": {list(range(1, 13))}, "loss": [{", ".join(ends_in("NaN"))}]}}',
     y=diverged(NAN))  # fmt: skip
case("a lone nan of json", "a.jsonl", [f'{{"step": {i}, "loss": {w}}}' for i, w in enumerate(ends_in("nan"), 1)],
     y=diverged(NAN))  # fmt: skip
case("all nan from the start", "a.csv", ["step,loss", *(f"{i},nan" for i in range(1, 13))], y=[NAN] * 12)

# Quotes, names, comments, lines.
case("all in quotes", "a.csv", table('"step","loss"', lambda i, v: f'"{i}","{v}"'))
case("all in single quotes", "a.csv", table("'step','loss'", lambda i, v: f"'{i}','{v}'"))
case("quoted json numbers", "a.jsonl", objects(lambda i, v: {"step": str(i), "loss": str(v)}))
case("two columns of one name", "a.csv", table("step,loss,loss", lambda i, v: f"{i},{v},{v + 1:.2f}"),
     **{"loss.1": ("step", X, [round(v + 1, 2) for v in Y])})  # fmt: skip
case("two columns of steps", "a.csv", table("step,loss,step,acc", lambda i, v: f"{i},{v},{i},0.{i + 10}"),
     acc=("step", X, [float(f"0.{i + 10}") for i in range(1, 13)]))  # fmt: skip
case("comments at the head", "a.csv", ["# made by hand", "# twice", *table("step,loss", lambda i, v: f"{i},{v}")])
case("slashes at the head", "a.csv", ["// made by hand", *table("step,loss", lambda i, v: f"{i},{v}")])
case(
    "comments in the middle", "a.csv", table("step,loss", lambda i, v: f"# resumed\n{i},{v}" if i == 6 else f"{i},{v}")
)
case(
    "slashes in the middle",
    "a.csv",
    table("step,loss", lambda i, v: f"// resumed, at 5\n{i},{v}" if i == 6 else f"{i},{v}"),
)
case("a header in a comment", "a.csv", table("# step,loss", lambda i, v: f"{i},{v}"))
case(
    "comments in json lines", "a.jsonl", ["# made by hand", *objects(lambda i, v: {"step": i, "loss": v}), "// the end"]
)
case("a remark behind a value", "a.csv", table("step,loss", lambda i, v: f"{i},{v}{' # best' if i == 12 else ''}"),
     y=Y[:-1], told="is not a number")  # fmt: skip
case("trailing commas", "a.csv", table("step,loss,", lambda i, v: f"{i},{v},"))
case("trailing commas of rows", "a.csv", table("step,loss", lambda i, v: f"{i},{v},"))
case("trailing comma of the header", "a.csv", table("step,loss,", lambda i, v: f"{i},{v}"))
case("trailing semicolons", "a.csv", table("step;loss;", lambda i, v: f"{i};{comma(v)};"))
case("trailing comma of an object", "a.jsonl", [f'{{"step": {i}, "loss": {v}}},' for i, v in enumerate(Y, 1)])
case(
    "cells of several lines",
    "a.csv",
    table("step,note,loss", lambda i, v: f'{i},"a note\nof {i}, lines",{v}' if i % 4 == 2 else f"{i},,{v}"),
)
case(
    "cells of several lines in each row",
    "a.csv",
    table("step,loss,note", lambda i, v: f'{i},{v},"one\ntwo, {i}\nthree"'),
)
case(
    "a header of several lines",
    "a.csv",
    ['step,"loss\n[nats]"', *printed(lambda i, v: f"{i},{v}")],
    more=True,
    metric="loss\n[nats]",
)
case("doubled quotes", "a.csv", table("step,note,loss", lambda i, v: f'{i},"the ""best"", so far",{v}'))
case("a quote that never closes", "a.csv", table("step,note,loss", lambda i, v: f'{i},"oops,{v}' if i == 6 else f"{i},fine,{v}"),
     y=[*Y[:5], *Y[6:]], x=[*X[:5], *X[6:]], told="2 cells under a header of 3")  # fmt: skip
case("blank lines", "a.csv", table("step,loss", lambda i, v: f"{i},{v}\n\n"))
case("blank lines at the head", "a.csv", ["", "", *table("step,loss", lambda i, v: f"{i},{v}")])
case("blank lines in json lines", "a.jsonl", [line + "\n" for line in objects(lambda i, v: {"step": i, "loss": v})])
case("blanks round cells", "a.csv", table("step , loss", lambda i, v: f" {i} , {v} "))
case("the header again", "a.csv", table("step,loss", lambda i, v: f"step,loss\n{i},{v}" if i == 7 else f"{i},{v}"))
case("another header in the middle", "a.csv",
     table("step,loss", lambda i, v: f"step,loss,acc\n{i},{v},0.5" if i == 7 else f"{i},{v}" if i < 7 else f"{i},{v},0.5"),
     told="a further header, of which acc is left out")  # fmt: skip
case("the header with columns swapped", "a.csv",
     table("step,loss,acc", lambda i, v: f"step,acc,loss\n{i},0.5,{v}" if i == 7 else f"{i},{v},0.5" if i < 7 else f"{i},0.5,{v}"),
     acc=("step", X, [0.5] * 12))  # fmt: skip
case("short rows", "a.csv", table("step,loss,acc", lambda i, v: f"{i},{v}" if i % 3 else f"{i},{v},0.5"), more=True)
case("a short row", "a.csv", table("step,loss,acc", lambda i, v: f"{i},{v}" if i == 5 else f"{i},{v},0.5"),
     y=[*Y[:4], *Y[5:]], x=[*X[:4], *X[5:]], more=True, told="2 cells under a header of 3")  # fmt: skip
case("a long row", "a.csv", table("step,loss", lambda i, v: f"{i},{v},1,2" if i == 5 else f"{i},{v}"),
     y=[*Y[:4], *Y[5:]], x=[*X[:4], *X[5:]], told="4 cells under a header of 2")  # fmt: skip
case("a byte order mark", "a.csv", table("\ufeffstep,loss", lambda i, v: f"{i},{v}"))
case("a byte order mark before quotes", "a.csv", table('\ufeff"step","loss"', lambda i, v: f'"{i}","{v}"'))
case(
    "a byte order mark in json lines",
    "a.jsonl",
    ["\ufeff" + line if i == 0 else line for i, line in enumerate(objects(lambda i, v: {"step": i, "loss": v}))],
)
case(
    "a header of numbers",
    "metrics.csv",
    [f"{i},{v},{i * 7 % 5}" for i, v in enumerate(Y, 1)],
    y=None,
    told="resembles numbers",
)
case(
    "a header of years",
    "table.csv",
    ["2019,2020,2021", *(f"{i},{i + 1},{i + 2}" for i in range(8))],
    y=None,
    told="resembles numbers",
)

# Words, dates and codes among numbers.
case(
    "hexadecimal steps",
    "a.csv",
    table("step,loss", lambda i, v: f"{hex(16 * i)},{v}"),
    y=None,
    told="column 'step' tells its rows apart by words",
)
case("hexadecimal in text", "a.log", printed(lambda i, v: f"step {i} loss {v} hash 0x1f{i}"))
case("versions", "a.csv", table("step,loss,version", lambda i, v: f"{i},{v},1.2.{i}"))
case(
    "versions in text",
    "a.log",
    [
        "version: 1.2.3",
        "host: 10.0.0.1",
        "step 1: conda create python=3.10.4",
        *printed(lambda i, v: f"step {i} loss {v}"),
    ],
)
case("a broken number", "a.csv", table("step,loss", lambda i, v: f"{i},{'1.72.1' if i == 5 else v}"),
     y=[*Y[:4], *Y[5:]], x=[*X[:4], *X[5:]], told="'1.72.1' is not a number")  # fmt: skip
case("a broken number in text", "a.log", printed(lambda i, v: f"step {i} loss {'1.72.1' if i == 5 else v}"),
     y=[*Y[:4], *Y[5:]], x=[*X[:4], *X[5:]])  # fmt: skip
case("truth values", "a.csv", table("step,loss,is_best", lambda i, v: f"{i},{v},{bool(i % 2)}"))
case("truth values of json", "a.jsonl", objects(lambda i, v: {"step": i, "loss": v, "is_best": bool(i % 2)}))
case("dates", "a.csv", table("date,step,loss", lambda i, v: f"2024-01-{i:02d},{i},{v}"))
case(
    "dates in a measure",
    "a.csv",
    table("step,loss", lambda i, v: f"{i},2024-01-{i:02d}"),
    y=None,
    told="is not a number",
)
case("words in a measure", "a.csv", table("step,loss", lambda i, v: f"{i},{'diverged' if i == 12 else v}"), y=Y[:-1],
     told="'diverged' is not a number")  # fmt: skip
case(
    "a step in words",
    "a.csv",
    table("step,loss", lambda i, v: f"{'final' if i == 12 else i},{v}"),
    y=Y[:-1],
    told="1 records without a usable x left out",
)
case("words in json", "a.jsonl", objects(lambda i, v: {"step": i, "loss": "diverged" if i == 12 else v}), y=Y[:-1],
     told="'diverged' is not a number")  # fmt: skip
case("words in a json document", "a.json", json.dumps({"step": X, "loss": [*Y[:-1], "diverged"]}), y=Y[:-1],
     told="'diverged' is not a number")  # fmt: skip
case("words in a tidy table", "tidy.csv", ["run,metric,x_name,x,y", *(f"words,loss,step,{i},{'diverged' if i == 12 else v}" for i, v in zip(X, Y, strict=True))],
     runs={"#words": {"loss": ("step", X[:-1], Y[:-1])}}, told="'diverged' is not a number")  # fmt: skip

# Times.
S = [60.0 * i for i in range(12)]
BEGUN = 1_700_000_000
case("seconds", "a.csv", table("seconds,loss", lambda i, v: f"{60 * (i - 1)},{v}"), x=S, axis="seconds")
case("unix seconds", "a.csv", table("timestamp,loss", lambda i, v: f"{BEGUN + 60 * i},{v}"), x=S, axis="seconds")
case(
    "unix milliseconds",
    "a.csv",
    table("timestamp,loss", lambda i, v: f"{(BEGUN + 60 * i) * 1000},{v}"),
    x=S,
    axis="seconds",
)
case(
    "unix microseconds",
    "a.csv",
    table("timestamp,loss", lambda i, v: f"{(BEGUN + 60 * i) * 10**6},{v}"),
    x=S,
    axis="seconds",
)
case(
    "unix nanoseconds",
    "a.csv",
    table("timestamp,loss", lambda i, v: f"{(BEGUN + 60 * i) * 10**9},{v}"),
    x=S,
    axis="seconds",
)
case(
    "unix milliseconds in json",
    "a.jsonl",
    objects(lambda i, v: {"timestamp": (BEGUN + 60 * i) * 1000, "loss": v}),
    x=S,
    axis="seconds",
)
case("iso dates", "a.csv", table("time,loss", lambda i, v: f"2024-01-01T10:{i:02d}:00Z,{v}"), x=S, axis="seconds")
case(
    "iso dates with an offset",
    "a.csv",
    table("time,loss", lambda i, v: f"2024-01-01 10:{i:02d}:00+02:00,{v}"),
    x=S,
    axis="seconds",
)
case(
    "dates of python's logging",
    "a.csv",
    table("time;loss", lambda i, v: f"2024-01-01 10:{i:02d}:00,000;{v}"),
    x=S,
    axis="seconds",
)
case(
    "iso dates in json",
    "a.jsonl",
    objects(lambda i, v: {"time": f"2024-01-01T10:{i:02d}:00", "loss": v}),
    x=S,
    axis="seconds",
)
case("durations", "a.csv", table("elapsed,loss", lambda i, v: f"0:{i - 1:02d}:00,{v}"), x=S, axis="seconds")
case("elapsed with units", "a.csv", table("elapsed,loss", lambda i, v: f"{60 * (i - 1)}s,{v}"), x=S, axis="seconds")
case(
    "elapsed in milliseconds",
    "a.csv",
    table("elapsed,loss", lambda i, v: f"{60000 * (i - 1)}ms,{v}"),
    x=S,
    axis="seconds",
)
case("elapsed in minutes", "a.csv", table("elapsed,loss", lambda i, v: f"{i - 1}min,{v}"), x=S, axis="seconds")
case(
    "elapsed in hours and minutes", "a.csv", table("elapsed,loss", lambda i, v: f"{i - 1}m 0s,{v}"), x=S, axis="seconds"
)
case(
    "milliseconds by name",
    "a.csv",
    table("elapsed_ms,loss", lambda i, v: f"{60000 * (i - 1)},{v}"),
    axis="row",
    more=True,
)
case(
    "american dates",
    "a.csv",
    table("time,loss", lambda i, v: f"01/02/2024 10:{i:02d}:00,{v}"),
    y=None,
    told="column 'time' tells its rows apart by words",
)
case("dates beside steps", "a.csv", table("time,step,loss", lambda i, v: f"01/02/2024 10:{i:02d}:00,{i},{v}"))

# Order.
case(
    "newest first",
    "a.csv",
    ["step,loss", *reversed(table("step,loss", lambda i, v: f"{i},{v}")[1:])],
    told="newest first",
)
case(
    "newest first by epoch",
    "a.csv",
    ["epoch,loss", *reversed(table("", lambda i, v: f"{i},{v}")[1:])],
    axis="epoch",
    told="newest first",
)
case(
    "newest first by time",
    "a.csv",
    ["timestamp,loss", *reversed(table("", lambda i, v: f"{BEGUN + 60 * i},{v}")[1:])],
    axis="seconds",
    x=S,
    told="newest first",
)
case(
    "newest first with both",
    "a.csv",
    ["timestamp,step,loss", *reversed(table("", lambda i, v: f"{BEGUN + 60 * i},{i},{v}")[1:])],
    told="newest first",
)
case("newest first in json", "a.jsonl", reversed(objects(lambda i, v: {"step": i, "loss": v})), told="newest first")
case("newest first in text", "a.log", reversed(printed(lambda i, v: f"step {i} loss {v}")), told="newest first")
case(
    "newest first in a document",
    "a.json",
    json.dumps([{"step": i, "loss": v} for i, v in zip(range(12, 0, -1), Y[::-1], strict=True)]),
    told="newest first",
)

# Counters within an epoch.
LONG = [round(3.0 - 2.0 * (k / 1079) ** 0.5 + 0.001 * (k * 7 % 5), 5) for k in range(1080)]
INNER = [(e, b, LONG[108 * e + b]) for e in range(10) for b in range(108)]
UNROLLED = [float(k) for k in range(1080)]
for inner in ("batch", "iter", "iteration", "step", "batch_idx"):
    case(
        f"epoch,{inner},loss",
        "a.csv",
        [f"epoch,{inner},loss", *(f"{e},{b},{v}" for e, b, v in INNER)],
        y=LONG,
        x=UNROLLED,
    )
    case(f"epoch,{inner},loss from 1", "a.csv", [f"epoch,{inner},loss", *(f"{e + 1},{b + 1},{v}" for e, b, v in INNER)], y=LONG,
         x=[k + 1 for k in UNROLLED])  # fmt: skip
for inner in ("batch", "iter", "step"):
    case(
        f"epoch and {inner} in json",
        "a.jsonl",
        [json.dumps({"epoch": e, inner: b, "loss": v}) for e, b, v in INNER],
        y=LONG,
        x=UNROLLED,
    )
    case(
        f"epoch and {inner} in text",
        "a.log",
        [f"epoch {e} {inner} {b} loss {v}" for e, b, v in INNER],
        y=LONG,
        x=UNROLLED,
    )
    case(
        f"epoch and {inner} in a document",
        "a.json",
        json.dumps([{"epoch": e, inner: b, "loss": v} for e, b, v in INNER]),
        y=LONG,
        x=UNROLLED,
    )
case("epoch and every tenth batch", "a.csv", ["epoch,batch,loss", *(f"{e},{b},{v}" for e, b, v in INNER if b % 10 == 0)],
     y=[v for e, b, v in INNER if b % 10 == 0], x=[110 * e + b for e, b, v in INNER if b % 10 == 0])  # fmt: skip
case("epoch and batches of so many", "a.csv", ["epoch,batch,loss", *(f"{e},{b + 1}/108,{v}" for e, b, v in INNER)], y=LONG,
     x=[k + 1 for k in UNROLLED])  # fmt: skip
case("epoch and a counter of no name that is known", "a.csv", ["epoch,i,loss", *(f"{e},{b},{v}" for e, b, v in INNER)], y=LONG,
     axis="epoch", x=[e + b / 108 for e, b, _ in INNER], more=True, told="spread evenly")  # fmt: skip
case("epochs and batches of so many", "a.csv", ["epoch,batch,loss", *(f"{e + 1}/10,{b + 1}/108,{v}" for e, b, v in INNER)], y=LONG,
     x=[k + 1 for k in UNROLLED])  # fmt: skip
case("epochs in words", "a.csv", ["epoch,batch,loss", *(f"Epoch {e + 1},{b},{v}" for e, b, v in INNER)], y=None,
     told="column 'epoch' tells its rows apart by words")  # fmt: skip
case("batch before epoch", "a.csv", ["batch,epoch,loss", *(f"{b},{e},{v}" for e, b, v in INNER)], y=LONG, x=UNROLLED)
case(
    "two epochs of batches",
    "a.csv",
    ["epoch,iter,loss", *(f"{e},{b},{v}" for e, b, v in INNER[:216])],
    y=LONG[:216],
    x=UNROLLED[:216],
)
case(
    "an epoch that was cut",
    "a.csv",
    ["epoch,iter,loss", *(f"{e},{b},{v}" for e, b, v in INNER[:250])],
    y=LONG[:250],
    x=UNROLLED[:250],
)
case("epoch, batch and a step of the run", "a.csv",
     ["epoch,batch,global_step,loss", *(f"{e},{b},{108 * e + b},{v}" for e, b, v in INNER)], y=LONG, x=UNROLLED)  # fmt: skip
case("newest first within epochs", "a.csv", ["epoch,batch,loss", *(f"{e},{b},{v}" for e, b, v in reversed(INNER))], y=LONG,
     x=UNROLLED, told="newest first")  # fmt: skip

# Long tables.
TWO = {"a": Y, "b": [round(v + 1, 2) for v in Y]}
RUNS = {f"#{run}": {"loss": ("step", X, y)} for run, y in TWO.items()}
case(
    "a column of runs",
    "a.csv",
    ["run,step,loss", *(f"{run},{i},{v}" for run, y in TWO.items() for i, v in enumerate(y, 1))],
    runs=RUNS,
)
case(
    "a column of runs, in turn",
    "a.csv",
    ["run,step,loss", *(f"{run},{i},{y[i - 1]}" for i in range(1, 13) for run, y in TWO.items())],
    runs=RUNS,
)
case("a column of runs by number", "a.csv", ["run,step,loss", *(f"{k},{i},{v}" for k, y in enumerate(TWO.values()) for i, v in enumerate(y, 1))],
     runs={f"#run={k}": {"loss": ("step", X, y)} for k, y in enumerate(TWO.values())})  # fmt: skip
case("a column of runs and decimal commas", "a.csv",
     ["run;step;loss", *(f"{run};{i};{comma(v)}" for run, y in TWO.items() for i, v in enumerate(y, 1))], runs=RUNS)  # fmt: skip
case("a column of metrics", "a.csv", ["step,metric,value", *(f"{i},{m},{v}" for i in range(1, 13) for m, v in (("loss", Y[i - 1]), ("acc", i / 20)))],
     acc=("step", X, [i / 20 for i in range(1, 13)]))  # fmt: skip
case("columns of runs and metrics", "a.csv",
     ["run,step,metric,value", *(f"{run},{i},{m},{v}" for run, y in TWO.items() for i in range(1, 13) for m, v in (("loss", y[i - 1]), ("acc", i / 20)))],
     runs={f"#{run}": {"loss": ("step", X, y), "acc": ("step", X, [i / 20 for i in range(1, 13)])} for run, y in TWO.items()})  # fmt: skip
case("columns of runs and metrics in json", "a.jsonl",
     [json.dumps({"run": run, "step": i, "metric": m, "value": v}) for run, y in TWO.items() for i in range(1, 13) for m, v in (("loss", y[i - 1]), ("acc", i / 20))],
     runs={f"#{run}": {"loss": ("step", X, y), "acc": ("step", X, [i / 20 for i in range(1, 13)])} for run, y in TWO.items()})  # fmt: skip
case("columns of runs, epochs and batches", "a.csv",
     ["run,epoch,batch,loss", *(f"{run},{e},{b},{v + k:.5f}" for k, run in enumerate("ab") for e, b, v in INNER[:324])],
     runs={f"#{run}": {"loss": ("step", UNROLLED[:324], [round(v + k, 5) for v in LONG[:324]])} for k, run in enumerate("ab")})  # fmt: skip
case("a column of splits", "a.csv", ["step,split,loss", *(f"{i},{s},{v + k:.2f}" for i, v in enumerate(Y, 1) for k, s in enumerate(("train", "val")))],
     runs={"": {"train/loss": ("step", X, Y), "val/loss": ("step", X, [round(v + 1, 2) for v in Y])}})  # fmt: skip
case("runs and nan", "a.csv", ["run,step,loss", *(f"{run},{i},{w}" for run in "ab" for i, w in enumerate(ends_in("NAN"), 1))],
     runs={f"#{run}": {"loss": ("step", X, diverged(NAN))} for run in "ab"})  # fmt: skip

# Keys that collide.
case("keys with points", "a.jsonl", objects(lambda i, v: {"step": i, "a.loss": v, "a": {"loss": v + 1}}), metric="a.loss",
     **{"a/loss": ("step", X, [v + 1 for v in Y])})  # fmt: skip
case("keys with slashes", "a.jsonl", objects(lambda i, v: {"step": i, "a/loss": v, "a": {"loss": v + 1}}), metric="a/loss",
     **{"a/loss.1": ("step", X, [v + 1 for v in Y])})  # fmt: skip
case("keys with slashes, nested first", "a.jsonl", objects(lambda i, v: {"step": i, "a": {"loss": v}, "a/loss": v + 1}),
     metric="a/loss", **{"a/loss.1": ("step", X, [v + 1 for v in Y])})  # fmt: skip
case("keys that are wrapped", "a.jsonl", objects(lambda i, v: {"step": i, "loss": v, "metrics": {"loss": v + 1}}),
     **{"loss.1": ("step", X, [v + 1 for v in Y])})  # fmt: skip
case("keys with slashes in a document", "a.json", json.dumps([{"step": i, "a/loss": v, "a": {"loss": v + 1}} for i, v in zip(X, Y, strict=True)]),
     metric="a/loss", **{"a/loss.1": ("step", X, [v + 1 for v in Y])})  # fmt: skip
case("a key twice", "a.jsonl", [f'{{"step": {i}, "loss": {v}, "loss": {v + 1}}}' for i, v in enumerate(Y, 1)], more=True,
     **{"loss.1": ("step", X, [v + 1 for v in Y])})  # fmt: skip
case(
    "keys that differ in capitals",
    "a.jsonl",
    objects(lambda i, v: {"step": i, "loss": v, "Loss": v + 1}),
    Loss=("step", X, [v + 1 for v in Y]),
)

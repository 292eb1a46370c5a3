"""How a number itself is written: decimals, thousands, magnitudes, units, fractions, what is not finite."""

from __future__ import annotations

import json

from .case import INF, NAN, X, Y, case, comma, diverged, ends_in, objects, printed, table

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

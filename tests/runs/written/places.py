"""Where numbers stand: times, order, counters within an epoch, long tables, keys that collide."""

from __future__ import annotations

import json

from .case import NAN, X, Y, case, comma, diverged, ends_in, objects, printed, table

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

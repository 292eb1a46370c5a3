"""What stands around numbers: quotes, names, comments, lines, words, dates and codes."""

from __future__ import annotations

import json

from .case import X, Y, case, comma, objects, printed, table

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

"""A small log of every format, written by hand from its documented layout."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

N = 60
LOSS = [round(3.0 - 0.03 * i + 0.001 * (i * 7 % 5), 6) for i in range(N)]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, body: bytes | int) -> bytes:
    if isinstance(body, int):
        return _varint(number << 3) + _varint(body)
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def wandb_file(records: list[bytes]) -> bytes:
    """Records in LevelDB's log format, as W&B frames them."""
    out = bytearray(b":W&B" + b"\xe1\xbe" + b"\x00")
    for record in records:
        first = True
        while True:
            room = 32768 - len(out) % 32768
            if room < 7:
                out += bytes(room)
                room = 32768
            piece, record = record[: room - 7], record[room - 7 :]
            kind = (1 if not record else 2) if first else (4 if not record else 3)
            out += struct.pack("<IHB", zlib.crc32(bytes([kind]) + piece), len(piece), kind) + piece
            first = False
            if not record:
                break
    return bytes(out)


def wandb_history(i: int, values: dict[str, object]) -> bytes:
    items = {"_step": i, "_runtime": i * 2.5, "_timestamp": 1700000000.0 + i * 2.5, **values}
    body = b"".join(field(1, field(2, k.encode()) + field(16, json.dumps(v).encode())) for k, v in items.items())
    return field(1, i + 1) + field(2, body + field(2, field(1, i) if i else b""))


def wandb(folder: Path) -> Path:
    config = field(5, field(1, field(1, b"lr") + field(16, b"0.1")))
    records = [config, *(wandb_history(i, {"loss": LOSS[i], "acc": i / N}) for i in range(N))]
    file = folder / "wandb" / "offline-run-20260101_000000-abc" / "run-abc.wandb"
    file.parent.mkdir(parents=True)
    file.write_bytes(wandb_file(records))
    return file


def _mask(crc: int) -> bytes:
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def tensorboard_record(body: bytes) -> bytes:
    head = struct.pack("<Q", len(body))
    return head + _mask(crc32c(head)) + body + _mask(crc32c(body))


def tensorboard(folder: Path) -> Path:
    file = folder / "events.out.tfevents.1700000000.host.1.0"
    body = tensorboard_record(b"\x09" + struct.pack("<d", 1.7e9) + field(3, b"brain.Event:2"))
    for i in range(N):
        value = field(1, field(1, b"loss") + b"\x15" + struct.pack("<f", LOSS[i]))
        body += tensorboard_record(b"\x09" + struct.pack("<d", 1.7e9 + i) + field(2, i + 1) + field(5, value))
    file.write_bytes(body)
    return file


def wandb_export(folder: Path) -> Path:
    history = {"train": {"iter": list(range(N)), "loss": LOSS}}
    return _text(
        folder / "export.json", json.dumps({"summary": {}, "config": {"lr": 0.1}, "name": "a", "history": history})
    )


def tracker_export(folder: Path) -> Path:
    rows = [f"a,loss,{LOSS[i]},{i},{1700000000000 + i}" for i in range(N)]
    return _text(folder / "comet.csv", "\n".join(["experimentKey,metricName,metricValue,step,timestamp", *rows]) + "\n")


def mlflow_files(folder: Path) -> Path:
    run = folder / "mlruns" / "1" / "0123456789abcdef"
    meta = "artifact_uri: file:///x\nrun_id: 0123456789abcdef\nrun_name: big\nstatus: 3\n"
    _text(run / "meta.yaml", meta)
    _text(run / "params" / "lr", "0.1")
    lines = [f"{1700000000000 + i * 10} {LOSS[i]!r} {i}" for i in range(N)]
    return _text(run / "metrics" / "val" / "loss", "\n".join(lines) + "\n")


def mlflow_sqlite(folder: Path) -> Path:
    file = folder / "mlflow.db"
    with sqlite3.connect(file) as db:
        db.executescript("""CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, status TEXT, lifecycle_stage TEXT,
                experiment_id INTEGER);
            CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT); CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
            CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN,
                PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan));
            INSERT INTO experiments VALUES (1, 'exp');
            INSERT INTO runs VALUES ('u1', 'big', 'FINISHED', 'active', 1), ('u2', 'gone', 'FINISHED', 'deleted', 1);
            INSERT INTO params VALUES ('lr', '0.1', 'u1');""")
        rows = [("loss", LOSS[i], 1700000000000 + i, "u1", i, 0) for i in range(N)]
        rows += [
            ("odd", 0.0, 5, "u1", 1, 1),
            ("odd", 1.7976931348623157e308, 6, "u1", 2, 0),
            ("loss", 9.0, 7, "u2", 1, 0),
        ]
        db.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    db.close()
    return file


def trackio(folder: Path) -> Path:
    file = folder / "proj.db"
    with sqlite3.connect(file) as db:
        db.executescript("""CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT, timestamp TEXT,
                run_name TEXT, step INTEGER, metrics TEXT);
            CREATE TABLE configs (id INTEGER PRIMARY KEY, run_id TEXT, run_name TEXT, config TEXT, created_at TEXT);
            INSERT INTO configs VALUES (1, 'r1', 'big', '{"lr": 0.1, "_Group": null}', '');""")
        when = [f"2026-01-01T00:{i // 60:02d}:{i % 60:02d}.000000+00:00" for i in range(N)]
        rows = [("r1", when[i], "big", i, json.dumps({"loss": LOSS[i], "acc": i / N}).encode()) for i in range(N)]
        rows += [
            ("r2", when[0], "odd", 0, b'{"loss": "NaN", "note": "x"}'),
            ("r2", when[1], "odd", 1, b'{"loss": "Infinity"}'),
        ]
        db.executemany("INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?, ?, ?, ?, ?)", rows)
    db.close()
    return file


def trainer_state(folder: Path) -> Path:
    history = [{"step": i, "epoch": i / 10, "loss": LOSS[i]} for i in range(N)]
    return _text(
        folder / "trainer_state.json", json.dumps({"global_step": N - 1, "max_steps": 100, "log_history": history})
    )


def lm_eval(folder: Path) -> Path:
    for step in (100, 200, 300):
        results = {"toy": {"acc,none": step / 1000, "acc_stderr,none": 0.01, "alias": "toy"}}
        told = {"results": results, "configs": {}, "versions": {"toy": 1}, "higher_is_better": {"toy": {"acc": True}}}
        model = folder / f"acme__step{step}"
        _text(
            model / "results_2026-01-01T00-00-00.1.json",
            json.dumps(told | {"config": {"model_args": {}}, "date": 1.7e9}),
        )
        samples = [{"doc_id": i, "acc": float(i % 2), "metrics": ["acc"]} for i in range(4)]
        _text(model / "samples_toy_2026-01-01T00-00-00.1.jsonl", "".join(json.dumps(s) + "\n" for s in samples))
    return folder / "acme__step100" / "results_2026-01-01T00-00-00.1.json"


def inspect_eval(folder: Path) -> Path:
    file = folder / "2026_t.eval"
    scores = [{"name": "match", "metrics": {"accuracy": {"value": 0.75}}}]
    header = {"status": "success", "eval": {"task": "t", "model": "m/step50"}, "results": {"scores": scores}}
    samples = [{"id": f"q{i}", "epoch": 1, "scores": {"match": {"value": "C" if i else "I"}}} for i in range(4)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", "{}")
        archive.writestr("header.json", json.dumps(header))
        archive.writestr("summaries.json", json.dumps(samples))
    return file


def evals_result(folder: Path) -> Path:
    return _text(
        folder / "evals.json", json.dumps({"train": {"logloss": LOSS}, "valid": {"logloss": LOSS, "auc": LOSS}})
    )


def json_records(folder: Path) -> Path:
    rows = [{"Iteration": i, "Value": LOSS[i], "Agent": agent} for agent in ("DQN", "C51") for i in range(N)]
    return _text(folder / "game.json", json.dumps(rows))


def dvclive(folder: Path) -> Path:
    _text(folder / "dvclive" / "params.yaml", "lr: 0.1\n")
    rows = "".join(f"{i}\t{LOSS[i]}\n" for i in range(N))
    return _text(folder / "dvclive" / "plots" / "metrics" / "train" / "loss.tsv", "step\tloss\n" + rows)


def algoperf(folder: Path) -> Path:
    evals = "".join(f"{i * 7}.5,{i * 10},{LOSS[i]}\n" for i in range(1, 6))
    _text(folder / "eval_measurements.csv", "accumulated_submission_time,global_step,validation/loss\n" + evals)
    _text(folder / "hparams.json", '{"learning_rate": 0.1}')
    _text(folder / "meta_data_0.json", '{"workload.step_hint": 100, "rng_seed": 7}')
    rows = [f"{i},{LOSS[i]},,{''}" for i in range(N)] + [f"{i * 10},,{LOSS[i]},{i * 7}.5" for i in range(1, 6)]
    return _text(
        folder / "measurements.csv",
        "global_step,loss,validation/loss,accumulated_submission_time\n" + "\n".join(rows) + "\n",
    )


def monitor(folder: Path) -> Path:
    for env in (1, 0):
        rows = "".join(f"{LOSS[i]},{10 + env},{i * 2.0 + env}\n" for i in range(N))
        body = f'#{{"t_start": 1700000000.0, "env_id": "Toy-v0"}}\nr,l,t\n{rows}'
        file = _text(folder / f"{env}.monitor.csv", body)
    return file


def evaluations(folder: Path) -> Path:
    file = folder / "evaluations.npz"
    results = np.array([[y - 1.0, y + 1.0] for y in LOSS])
    np.savez(file, timesteps=np.arange(N) * 100, results=results, ep_lengths=np.full((N, 2), 7))
    return file


def progress(folder: Path) -> Path:
    rows = "".join(f"{i + 1},{y},{2048 * (i + 1)},{i * 3}\n" for i, y in enumerate(LOSS))
    header = "time/iterations,rollout/ep_rew_mean,time/total_timesteps,time/time_elapsed\n"
    return _text(folder / "ppo" / "progress.csv", header + rows)


def blocks(folder: Path) -> Path:
    frame = "-" * 33 + "\n"
    text = "Using cpu device\n"
    for i, y in enumerate(LOSS):
        rows = (("rollout/", ""), ("   ep_rew_mean", y), ("time/", ""), ("   total_timesteps", 2048 * (i + 1)))
        text += frame + "".join(f"| {key:<18} | {value:<8} |\n" for key, value in rows) + frame
    return _text(folder / "out.txt", text)


def text_table(folder: Path) -> Path:
    head = "E    #       LOSS NER  SCORE \n---  ------  --------  ------\n"
    rows = "".join(f"{i // 9:>3}  {i * 200:>6}  {y:>8.3f}  {i / N:>6.2f}\n" for i, y in enumerate(LOSS))
    return _text(folder / "train.log", "Initializing pipeline\n" + head + rows)


def numbers(folder: Path) -> Path:
    return _text(folder / "loss.txt", "".join(f"{i * 100} {y}\n" for i, y in enumerate(LOSS)))


def keras_csv(folder: Path) -> Path:
    rows = "".join(f"{i % 30},{i / N},{LOSS[i]}\n" for i in range(N))
    return _text(folder / "training.csv", "epoch,accuracy,loss\n" + rows)


def lightning_csv(folder: Path) -> Path:
    _text(folder / "version_0" / "hparams.yaml", "lr: 0.1\nmax_steps: 100\n")
    rows = "".join(f"{i // 10},{i},{LOSS[i] if i % 2 else ''},{'' if i % 2 else i / N}\n" for i in range(N))
    return _text(folder / "version_0" / "metrics.csv", "epoch,step,train_loss,val_acc\n" + rows)


def mllog(folder: Path) -> Path:
    def line(key: str, value: object, **metadata: object) -> str:
        return ":::MLLOG " + json.dumps({"time_ms": 1700000000000, "key": key, "value": value, "metadata": metadata})

    told = [
        line("seed", 3),
        *(line("eval_accuracy", LOSS[i], epoch_num=i) for i in range(N)),
        "noise",
        line("run_stop", None, status="success"),
    ]
    return _text(folder / "result_0.txt", "\n".join(told) + "\n")


def text(folder: Path) -> Path:
    lines = [f"step:{i}/{N - 1} train_loss:{LOSS[i]} train_time:{i * 100}ms step_avg:100ms" for i in range(N)]
    return _text(folder / "train.log", "settings follow\n" + "\n".join(lines) + "\n")


def tidy(folder: Path) -> Path:
    rows = "".join(f"s,t,r{r},loss,min,step,{i},{LOSS[i]}\n" for r in range(2) for i in range(N))
    return _text(folder / "table.csv", "source,task,run,metric,direction,x_name,x,y\n" + rows)


def jsonl(folder: Path) -> Path:
    return _text(
        folder / "run.jsonl",
        "".join(json.dumps({"step": i, "loss": LOSS[i], "epoch": i / 10}) + "\n" for i in range(N)),
    )


def csv(folder: Path) -> Path:
    return _text(folder / "run.csv", "step,lr,loss\n" + "".join(f"{i},0.1,{LOSS[i]}\n" for i in range(N)))


def _text(file: Path, body: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body.encode())
    return file


CORPUS: dict[str, Callable[[Path], Path]] = {
    made.__name__: made
    for made in (
        tensorboard, wandb, wandb_export, tracker_export, mlflow_files, mlflow_sqlite, trackio, trainer_state, lm_eval,
        inspect_eval, evals_result, json_records, dvclive, algoperf, monitor, evaluations, progress,
        blocks, text_table, numbers, keras_csv, lightning_csv, mllog, text, tidy, jsonl, csv,
    )
}  # fmt: skip
GROWING = (
    "tensorboard", "wandb", "mlflow_files", "dvclive", "algoperf", "monitor", "progress", "blocks", "text_table", "numbers", "keras_csv",
    "lightning_csv", "mllog", "text", "jsonl", "csv",
)  # fmt: skip
"""The formats whose files are appended to."""

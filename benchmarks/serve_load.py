"""The live page under load: python benchmarks/serve_load.py -o benchmarks/results/serve_load.json

Live runs are log files that grow while viewers listen; each viewer keeps a stream of events open and asks for the first
rows whenever it is told of a change, at most once a second, as the page's script does. The anchor is one viewer alone
on the same machine in the same minute. Seconds of work (cpu_seconds) are the server's, those of the process that looks
at the runs, and the viewers', which share one process: unlike latencies they are not changed by what else runs.

    --soak 600                memory of both processes while runs and viewers go on for so long
    --make RUNSxPOINTS S      makes a store of so many runs
    --store S                 the first page of a store of many runs: until the first rows, and until all
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from forerun.runs.log import Log
from forerun.runs.store import Store

TOKEN = "a-token-for-the-benchmark"


class Viewer:
    """One person with the page open.

    Attributes:
        latencies: seconds that each request for rows took. delays: seconds from a point's write to its event.
        errors: what went wrong.
    """

    def __init__(self, port: int, encoding: str = "gzip") -> None:
        self.encoding = encoding
        self.port, self.latencies, self.errors, self.events = port, [], [], 0

    async def ask(self, path: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        own = f"Authorization: Bearer {TOKEN}\r\nAccept-Encoding: {self.encoding}\r\nConnection: close"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{own}\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(-1), 30)
        writer.close()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer[:60].decode("latin-1"))
        return answer

    async def watch(self, until: float) -> None:
        await asyncio.sleep(random.random() * 2)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            head = f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
            writer.write(head.encode())
            last = 0.0
            while time.time() < until:
                try:
                    line = await asyncio.wait_for(reader.readline(), max(0.1, until - time.time()))
                except TimeoutError:
                    break
                if not line:
                    raise RuntimeError("the stream ended")
                if line.startswith(b"data: "):
                    self.events += 1
                    if time.time() - last >= 1.0:
                        last = time.time()
                        begun = time.perf_counter()
                        await self.ask("/rows")
                        self.latencies.append(time.perf_counter() - begun)
            writer.close()
        except Exception as error:
            self.errors.append(repr(error))


def begin(folder: Path, runs: int) -> None:
    """Logs of a hundred points."""
    for i in range(runs):
        lines = (json.dumps({"step": s, "val_loss": 1 + i / 50 + 5 / s}) for s in range(1, 100))
        (folder / f"run{i:03d}.jsonl").write_text("\n".join(lines) + "\n")


async def grow(folder: Path, runs: int, until: float) -> None:
    """Every run gets a point a second."""
    step = 100
    while time.time() < until:
        for i in range(runs):
            with (folder / f"run{i:03d}.jsonl").open("a") as log:
                log.write(json.dumps({"step": step, "val_loss": 1 + i / 50 + 5 / step}) + "\n")
        step += 1
        await asyncio.sleep(1.0)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def memory(process: int) -> float:
    """MB of a process that lie in memory and are its own."""
    status = Path(f"/proc/{process}/status").read_text()
    return float(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def cpu(process: int) -> float:
    """Seconds for which a process was at work, its ended children's not counted."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def looker(server: int) -> int | None:
    """The process that looks at runs; None where the server does that itself."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    threads = Path(f"/proc/{server}/task").iterdir()
    children += [child for one in threads for child in (one / "children").read_text().split()]
    looks = [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return looks[0] if looks else None


def started(path: Path, *more: str) -> tuple[subprocess.Popen[str], int, float]:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "forerun", "serve", str(path), "--port", "0", "--json", *more]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"FORERUN_TOKEN": TOKEN})
    assert server.stdout is not None
    said = json.loads(server.stdout.readline())
    return server, int(said["address"].rstrip("/").rpartition(":")[2]), time.perf_counter() - begun


async def load(viewers: int, live: int, seconds: float, encoding: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin(folder, live)
        server, port, start = started(folder)
        try:
            await asyncio.sleep(15)
            alone = Viewer(port, encoding)
            single = []
            for _ in range(20):
                begun = time.perf_counter()
                await alone.ask("/rows")
                single.append(time.perf_counter() - begun)
            until, sizes = time.time() + seconds, [memory(server.pid)]
            looks = looker(server.pid)
            before = [cpu(server.pid), 0.0 if looks is None else cpu(looks), cpu(os.getpid())]
            crowd = [Viewer(port, encoding) for _ in range(viewers)]

            async def weigh() -> None:
                while time.time() < until:
                    await asyncio.sleep(seconds / 20)
                    sizes.append(memory(server.pid))

            await asyncio.gather(grow(folder, live, until), weigh(), *(one.watch(until) for one in crowd))
            after = [cpu(server.pid), 0.0 if looks is None else cpu(looks), cpu(os.getpid())]
        finally:
            server.kill()
        latencies = [one for viewer in crowd for one in viewer.latencies]
        return {
            "viewers": viewers, "live_runs": live, "seconds": seconds, "start_seconds": round(start, 2),
            "requests": len(latencies), "events_heard": sum(one.events for one in crowd),
            "errors": [error for one in crowd for error in one.errors],
            "alone_p50_ms": round(1e3 * quantile(single, 0.5), 1),
            "p50_ms": round(1e3 * quantile(latencies, 0.5), 1), "p95_ms": round(1e3 * quantile(latencies, 0.95), 1),
            "p99_ms": round(1e3 * quantile(latencies, 0.99), 1),
            "cpu_seconds": {
                name: round(late - early, 1)
                for name, early, late in zip(("server", "looks", "viewers"), before, after, strict=True)
            },
            "memory_mb": [round(one, 1) for one in sizes],
        }  # fmt: skip


async def state(viewer: Viewer) -> dict[str, Any]:
    """How things stand, as the first event says."""
    reader, writer = await asyncio.open_connection("127.0.0.1", viewer.port)
    writer.write(f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
    while not (line := await reader.readline()).startswith(b"data: "):
        if not line:
            raise RuntimeError("the stream ended")
    writer.close()
    return json.loads(line[6:])


async def first_page(store: Path) -> dict[str, object]:
    """A store of many runs: how long until its first rows, until all of it is there, and how long a page takes then."""
    begun = time.perf_counter()
    server, port, start = started(store)
    viewer, first = Viewer(port, "identity"), 0.0
    try:
        while True:
            now = await state(viewer)
            if now["runs"] and not first:
                await viewer.ask("/rows")
                first = time.perf_counter() - begun
            if now["runs"] and not now["unread"]:
                break
            await asyncio.sleep(0.1)
        whole, took = time.perf_counter() - begun, {}
        while now["looked"] < now["runs"] and time.perf_counter() - begun < whole + 20:  # of those in sight most
            now = await state(viewer)
            await asyncio.sleep(0.5)
        for path in ("/", "/rows?sort=best", "/rows?find=lr%3D0.001", "/rows?group=lr", "/rows?from=5000"):
            times = []
            for _ in range(10):
                at = time.perf_counter()
                await viewer.ask(path)
                times.append(time.perf_counter() - at)
            took[path] = {"first_ms": round(1e3 * times[0], 1), "median_ms": round(1e3 * quantile(times, 0.5), 1)}
        looks = looker(server.pid)
        assert looks is not None
        return {
            "runs": now["runs"], "listening_seconds": round(start, 2), "first_rows_seconds": round(first, 2),
            "whole_seconds": round(whole, 2), "pages": took, "store_mb": round(store.stat().st_size / 1e6, 1),
            "memory_mb": {"server": round(memory(server.pid), 1), "looks": round(memory(looks), 1)},
            "cpu_seconds": {"server": round(cpu(server.pid), 1), "looks": round(cpu(looks), 1)},
        }  # fmt: skip
    finally:
        server.kill()


async def soak(viewers: int, live: int, seconds: float) -> dict[str, object]:
    """Memory of both processes while runs grow, viewers look and a store is written: twenty readings."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin(folder, live)
        server, port, _ = started(folder, "--store", str(folder / "kept.forerun"))
        try:
            await asyncio.sleep(15)
            looks = looker(server.pid)
            assert looks is not None
            begun = time.time()
            readings: list[dict[str, float]] = []

            async def weigh() -> None:
                while time.time() < begun + seconds:
                    await asyncio.sleep(seconds / 20)
                    sizes = {"server_mb": memory(server.pid), "looks_mb": memory(looks)}
                    readings.append({name: round(v, 1) for name, v in {"s": time.time() - begun, **sizes}.items()})

            crowd = [Viewer(port) for _ in range(viewers)]
            until = begun + seconds
            await asyncio.gather(grow(folder, live, until), weigh(), *(one.watch(until) for one in crowd))
        finally:
            server.kill()
    half = readings[len(readings) // 2 :]
    return {
        "viewers": viewers, "live_runs": live, "seconds": seconds,
        "requests": sum(len(one.latencies) for one in crowd),
        "errors": [error for one in crowd for error in one.errors],
        "grown_in_second_half_mb": {
            name: round(half[-1][name] - half[0][name], 1) for name in ("server_mb", "looks_mb")
        },
        "readings": readings,
    }  # fmt: skip


def make(path: Path, runs: int, points: int) -> None:
    """A store of a sweep, of which a tenth goes on."""
    steps, rows = np.arange(1.0, points + 1) * 10, np.arange(points)
    with Store(path) as store:
        for i in range(runs):
            noise = np.random.default_rng(i).normal(0, 0.02, points)
            values = 2.0 + (i % 50) / 50 + 8.0 * (steps + 20) ** -0.35 + noise
            config = {"lr": [0.1, 0.01, 0.003, 0.001][i % 4], "seed": i // 4, "batch_size": [64, 128][i % 2]}
            end = "finished" if i % 10 else ""
            series = {"val/loss": (rows, values)}
            log = Log("live", n=points, axes={"step": steps}, series=series, config=config, end=end, task="sweep")
            store.append(f"sweep/run{i:05d}", log, touched=time.time() if i % 10 == 0 else 1e9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--live", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--encoding", default="gzip", help="what viewers accept, as browsers do; or identity")
    parser.add_argument("--store", type=Path, help="measure the first page of this store instead")
    parser.add_argument("--soak", type=float, help="watch memory for so many seconds instead")
    parser.add_argument("--make", nargs=2, metavar=("RUNSxPOINTS", "STORE"), help="make a store, and measure nothing")
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks/results/serve_load.json"))
    given = parser.parse_args()
    if given.make:
        make(Path(given.make[1]), *map(int, given.make[0].split("x")))
        return
    if given.store:
        figures = asyncio.run(first_page(given.store))
        key = f"first_page_{given.store.stem}"
    elif given.soak:
        figures = asyncio.run(soak(given.viewers, given.live, given.soak))
        key = f"soak_{given.viewers}_viewers_{given.soak:g}_s"
    else:
        figures = asyncio.run(load(given.viewers, given.live, given.seconds, given.encoding))
        key = f"{given.viewers}_viewers_{given.seconds:g}_s" + ("" if given.encoding == "gzip" else "_identity")
    before = json.loads(given.out.read_text()) if given.out.exists() else {}
    about = {"python": platform.python_version(), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)}
    given.out.write_text(json.dumps({**before, key: figures | about}, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

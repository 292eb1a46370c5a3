"""The live page under load: python benchmarks/serve_load.py -o benchmarks/results/serve_load.json

Live runs are log files that grow while viewers listen; each viewer keeps a stream of events open and asks for the first
rows whenever it is told of a change, at most once a second, as the page's script does. The anchor is one viewer alone
on the same machine in the same minute. --store measures the first page of a store of many runs instead.
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

TOKEN = "a-token-for-the-benchmark"


class Viewer:
    """One person with the page open.

    Attributes:
        latencies: seconds that each request for rows took. delays: seconds from a point's write to its event.
        errors: what went wrong.
    """

    def __init__(self, port: int) -> None:
        self.port, self.latencies, self.errors, self.events = port, [], [], 0

    async def ask(self, path: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
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


def started(path: Path, *more: str) -> tuple[subprocess.Popen[str], int, float]:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "forerun", "serve", str(path), "--port", "0", "--json", *more]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"FORERUN_TOKEN": TOKEN})
    assert server.stdout is not None
    said = json.loads(server.stdout.readline())
    return server, int(said["address"].rstrip("/").rpartition(":")[2]), time.perf_counter() - begun


async def load(viewers: int, live: int, seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for i in range(live):
            lines = (json.dumps({"step": s, "val_loss": 1 + i / 50 + 5 / s}) for s in range(1, 100))
            (folder / f"run{i:03d}.jsonl").write_text("\n".join(lines) + "\n")
        server, port, start = started(folder)
        try:
            await asyncio.sleep(15)
            alone = Viewer(port)
            single = []
            for _ in range(20):
                begun = time.perf_counter()
                await alone.ask("/rows")
                single.append(time.perf_counter() - begun)
            until, sizes = time.time() + seconds, [memory(server.pid)]
            crowd = [Viewer(port) for _ in range(viewers)]

            async def weigh() -> None:
                while time.time() < until:
                    await asyncio.sleep(seconds / 20)
                    sizes.append(memory(server.pid))

            await asyncio.gather(grow(folder, live, until), weigh(), *(one.watch(until) for one in crowd))
        finally:
            server.kill()
        latencies = [one for viewer in crowd for one in viewer.latencies]
        return {
            "viewers": viewers, "live_runs": live, "seconds": seconds, "start_seconds": round(start, 2),
            "requests": len(latencies), "events_heard": sum(one.events for one in crowd),
            "errors": [error for one in crowd for error in one.errors],
            "alone_p50_ms": round(1e3 * quantile(single, 0.5), 1),
            "p50_ms": round(1e3 * quantile(latencies, 0.5), 1), "p95_ms": round(1e3 * quantile(latencies, 0.95), 1),
            "p99_ms": round(1e3 * quantile(latencies, 0.99), 1), "memory_mb": [round(one, 1) for one in sizes],
        }  # fmt: skip


async def first_page(store: Path) -> dict[str, object]:
    """A store of many runs: how long until its first page is whole, and how long a page takes from then on."""
    server, port, start = started(store)
    viewer, begun = Viewer(port), time.perf_counter()
    try:
        while True:
            answer = await viewer.ask("/rows")
            of = int(re.search(rb'data-of="(\d+)"', answer)[1])  # type: ignore[index]
            if of:
                break
            await asyncio.sleep(0.5)
        whole, took = time.perf_counter() - begun, {}
        for path in ("/", "/rows?sort=best", "/rows?find=lr%3D0.001", "/rows?group=lr", "/rows?from=5000"):
            times = []
            for _ in range(10):
                at = time.perf_counter()
                await viewer.ask(path)
                times.append(time.perf_counter() - at)
            took[path] = {"first_ms": round(1e3 * times[0], 1), "median_ms": round(1e3 * quantile(times, 0.5), 1)}
        return {
            "runs": of, "listening_seconds": round(start, 2), "whole_seconds": round(whole, 2), "pages": took,
            "memory_mb": round(memory(server.pid), 1), "store_mb": round(store.stat().st_size / 1e6, 1),
        }  # fmt: skip
    finally:
        server.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--live", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--store", type=Path, help="measure the first page of this store instead")
    parser.add_argument("-o", "--out", type=Path, required=True)
    given = parser.parse_args()
    key = "first_page" if given.store else f"{given.viewers}_viewers_{given.seconds:g}_s"
    figures = asyncio.run(first_page(given.store) if given.store else load(given.viewers, given.live, given.seconds))
    before = json.loads(given.out.read_text()) if given.out.exists() else {}
    about = {"python": platform.python_version(), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)}
    given.out.write_text(json.dumps({**before, key: figures | about}, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

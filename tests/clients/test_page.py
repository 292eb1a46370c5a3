"""The report in a real browser: it draws, under its own content-security policy, without a network."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from forerun.cli.app import run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "runs"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not on this machine")
def test_the_page_draws_without_a_network(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert run(["report", str(EXAMPLES), "-o", str(page)]) == 0
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --enable-logging=stderr --window-size=1200,6000 "
        f"--virtual-time-budget=10000 --user-data-dir={tmp_path / 'profile'} --host-resolver-rules=MAP#*#~NOTFOUND"
    ).split()
    flags = [flag.replace("#", " ") for flag in flags]
    command = [str(CHROMIUM), *flags, "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr, re.findall(r".*CONSOLE.*", done.stderr)
    assert done.stdout.count('class="main-svg"') >= 6  # two a chart
    assert "forecast" in done.stdout.lower()

"""Which tests fail for which fault: each fault is made in a copy of the tree, and its tests run there.

    python evidence/faults/run.py [--only WORD] [--new]

Writes faults.json (``--only`` renews those whose sentence holds the word, ``--new`` makes those that it does not have,
and those that nothing failed for) and README.md beside itself.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from faults import FAULTS, Fault

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_COPIED = "src", "tests", "evidence", "docs", "pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"


def tree(into: Path) -> None:
    """A copy of what tests read."""
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            shutil.copy(source, into / name)


def failed(root: Path, tests: tuple[str, ...]) -> list[str]:
    """Tests that fail in a tree."""
    paths = [f"tests/{test}" for test in tests]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "0",
        "-o",
        "addopts=--strict-markers",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    env = os.environ | {"PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    done = subprocess.run([*command, *paths], cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    return re.findall(r"^FAILED tests/(\S+)", done.stdout, re.MULTILINE)


def judged(fault: Fault, root: Path) -> dict[str, Any]:
    file = root / "src" / "forerun" / fault.file
    text = file.read_text("utf-8")
    if text.count(fault.right) != 1:
        raise SystemExit(f"{fault.file} holds {text.count(fault.right)} times: {fault.right}")
    file.write_text(text.replace(fault.right, fault.wrong), "utf-8")
    killed = failed(root, fault.tests)
    file.write_text(text, "utf-8")
    return {"fault": fault.says, "file": fault.file, "right": fault.right, "wrong": fault.wrong, "killed_by": killed}


def page(found: list[dict[str, Any]]) -> str:
    """The README of this folder."""
    killed = sum(bool(one["killed_by"]) for one in found)
    lines = [
        "# Faults made by hand",
        "",
        f"Each line of `faults.py` makes one line of the source wrong; `run.py` runs its tests on a copy. {killed} of "
        f"{len(found)} faults fail a test. A fault that none fails for stays listed.",
        "",
        "| fault | where | fails |",
        "|---|---|---|",
    ]
    for one in found:
        tests = [f"`{name.split('::')[-1].split('[')[0]}`" for name in one["killed_by"]]
        shown = ", ".join(list(dict.fromkeys(tests))[:3]) or "**nothing**"
        lines.append(f"| {one['fault']} | `{one['file']}` | {shown} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--new", action="store_true")
    asked = parser.parse_args()
    kept = HERE / "faults.json"
    known = {one["fault"]: one for one in json.loads(kept.read_text())} if kept.is_file() else {}
    with tempfile.TemporaryDirectory() as folder:
        tree(Path(folder))
        for fault in FAULTS:
            if asked.only in fault.says and not (asked.new and known.get(fault.says, {}).get("killed_by")):
                known[fault.says] = judged(fault, Path(folder))
                print(fault.says, known[fault.says]["killed_by"], flush=True)
    found = [known[fault.says] for fault in FAULTS if fault.says in known]
    kept.write_text(json.dumps(found, indent=1) + "\n")
    (HERE / "README.md").write_text(page(found))


if __name__ == "__main__":
    main()

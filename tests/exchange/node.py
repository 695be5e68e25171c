"""The FHIR server and the official examples that the tests read from: npm packages, installed once, in one version."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

PINNED = Path(__file__).with_name("fhir_server")
TOOL = Path(__file__).parents[2] / ".local" / "fhir"
EXAMPLES = TOOL / "node_modules" / "hl7.fhir.r4.examples"
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def installed() -> Path:
    """Install what package-lock.json pins, unless it is there; where."""
    TOOL.mkdir(parents=True, exist_ok=True)
    with (TOOL / "lock").open("w") as door:
        # Whoever of several test processes comes first installs it for the others.
        fcntl.flock(door, fcntl.LOCK_EX)
        there, lock = TOOL / "package-lock.json", PINNED / "package-lock.json"
        if not (there.is_file() and there.read_bytes() == lock.read_bytes() and EXAMPLES.is_dir()):
            _install(there)
    shutil.copy(PINNED / "server.mjs", TOOL / "server.mjs")
    return TOOL


def _install(there: Path) -> None:
    assert shutil.which("npm") and shutil.which("node"), "npm and node are needed: on Debian, apt install npm"
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, TOOL / name)
    npm = ["npm", "ci", *QUIET]
    done = subprocess.run(npm, cwd=TOOL, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        there.unlink()
        raise AssertionError(f"the FHIR server could not be installed: {done.stderr[-500:]}")


def examples(kind: str) -> dict[str, dict[str, Any]]:
    """The official R4 examples of one type, by file name."""
    installed()
    found = {path.name: json.loads(path.read_text()) for path in sorted(EXAMPLES.glob(f"{kind}-*.json"))}
    return {name: it for name, it in found.items() if it.get("resourceType") == kind}

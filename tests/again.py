"""Runs the tests. What fails is told once more, alone and in a house of its own, and both endings are said.

A browser, a scanner or a process that is killed has a clock of its own, and two cores are few: what fails by chance
then passes, and what is broken fails again. More than a few at once is no chance.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FAILED = ROOT / ".pytest_cache/v/cache/lastfailed"
SOME_FAILED = 1
MOST = 5
# A story in a browser waits for a quarter of its time: three processes keep two cores busy.
SIDE_BY_SIDE = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


def tests(*options: str) -> int:
    command = (sys.executable, "-m", "pytest", "-q", *options)
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode


def failed() -> list[str]:
    """What failed in the last run, by name."""
    return sorted(json.loads(FAILED.read_text())) if FAILED.exists() else []


def main(*options: str) -> int:
    """Like pytest with these options, in parallel; the exit code is that of the last run."""
    code = tests(*SIDE_BY_SIDE, "--cache-clear", *options)
    if code != SOME_FAILED or not 0 < len(first := failed()) <= MOST:
        return code
    print("\nOnce more, alone:", *first, sep="\n  ", flush=True)
    again = tests("--last-failed", "--last-failed-no-failures", "none", *options)
    print("\nFailed once, and then passed:" if again == 0 else "\nFailed twice:", *first, sep="\n  ", flush=True)
    return again


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

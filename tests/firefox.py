"""Where the tests' second browser is: an installed Firefox, else Debian's. Prints its path."""

import os
import shutil
import sys
from collections.abc import Iterator

from tests.chromium import run, works

NAMES = ("firefox-esr", "firefox")


def installed() -> Iterator[str]:
    """The one asked for by FIREFOX, else those on the PATH."""
    if asked := os.environ.get("FIREFOX"):
        yield asked
        return
    for name in NAMES:
        if path := shutil.which(name):
            yield path


def from_debian() -> Iterator[str]:
    """Debian's package, for which one must be root."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt-get", "update", "-qq")
        if run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "firefox-esr"):
            yield from installed()


def main() -> int:
    for source in (installed, from_debian):
        for path in source():
            if works(path):
                print(path)
                return 0
        if source is installed and os.environ.get("FIREFOX"):
            print(f"FIREFOX is {os.environ['FIREFOX']}, which is not a browser that starts.", file=sys.stderr)
            return 2
        if source is installed:
            print("No Firefox yet; getting one for the tests", file=sys.stderr)
    print(
        "The tests need Firefox too and none could be had: install it (on Debian: apt install firefox-esr), "
        "or say where it is with FIREFOX=/path/to/firefox.",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())

"""Where the tests' browser is: an installed one, else Debian's, else Playwright's own. Prints its path."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def works(path: str) -> bool:
    """A name alone proves nothing: on some systems it only tells how to install the browser."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def installed() -> Iterator[str]:
    """The one asked for by CHROMIUM, else those on the PATH."""
    if asked := os.environ.get("CHROMIUM"):
        yield asked
        return
    for name in NAMES:
        if path := shutil.which(name):
            yield path


def from_debian() -> Iterator[str]:
    """Debian's package, for which one must be root."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt-get", "update", "-qq")
        if run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"):
            yield from installed()


def from_playwright() -> Iterator[str]:
    """Playwright's own download; as root also the libraries that it needs."""
    libraries = ["--with-deps"] if os.geteuid() == 0 and shutil.which("apt-get") else []
    if run(sys.executable, "-m", "playwright", "install", *libraries, "chromium"):
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            yield playwright.chromium.executable_path


def run(*command: str) -> bool:
    """Whether it worked; what it says goes where the person at the terminal sees it."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=env, check=False)
    return done.returncode == 0


def main() -> int:
    for source in (installed, from_debian, from_playwright):
        for path in source():
            if works(path):
                print(path)
                return 0
        if source is installed and os.environ.get("CHROMIUM"):
            print(f"CHROMIUM is {os.environ['CHROMIUM']}, which is not a browser that starts.", file=sys.stderr)
            return 2
        if source is not from_playwright:
            print("No Chromium yet; getting one for the tests", file=sys.stderr)
    print(
        "The tests need Chromium and none could be had: install it (on Debian: apt install chromium), "
        "or say where it is with CHROMIUM=/path/to/chromium.",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())

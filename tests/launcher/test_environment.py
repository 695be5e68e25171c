"""The set-up of a fresh machine: what it finds, and the one sentence when it cannot go on."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.running import ROOT

PINNED = ("requirements.txt", "requirements-dev.txt")
TOOLS = ("sh", "dirname", "cmp", "mkdir", "rm", "cp", "id")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A tree with nothing but what the set-up needs, and a PATH of its own in bin/."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "environment", tmp_path / "tools")
    for name in PINNED:
        (tmp_path / name).write_text("# nothing\n")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def set_up(clone: Path, what: str = "run", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "tools" / "environment", what],
        env={"PATH": str(clone / "bin"), "PYTHONWARNINGS": "ignore"} | env,
        capture_output=True,
        text=True,
        check=False,
    )


def python(clone: Path, *lacking: str) -> None:
    """A python3 on the PATH that has no such modules."""
    (clone / "lacks").mkdir()
    for name in lacking:
        (clone / "lacks" / f"{name}.py").write_text("raise ImportError\n")
    real = os.path.realpath(sys.executable)
    program = clone / "bin" / "python3"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={clone / "lacks"} exec {real} "$@"\n')
    program.chmod(0o755)


@pytest.mark.slow
def test_the_environment_is_made_once_and_again_when_what_is_pinned_changes(clone: Path) -> None:
    python(clone)
    first = set_up(clone)
    assert (first.returncode, first.stdout) == (0, "")
    assert "Installing what requirements.txt pins" in first.stderr
    assert (clone / ".venv" / "bin" / "python").exists()
    assert set_up(clone).stderr == ""
    (clone / "requirements.txt").write_text("# nothing else\n")
    assert "Installing" in set_up(clone).stderr


@pytest.mark.slow
def test_the_tests_environment_is_the_apps_too(clone: Path) -> None:
    python(clone)
    assert set_up(clone, "dev").returncode == 0
    assert set_up(clone, "run").stderr == ""


@pytest.mark.slow
def test_the_scanners_environment_is_its_own(clone: Path) -> None:
    python(clone)
    (clone / "requirements-wapiti.txt").write_text("# nothing\n")
    assert set_up(clone, "wapiti").returncode == 0
    assert (clone / ".venv-wapiti" / "bin" / "python").exists() and not (clone / ".venv").exists()
    assert set_up(clone, "wapiti").stderr == ""


@pytest.mark.slow
def test_a_broken_environment_is_made_anew(clone: Path) -> None:
    python(clone)
    assert set_up(clone).returncode == 0
    (clone / ".venv" / "bin" / "python").unlink()
    assert set_up(clone).returncode == 0
    assert (clone / ".venv" / "bin" / "python").exists()


@pytest.mark.slow
def test_a_python_without_ensurepip_lends_its_pip(clone: Path) -> None:
    python(clone, "ensurepip")
    assert set_up(clone).returncode == 0
    assert (clone / ".venv" / "installed-run.txt").exists()


def test_a_python_without_venv_and_pip_is_told_what_to_install(clone: Path) -> None:
    python(clone, "ensurepip", "pip")
    done = set_up(clone)
    assert done.returncode == 2
    assert done.stderr == (
        "python3 lacks venv and pip; install them (on Debian and Ubuntu: apt install python3-venv) and try again.\n"
    )
    assert not (clone / ".venv").exists()


def test_no_python_is_told(clone: Path) -> None:
    done = set_up(clone)
    assert done.returncode == 2
    assert done.stderr.startswith("No Python 3.11 or newer was found")
    assert done.stderr.count("\n") == 1


def test_an_older_python_is_no_python(clone: Path) -> None:
    (clone / "bin" / "python3").write_text("#!/bin/sh\nexit 1\n")
    (clone / "bin" / "python3").chmod(0o755)
    assert "No Python 3.11 or newer" in set_up(clone).stderr


@pytest.mark.slow
def test_what_cannot_be_installed_is_told_and_tried_again(clone: Path) -> None:
    python(clone)
    (clone / "requirements.txt").write_text("no-hash-at-all==1.0\n")
    done = set_up(clone, PIP_NO_INDEX="1")
    assert done.returncode == 2
    assert done.stderr.endswith("What requirements.txt pins could not be installed; see what stands above.\n")
    assert not (clone / ".venv" / "installed-run.txt").exists()


def test_a_place_that_cannot_be_written_is_told(clone: Path) -> None:
    python(clone)
    (clone / ".local").write_text("not a folder")
    done = set_up(clone)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_help_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M)) - {"dev"}
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", said, re.M))
    assert explained.keys() == targets
    assert targets >= {"run", "test", "test-fast", "test-all", "bench", "drill", "tour", "lint", "help"}


def test_what_runs_is_pinned_alike_for_the_tests() -> None:
    run, dev = (set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.M)) for name in PINNED)
    missing = sorted(run - dev)
    assert run
    assert not missing, f"compile both files again, so that requirements-dev.txt holds {missing}"


def test_no_pinned_file_names_where_packages_come_from() -> None:
    for name in (*PINNED, "requirements-wapiti.txt", "pyproject.toml"):
        assert "://" not in (ROOT / name).read_text(), f"{name} holds an address: compile it without one"


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_a_browser_that_is_none_is_told(name: str) -> None:
    command = [sys.executable, "-m", f"tests.{name}"]
    env = os.environ | {name.upper(): "/bin/false"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"{name.upper()} is /bin/false, which is not a browser that starts.\n"

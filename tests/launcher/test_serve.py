"""`make run`, for real: started, killed in parts, ended, refused; never anything left behind."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from app.machine.postgres import DATABASE, Server
from tests.launcher.running import SERVE, Run

pytestmark = pytest.mark.slow

Start = Callable[..., Run]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One installation for all of them, so that only the first start has to make it."""
    return tmp_path_factory.mktemp("installation")


@pytest.fixture
def start(local: Path) -> Iterator[Start]:
    runs: list[Run] = []

    def one(folder: Path = local, **more: str) -> Run:
        runs.append(Run(folder, **more))
        return runs[-1]

    yield one
    for run in runs:
        run.end()
        for process in run.left():
            process.kill()


def test_it_is_ready_prints_where_and_who_and_ends_at_ctrl_c(start: Start) -> None:
    first = start()
    assert f"Närlinjen is ready: http://localhost:{first.port}" in first.said
    assert f"http://localhost:{first.port}/demo/personer" in first.said
    assert first.said.count("\n    ") == 3, first.said
    assert first.get("/readyz") == first.get("/demo/personer") == first.get("/hjalp-nu") == 200
    assert first.end(signal.SIGINT) == 0
    assert first.left() == []


def test_a_second_start_is_quick_and_kill_ends_everything(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    start().end()
    second = start()
    with capsys.disabled():
        print(f" second start ready in {second.seconds:.1f} s ", end="")
    assert second.get("/readyz") == 200
    assert "Preparing" not in second.said
    assert second.end(signal.SIGTERM) == 0
    assert second.left() == []


def test_a_second_one_in_the_same_folder_is_refused(start: Start) -> None:
    first = start()
    second = start()
    assert second.end() == 2
    assert "already runs" in second.said
    assert str(first.process.pid) in second.said
    assert first.get("/readyz") == 200


def test_a_port_in_use_is_refused(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(port=port)
        assert run.end() == 2
        assert run.said.startswith(f"Port {port} is in use by another program")
        assert "\n" not in run.said


@pytest.mark.parametrize("port", ["80x", "0", "65536"])
def test_a_port_that_is_none_is_refused(start: Start, port: str) -> None:
    run = start(PORT=port)
    assert run.end() == 2
    assert run.said == f"PORT is {port!r}; it must be a number from 1 to 65535."


def test_what_dies_is_started_again(start: Start) -> None:
    run = start()
    for word, name in (("app:create_app()", "The web server"), ("worker", "The worker")):
        old = run.find(word)
        old.kill()
        assert run.line().startswith(f"{name} ended (killed by SIGKILL) and starts again")
    run.find("-D").kill()
    assert run.line().startswith("PostgreSQL has ended and starts again")
    wait_until_ready(run)
    assert run.find("worker").is_running()
    assert run.end() == 0
    assert run.left() == []


def test_nothing_outlives_a_supervisor_that_is_killed_outright_and_the_next_start_copes(start: Start) -> None:
    run = start()
    run.end(signal.SIGKILL)
    assert run.left() == []
    assert start().get("/readyz") == 200


def test_killing_make_ends_what_make_runs(start: Start) -> None:
    for sig in (signal.SIGTERM, signal.SIGKILL):
        run = start(command=("make", "--no-print-directory", "run"))
        assert run.get("/readyz") == 200
        run.end(sig)
        assert run.left() == []


def test_what_an_earlier_crash_wrote_down_is_not_believed_blindly(start: Start, local: Path) -> None:
    (local / "run").mkdir(exist_ok=True)
    (local / "run" / "children").write_text(f"{os.getpid()} 1.5\nnonsense\n-1 x\n")
    (local / "run" / "lock").write_text("1 http://localhost:1\n")
    assert start().get("/readyz") == 200


def test_a_database_newer_than_the_code_is_refused(start: Start, local: Path) -> None:
    start().end()
    server = Server(local / "pg")
    server.start()
    with psycopg.connect(server.url(DATABASE).replace("+psycopg", "")) as connection:
        here = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    server.stop()
    run = start()
    assert run.end() == 2
    assert "newer than this code" in run.said.splitlines()[-1]
    assert run.left() == []
    server.start()
    with psycopg.connect(server.url(DATABASE).replace("+psycopg", "")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", here)
    server.stop()


def test_a_weak_secret_is_refused_with_the_apps_own_sentence(start: Start) -> None:
    run = start(SECRET_KEY="weak")
    assert run.end() == 2
    assert run.said.splitlines()[-1].startswith("SECRET_KEY is too weak")
    assert run.left() == []


def test_a_folder_that_cannot_be_written_is_refused(start: Start) -> None:
    run = start(Path("/sys/kernel/narlinjen"))
    assert run.end() == 2
    assert "cannot be written" in run.said
    assert "\n" not in run.said


def test_a_disk_that_fills_up_is_refused(start: Start, tmp_path: Path) -> None:
    limited = ("sh", "-c", f"ulimit -f {1 << 10}; exec {' '.join(SERVE)}")
    run = start(tmp_path / "new", command=limited)
    assert run.end() == 2
    assert run.said == f"The disk that holds {tmp_path / 'new' / 'pg'} is full; free some room and start again."
    assert run.left() == []


def wait_until_ready(run: Run) -> None:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        try:
            run.get("/readyz")
            return
        except OSError:
            # It answers no until the database is back; without a web server each try waits in its queue.
            continue
    raise AssertionError("it did not become ready again")

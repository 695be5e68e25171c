"""The private PostgreSQL, for real: made, started, killed, started again, refused."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from app.config import Refusal
from app.machine import disk
from app.machine.postgres import Server
from app.machine.postgres_binaries import find_account, find_binaries

NOBODY_WRITES_HERE = Path("/sys/kernel/narlinjen")


def connect(server: Server, database: str = "postgres", role: str = "owner") -> psycopg.Connection:
    url = server.url(database, role).replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


def ask(server: Server, statement: str, database: str = "postgres", role: str = "owner") -> object:
    with connect(server, database, role) as connection:
        return connection.execute(statement).fetchone()[0]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For tests that leave it running."""
    server = Server(tmp_path_factory.mktemp("shared"), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make() -> Iterator[Callable[[Path], Server]]:
    """Servers that the test may break; each is ended."""
    made: list[Server] = []

    def server(folder: Path) -> Server:
        made.append(Server(folder, durable=False))
        return made[-1]

    yield server
    for one in made:
        one.stop()


@pytest.fixture
def server(make: Callable[[Path], Server], tmp_path: Path) -> Server:
    one = make(tmp_path / "pg")
    one.start()
    return one


def test_two_roles_sign_in_and_the_owner_may_take_the_apps_place(shared: Server) -> None:
    assert ask(shared, "SELECT current_user") == "owner"
    assert ask(shared, "SELECT current_user", role="app") == "app"
    with connect(shared) as owner:
        owner.execute("SET ROLE narlinjen_app")
        assert owner.execute("SELECT current_user").fetchone() == ("narlinjen_app",)
        owner.execute("RESET ROLE")
        owner.execute("CREATE ROLE somebody")
        owner.execute("GRANT narlinjen_app TO somebody")
    assert ask(shared, "SELECT pg_has_role('app', 'narlinjen_app', 'USAGE')") is True
    with connect(shared, role="app") as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE DATABASE mine")


def test_neither_role_is_a_superuser(shared: Server) -> None:
    assert ask(shared, "SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname IN ('owner', 'app')") is False


def test_the_owner_owns_a_database_and_may_add_what_the_app_needs(shared: Server) -> None:
    shared.create_database("one")
    shared.create_database("one")
    with connect(shared, "one") as owner:
        for extension in ("btree_gist", "pg_trgm", "unaccent"):
            owner.execute(f"CREATE EXTENSION {extension}")
        owner.execute("CREATE TABLE letter (text text)")
        owner.execute("GRANT SELECT ON letter TO narlinjen_app")
        owner.execute("INSERT INTO letter VALUES ('hej')")
    assert ask(shared, "SELECT text FROM letter", "one", "app") == "hej"
    with connect(shared, "one", "app") as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE TABLE other (n int)")


def test_a_database_is_copied_from_another_and_dropped_under_whoever_uses_it(shared: Server) -> None:
    shared.create_database("mould")
    with connect(shared, "mould") as owner:
        owner.execute("CREATE TABLE letter AS SELECT 'hej' AS text")
    shared.create_database("cast", template="mould")
    with connect(shared, "cast", "app") as app:
        app.execute("SELECT 1")
        shared.drop_database("cast")
        with pytest.raises(psycopg.OperationalError):
            app.execute("SELECT 1")
    shared.drop_database("cast")
    assert ask(shared, "SELECT text FROM letter", "mould") == "hej"


def test_it_listens_on_a_socket_only_and_asks_for_a_password(shared: Server) -> None:
    assert ask(shared, "SHOW listen_addresses") == ""
    assert ask(shared, "SHOW data_checksums") == "on"
    password = shared.url("postgres").split(":")[2].partition("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(shared.url("postgres").replace("+psycopg", "").replace(password, "guess"))


def test_nobody_else_reads_its_folder(shared: Server) -> None:
    assert stat.S_IMODE(shared.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((shared.folder / "passwords.json").stat().st_mode) == 0o600


def test_a_refused_row_leaves_nothing_of_itself_in_the_log(shared: Server) -> None:
    with connect(shared) as owner, pytest.raises(psycopg.errors.UniqueViolation):
        owner.execute("CREATE TEMP TABLE secret (name text UNIQUE)")
        owner.execute("INSERT INTO secret VALUES ('hemligt namn'), ('hemligt namn')")
    log = shared.log.read_text()
    assert "secret_name_key" in log
    assert "hemligt" not in log


def test_swedish_letters_fold_alike_on_every_machine(shared: Server) -> None:
    assert ask(shared, "SELECT lower('ÅÄÖ')") == "åäö"


def test_starting_twice_is_starting_once(shared: Server) -> None:
    pid = shared.pid
    shared.start()
    other = Server(shared.folder, durable=False)
    other.start()
    assert other.running
    assert other.pid == shared.pid == pid


@pytest.mark.slow
def test_what_is_set_for_another_postgresql_does_not_reach_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.stop()
    for name, value in {"PGPORT": "1", "PGHOST": "/nowhere", "PGDATA": "/nowhere", "PGUSER": "x"}.items():
        monkeypatch.setenv(name, value)
    server.start()
    assert ask(server, "SELECT 1") == 1


@pytest.mark.slow
def test_rows_survive_a_stop_and_a_start(server: Server) -> None:
    server.create_database("kept")
    with connect(server, "kept") as owner:
        owner.execute("CREATE TABLE letter AS SELECT 'hej' AS text")
    server.stop()
    assert not server.running
    assert server.pid is None
    server.start()
    assert ask(server, "SELECT text FROM letter", "kept") == "hej"


@pytest.mark.slow
def test_a_killed_server_starts_again(server: Server) -> None:
    pid = server.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    assert not server.running
    server.start()
    assert ask(server, "SELECT 1") == 1
    assert server.pid != pid


@pytest.mark.slow
def test_a_stale_pid_that_is_now_somebody_elses_is_not_believed(server: Server) -> None:
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert not server.running
    server.start()
    assert ask(server, "SELECT 1") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["med mellanslag, å och %", "long" * 30])
def test_any_name_of_a_folder_will_do(make: Callable[[Path], Server], tmp_path: Path, name: str) -> None:
    one = make(tmp_path / name / "pg")
    one.start()
    one.create_database("narlinjen")
    assert ask(one, "SELECT current_user", "narlinjen", "app") == "app"
    sockets = [place for place in Path("/tmp").glob("narlinjen-*") if str(place) in one.url("x").replace("%2F", "/")]
    one.stop()
    assert not any(place.exists() for place in sockets)


@pytest.mark.slow
def test_it_ends_with_whoever_started_it_even_when_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, signal; from pathlib import Path; from app.machine.postgres import Server\n"
        "server = Server(Path(sys.argv[1]), durable=False); server.start()\n"
        "print(server.pid, flush=True); signal.pause()"
    )
    starter = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "pg")], stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    postmaster = psutil.Process(int(starter.stdout.readline()))
    starter.kill()
    starter.wait()
    starter.stdout.close()
    gone, _ = psutil.wait_procs([postmaster], timeout=20)
    assert gone == [postmaster]


@pytest.mark.slow
def test_a_start_right_after_its_starter_was_killed_waits_for_the_old_one(
    make: Callable[[Path], Server], tmp_path: Path
) -> None:
    test_it_ends_with_whoever_started_it_even_when_that_is_killed(tmp_path)
    again = make(tmp_path / "pg")
    again.start()
    assert ask(again, "SELECT 1") == 1


@pytest.mark.slow
def test_a_cluster_that_was_only_half_made_is_made_anew(make: Callable[[Path], Server], tmp_path: Path) -> None:
    half = tmp_path / "pg" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    one = make(tmp_path / "pg")
    one.start()
    assert one.running


def test_something_else_in_its_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pg" / "data").mkdir(parents=True)
    (tmp_path / "pg" / "data" / "letter.txt").write_text("hej")
    with pytest.raises(Refusal, match="not a PostgreSQL database"):
        Server(tmp_path / "pg").start()
    assert (tmp_path / "pg" / "data" / "letter.txt").read_text() == "hej"


@pytest.mark.slow
def test_lost_passwords_are_told(server: Server) -> None:
    server.stop()
    (server.folder / "passwords.json").unlink()
    with pytest.raises(Refusal, match="is missing or damaged"):
        server.start()


@pytest.mark.slow
def test_data_of_another_version_is_refused(server: Server) -> None:
    server.stop()
    (server.data / "PG_VERSION").write_text("13\n")
    with pytest.raises(Refusal, match="made by PostgreSQL 13"):
        server.start()


@pytest.mark.slow
def test_damaged_data_is_told_with_postgresqls_own_words(server: Server) -> None:
    server.stop()
    (server.data / "postgresql.conf").write_text("no_such_setting = on\n")
    with pytest.raises(Refusal, match=r"it said: .*no_such_setting|it said: configuration file"):
        server.start()


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(Refusal, match="cannot be written"):
        Server(NOBODY_WRITES_HERE).start()


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is full"):
        disk.refuse_full(tmp_path / "not" / "yet", need=1 << 60)
    assert not (tmp_path / "not").exists()


@pytest.mark.slow
def test_a_disk_that_fills_up_on_the_way_is_refused(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from app.config import Refusal\n"
        "from app.machine.postgres import Server\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "try: Server(Path(sys.argv[1])).start()\n"
        "except Refusal as refusal: sys.exit(str(refusal))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "pg")], check=False, capture_output=True, text=True
    )
    assert done.stderr == f"The disk that holds {tmp_path / 'pg'} is full; free some room and start again.\n"
    assert not (tmp_path / "pg" / "data").exists()


def test_no_postgresql_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"install the requirements, .* or set DATABASE_URL"):
        find_binaries(None, [tmp_path])


def test_a_private_copy_of_the_programs_is_carried_where_the_servers_account_may_run_it() -> None:
    account = find_account(Path("/nowhere"))
    binaries = find_binaries(account)
    ids = {"user": account.uid, "group": account.gid, "extra_groups": ()} if account else {}
    done = subprocess.run(
        [binaries / "postgres", "--version"], check=False, capture_output=True, text=True, cwd="/", **ids
    )
    assert f"(PostgreSQL) {binaries.version}" in done.stdout

"""Invented people in an invented place, whole, once, and never among real ones."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import phonenumbers
import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from app.accounts.models import Patient, Person, Staff
from app.accounts.rules import is_adult
from app.accounts.service import normalised
from app.care.models import Assignment, Contact, Unit
from app.core import audit, clock, db, installation, seal
from app.demo import people, seed
from app.machine.postgres import Server
from app.messages.models import Message, Thread
from tests.client import LintedClient
from tests.conftest import fresh_database
from tests.test_commands import run
from tests.world import token_in

FICTION = re.compile(r"\+46(701740(60[5-9]|6[1-9]\d)|313900(6\d\d))")
COUNTED = (
    "unit",
    "staff",
    "patient",
    "person",
    "contact",
    "thread",
    "message",
    "session",
    "installation",
    "access_log",
)


def counts() -> dict[str, int]:
    found = {table: db.session().execute(text(f"select count(*) from {table}")).scalar_one() for table in COUNTED}
    db.session().rollback()
    return found


@pytest.fixture(scope="module")
def demo(server: Server, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """One demo for all these tests; the few that write leave only sessions behind."""
    with fresh_database(server) as name:
        app = make_app(name)
        seeded = run(app, "demo")
        assert seeded.exit_code == 0, seeded.output
        with app.app_context():
            yield app
            db.session().close()
        app.extensions["live"].close()
        app.extensions["db"]["engine"].dispose()


def everybody() -> list[Person]:
    return list(db.session().query(Person))


def test_there_are_three_units_twelve_staff_and_sixty_patients(demo: Flask) -> None:
    found = counts()
    assert (found["unit"], found["staff"], found["patient"], found["person"]) == (3, 12, 60, 74)
    assert found["installation"] == 1 and found["session"] == found["staff"]
    assert found["thread"] > 40 and found["message"] > 100


def test_a_second_demo_changes_nothing(demo: Flask) -> None:
    before = counts()
    assert run(demo, "demo").exit_code == 0
    assert counts() == before


def test_every_number_is_one_that_nobody_has(demo: Flask) -> None:
    numbers = [person.phone for person in everybody() if person.phone]
    numbers += [unit.phone for unit in db.session().query(Unit)]
    numbers += [one.direct_phone for one in db.session().query(Assignment) if one.direct_phone]
    numbers += db.session().execute(text("select function_phone from region")).scalars().all()
    assert len(numbers) > 70
    for number in numbers:
        assert FICTION.fullmatch(number) and phonenumbers.is_valid_number(phonenumbers.parse(number)), number


def test_every_identity_number_is_valid_a_test_number_and_an_adults(demo: Flask) -> None:
    patients = {row.person_id for row in db.session().query(Patient)}
    numbers = [person.number for person in everybody() if person.id in patients]
    assert len(set(numbers)) == 60
    for number in numbers:
        assert normalised(number) == number and number[8:11] in ("238", "239")
        assert is_adult(date.fromisoformat(number[:8]), on=clock.now().date())


def test_the_numbers_that_tests_use_are_valid_too() -> None:
    for index in range(400):
        number, born = people.test_number(index)
        assert normalised(number) == number and date.fromisoformat(number[:8]) == born
        assert is_adult(born, on=date(2026, 1, 1))


def test_names_and_addresses_are_invented_and_each_ones_own(demo: Flask) -> None:
    names = [person.name for person in everybody()]
    assert len(set(names)) == 74 and all(len(name.split()) == 2 for name in names)
    assert all(person.email is None or person.email.endswith("@example.org") for person in everybody())


def test_the_threads_have_many_shapes_and_each_could_have_been_written(demo: Flask) -> None:
    threads = list(db.session().query(Thread))
    lengths = {thread.last_n for thread in threads}
    assert {1, 4} <= lengths and max(lengths) > 40
    assert {thread.unanswered_n is None for thread in threads} == {True, False}
    for thread in threads:
        letters = list(db.session().query(Message).filter_by(thread_id=thread.id).order_by(Message.n))
        assert [letter.n for letter in letters] == list(range(1, thread.last_n + 1))
        assert letters[0].author_id == thread.patient_id == thread.opened_by
        assert {letter.author_id for letter in letters} <= {thread.patient_id, thread.belongs_to}
        times = [letter.written_at for letter in letters]
        assert times == sorted(times) and times[-1] < clock.now()
        answered = max((letter.n for letter in letters if letter.author_id == thread.belongs_to), default=0)
        assert thread.unanswered_n == (None if answered == thread.last_n else answered + 1)


def test_some_have_two_contacts_and_some_none(demo: Flask) -> None:
    held = [row.patient_id for row in db.session().query(Contact)]
    assert {held.count(row.person_id) for row in db.session().query(Patient)} == {0, 1, 2}


def test_what_the_demo_did_is_in_the_log_and_agrees_with_it(demo: Flask) -> None:
    db.session().close()
    with db.engine().begin() as connection:
        seal.seal(connection, audit.keyset(), now=clock.now())
    with db.engine().connect() as connection:
        total, findings = seal.verify(connection, audit.keyset(), now=clock.now())
    assert total > 300 and findings == []


def test_the_people_are_listed_for_whoever_starts_it(demo: Flask) -> None:
    listed = run(demo, "demo", "--list")
    assert listed.exit_code == 0 and len(listed.stdout.splitlines()) == 74
    first = [line.split("\t") for line in listed.stdout.splitlines()[:3]]
    assert [name for name, _about in first] == ["Siv Nyberg", "Karin Ek", "Erik Lund"]
    assert first[0][1] == "patient vid Mottagning Björken, kontakt Karin Ek"


def step_into(client: LintedClient, name: str, next_: str = "") -> str | None:
    persona = next(one for one in seed.personas() if one.name == name)
    token = token_in(client.get("/demo/personer").text)
    return client.post(f"/demo/personer/{db.short(persona.key)}", data={"csrf_token": token, "next": next_}).location


def test_one_steps_into_a_patient_and_then_into_staff(demo: Flask) -> None:
    client: LintedClient = demo.test_client()  # type: ignore[assignment]
    page = client.get("/demo/personer").text
    assert "Siv Nyberg" in page and "Karin Ek" in page
    assert step_into(client, "Siv Nyberg", "/meddelanden") == "/meddelanden"
    assert "Karin Ek" in client.get("/").text
    with client.session_transaction() as cookie:
        first = cookie["_user_id"]
        cookie["language"] = "en"
    assert step_into(client, "Karin Ek", "//evil.example") == "/"
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first and cookie["nav"] == "staff" and cookie["language"] == "en"
    assert client.get("/").status_code == 200


def test_nobody_steps_into_somebody_who_is_not_there(demo: Flask) -> None:
    client = demo.test_client()
    token = token_in(client.get("/demo/personer").text)
    assert client.post(f"/demo/personer/{db.short(db.new_key())}", data={"csrf_token": token}).status_code == 404


def test_every_page_says_that_it_is_a_demo(demo: Flask) -> None:
    for path in ("/", "/om", "/hjalp-nu", "/logga-in", "/finns-inte"):
        assert "Alla personer är påhittade" in demo.test_client().get(path).text, path


def test_the_demo_needs_to_be_asked_for(own_app: Flask, make_app: Callable[..., Flask], database: str) -> None:
    real = make_app(database, DEMO="", BASE_URL="https://narlinjen.example.org")
    refused = run(real, "demo")
    assert refused.exit_code == 2 and "DEMO=1" in refused.stderr and counts()["person"] == 0
    assert "Alla personer är påhittade" not in real.test_client().get("/").text


def mark(server: Server, database: str, kind: str) -> None:
    engine = create_engine(server.url(database, "owner"))
    with engine.begin() as connection:
        installation.make(connection, kind, now=datetime(2026, 1, 1, tzinfo=UTC))
    engine.dispose()


def test_a_real_installation_is_never_a_demo(own_app: Flask, server: Server, database: str) -> None:
    mark(server, database, "real")
    refused = run(own_app, "demo")
    assert refused.exit_code == 2
    assert refused.stderr == "This database is a real installation: the demo never touches it.\n"
    assert counts()["person"] == 0
    client = own_app.test_client()
    assert client.get("/demo/personer").status_code == 404
    token = token_in(client.get("/om").text)
    assert client.post(f"/demo/personer/{'A' * 22}", data={"csrf_token": token}).status_code == 404


@pytest.mark.slow
def test_a_demo_that_was_cut_off_is_made_whole_the_next_time(own_app: Flask, server: Server, database: str) -> None:
    mark(server, database, "demo")
    assert run(own_app, "demo").exit_code == 0
    assert counts()["patient"] == 60 and len(list(db.session().query(Staff))) == 12

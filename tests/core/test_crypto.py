"""What is sealed opens only in its own place, with a key that is held."""

import os

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.service import Who
from app.config import Keyset
from app.core import crypto, db, rotation
from app.core.audit import SYSTEM
from app.core.crypto import Keyring, Unopenable, place
from app.demo.people import test_number as demo_number
from app.home.models import FaultReport
from app.messages.models import Draft, Message, Thread
from tests.world import World

OLD, NEW = os.urandom(32), os.urandom(32)
RING = Keyring(Keyset({1: OLD}, 1), b"index" * 8)
HERE = place("message.text", "thread", 1)


@given(st.text())
def test_any_text_comes_back_as_it_was(words: str) -> None:
    try:
        words.encode()
    except UnicodeEncodeError:
        return
    assert RING.open(RING.seal(words, HERE), HERE) == words


@given(st.text(min_size=4, alphabet=st.characters(codec="utf-8")))
def test_a_sealed_text_shows_nothing_of_its_words_and_is_never_the_same_twice(words: str) -> None:
    first, second = RING.seal(words, HERE), RING.seal(words, HERE)
    assert first != second and words.encode() not in first


@pytest.mark.parametrize(
    "elsewhere",
    [
        place("message.text", "thread", 2),
        place("message.text", "other", 1),
        place("message.topic", "thread", 1),
        place("draft.text", "thread", 1),
        "",
    ],
)
def test_a_sealed_text_does_not_open_in_another_place(elsewhere: str) -> None:
    with pytest.raises(Unopenable):
        RING.open(RING.seal("Jag sover dåligt", HERE), elsewhere)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_damaged_value_does_not_open(at: int, flip: int) -> None:
    sealed = bytearray(RING.seal("Jag sover dåligt", HERE))
    sealed[at % len(sealed)] ^= flip
    with pytest.raises(Unopenable):
        RING.open(bytes(sealed), HERE)


@given(st.binary(max_size=40))
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(Unopenable):
        RING.open(sealed, HERE)


def test_another_key_with_the_same_number_does_not_open() -> None:
    with pytest.raises(Unopenable):
        Keyring(Keyset({1: NEW}, 1), b"").open(RING.seal("x", HERE), HERE)


def test_a_value_names_its_key_and_opens_as_long_as_that_key_is_held() -> None:
    sealed = RING.seal("x", HERE)
    both = Keyring(Keyset({2: NEW, 1: OLD}, 2), b"")
    assert sealed[0] == 1 and both.open(sealed, HERE) == "x"
    assert both.seal("x", HERE)[0] == 2
    with pytest.raises(Unopenable):
        Keyring(Keyset({2: NEW}, 2), b"").open(sealed, HERE)


@given(
    st.lists(st.text(alphabet="ab1", max_size=3), min_size=1, max_size=3),
    st.lists(st.text(alphabet="ab1", max_size=3), min_size=1, max_size=3),
)
def test_digests_are_equal_only_when_every_part_is(one: list[str], other: list[str]) -> None:
    assert (RING.digest(*one) == RING.digest(*other)) == (one == other)
    assert RING.digest(*one) != Keyring(Keyset({1: OLD}, 1), b"other" * 8).digest(*one)


def test_columns_swapped_between_rows_or_within_one_do_not_open(world: World) -> None:
    siv, tom = world.patient("Siv"), world.patient("Tom")
    one, other = db.session().get_one(Person, siv.person.id), db.session().get_one(Person, tom.person.id)
    one.name_sealed, mine = other.name_sealed, one.name_sealed
    with pytest.raises(Unopenable):
        _ = one.name
    one.phone_sealed = mine
    with pytest.raises(Unopenable):
        _ = one.phone
    one.name_sealed = mine
    assert one.name == "Siv"


def test_a_text_needs_the_key_of_its_row_first(app: Flask) -> None:
    with pytest.raises(ValueError, match="before its row had a key"):
        FaultReport(text="x")
    assert Person(id=db.new_key()).phone is None


def test_equal_numbers_are_one_person_however_they_are_written(world: World) -> None:
    number, _born = demo_number(40)
    with db.transaction():
        accounts.register_person(Who("Siv", number=number), by=SYSTEM, now=world.now())
    with pytest.raises(accounts.Known), db.transaction():
        accounts.register_person(Who("Tom", number=f"{number[2:8]}-{number[8:]}"), by=SYSTEM, now=world.now())


def test_the_database_itself_refuses_a_number_twice(world: World) -> None:
    siv = world.patient("Siv").person
    twin = Person(id=db.new_key(), language="sv", created_at=world.now(), number_index=siv.number_index)
    twin.name, twin.number = "Tvilling", siv.number
    with pytest.raises(IntegrityError, match="uq_person_number_index"), db.transaction() as session:
        session.add(twin)


def sealed_values(connection: Connection) -> dict[str, list[bytes]]:
    found = {}
    for column in (sealed.describe() for sealed in crypto.registry):
        rows = connection.execute(text(f"select {column.column} from {column.table} where {column.column} is not null"))
        found[f"{column.table}.{column.name}"] = [bytes(row[0]) for row in rows]
    connection.rollback()
    return found


def test_keys_are_rotated_in_batches_that_can_be_stopped_and_gone_on_with(own_world: World, owner: Engine) -> None:
    siv = own_world.patient("Siv")
    thread = siv.asks("Första frågan.")
    for index in range(6):
        siv.writes(f"Rad {index}", thread=thread)
    settings = own_world.app.extensions["settings"]
    old = settings.data_keys
    ring = Keyring(Keyset({2: NEW, **old.keys}, 2), settings.index_key)
    with owner.connect() as connection:
        before = sealed_values(connection)
        everything = sum(map(len, before.values()))
        assert rotation.left(connection, ring) == everything > 10
        steps = rotation.rotate(connection, ring, batch=2)
        name, done = next(steps)
        steps.close()
        assert 0 < rotation.left(connection, ring) == everything - done < everything
        assert sealed_values(connection)[name] != before[name]

        own_world.app.extensions["keyring"] = ring
        assert db.session().get_one(Message, (thread, 1)).text == "Första frågan."
        counts = dict(rotation.rotate(connection, ring, batch=2))
        assert counts[name] == 0 and sum(counts.values()) == everything - done
        assert rotation.left(connection, ring) == 0
        assert dict(rotation.rotate(connection, ring, batch=2)) == dict.fromkeys(counts, 0)

    own_world.app.extensions["keyring"] = Keyring(Keyset({2: NEW}, 2), settings.index_key)
    db.session().expire_all()
    assert db.session().get_one(Message, (thread, 7)).text == "Rad 5"
    assert db.session().get_one(Thread, thread).topic == "Första frågan"
    assert db.session().get_one(Person, siv.person.id).name == "Siv"


def test_a_rotation_cut_off_in_the_middle_of_a_table_goes_on_where_it_was(own_world: World, owner: Engine) -> None:
    siv = own_world.patient("Siv")
    thread = siv.asks("Ett")
    for index in range(5):
        siv.writes(f"Rad {index}", thread=thread)
    settings = own_world.app.extensions["settings"]
    ring = Keyring(Keyset({2: NEW, **settings.data_keys.keys}, 2), settings.index_key)
    letters = next(prop.describe() for prop in crypto.registry if prop.owner is Message)
    with owner.connect() as connection:
        with connection.begin():
            after, done = rotation._batch(connection, ring, letters, None, 4)
        assert done == 4 and after == (thread, 4)
        assert [row[0] for row in sealed_values(connection)["message.text"]].count(2) == 4
        counts = dict(rotation.rotate(connection, ring, batch=4))
        assert counts["message.text"] == 2


def test_the_apps_own_role_cannot_change_a_letter(own_world: World) -> None:
    own_world.patient("Siv").asks("Hej.")
    settings = own_world.app.extensions["settings"]
    ring = Keyring(Keyset({2: NEW, **settings.data_keys.keys}, 2), settings.index_key)
    with db.engine().connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        list(rotation.rotate(connection, ring, batch=10))


def test_every_sealed_column_is_rotated(app: Flask) -> None:
    columns = {
        f"{table.name}.{column.name.removesuffix('_sealed')}"
        for table in Draft.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert {f"{prop.describe().table}.{prop.name}" for prop in crypto.registry} == columns

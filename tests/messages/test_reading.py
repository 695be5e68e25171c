"""Long threads and long lists page both ways, lose nothing, and tell what is true of who had read."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update

from app.core import clock, db, paging
from app.messages import list_queries, queries, service, waiting_queries
from app.messages.letter_queries import Letters, letters_in
from app.messages.models import ReadMark, Thread
from tests.world import Someone, World, fresh_key, today

NOON = datetime(2026, 11, 25, 11, tzinfo=UTC)


@pytest.fixture
def long(world: World) -> UUID:
    """A thread of 45 letters: the patient asks, the contact answers each second one, a minute apart."""
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    with time_machine.travel(NOON, tick=False) as clockwork:
        thread = siv.asks("Rad 1")
        for n in range(2, 46):
            clockwork.shift(60)
            (karin if n % 2 == 0 else siv).writes(f"Rad {n}", thread=thread)
    return thread


def page(someone: Someone, thread: UUID, **where: int) -> Letters:
    head = queries.thread_for(someone.viewer, thread, today=today())
    return letters_in(someone.viewer, head, **where)


def numbers(found: Letters) -> list[int]:
    return [letter.n for letter in found.letters]


def test_a_long_thread_is_read_backwards_without_loss_or_overlap(world: World, long: UUID) -> None:
    siv, seen = world.patient("Siv"), list[int]()
    found = page(siv, long)
    assert found.newer is None
    while True:
        seen = numbers(found) + seen
        if found.older is None:
            break
        found = page(siv, long, before=found.older)
        assert found.newer is not None
    assert seen == list(range(1, 46))


def test_a_long_thread_is_read_forwards_without_loss_or_overlap(world: World, long: UUID) -> None:
    siv, seen = world.patient("Siv"), list[int]()
    found = page(siv, long, after=0)
    assert found.older is None
    while True:
        seen += numbers(found)
        if found.newer is None:
            break
        found = page(siv, long, after=found.newer)
        assert found.older is not None
    assert seen == list(range(1, 46))


def test_each_letter_carries_its_own_text_and_time(world: World, long: UUID) -> None:
    for letter in page(world.patient("Siv"), long, before=26).letters:
        assert letter.text == f"Rad {letter.n}" and letter.at == NOON + timedelta(minutes=letter.n - 1)


def test_a_page_outside_the_thread_is_the_newest(world: World, long: UUID) -> None:
    outside = ({"before": 0}, {"before": 1}, {"before": 46}, {"before": 9_999}, {"after": 45}, {"after": 9_999})
    for where in outside:
        found = page(world.patient("Siv"), long, **where)
        assert numbers(found) == list(range(26, 46)) and (found.older, found.newer) == (26, None), where


def test_whatever_stands_in_the_address_is_a_page(world: World, long: UUID) -> None:
    phone = world.patient("Siv").phone()
    for query in ("fore=x", "fore=-1", "fore=²", "fore=99999999999999", "fore=", "efter=1e3", "fore=5&efter=x"):
        answer = phone.get(f"/meddelanden/{db.short(long)}?{query}")
        assert answer.status_code == 200 and "Rad " in answer.text, query


def test_an_older_page_leads_back_to_where_one_can_write(world: World, long: UUID) -> None:
    text = world.patient("Siv").phone().get(f"/meddelanden/{db.short(long)}?fore=26").text
    assert "<textarea" not in text and f'href="/meddelanden/{db.short(long)}"' in text
    assert "<textarea" in world.patient("Siv").phone().get(f"/meddelanden/{db.short(long)}").text


def test_a_new_letter_moves_nothing_on_an_older_page(world: World, long: UUID) -> None:
    siv = world.patient("Siv")
    before = numbers(page(siv, long, before=26))
    siv.writes("Ny.", thread=long)
    assert numbers(page(siv, long, before=26)) == before


def test_an_old_page_of_a_long_thread_shows_when_it_was_read(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    with time_machine.travel(NOON, tick=False) as clockwork:
        thread = siv.asks("Rad 1")
        for n in range(2, 131):
            clockwork.shift(60)
            head = queries.thread_for(karin.viewer, thread, today=today())
            with db.transaction():
                service.mark_read(head, n - 1, by=karin.viewer, now=clock.now())
            siv.writes(f"Rad {n}", thread=thread)
        first = page(siv, thread, after=0)
        assert [(letter.n, letter.marks[0].at) for letter in first.letters] == [
            (n, NOON + timedelta(minutes=n)) for n in range(1, 21)
        ]


def test_reading_an_old_page_again_is_no_new_reading(world: World, long: UUID) -> None:
    karin = world.staff("Karin Ek")
    phone, path = karin.phone(), f"/meddelanden/{db.short(long)}"
    phone.get(path)
    marks = db.session().execute(select(ReadMark.person_id, ReadMark.upto, ReadMark.at)).all()
    phone.get(f"{path}?fore=21")
    assert db.session().execute(select(ReadMark.person_id, ReadMark.upto, ReadMark.at)).all() == marks
    assert [mark.upto for mark in marks] == [45]


def test_a_page_carries_the_state_that_it_is_compared_with(world: World, long: UUID) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    karin.phone().get(f"/meddelanden/{db.short(long)}?fore=21")
    siv.phone().get(f"/meddelanden/{db.short(long)}")
    for where in ({}, {"before": 21}, {"after": 0}):
        assert page(siv, long, **where).state == queries.thread_state(siv.viewer, long, today=today())


def test_a_list_of_threads_pages_by_time_and_key_even_when_times_are_equal(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    with time_machine.travel(NOON, tick=False) as clockwork:
        for n in range(43):
            if n % 3 == 0:
                clockwork.shift(timedelta(microseconds=1))
            siv.asks(f"Fråga {n}", key=fresh_key())
    for someone in (siv, karin):
        seen: list[UUID] = []
        rows, more = list_queries.threads_of(someone.viewer, today=today())
        while True:
            seen += [row.key for row in rows]
            if not more:
                break
            place = paging.place(paging.cursor(rows[-1].at, rows[-1].key))
            rows, more = list_queries.threads_of(someone.viewer, today=today(), before=place)
        assert len(seen) == len(set(seen)) == 43
    waiting, after, count = [], None, 0
    while True:
        found, further = waiting_queries.waiting_for(karin.viewer, today=today(), after=after)
        waiting += [row.key for row in found]
        count += 1
        if not further:
            break
        after = paging.place(paging.cursor(*further))
    assert len(waiting) == len(set(waiting)) == 43 and count == 3


def test_the_list_leads_on_to_older_threads_and_back(world: World) -> None:
    siv = world.patient("Siv")
    with time_machine.travel(NOON, tick=False) as clockwork:
        for n in range(21):
            clockwork.shift(60)
            siv.asks(f"Fråga nummer {n}")
        phone = siv.phone()
        first = phone.get("/meddelanden").text
        assert "Fråga nummer 20" in first and "Fråga nummer 0" not in first
        rows, _more = list_queries.threads_of(siv.viewer, today=today())
        second = phone.get(f"/meddelanden?fore={paging.cursor(rows[-1].at, rows[-1].key)}").text
        assert "Fråga nummer 0" in second and "Fråga nummer 20" not in second and 'href="/meddelanden"' in second
        assert "Fråga nummer 20" in phone.get("/meddelanden?fore=forged").text


def test_a_list_says_what_is_unread_and_what_the_contact_has_read(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    thread = siv.asks("Ett.")
    path = f"/meddelanden/{db.short(thread)}"

    def row(someone: Someone) -> tuple[str, bool, bool, bool]:
        found = list_queries.threads_of(someone.viewer, today=today())[0][0]
        return found.name, found.mine, found.unread, found.read_at is not None

    assert row(siv) == ("Karin Ek", True, False, False) and row(karin) == ("Siv", False, True, False)
    karin.phone().get(path)
    assert row(siv) == ("Karin Ek", True, False, True) and row(karin) == ("Siv", False, False, False)
    karin.writes("Svar.", thread=thread)
    assert row(siv) == ("Karin Ek", False, True, False) and row(karin) == ("Siv", True, False, False)
    siv.phone().get(path)
    assert row(siv) == ("Karin Ek", False, False, False)


def test_whoever_wrote_or_read_before_keeps_their_name_when_the_thread_is_anothers(world: World) -> None:
    siv, karin, maja = world.patient("Siv"), world.staff("Karin Ek"), world.staff("Maja Lind", title="kurator")
    thread = siv.asks("Hej.")
    karin.phone().get(f"/meddelanden/{db.short(thread)}")
    karin.writes("Hej Siv.", thread=thread)
    # No verb gives a thread on yet; the log of one that was given on must read right from its first day.
    db.session().execute(update(Thread).where(Thread.id == thread).values(belongs_to=maja.person.id))
    for reader in (siv, maja):
        asked, answered = page(reader, thread).letters
        assert [mark.name for mark in asked.marks] == ["Karin Ek"]
        assert (answered.name, answered.title, answered.mine) == ("Karin Ek", "sjuksköterska", False)

"""Two at once: each letter once, in one order, whoever was first."""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import Engine, text

from app.care import queries as care
from app.core import clock, db
from app.messages import list_queries, queries, service
from app.messages.letter_queries import letters_in
from tests.world import Someone, World, fresh_key, today, who_answers


def at_once(app: Flask, *calls: Callable[[], Any]) -> list[Any]:
    """Call each in a thread and a transaction of its own, as near the same moment as can be."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait(20)
            try:
                with db.transaction():
                    results[place] = call()
            except Exception as error:
                results[place] = error

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not [one for one in results if one is None or isinstance(one, Exception)], results
    return results


def test_the_same_opening_sent_twice_at_once_is_one_thread(own_world: World) -> None:
    siv = own_world.patient("Siv")
    viewer, card = siv.viewer, care.contacts_of(siv.viewer, today=today())[0]
    answering = who_answers(viewer, card)
    for turn in range(5):
        key = fresh_key()

        def opens(key: str = key, turn: int = turn) -> service.Stored:
            return service.open_thread(card, answering, by=viewer, text=f"Fråga {turn}", key=key, now=clock.now())

        stored = at_once(own_world.app, *[opens] * 4)
        assert len({one.thread_id for one in stored}) == 1 and {one.n for one in stored} == {1}
        assert sorted(one.again for one in stored) == [False, True, True, True]
    assert len(list_queries.threads_of(siv.viewer, today=today())[0]) == 5


def test_the_same_letter_sent_twice_at_once_is_one_letter(own_world: World) -> None:
    siv = own_world.patient("Siv")
    thread = siv.asks("Hej.")
    viewer, head = siv.viewer, queries.thread_for(siv.viewer, thread, today=today())
    answering = who_answers(viewer, head.contact)
    for turn in range(5):
        key = fresh_key()

        def writes(key: str = key, turn: int = turn) -> service.Stored:
            return service.write(head, lambda: answering, by=viewer, text=f"Rad {turn}", key=key, now=clock.now())

        stored = at_once(own_world.app, *[writes] * 4)
        assert {one.n for one in stored} == {turn + 2}
        assert sorted(one.again for one in stored) == [False, True, True, True]
    assert [letter.n for letter in letters_in(siv.viewer, head).letters] == [1]
    assert queries.thread_for(siv.viewer, thread, today=today()).last_n == 6


def test_the_second_waits_for_the_first_and_finds_its_letter(own_world: World, owner: Engine) -> None:
    siv = own_world.patient("Siv")
    thread = siv.asks("Hej.")
    viewer, head, key = siv.viewer, queries.thread_for(siv.viewer, thread, today=today()), fresh_key()
    answering = who_answers(viewer, head.contact)
    second: list[Any] = []

    def again() -> None:
        with own_world.app.app_context(), db.transaction():
            second.append(service.write(head, lambda: answering, by=viewer, text="Samma", key=key, now=clock.now()))

    with db.transaction():
        first = service.write(head, lambda: answering, by=viewer, text="Samma", key=key, now=clock.now())
        other = threading.Thread(target=again)
        other.start()
        waiting = text("select count(*) from pg_locks where not granted")
        with owner.connect() as watch:
            while not watch.scalar(waiting):
                assert other.is_alive(), second
    other.join(20)
    assert (first.n, second[0].n, second[0].again) == (2, 2, True)


def test_many_writers_at_once_are_numbered_without_holes(own_world: World) -> None:
    siv, karin = own_world.patient("Siv"), own_world.staff("Karin Ek")
    thread = siv.asks("Hej.")
    people: list[Someone] = [siv, karin]
    viewers = [someone.viewer for someone in people]
    heads = [queries.thread_for(viewer, thread, today=today()) for viewer in viewers]
    answering = who_answers(siv.viewer, heads[0].contact)

    def writer(who: int, number: int) -> Callable[[], list[int]]:
        def write() -> list[int]:
            numbers = []
            for turn in range(6):
                said: Any = {"by": viewers[who], "text": f"{number}.{turn}", "key": fresh_key(), "now": clock.now()}
                stored = (
                    service.write(heads[0], lambda: answering, **said) if who == 0 else service.reply(heads[1], **said)
                )
                numbers.append(stored.n)
                db.session().commit()
            return numbers

        return write

    numbers = at_once(own_world.app, *[writer(number % 2, number) for number in range(6)])
    assert sorted(n for one in numbers for n in one) == list(range(2, 38))
    assert all(one == sorted(one) for one in numbers)
    rows = db.session().execute(text("select count(*), min(n), max(n) from message")).one()
    assert tuple(rows) == (37, 1, 37)
    joined = "thread t join message m on m.thread_id = t.id and m.n = t.last_n"
    last = db.session().execute(text(f"select t.last_n, t.last_by = m.author_id from {joined}")).one()
    assert tuple(last) == (37, True)

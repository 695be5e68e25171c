"""A page that is open hears that something changed; never what, never too late, and never for somebody else."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from queue import Queue
from typing import Any

import psycopg
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import service as accounts
from app.care import service as care
from app.core import clock, crypto, db, live
from app.core.audit import SYSTEM
from app.core.live import payloads
from app.machine.postgres import Server
from app.messages import queries
from app.messages import service as messages
from tests.client import unheard
from tests.world import Patient, Someone, Staff, World, fresh_key, today, who_answers

SOON = 15


class Stream:
    """An open page's stream, read by a thread as a browser would."""

    def __init__(self, someone: Someone, topic: str, known: str = "") -> None:
        answer = someone.phone().get(f"/handelser?om={topic}&sedan={known}", buffered=False)
        assert answer.status_code == 200 and answer.mimetype == "text/event-stream"
        self.answer = answer
        self.heard: Queue[str | None] = Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.hello = self.next()

    def _read(self) -> None:
        try:
            for part in self.answer.iter_encoded():
                self.heard.put(part.decode())
        finally:
            self.heard.put(None)

    def next(self) -> str | None:
        """What comes next; None when the stream has ended."""
        return self.heard.get(timeout=SOON)


Open = Callable[..., Stream]


@pytest.fixture
def follow(hub: live.Hub) -> Iterator[Open]:
    """Open streams, and see that every one has ended before the database goes."""
    opened: list[Stream] = []

    def open_(someone: Someone, topic: str, known: str = "") -> Stream:
        opened.append(Stream(someone, topic, known))
        return opened[-1]

    yield open_
    hub.close()
    for stream in opened:
        stream.reader.join(SOON)
        assert not stream.reader.is_alive()


@pytest.fixture
def siv(own_world: World) -> Patient:
    return own_world.patient("Siv")


@pytest.fixture
def karin(own_world: World) -> Staff:
    return own_world.staff("Karin Ek")


@pytest.fixture
def hub(own_app: Flask) -> live.Hub:
    return own_app.extensions["live"]


def changed(topic: str) -> str:
    return f"event: changed\ndata: {topic}\n\n"


def state_of(someone: Someone, topic: str) -> str:
    answer = someone.phone().get(f"/lage?om={topic}")
    return str(answer.get_etag()[0])


def test_an_open_page_hears_of_each_change_once_it_is_true(
    follow: Open, siv: Patient, karin: Staff, hub: live.Hub
) -> None:
    thread = siv.asks("Hej.")
    topic = live.topic("t", thread)
    page, lists = follow(siv, topic), follow(siv, live.topic("p", siv.person.id))
    assert page.hello == lists.hello == "retry: 3000\n\n"
    for text in ("Ett", "Två"):
        karin.writes(text, thread=thread)
        assert page.next() == changed(topic)
        assert lists.next() == changed(live.topic("p", siv.person.id))
    assert "Ett" not in "".join(payloads(list(hub.pending)))


def test_somebody_elses_change_is_not_told_here(follow: Open, siv: Patient, own_world: World) -> None:
    tom = own_world.patient("Tom")
    mine, theirs = siv.asks("Hej."), tom.asks("Hallå.")
    page = follow(siv, live.topic("t", mine))
    tom.writes("En rad till.", thread=theirs)
    siv.writes("Min egen rad.", thread=mine)
    assert page.next() == changed(live.topic("t", mine))
    assert page.heard.empty()


def told(ear: psycopg.Connection[Any], topic: str) -> list[str]:
    """All that is said until this topic is."""
    heard: list[str] = []
    while live.whisper(topic) not in heard:
        heard += next(ear.notifies(timeout=SOON)).payload.split(",")
    return heard


def test_what_was_rolled_back_is_not_told(siv: Patient, hub: live.Hub) -> None:
    with hub.connect() as ear:
        ear.execute(f"listen {live.CHANNEL}")
        quiet, loud = siv.asks("Ett."), siv.asks("Två.")
        told(ear, live.topic("t", loud))
        head = queries.thread_for(siv.viewer, quiet, today=today())
        with pytest.raises(InterruptedError), db.transaction():
            messages.write(
                head,
                lambda: who_answers(siv.viewer, head.contact),
                by=siv.viewer,
                text="Ångrat",
                key=fresh_key(),
                now=clock.now(),
            )
            raise InterruptedError
        siv.writes("Sagt", thread=loud)
        assert live.whisper(live.topic("t", quiet)) not in told(ear, live.topic("t", loud))


def test_what_goes_through_the_database_says_nothing_of_what_it_is_about(siv: Patient, hub: live.Hub) -> None:
    topic = live.topic("t", siv.asks("Hej."))
    whispered = live.whisper(topic)
    assert len(whispered) == 24 and int(whispered, 16) >= 0
    assert topic not in whispered and whispered != live.whisper(live.topic("p", siv.person.id))
    ring, before = crypto.keyring(), live.whisper(topic)
    ring.index_key = b"another installation" * 2
    assert live.whisper(topic) != before


def test_a_page_that_missed_a_change_is_told_as_soon_as_it_asks(follow: Open, siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    topic = live.topic("t", thread)
    known = state_of(siv, topic)
    assert follow(siv, topic, known).hello == "retry: 3000\n\n"
    karin.writes("Svar.", thread=thread)
    assert follow(siv, topic, known).hello == "retry: 3000\n\n" + changed(topic)
    assert follow(siv, topic, state_of(siv, topic)).hello == "retry: 3000\n\n"


def test_a_change_between_the_look_and_the_listening_is_not_lost(
    follow: Open, siv: Patient, karin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = siv.asks("Hej.")
    topic, look = live.topic("t", thread), live.state
    lists = follow(siv, live.topic("p", siv.person.id))

    def slow(viewer: object, about: str) -> str | None:
        seen = look(viewer, about)
        if about == topic:
            monkeypatch.setattr(live, "state", look)
            with siv.world.app.app_context(), unheard():
                karin.writes("Just nu.", thread=thread)
            assert lists.next() == changed(live.topic("p", siv.person.id))
        return seen

    monkeypatch.setattr(live, "state", slow)
    assert follow(siv, topic).next() == changed(topic)


@pytest.mark.parametrize("end", ["session", "account"])
def test_a_stream_ends_with_the_session_or_the_account(follow: Open, siv: Patient, karin: Staff, end: str) -> None:
    thread = siv.asks("Hej.")
    page = follow(siv, live.topic("t", thread))
    with db.transaction():
        if end == "session":
            accounts.sign_out(siv.viewer.session_id, by=siv.viewer, now=clock.now())
        else:
            accounts.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    karin.writes("Svar.", thread=thread)
    assert page.next() == "event: gone\ndata:\n\n"
    assert page.next() is None


def test_a_stream_ends_when_the_page_is_no_longer_theirs(follow: Open, siv: Patient, karin: Staff) -> None:
    thread = siv.asks("Hej.")
    page = follow(karin, live.topic("t", thread))
    with db.transaction():
        care.end_assignment(karin.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=clock.now())
        live.changed(live.topic("t", thread))
    assert page.next() == "event: gone\ndata:\n\n"
    assert page.next() is None


def cut(server: Server, database: str, saying: str) -> int:
    """End the connections of a database whose last words were these; how many there were."""
    with psycopg.connect(
        server.url(database, "owner").replace("+psycopg", ""), user="postgres", password=server._password("postgres")
    ) as connection:
        return connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = %s and query ilike %s and pid <> pg_backend_pid()",
            (database, saying),
        ).rowcount


@pytest.mark.slow
def test_a_hub_that_has_gone_deaf_lets_its_pages_go_and_hears_again(
    follow: Open,
    siv: Patient,
    karin: Staff,
    hub: live.Hub,
    server: Server,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thread = siv.asks("Hej.")
    topic = live.topic("t", thread)
    page, mended, connect = follow(siv, topic), threading.Event(), hub.connect

    def connect_when_mended() -> psycopg.Connection[Any]:
        if not mended.is_set():
            raise psycopg.OperationalError
        return connect()

    assert hub.hears.wait(SOON)
    monkeypatch.setattr(hub, "connect", connect_when_mended)
    assert cut(server, database, f"listen {live.CHANNEL}") + cut(server, database, "select 1") >= 1
    assert page.next() is None
    mended.set()
    assert hub.hears.wait(SOON)
    again = follow(siv, topic)
    karin.writes("Svar.", thread=thread)
    assert again.next() == changed(topic)


@pytest.mark.slow
def test_what_could_not_be_said_is_said_again(
    siv: Patient, karin: Staff, hub: live.Hub, server: Server, database: str
) -> None:
    thread = siv.asks("Hej.")
    topic = live.topic("t", thread)
    with hub.connect() as ear:
        ear.execute(f"listen {live.CHANNEL}")
        karin.writes("Ett.", thread=thread)
        told(ear, topic)
        assert cut(server, database, "select pg_notify%") >= 1
        karin.writes("Två.", thread=thread)
        told(ear, topic)


def test_a_server_that_ends_lets_its_pages_go_and_takes_no_new_ones(follow: Open, siv: Patient, hub: live.Hub) -> None:
    topic = live.topic("t", siv.asks("Hej."))
    page = follow(siv, topic)
    hub.close()
    assert page.next() is None
    assert siv.phone().get(f"/handelser?om={topic}").status_code == 503


def test_a_quiet_stream_breathes_and_holds_no_connection(
    follow: Open, siv: Patient, own_app: Flask, hub: live.Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = live.topic("t", siv.asks("Hej."))
    monkeypatch.setattr(live, "PING", 0.01)
    page = follow(siv, topic)
    db.session().close()
    pool = own_app.extensions["db"]["engine"].pool
    breaths = (page.next() == ": ping\n\n" and pool.checkedout() == 0 for _ in range(200))
    assert any(breaths), "a stream that waits keeps a connection from the pages"


def test_a_page_that_is_closed_is_followed_no_more(siv: Patient, hub: live.Hub) -> None:
    topic = live.topic("t", siv.asks("Hej."))
    answer = siv.phone().get(f"/handelser?om={topic}", buffered=False)
    assert list(hub.ears) == [live.whisper(topic)]
    answer.close()
    assert not hub.ears


NOT_MINE: dict[str, Callable[[Patient, Staff], str]] = {
    "nothing": lambda _siv, _karin: "",
    "no key": lambda _siv, _karin: "t.",
    "no such key": lambda _siv, _karin: f"t.{db.short(db.new_key())}",
    "malformed": lambda _siv, _karin: "t.åäö",
    "of no kind": lambda siv, _karin: f"x.{db.short(siv.person.id)}",
    "another's lists": lambda _siv, karin: live.topic("p", karin.person.id),
}


@pytest.mark.parametrize("what", NOT_MINE)
def test_what_is_not_ones_own_cannot_be_followed_or_asked_about(world: World, what: str) -> None:
    siv, tom, karin = world.patient("Siv"), world.patient("Tom"), world.staff("Karin Ek")
    theirs = live.topic("t", tom.asks("Hej."))
    for topic in (NOT_MINE[what](siv, karin), theirs):
        for path in ("/handelser", "/lage"):
            assert siv.phone().get(path, query_string={"om": topic}).status_code == 404, (path, topic)
    assert not world.app.extensions["live"].ears


def test_staff_elsewhere_cannot_follow(world: World) -> None:
    topic = live.topic("t", world.patient("Siv").asks("Hej."))
    assert world.staff("Jonas Ström", unit="Mottagning Granen").phone().get(f"/lage?om={topic}").status_code == 404
    assert world.staff("Karin Ek").phone().get(f"/lage?om={topic}").status_code == 200


def test_a_page_that_asks_learns_only_whether_there_is_something_new(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    thread = siv.asks("Hemligt.")
    path, phone = f"/lage?om={live.topic('t', thread)}", siv.phone()
    first = phone.get(path)
    assert first.status_code == 200 and first.data == b"" and first.headers["Cache-Control"] == "private, no-cache"
    same = {"If-None-Match": first.headers["ETag"]}
    assert phone.get(path, headers=same).status_code == 304
    karin.writes("Svar.", thread=thread)
    assert phone.get(path, headers=same).status_code == 200
    read = phone.get(path).headers["ETag"]
    karin.phone().get(f"/meddelanden/{db.short(thread)}")
    assert phone.get(path).headers["ETag"] != read


@given(st.lists(st.text(alphabet="0123456789abcdef", min_size=1, max_size=40), max_size=600))
def test_topics_are_said_in_their_order_in_texts_that_a_notice_can_carry(topics: list[str]) -> None:
    said = list(payloads(topics))
    assert all(0 < len(text.encode()) < 8_000 for text in said)
    assert [topic for text in said for topic in text.split(",")] == topics


def test_a_thousand_topics_are_said_in_few_texts() -> None:
    assert len(list(payloads([f"{n:024}" for n in range(1_000)]))) == 4

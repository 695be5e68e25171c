"""Every page there is, as everybody who may see it: what the guards of pages read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from uuid import UUID

import time_machine
from flask import Flask, url_for
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.accounts.rules import SEEN_EVERY
from app.care import absence_service, answer_queries, request_service, roster_service, unit_service
from app.care.absence_rules import stretch
from app.care.roster_service import Days, Times
from app.core import audit, clock, db, live
from app.core.access import label_of
from app.core.audit import SYSTEM, Entry
from app.core.locale import local
from app.log import check_service, history_queries
from app.log import service as log_service
from app.relatives import call_queries, call_service, told_service
from app.relatives.rules import MOST_OPEN
from app.relatives.told_service import Words
from app.waits import subject_service
from app.waits.models import Wait
from tests.bookings.times import offers
from tests.care.around import asks_for_contact
from tests.client import LintedClient
from tests.guards.belongings import LETTERS, gives_address, gives_feed, has_keys, has_times, shows
from tests.world import Patient, Relative, Staff, World, form_in, fresh_key, today

MOST = 6
LEADS_ON = {"webapp.write", "webapp.times", "notices.open_", "bookings.video", "reception.today"}


@dataclass(frozen=True)
class Visit:
    """One page got by one person."""

    who: str
    endpoint: str
    path: str
    answer: TestResponse
    heard: list[str]
    fault: str

    @property
    def html(self) -> str:
        return self.answer.text if self.answer.mimetype == "text/html" and not self.leads_on else ""

    @property
    def leads_on(self) -> bool:
        """Whether it shows nothing itself: an address that is kept elsewhere, and leads to where one is to be."""
        return self.endpoint in LEADS_ON and self.answer.status_code in (302, 303)

    def __str__(self) -> str:
        return f"{self.endpoint} as {self.who}"


def asks_to_be_rung(them: Relative, patient: Patient, words: str = "Hej.") -> UUID:
    """A relative asks to be rung; returns the wish."""
    near = call_queries.near(them.viewer, them.relations[patient], now=clock.now(), today=today())
    assert near.contact
    answering = answer_queries.who_answers(
        them.viewer, [near.contact], at=clock.now(), today=today(), patient=patient.person.id
    )[near.contact.key]
    with db.transaction():
        return call_service.ask(
            near, answering, "+46701740612", words, key=fresh_key(), by=them.viewer, now=clock.now()
        )


class Scene:
    """A unit where everything there can be many of stands `rows` times: threads, letters, patients who wait."""

    def __init__(self, app: Flask, rows: int) -> None:
        self.app, self.rows = app, rows
        # Each by themselves, so that nobody's session runs out while the others look at theirs.
        self.silent: dict[str, timedelta] = defaultdict(timedelta)
        self.absence: UUID
        self.check: UUID
        world = World(app)
        self.siv: Patient = world.patient("Siv Nyberg")
        self.karin: Staff = world.staff("Karin Ek")
        self.thread: UUID = self.siv.asks("Hej Karin. Jag vaknar vid tre på natten. Kan jag ta tabletten på morgonen?")
        for number in range(1, rows):
            self.siv.writes(f"Rad {number}.", thread=self.thread)
            self.siv.asks(f"Fråga nummer {number}, om något annat.")
            world.patient(f"Patient {number}").asks("Jag har en fråga om tiden på torsdag.")
            asks_for_contact(world.patient(f"Utan {number}", contact=None), self.karin.unit.id)
            world.staff(f"Kollega {number}")
        self.karin.writes("Ta den på morgonen.", thread=self.thread)
        self.siv.writes("Tack, då gör jag det.", thread=self.thread)
        self.admin = world.admin()
        self.shift, self.closure = self.leads(world)
        self.register_absences()
        self.anna = self.lets_in(world)
        everybody = {"patient": self.siv, "staff": self.karin, "admin": self.admin, "relative": self.anna}
        self.keys = {who: has_keys(it, rows) for who, it in everybody.items()}
        self.points = {who: gives_address(it) for who, it in everybody.items()}
        self.booking = has_times(self.karin, self.siv, rows)
        self.wish: UUID = asks_for_contact(self.siv, self.karin.unit.id, words="En till, som kan kvällar?")
        self.call = self.wants_to_be_rung()
        self.long_absence = self.is_long_away(world)
        self.log_question = self.wonders(world)
        self.told, self.wish_to_be_rung = self.is_told(world)
        self.check = self.checks_the_log(world)
        for client in self.people().values():
            client.get("/", lint=False)
        self.visits = [visit for rule in self.rules() for visit in self.visit(rule)]

    def wonders(self, world: World) -> UUID:
        """Colleagues have looked for Siv, who asks about each of them."""
        for number in range(self.rows):
            colleague = world.staff(f"Nyfiken {number}")
            with db.transaction():
                request_service.note_search(self.siv.person.id, by=colleague.viewer, now=clock.now())
        theirs = {it.person.id for name, it in world.people.items() if name.startswith("Nyfiken")}
        by, now = self.siv.viewer, clock.now()
        for line in history_queries.lines_of(by, now=now):
            if line.staff in theirs:
                found = history_queries.line_for(by, (line.at, line.id))
                who, _about = answer_queries.head_for(
                    by, found.unit, found.version, about=found.staff, at=now, today=today()
                )
                with db.transaction():
                    key = log_service.ask((line.at, line.id), found.staff, found.unit, "Varför?", who, by=by, now=now)
        return key

    def line(self) -> str:
        """A line that nobody has asked about: Karin's."""
        rows = history_queries.lines_of(self.siv.viewer, now=clock.now())
        return next(it.key for it in rows if it.staff and not it.question)

    def wants_to_be_rung(self) -> UUID:
        """Siv has asked to be rung, in a thread of its own."""
        assert self.siv.contact
        phone, page = self.siv.phone(), f"/ring-mig/{db.short(self.siv.contact.id)}"
        html = phone.get(page).text
        window = re.search(r'name="window" value="([^"]+)"', html)
        assert window, "there is no time to choose"
        sent = phone.post(page, data=form_in(html) | {"window": unescape(window[1]), "number": "070-174 06 12"})
        return db.long(sent.location.rpartition("/")[2].partition("#")[0])

    def is_told(self, world: World) -> tuple[UUID, UUID]:
        """Karin holds something that was told, as others do; Anna, and others, want to be rung."""
        by, now, unit = SYSTEM, clock.now(), self.karin.unit.id
        for number in range(self.rows):
            said = Words(f"Okänd {number}" if number else "Okänd", "omkring 40", "Sover inte.", None)
            with db.transaction():
                told_service.tell(unit, said, key=f"walk-{number}", sender=str(number), by=by, now=now)
        fresh = told_service.unlooked(by=by, now=now)
        for told in fresh:
            with db.transaction():
                told_service.see_to(told, by=by, now=now)
        held = select(Wait.subject_id).where(Wait.kind == "told", Wait.holder_id == self.karin.person.id)
        mine = db.session().scalars(held).first()
        if mine is None:
            mine = fresh[0]
            with db.transaction():
                told_service.sort(mine, self.siv.person.id, by=self.karin.viewer, now=now)
        wishes = [
            asks_to_be_rung(them, patient)
            for them in world.people.values()
            if isinstance(them, Relative)
            for patient in them.relations
        ]
        # Anna's is over, so that the page where she asks is one and not a way to what she has asked.
        with db.transaction():
            call_service.solved(wishes[0], by=self.anna.viewer, now=now)
        return mine, wishes[0]

    def lets_in(self, world: World) -> Relative:
        """Anna sees what Siv shares; others have answered, have been asked, or see nothing any longer."""
        anna = world.relative("Anna Granström", of=self.siv, items=("contact", "bookings"))
        self.offer, _code = self.siv.offers("Olle")
        for number in range(1, min(self.rows, MOST_OPEN - 1)):
            self.siv.offers(f"Nära {number}") if number % 2 else world.relative(f"Nära {number}", of=self.siv)
            world.relative("Anna Granström", of=world.patient(f"Patient {number}"))
        return anna

    def is_long_away(self, world: World) -> UUID | None:
        """Lena has been away for long, and the head is asked what becomes of her patient; what else waits for a head
        does so too."""
        lena = world.staff("Lena Falk")
        world.patient("Leif Dahl", contact="Lena Falk")
        lena.is_away(f"{local(clock.now()) - timedelta(days=30):%Y-%m-%d} 08:00")
        with db.transaction():
            subject_service.see_to_wishes(by=SYSTEM, now=clock.now())
            subject_service.see_to_unit(self.karin.unit.id, by=SYSTEM, now=clock.now())
        asked = select(Wait.id).where(Wait.kind == "new_contact", Wait.belongs_to == lena.person.id)
        return db.session().scalars(asked).first()

    def checks_the_log(self, world: World) -> UUID:
        """The administrator has drawn a sample of what Karin has read, one row for each patient and day."""
        for number in range(self.rows):
            for whom in (self.siv, world.patient(f"Patient {number}")):
                with db.transaction() as session:
                    entry = Entry("thread.read", whom.person.id, self.karin.unit.id)
                    audit.record(session, entry, by=self.karin.viewer, now=clock.now())
            on = local(clock.now()).date()
            with db.transaction():
                check = check_service.make(
                    world.region().id, "random", on, on, size=self.rows, by=self.admin.viewer, now=clock.now()
                )
        return check

    def register_absences(self) -> None:
        """Karin leads, is away, and answers for Erik."""
        erik, karin = self.karin.world.staff("Erik Lund"), self.karin
        first = local(clock.now()).date() + timedelta(days=90)
        for number in range(self.rows):
            for who, other, day in ((karin, erik, 2 * number), (erik, karin, 2 * number + 1)):
                on = first + timedelta(days=day)
                with db.transaction():
                    saved = absence_service.register(
                        who.person.id, stretch(on, on), substitutes=(other.person.id,), by=who.viewer, now=clock.now()
                    )
                if who is karin:
                    self.absence = saved.key

    def leads(self, world: World) -> tuple[UUID, UUID]:
        """Let Karin lead the unit, with colleagues, shifts and closed days to come; one of each of these."""
        unit, by, now = self.karin.unit, SYSTEM, clock.now()
        first = local(now).date() + timedelta(days=1)
        with db.transaction():
            unit_service.name_head(unit.id, self.karin.person.id, tuple(world.function), by=by, now=now)
            for number in range(self.rows):
                on, late = first + timedelta(days=number), first + timedelta(days=200 + 14 * number)
                person = [self.karin.person.id]
                shift = roster_service.add_shift(unit.id, Times(on, 480, 990), person, by=by, now=now)
                closure = roster_service.close(unit.id, Days(late, late, "Planering"), by=by, now=now)
        for number in range(1, self.rows):
            world.unit(f"Mottagning {number}")
        return shift, closure

    def rules(self) -> list[Rule]:
        """What can be got; among many rows, only what asks the database."""
        got = [rule for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
        got = [rule for rule in got if self.rows == 1 or label_of(self.app, rule.endpoint).database]
        # Time goes by with every page: those that only the administrator opens come while that session still stands.
        return sorted(got, key=lambda rule: label_of(self.app, rule.endpoint).kinds != {"admin"})

    def people(self) -> dict[str, LintedClient]:
        """A browser for each kind of person; nobody's has no session."""
        return {
            "nobody": self.app.test_client(),  # type: ignore[dict-item]
            "patient": self.siv.phone(),
            "staff": self.karin.phone(),
            "admin": self.admin.phone(),
            "relative": self.anna.phone(),
        }

    def visit(self, rule: Rule) -> list[Visit]:
        """The page as each person whom its label lets in: the first time, and again after a silence."""
        kinds = label_of(self.app, rule.endpoint).kinds
        visits = []
        for who, client in self.people().items():
            if who in kinds or kinds & {"public", "operations"}:
                path = self.path(rule, who)
                visits.append(self.get(client, who, rule.endpoint, path))
                self.silent[who] += SEEN_EVERY + timedelta(seconds=1)
                with time_machine.travel(clock.now() + self.silent[who]):
                    visits.append(self.get(client, who, rule.endpoint, path))
        return visits

    def path(self, rule: Rule, who: str) -> str:
        if rule.arguments or rule.endpoint.startswith(("live.", "log.asking")):
            assert rule.endpoint in ADDRESSES, (
                f"The guards cannot reach {rule.endpoint}: add a line for it to ADDRESSES in tests/guards/walk.py."
            )
        with self.app.test_request_context():
            return url_for(rule.endpoint, **ADDRESSES.get(rule.endpoint, lambda _scene, _who: {})(self, who))

    def get(self, client: LintedClient, who: str, endpoint: str, path: str) -> Visit:
        fault = ""
        try:
            answer = client.get(path, lint=self.rows == 1, headers=shows(self, endpoint))
        except AssertionError as error:
            fault = str(error)
            answer = client.get(path, lint=False, watch=False)
        heard = list(client.heard)
        if answer.is_streamed and answer.mimetype == "text/event-stream":
            answer.close()
        return Visit(who, endpoint, path, answer, heard, fault)


def unit(scene: Scene, _who: str) -> dict[str, object]:
    return {"unit": scene.karin.unit.id}


def work(scene: Scene, who: str) -> dict[str, object]:
    return unit(scene, who) | {"work": scene.karin.assignment.id}


def contact(scene: Scene, _who: str) -> dict[str, object]:
    return {"contact": scene.siv.contact.id if scene.siv.contact else None}


def patient(scene: Scene, _who: str) -> dict[str, object]:
    return {"patient": scene.siv.person.id}


def offer(scene: Scene, _who: str) -> dict[str, object]:
    return {"relation": scene.offer}


HEARD = ("show", "talk", "nothing", "give", "ask", "whose")
ANSWERS = ("waiting", "offering", "talk", "keeping", "cancelling", "give", "other")
QUESTIONS = ("later", "talk", "no_need", "rang", "give", "ask")


def wait(scene: Scene, _who: str) -> dict[str, object]:
    return {
        "wait": db.session()
        .scalars(select(Wait.id).where(Wait.subject_id == scene.thread, Wait.ended_at.is_(None)))
        .first()
    }


def booked(scene: Scene, _who: str) -> dict[str, object]:
    return {"booking": scene.booking}


def followed(scene: Scene, who: str) -> str:
    """What a page of theirs follows."""
    if who == "relative":
        return live.topic("r", scene.anna.relations[scene.siv])
    return live.topic("t", scene.thread)


ADDRESSES: dict[str, Callable[[Scene, str], dict[str, object]]] = {
    "absence.index": lambda _scene, _who: {"person": None},
    "absence.new": lambda _scene, _who: {"person": None},
    **{f"absence.{name}": lambda scene, _who: {"absence": scene.absence} for name in ("show", "change", "cancel")},
    **{f"units.{name}": unit for name in ("unit", "red", "place", "office", "promise", "head")},
    **{f"roster.{name}": unit for name in ("roster", "new_shift")},
    **{f"work.{name}": unit for name in ("new", "unknown")},
    **{f"work.{name}": work for name in ("work", "pattern", "direct", "standing", "ending")},
    "closures.closing": unit,
    "closures.closure": lambda scene, who: unit(scene, who) | {"closure": scene.closure},
    "roster.shift": lambda scene, who: unit(scene, who) | {"shift": scene.shift},
    "cover.cover": unit,
    "cover.gap": lambda scene, who: unit(scene, who) | {"fran": clock.now().isoformat()},
    "log.asking": lambda scene, _who: {"rad": scene.line()},
    "log.answering": lambda scene, _who: {"question": scene.log_question},
    "messages.thread": lambda scene, _who: {"thread": scene.thread},
    **{f"questions.{name}": lambda scene, _who: {"thread": scene.thread} for name in QUESTIONS},
    "opening.new": patient,
    "messages.new": contact,
    "messages.solved": lambda scene, _who: {"thread": scene.thread},
    "ring.ring": contact,
    "ring.change": lambda scene, _who: {"thread": scene.call},
    "contacts.change": contact,
    "patients.patient": patient,
    "passkeys.show": lambda scene, who: {"key": scene.keys[who]},
    "points.new": lambda _scene, _who: {"way": "epost"},
    "points.show": lambda scene, who: {"point": scene.points[who]},
    "ways.door": patient,
    "ways.lock": patient,
    "ways.code": patient,
    "appointing.appoint": patient,
    "appointing.change": contact,
    "appointing.end": contact,
    "appointing.wish": lambda scene, _who: {"wish": scene.wish},
    **{f"heads.{name}": wait for name in ("taking", "giving")},
    "heads.ending": lambda scene, who: patient(scene, who) | unit(scene, who),
    "heads.dying": patient,
    "heads.long_absence": lambda scene, _who: {"wait": scene.long_absence},
    **{f"checks.{name}": lambda scene, _who: {"check": scene.check} for name in ("check", "export")},
    "checks.row": lambda scene, _who: {"check": scene.check, "n": 1},
    **{f"relatives.{name}": offer for name in ("show", "edit")},
    "shared.show": lambda scene, _who: {"relation": scene.anna.relations[scene.siv]},
    **{f"bookings.{name}": booked for name in ("show", "video", "travel")},
    **{f"rebooking.{name}": booked for name in ("moving", "meeting", "changing", "cancelling")},
    "booking.new": lambda scene, who: patient(scene, who) | {"kind": offers(scene.karin)},
    **{f"booking.{name}": patient for name in ("patient", "kinds")},
    **{f"answers.{name}": booked for name in ANSWERS},
    **dict.fromkeys(("booking.show", "feeds.one", "guests.choose", "guests.along"), booked),
    "feeds.feed": lambda scene, _who: {"secret": gives_feed(scene.siv)},
    **LETTERS,
    "support.municipality": lambda _scene, _who: {"slug": "rattvik"},
    **{f"told.{name}": unit for name in ("write", "told")},
    **{f"heard.{name}": lambda scene, _who: {"heard": scene.told} for name in HEARD},
    "calls.ask": lambda scene, _who: {"relation": scene.anna.relations[scene.siv]},
    "calls.show": lambda scene, _who: {"call": scene.wish_to_be_rung},
    **{f"webapp.{name}": lambda _scene, _who: {"code": "en"} for name in ("offline", "help_offline")},
    "live.events": lambda scene, who: {"om": followed(scene, who)},
    "live.state": lambda scene, who: {"om": followed(scene, who)},
}

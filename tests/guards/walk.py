"""Every page there is, as everybody who may see it: what the guards of pages read."""

from __future__ import annotations

import re
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

from app.accounts import passkey_service
from app.accounts.authenticator import Made
from app.accounts.passkey_rules import MOST as MOST_KEYS
from app.accounts.rules import SEEN_EVERY
from app.care import absence_service, roster_service, unit_service
from app.care.absence_rules import stretch
from app.care.roster_service import Days, Times
from app.core import audit, clock, db, live
from app.core.access import label_of
from app.core.audit import SYSTEM, Entry
from app.core.locale import local
from app.log import check_service
from app.waits import subject_service
from app.waits.models import Wait
from tests.care.around import asks_for_contact
from tests.client import LintedClient
from tests.world import Patient, Someone, Staff, World, form_in

MOST = 6


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
        return self.answer.text if self.answer.mimetype == "text/html" else ""

    def __str__(self) -> str:
        return f"{self.endpoint} as {self.who}"


class Scene:
    """A unit where everything there can be many of stands `rows` times: threads, letters, patients who wait."""

    def __init__(self, app: Flask, rows: int) -> None:
        self.app, self.rows, self.silent = app, rows, timedelta()
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
        self.keys = {
            "patient": self.has_keys(self.siv),
            "staff": self.has_keys(self.karin),
            "admin": self.has_keys(self.admin),
        }
        self.wish: UUID = asks_for_contact(self.siv, self.karin.unit.id, words="En till, som kan kvällar?")
        self.call = self.wants_to_be_rung()
        self.long_absence = self.is_long_away(world)
        self.check = self.checks_the_log(world)
        self.visits = [visit for rule in self.rules() for visit in self.visit(rule)]

    def wants_to_be_rung(self) -> UUID:
        """Siv has asked to be rung, in a thread of its own."""
        assert self.siv.contact
        phone, page = self.siv.phone(), f"/ring-mig/{db.short(self.siv.contact.id)}"
        html = phone.get(page).text
        window = re.search(r'name="window" value="([^"]+)"', html)
        assert window, "there is no time to choose"
        sent = phone.post(page, data=form_in(html) | {"window": unescape(window[1]), "number": "070-174 06 12"})
        return db.long(sent.location.rpartition("/")[2].partition("#")[0])

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

    def has_keys(self, who: Someone) -> UUID:
        """As many keys as there may be, and one of them."""
        for number in range(min(self.rows, MOST_KEYS)):
            made = Made(f"{who.person.id}-{who.capacity}-{number}".encode(), b"key", 0)
            with db.transaction():
                key = passkey_service.add(
                    who.person.id, who.capacity, made, name="Min telefon", agent="", by=who.viewer, now=clock.now()
                )
        return key

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
        return [rule for rule in got if self.rows == 1 or label_of(self.app, rule.endpoint).database]

    def people(self) -> dict[str, LintedClient]:
        """A browser for each kind of person; nobody's has no session."""
        return {
            "nobody": self.app.test_client(),  # type: ignore[dict-item]
            "patient": self.siv.phone(),
            "staff": self.karin.phone(),
            "admin": self.admin.phone(),
        }

    def visit(self, rule: Rule) -> list[Visit]:
        """The page as each person whom its label lets in: the first time, and again after a silence."""
        kinds = label_of(self.app, rule.endpoint).kinds
        visits = []
        for who, client in self.people().items():
            if who in kinds or kinds & {"public", "operations"}:
                path = self.path(rule, who)
                visits.append(self.get(client, who, rule.endpoint, path))
                self.silent += SEEN_EVERY + timedelta(seconds=1)
                with time_machine.travel(clock.now() + self.silent):
                    visits.append(self.get(client, who, rule.endpoint, path))
        return visits

    def path(self, rule: Rule, who: str) -> str:
        if rule.arguments or rule.endpoint.startswith("live."):
            assert rule.endpoint in ADDRESSES, (
                f"The guards cannot reach {rule.endpoint}: add a line for it to ADDRESSES in tests/guards/walk.py."
            )
        with self.app.test_request_context():
            return url_for(rule.endpoint, **ADDRESSES.get(rule.endpoint, lambda _scene, _who: {})(self, who))

    def get(self, client: LintedClient, who: str, endpoint: str, path: str) -> Visit:
        fault = ""
        try:
            answer = client.get(path, lint=self.rows == 1)
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


QUESTIONS = ("later", "talk", "no_need", "rang", "give", "ask")


def wait(scene: Scene, _who: str) -> dict[str, object]:
    return {
        "wait": db.session()
        .scalars(select(Wait.id).where(Wait.subject_id == scene.thread, Wait.ended_at.is_(None)))
        .first()
    }


ADDRESSES: dict[str, Callable[[Scene, str], dict[str, object]]] = {
    "absence.index": lambda _scene, _who: {"person": None},
    "absence.new": lambda _scene, _who: {"person": None},
    "absence.show": lambda scene, _who: {"absence": scene.absence},
    "absence.change": lambda scene, _who: {"absence": scene.absence},
    "absence.cancel": lambda scene, _who: {"absence": scene.absence},
    **{f"units.{name}": unit for name in ("unit", "red", "place", "office", "promise", "head")},
    **{f"roster.{name}": unit for name in ("closing", "roster", "new_shift")},
    **{f"work.{name}": unit for name in ("new", "unknown")},
    **{f"work.{name}": work for name in ("work", "pattern", "direct", "standing", "ending")},
    "roster.closure": lambda scene, who: unit(scene, who) | {"closure": scene.closure},
    "roster.shift": lambda scene, who: unit(scene, who) | {"shift": scene.shift},
    "cover.cover": unit,
    "cover.gap": lambda scene, who: unit(scene, who) | {"fran": clock.now().isoformat()},
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
    "live.events": lambda scene, _who: {"om": live.topic("t", scene.thread)},
    "live.state": lambda scene, _who: {"om": live.topic("t", scene.thread)},
}

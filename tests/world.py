"""A small world to tell stories in, built only through the services: no test stands on a state nobody can reach."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.accounts import oidc_service
from app.accounts import queries as account_queries
from app.accounts import service as accounts
from app.accounts.models import Person, Region, RegionRole
from app.accounts.oidc import Vouched
from app.accounts.queries import Viewer
from app.accounts.service import Who
from app.care import answer_queries, unit_service
from app.care import contact_service as contacts
from app.care import queries as care_queries
from app.care import service as care
from app.care.answer_queries import Answering
from app.care.cover_models import Absence, AbsenceSubstitute, DutyPerson, DutyShift
from app.care.hours_rules import Week, weekdays
from app.care.models import Assignment, Contact, Unit
from app.care.queries import ContactCard
from app.care.service import Cycle, Direct, raise_version, raise_versions_of
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import SWEDEN, local
from app.demo.people import test_number
from app.demo.seed import freshen
from app.messages import queries as message_queries
from app.messages import service as messages
from app.notices.models import Notice
from app.relatives import rules as relative_rules
from app.relatives import service as relatives
from app.relatives.service import Wanted
from app.waits import tick_service as waits

if TYPE_CHECKING:
    from tests.client import LintedClient

ADULT = date(1980, 1, 1)
OFFICE = weekdays("08:00", "16:30")


class World:
    """A region with one unit, and whoever the story needs."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.people: dict[str, Someone] = {}
        self._numbers = 0

    def now(self) -> datetime:
        return clock.now()

    def unit(self, name: str = "Mottagning Björken") -> Unit:
        found = db.session().query(Unit).filter_by(name=name).one_or_none()
        if found:
            return found
        with db.transaction():
            region = self.region()
            head, *rest = self.function
            return unit_service.open_unit(
                region,
                name,
                phone="+46313900610",
                phone_hours="Vardagar 8–16",
                office=OFFICE,
                head=head,
                head_substitutes=tuple(rest),
                by=SYSTEM,
                now=self.now(),
            )

    @property
    def function(self) -> list[UUID]:
        """The people of the region's function, who also lead every unit that has no head of its own."""
        rows = db.session().query(RegionRole).filter_by(role="function").order_by(RegionRole.person_id)
        return [row.person_id for row in rows]

    def function_people(self) -> list[Someone]:
        """The same, on duty: they open what has come to them and nothing else."""
        return [OnDuty(self, db.session().get_one(Person, key)) for key in self.function]

    def leads(self, head: str, stands_in: str, *, of: Staff) -> tuple[Staff, Staff]:
        """Somebody who leads another's unit, and who stands in for them; both work there."""
        first, second = self.staff(head, title="enhetschef"), self.staff(stands_in)
        with db.transaction():
            unit_service.name_head(of.unit.id, first.person.id, (second.person.id,), by=SYSTEM, now=self.now())
        return first, second

    def admin(self) -> Someone:
        """The region's administrator, on duty."""
        if "administrator" not in self.people:
            self.unit()
            role = db.session().query(RegionRole).filter_by(role="administrator").one()
            found = db.session().get(Person, role.person_id)
            assert found
            self.people["administrator"] = OnDuty(self, found)
        return self.people["administrator"]

    def region(self) -> Region:
        found = db.session().query(Region).one_or_none()
        if found:
            return found
        with db.transaction():
            function = [
                accounts.register_staff(Who(name), hsa_id=f"SE-F{i}", title="chef", by=SYSTEM, now=self.now()).id
                for i, name in enumerate(("Funktion Ett", "Funktion Två"))
            ]
            return accounts.open_region(
                "Provlandet",
                "20",
                function_phone="+46313900600",
                function=function,
                administrator=function[0],
                by=SYSTEM,
                now=self.now(),
            )

    def staff(
        self,
        name: str,
        *,
        unit: str = "Mottagning Björken",
        title: str = "sjuksköterska",
        opened: bool = True,
        works: Week = OFFICE,
        number: str | None = None,
    ) -> Staff:
        """Somebody who works at a unit, with a direct number; the same person when the name is known.

        `opened`: they have opened the app as staff, and so can be reached by it. `number` is their own.
        """
        if name in self.people:
            return self.people[name]  # type: ignore[return-value]
        place = self.unit(unit)
        with db.transaction():
            person = accounts.register_staff(
                Who(name, number), hsa_id=f"SE2321000180-{len(self.people)}", title=title, by=SYSTEM, now=self.now()
            )
            assignment = care.assign(
                person.id,
                place,
                role="licensed",
                starts_on=local(self.now()).date() - timedelta(days=400),
                cycle=Cycle((works,), local(self.now()).date()),
                direct=Direct("+46313900612", "Vardagar 8–16"),
                by=SYSTEM,
                now=self.now(),
            )
            if opened:
                freshen(person.id, now=self.now())
        someone = Staff(self, person, place, assignment)
        self.people[name] = someone
        return someone

    def duty(self, starts: str, ends: str, *people: Staff) -> None:
        """A shift in which these answer for their unit, between two Swedish wall times such as "2026-11-05 08:00"."""
        with db.transaction() as session:
            raise_version(people[0].unit.id)
            shift = DutyShift(id=db.new_key(), unit_id=people[0].unit.id, starts_at=wall(starts), ends_at=wall(ends))
            session.add(shift)
            session.flush()
            session.add_all(
                DutyPerson(shift_id=shift.id, n=n, person_id=it.person.id) for n, it in enumerate(people, 1)
            )

    def works_on(self) -> int:
        """The worker looks at what waits; how many waits it took."""
        with db.transaction():
            return self.tick()

    def tick(self) -> int:
        return waits.tick(by=SYSTEM, now=self.now())

    def patient(self, name: str, *, contact: str | None = "Karin Ek") -> Patient:
        """A patient with a contact (given by name); the same person when the name is known."""
        if name in self.people:
            return self.people[name]  # type: ignore[return-value]
        helper = self.staff(contact) if contact else None
        self._numbers += 1
        number, born = test_number(self._numbers)
        with db.transaction():
            person = accounts.register_patient(Who(name, number=number), by=SYSTEM, now=self.now())
            given = helper and contacts.appoint(
                person, helper.person.id, helper.unit, coordinating=True, born=born, by=SYSTEM, now=self.now()
            )
        someone = Patient(self, person, given)
        self.people[name] = someone
        return someone

    def relative(
        self, name: str, *, of: Patient, items: tuple[str, ...] = ("contact",), confirmed: bool = True
    ) -> Relative:
        """Somebody whom a patient has let in, by the link and e-identification; the same person when the name is
        known. Not `confirmed`: they have answered, and the patient has yet to say that it is them."""
        key, code = of.offers(name, items)
        known = self.people.get(name)
        if known is None:
            self._numbers += 1
            vouched = Vouched(test_number(self._numbers)[0], name)
            with db.transaction():
                token = oidc_service.enter_patient(vouched, offer=key, agent="", by=SYSTEM, now=self.now())
            viewer = account_queries.viewer_of(token, now=self.now())
            person = viewer and db.session().get(Person, viewer.person_id)
            assert person
            known = self.people[name] = Relative(self, person)
        with db.transaction():
            relatives.accept(key, code, by=known.viewer, now=self.now())
            if confirmed:
                relatives.confirm(key, by=of.viewer, now=self.now())
        assert isinstance(known, Relative)
        known.relations[of] = key
        return known


class Someone:
    """A person of the world, who can hold a phone."""

    capacity = "private"
    nav = "patient"

    def __init__(self, world: World, person: Person) -> None:
        self.world, self.person = world, person
        self._token: str | None = None

    @property
    def viewer(self) -> Viewer:
        """The person signed in; a new session when the last one has ended."""
        found = self._token and account_queries.viewer_of(self._token, now=clock.now())
        if not found:
            with db.transaction():
                self._token = accounts.sign_in(
                    self.person.id, capacity=self.capacity, way="demo", by=SYSTEM, now=clock.now()
                )
            found = account_queries.viewer_of(self._token, now=clock.now())
        assert found, f"{self.person.id} cannot sign in"
        return found

    def phone(self) -> LintedClient:
        """A browser in which this person is signed in."""
        client = self.world.app.test_client()
        self.holds(client)  # type: ignore[arg-type]
        return client  # type: ignore[return-value]

    def holds(self, client: LintedClient) -> None:
        """Let a browser be this person's: it gets both halves of their session."""
        first, second = self.viewer.token.split(".")
        client.set_cookie(f"{self.world.app.config['SESSION_COOKIE_NAME']}-here", second)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = first
            cookie["nav"] = self.nav

    def rings(self) -> list[str]:
        """What has reached this person's phone by now and they have not looked at, the oldest first."""
        mine = (Notice.person_id == self.person.id, Notice.seen_at.is_(None), Notice.withdrawn_at.is_(None))
        told = select(Notice.kind).where(*mine, Notice.show_at <= clock.now()).order_by(Notice.show_at, Notice.made_at)
        return list(db.session().scalars(told))

    def writes(self, text: str, *, thread: UUID, key: str | None = None) -> UUID:
        """Write in a thread that is there."""
        head = message_queries.thread_for(self.viewer, thread, today=today())
        values: dict[str, Any] = {"by": self.viewer, "text": text, "key": key or fresh_key(), "now": clock.now()}
        with db.transaction():
            if self.capacity == "duty":
                return messages.reply(head, **values).thread_id
            return messages.write(head, lambda: who_answers(self.viewer, head.contact), **values).thread_id


class Patient(Someone):
    def __init__(self, world: World, person: Person, contact: Contact | None) -> None:
        super().__init__(world, person)
        self.contact = contact

    def asks(self, text: str, *, key: str | None = None, wait_for_contact: bool = False) -> UUID:
        """Open a thread with the first contact."""
        card = care_queries.contacts_of(self.viewer, today=today())[0]
        answering, key = who_answers(self.viewer, card), key or fresh_key()
        values: dict[str, Any] = {"by": self.viewer, "text": text, "key": key, "now": clock.now()}
        with db.transaction():
            return messages.open_thread(card, answering, wait_for_contact=wait_for_contact, **values).thread_id

    def offers(self, name: str, items: tuple[str, ...] = ("contact",), length: str = "half") -> tuple[UUID, str]:
        """Offer to let somebody in; the relation and its code."""
        last = relative_rules.last_day(length, today=today())
        with db.transaction():
            return relatives.offer(Wanted(name, items, last), by=self.viewer, now=clock.now())


class Relative(Someone):
    """Somebody whom patients have let in, and nothing else here."""

    nav = "relative"

    def __init__(self, world: World, person: Person) -> None:
        super().__init__(world, person)
        self.relations: dict[Patient, UUID] = {}


class OnDuty(Someone):
    capacity = "duty"
    nav = "staff"


class Staff(OnDuty):
    def __init__(self, world: World, person: Person, unit: Unit, assignment: Assignment) -> None:
        super().__init__(world, person)
        self.unit, self.assignment = unit, assignment

    def is_away(self, starts: str, ends: str | None = None, *substitutes: Staff) -> Absence:
        """Away between two Swedish wall times such as "2026-11-09 00:00"; without an end, until further notice."""
        # The verb comes with the wing of absence; until then the rows are written as it will write them.
        with db.transaction() as session:
            raise_versions_of(self.person.id)
            absence = Absence(
                id=db.new_key(),
                person_id=self.person.id,
                starts_at=wall(starts),
                ends_at=wall(ends) if ends else None,
                registered_at=self.world.now(),
                registered_by=self.person.id,
            )
            session.add(absence)
            session.flush()
            session.add_all(
                AbsenceSubstitute(absence_id=absence.id, n=n, person_id=it.person.id, asked_at=self.world.now())
                for n, it in enumerate(substitutes, 1)
            )
        return absence


def who_answers(viewer: Viewer, card: ContactCard) -> Answering:
    return answer_queries.who_answers(viewer, [card], at=clock.now(), today=today())[card.key]


def wall(text: str) -> datetime:
    """A Swedish wall time such as "2026-11-05 08:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=SWEDEN).astimezone(UTC)


def today() -> date:
    return local(clock.now()).date()


def fresh_key() -> str:
    return f"test-{db.short(db.new_key())}"


def token_in(html: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)
    assert found, "the page has no form token"
    return found.group(1)


def form_in(html: str) -> dict[str, str]:
    """What the page's own form carries without being seen: the token, the letter's key, who reads and by when."""
    form = re.search(r"<form[^>]*data-send.*?</form>", html, re.DOTALL)
    assert form, "the page has no form to write in"
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.group())
    return {name: unescape(value) for name, value in found}


__all__ = [
    "ADULT",
    "UTC",
    "Patient",
    "Relative",
    "Someone",
    "Staff",
    "World",
    "form_in",
    "fresh_key",
    "today",
    "token_in",
    "wall",
    "who_answers",
]

"""Fill an empty database through the same verbs as everybody else uses, so that no demo shows what cannot be."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import exists, select

from app.accounts import service as accounts
from app.accounts.models import Patient, Person, Relative, Staff
from app.accounts.queries import Viewer, person_name, session_digest
from app.accounts.service import Who
from app.care import absence_service as absences
from app.care import answer_queries, roster_service, unit_service
from app.care import contact_service as contacts
from app.care import queries as care_queries
from app.care import request_service as requests
from app.care import service as care
from app.care.absence_rules import stretch
from app.care.answer_queries import Answering
from app.care.hours_rules import weekdays
from app.care.models import Assignment, Contact, Unit
from app.care.queries import ContactCard
from app.care.roster_service import Days, Times
from app.care.service import Cycle, Direct
from app.care.unit_service import Place
from app.core import audit, db
from app.core.audit import SYSTEM, Entry
from app.core.locale import local
from app.demo import near, open_door, times
from app.demo.letters import SHAPES, Said, diary
from app.demo.people import PATIENTS, RELATIVES, STAFF, UNITS, test_number
from app.log import history_queries
from app.log import service as log
from app.messages import queries as message_queries
from app.messages import service as messages
from app.messages.queries import ThreadHead
from app.notices import service as notices

COUNTY = "20"
MOST = 200


@dataclass(frozen=True)
class Persona:
    """Somebody to step into."""

    key: UUID
    name: str
    about: str
    capacity: str
    unit: str


def is_empty() -> bool:
    return not db.session().scalar(select(exists().where(Person.id.is_not(None))))


def seed(*, now: datetime) -> None:
    """Three units, twelve staff, sixty patients and their threads, as if they had used it for half a year."""
    began = now - timedelta(days=200)
    staff = [
        accounts.register_staff(
            Who(sketch.name, phone=sketch.phone),
            hsa_id=f"SE2321000180-D{i:03}",
            title=sketch.title,
            physician=sketch.physician,
            by=SYSTEM,
            now=began,
        )
        for i, sketch in enumerate(STAFF, 1)
    ]
    region = accounts.open_region(
        "Demolandet",
        COUNTY,
        function_phone="+46313900600",
        function=[staff[3].id, staff[8].id],
        administrator=staff[3].id,
        by=SYSTEM,
        now=began,
    )
    units = [
        unit_service.open_unit(
            region,
            unit.name,
            phone=unit.phone,
            phone_hours=unit.hours,
            office=unit.office,
            head=staff[unit.head].id,
            head_substitutes=tuple(staff[i].id for i in unit.stand_in),
            by=SYSTEM,
            now=began,
        )
        for unit in UNITS
    ]
    unit_service.change_function_hours(region, weekdays("08:00", "16:30"), by=SYSTEM, now=began)
    for person, sketch in zip(staff, STAFF, strict=True):
        direct = Direct(sketch.phone, sketch.hours) if sketch.phone else None
        care.assign(
            person.id,
            units[sketch.unit],
            role=sketch.role,
            starts_on=local(began).date(),
            cycle=Cycle(sketch.weeks or (UNITS[sketch.unit].office,), local(began).date()),
            direct=direct,
            standing=tuple(staff[i].id for i in sketch.standing),
            by=SYSTEM,
            now=began,
        )
        if sketch.also is not None:
            there = Cycle(sketch.also_weeks, local(began).date())
            care.assign(
                person.id,
                units[sketch.also],
                role="other",
                starts_on=local(began).date(),
                cycle=there,
                by=SYSTEM,
                now=began,
            )
    roster(units, [person.id for person in staff], now=now)
    for person in staff:
        freshen(person.id, now=now)
    everybody = [
        patient(index, name, units, [person.id for person in staff], now=now) for index, name in enumerate(PATIENTS)
    ]
    away([person.id for person in staff], now=now)
    wish(everybody[12], units[0], "Gärna någon som jag kan prata med på kvällen.", now=now - timedelta(hours=30))
    wish(everybody[19], units[0], "", now=now - timedelta(hours=3))
    anna, olle = (near.registered(index, name, now=now - timedelta(days=40)) for index, name in enumerate(RELATIVES))
    patients = (as_viewer(everybody[0], "patient"), as_viewer(everybody[2], "patient"))
    accounts.protect(everybody[14], True, unit_id=units[0].id, by=SYSTEM, now=now)
    near.let_in(*patients, as_viewer(anna, "relative"), as_viewer(olle, "relative"), now=now)
    booked(units, [person.id for person in staff], everybody, now=now)
    open_door.opened(units[0], UNITS[0].visiting, as_viewer(staff[0].id, "staff"), now=now)
    why = "Raden är av den som svarade på dina frågor den dagen."
    wonder(everybody[4], "Varför läste du det här?", why, now=now - timedelta(days=1))
    wonder(everybody[6], "Vem är det här?", now=now - timedelta(hours=4))


def booked(units: list[Unit], staff: list[UUID], patients: list[UUID], *, now: datetime) -> None:
    """Times for whoever has a contact, with that contact: who is away now was not when they were booked."""
    offered = times.offers(units, staff, now=now - timedelta(days=100))
    whose = [
        (as_viewer(patient, "patient"), first_contact(index), index % 3)
        for index, patient in enumerate(patients)
        if index % 10 != 9
    ]
    book = times.Book(offered, [as_viewer(key, "staff") for key in staff], now)
    times.book(book, whose)
    times.open_up(book, whose)


def first_contact(index: int) -> int:
    """Whom a patient has as contact, as a place in STAFF."""
    here = [i for i, sketch in enumerate(STAFF) if sketch.unit == index % 3 and sketch.role != "other"]
    return here[(index // 3) % len(here)]


def roster(units: list[Unit], staff: list[UUID], *, now: datetime) -> None:
    """The first unit has a duty roster from tomorrow on, the second is closed over the next Christmas; each has its
    address."""
    for unit, sketch in zip(units, UNITS, strict=True):
        said = Place(unit.name, unit.phone, unit.phone_hours, visiting=sketch.visiting)
        unit_service.change_place(unit.id, said, by=SYSTEM, now=now)
    today = local(now).date()
    for number in range(1, 28):
        on = today + timedelta(days=number)
        if on.weekday() < 5:
            people = (staff[1], staff[2]) if on.isocalendar().week % 2 else (staff[2], staff[0])
            roster_service.add_shift(units[0].id, Times(on, 480, 990), people, by=SYSTEM, now=now)
    christmas = date(today.year, 12, 23) if today < date(today.year, 12, 23) else date(today.year + 1, 12, 23)
    closed = Days(christmas, christmas + timedelta(days=14), "Jul och nyår", cover_function=True)
    roster_service.close(units[1].id, closed, by=SYSTEM, now=now)


def away(staff: list[UUID], *, now: datetime) -> None:
    """Anna is away and Jonas answers; Amir is away and nobody is named; Karin will be away."""
    karin, jonas, anna, amir = (staff[i] for i in (0, 4, 5, 9))
    today = local(now).date()
    week = stretch(today, today + timedelta(days=9))
    absences.register(anna, week, substitutes=(jonas,), by=as_viewer(anna, "staff"), now=now)
    absences.away_from_now(amir, today_only=False, by=as_viewer(amir, "staff"), now=now)
    ahead = stretch(today + timedelta(days=30), today + timedelta(days=40))
    absences.register(karin, ahead, by=as_viewer(karin, "staff"), now=now)


def freshen(person_id: UUID, *, now: datetime) -> None:
    """Let somebody have opened the app as staff, so that they count as one who can be reached."""
    token = accounts.sign_in(person_id, capacity="duty", way="demo", by=SYSTEM, now=now)
    accounts.sign_out(session_digest(token), by=SYSTEM, now=now)


def wish(patient_id: UUID, unit: Unit, words: str, *, now: datetime) -> None:
    """Somebody asks the head for another contact, or for a first one when they have none."""
    by = as_viewer(patient_id, "patient")
    held = care_queries.contacts_of(by, today=local(now).date())
    requests.request_contact(unit.id, words, about=held[0].person_id if held else None, by=by, now=now)


def patient(index: int, name: str, units: list[Unit], staff: list[UUID], *, now: datetime) -> UUID:
    """One patient with one or two contacts, and a thread of some shape; one in ten has no contact yet."""
    began = now - timedelta(days=190 - index)
    number, born = test_number(index)
    phone = f"+4670174{610 + index % 90:04}"
    person = accounts.register_patient(
        Who(name, number=number, phone=phone, email=f"person{index}@example.org"), by=SYSTEM, now=began
    )
    if index % 10 == 9:
        return person.id
    at, first = index % 3, staff[first_contact(index)]
    here = [staff[i] for i, sketch in enumerate(STAFF) if sketch.unit == at and sketch.role != "other"]
    contacts.appoint(person, first, units[at], coordinating=True, born=born, by=SYSTEM, now=began)
    if index % 4 == 3:
        contacts.appoint(
            person, here[(index // 3 + 1) % len(here)], units[at], coordinating=False, born=born, by=SYSTEM, now=began
        )
    said = diary(24) if index == 4 else SHAPES[index % len(SHAPES)]
    if index % 11 != 10:
        talk(person.id, first, said, now=now)
    if index == 0:
        talk(person.id, first, SHAPES[1], now=now)
    return person.id


def talk(patient_id: UUID, staff_id: UUID, said: tuple[Said, ...], *, now: datetime) -> None:
    """A thread as it was written. What staff begin is left out until they can."""
    said = said if said[0][0] == "p" else ()
    mine, theirs = as_viewer(patient_id, "patient"), as_viewer(staff_id, "staff")
    thread_id: UUID | None = None
    last = now - timedelta(days=400)
    for number, (who, before, text) in enumerate(said):
        by = mine if who == "p" else theirs
        at = max(now - before if who == "p" else at_work(now - before), last)
        last = at + timedelta(minutes=20)
        if at > now:
            return
        key = f"demo-{number:04}-{patient_id.hex[:16]}"
        cards = care_queries.contacts_of(mine, today=local(now).date())
        card = next(card for card in cards if card.person_id == staff_id)
        answering = who_answers(mine, card, at=at)
        if thread_id is None:
            thread_id = messages.open_thread(card, answering, by=mine, text=text, key=key, now=at).thread_id
            continue
        head = message_queries.thread_for(by, thread_id, today=local(now).date())
        messages.mark_read(head, head.last_n, by=by, now=at - timedelta(minutes=9))
        if who != "p":
            opened(head, by=by, now=at - timedelta(minutes=9))
        notices.seen(by.person_id, about=thread_id, by=by, now=at)
        if who == "p":
            messages.write(head, partial(who_answers, mine, card, at=at), by=by, text=text, key=key, now=at)
        else:
            messages.reply(head, by=by, text=text, key=key, now=at)


def opened(head: ThreadHead, *, by: Viewer, now: datetime) -> None:
    """What the pages write of whoever finds a question in their list and reads it."""
    about = (head.patient_id, head.unit_id, f"thread:{db.short(head.key)}")
    audit.record(db.session(), Entry("thread.glimpsed", *about), by=by, now=now - timedelta(minutes=12))
    audit.record(db.session(), Entry("thread.read", *about), by=by, now=now)


def wonder(patient_id: UUID, text: str, answer: str | None = None, *, now: datetime) -> None:
    """Somebody asks about the latest line of the staff's in their log; with `answer`, the head answers."""
    by = as_viewer(patient_id, "patient")
    line = next(it for it in history_queries.lines_of(by, now=now) if it.staff)
    place = (line.at, line.id)
    found = history_queries.line_for(by, place)
    answering, _about = answer_queries.head_for(
        by, found.unit, found.version, about=found.staff, at=now, today=local(now).date()
    )
    key = log.ask(place, found.staff, found.unit, text, answering, by=by, now=now)
    if answer and answering.now.key:
        log.answer(key, answer, by=as_viewer(answering.now.key, "staff"), now=now + timedelta(hours=2))


def who_answers(viewer: Viewer, card: ContactCard, *, at: datetime) -> Answering:
    return answer_queries.who_answers(viewer, [card], at=at, today=local(at).date())[card.key]


def at_work(at: datetime) -> datetime:
    """The same moment when it is a weekday between 8 and 16, else the next morning at ten past nine."""
    here = local(at)
    if here.weekday() < 5 and 8 <= here.hour < 16:
        return at
    here = here.replace(hour=9, minute=10) + timedelta(days=here.hour >= 16)
    while here.weekday() > 4:
        here += timedelta(days=1)
    return here


def as_viewer(person_id: UUID, kind: str) -> Viewer:
    """The person themselves, without a session: for what the demo lets them have done."""
    token = f"demo-{person_id}"
    capacity = "duty" if kind == "staff" else "private"
    return Viewer(
        token,
        session_digest(token),
        person_id,
        capacity,
        frozenset({kind}),
        datetime.min.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        b"",
        None,
    )


def personas() -> list[Persona]:
    """Everybody, patients first, in the order they were registered."""
    people = [*_patients(), *_staff(), *_relatives()]
    first = {name: n for n, name in enumerate((PATIENTS[0], STAFF[0].name, STAFF[1].name, *RELATIVES))}
    return sorted(people, key=lambda persona: first.get(persona.name, len(first)))


def _patients() -> list[Persona]:
    contact = (
        select(Contact.patient_id, Contact.person_id, Contact.unit_id)
        .where(Contact.coordinating, Contact.ends_on.is_(None))
        .subquery()
    )
    helper = select(Person.id, Person.name_sealed).subquery()
    rows = db.session().execute(
        select(Person.id, Person.name_sealed, Unit.name, helper.c.id, helper.c.name_sealed)
        .join(Patient, Patient.person_id == Person.id)
        .outerjoin(contact, contact.c.patient_id == Person.id)
        .outerjoin(Unit, Unit.id == contact.c.unit_id)
        .outerjoin(helper, helper.c.id == contact.c.person_id)
        .where(Person.closed_at.is_(None))
        .order_by(Patient.since, Person.id)
        .limit(MOST)
    )
    return [
        Persona(
            key,
            person_name(key, sealed),
            f"patient vid {unit}, kontakt {person_name(other, other_sealed)}"
            if unit
            else "patient, har ingen kontakt än",
            "private",
            unit or "",
        )
        for key, sealed, unit, other, other_sealed in rows
    ]


def _staff() -> list[Persona]:
    rows = db.session().execute(
        select(Person.id, Person.name_sealed, Staff.title, Unit.name)
        .join(Staff, Staff.person_id == Person.id)
        .join(Assignment, Assignment.person_id == Person.id)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Person.closed_at.is_(None), Assignment.ends_on.is_(None))
        .order_by(Person.created_at, Staff.hsa_id, Assignment.starts_on, Assignment.id)
        .limit(MOST)
    )
    found: dict[UUID, Persona] = {}
    for key, sealed, title, unit in rows:
        before = found.get(key)
        about = f"{before.about} och {unit}" if before else f"{title} vid {unit}"
        found[key] = Persona(key, person_name(key, sealed), about, "duty", before.unit if before else unit)
    return list(found.values())


def _relatives() -> list[Persona]:
    rows = db.session().execute(
        select(Person.id, Person.name_sealed)
        .join(Relative, Relative.person_id == Person.id)
        .where(Person.closed_at.is_(None), ~exists().where(Patient.person_id == Person.id))
        .order_by(Relative.since, Person.id)
        .limit(MOST)
    )
    return [Persona(key, person_name(key, sealed), "anhörig till en patient", "private", "") for key, sealed in rows]

"""A large clinic of the generator's, put into a database, so that its report is read for real."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Flask

from app.accounts import service as accounts
from app.accounts.models import Patient as PatientRow
from app.accounts.models import Person
from app.accounts.queries import Viewer
from app.accounts.service import Who
from app.care import service as care
from app.care import unit_service
from app.care.cover_models import Absence, AbsenceSubstitute, Closure, DutyPerson, DutyShift
from app.care.models import Contact, Unit
from app.care.service import Cycle
from app.core import db
from app.core.audit import SYSTEM
from app.demo.seed import as_viewer, freshen
from tests.care.random_units import World

LONG = timedelta(days=400)


def fill(app: Flask, world: World) -> tuple[Viewer, UUID]:
    """The head and the unit, with everybody whom the generated world names."""
    with app.app_context(), db.transaction():
        return Clinic(world).fill()


class Clinic:
    def __init__(self, world: World) -> None:
        self.world, self.now, self.began = world, world.at, world.at - LONG
        names = dict.fromkeys(str(it.person) for it in world.assignments)
        self.people = {name: self.staff(name) for name in names}
        self.units: dict[str, Unit] = {}

    def staff(self, name: str) -> UUID:
        who = Who(f"Person {name}")
        return accounts.register_staff(who, hsa_id=f"SE-{name}", title="skötare", by=SYSTEM, now=self.began).id

    def fill(self) -> tuple[Viewer, UUID]:
        world, unit = self.world, self.world.unit
        head, stand_in = self.people[str(unit.head)], self.people[str(unit.head_substitutes[0])]
        region = accounts.open_region(
            "Provlandet",
            "20",
            function_phone="+46313900600",
            function=[head, stand_in],
            administrator=head,
            by=SYSTEM,
            now=self.began,
        )
        for name in dict.fromkeys(str(it.unit) for it in world.assignments):
            self.units[name] = unit_service.open_unit(
                region,
                f"Mottagning {name}",
                phone="+46313900610",
                phone_hours="Vardagar",
                office=unit.office,
                head=head,
                head_substitutes=(stand_in,),
                by=SYSTEM,
                now=self.began,
            )
        self.assign()
        self.rows()
        self.patients()
        return as_viewer(head, "staff"), self.units[str(unit.key)].id

    def assign(self) -> None:
        for it in self.world.assignments:
            (period,) = it.periods
            given = care.assign(
                self.people[str(it.person)],
                self.units[str(it.unit)],
                role="care" if it.cares else "other",
                starts_on=self.began.date(),
                cycle=Cycle(period.weeks, period.anchor),
                standing=self.keys(it.standing),
                by=SYSTEM,
                now=self.began,
            )
            given.ends_on = it.ends_on
        for name, state in self.world.states.items():
            if state.channel:
                freshen(self.people[str(name)], now=self.now)

    def rows(self) -> None:
        """Absences, closures and shifts as they stand: a report is about what would not have been accepted."""
        session = db.session()
        for it in self.world.absences:
            key, who = db.new_key(), self.people[str(it.person)]
            period = {"starts_at": it.starts_at, "ends_at": it.ends_at, "registered_at": it.registered_at}
            session.add(Absence(id=key, person_id=who, registered_by=who, **period))
            session.flush()
            session.add_all(
                AbsenceSubstitute(absence_id=key, n=n, person_id=person, asked_at=it.registered_at)
                for n, person in enumerate(self.keys(it.substitutes), 1)
                if person != who
            )
        for shut in self.world.unit.closures:
            days = {"starts_on": shut.starts_on, "ends_on": shut.ends_on, "name": ""}
            cover = {"cover_unit_id": self.units[str(shut.covered_by)].id}
            session.add(Closure(id=db.new_key(), unit_id=self.units[str(self.world.unit.key)].id, **days, **cover))
        for shift in self.world.duty:
            key, times = db.new_key(), {"starts_at": shift.starts_at, "ends_at": shift.ends_at}
            session.add(DutyShift(id=key, unit_id=self.units[str(shift.unit)].id, **times))
            session.flush()
            session.add_all(
                DutyPerson(shift_id=key, n=n, person_id=person) for n, person in enumerate(self.keys(shift.people), 1)
            )

    def patients(self) -> None:
        session, unit = db.session(), self.units[str(self.world.unit.key)].id
        for number, patient in enumerate(self.world.patients):
            person = Person(id=db.new_key(), language="sv", created_at=self.began)
            person.name = f"Patient {number}"
            session.add(person)
            session.flush()
            session.add(PatientRow(person_id=person.id, since=self.began))
            session.flush()
            session.add_all(
                Contact(
                    id=db.new_key(),
                    patient_id=person.id,
                    unit_id=unit,
                    person_id=self.people[str(it.person)],
                    coordinating=it.coordinating,
                    appointed_at=self.began,
                    starts_on=it.starts_on,
                    adult_at_start=True,
                )
                for it in patient.contacts
            )

    def keys(self, names: tuple[object, ...]) -> tuple[UUID, ...]:
        return tuple(self.people[str(name)] for name in names)

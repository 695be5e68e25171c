"""A unit where somebody is away, and what its people do about it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from app.care import (
    absence_queries,
    absence_rules,
    absence_service,
    answer_queries,
    queries,
    unit_service,
)
from app.care import service as care
from app.care.absence_queries import AbsenceRow
from app.care.absence_rules import Stretch
from app.care.absence_service import Saved
from app.care.answer_queries import Answering
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.world import Patient, Staff, World, today

MORNING = datetime(2026, 11, 25, 5, 30, tzinfo=UTC)
DAY = timedelta(days=1)


class Town:
    """Karin with a patient, Erik who answers for her, Fatima, and Maria who leads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.siv: Patient = world.patient("Siv")
        self.karin: Staff = world.staff("Karin Ek")
        self.erik: Staff = world.staff("Erik Lund")
        self.fatima: Staff = world.staff("Fatima Aydin")
        self.maria: Staff = world.staff("Maria Hedlund", title="enhetschef")
        with db.transaction():
            unit_service.name_head(
                self.karin.unit.id, self.maria.person.id, tuple(world.function[:1]), by=SYSTEM, now=clock.now()
            )
            care.name_standing(self.karin.assignment, (self.erik.person.id,), by=SYSTEM, now=clock.now())
        for someone in (self.karin, self.erik, self.fatima, self.maria):
            assert someone.viewer  # whoever has opened the app has a channel

    def rows(self, of: Staff | None = None) -> list[AbsenceRow]:
        someone = of or self.karin
        subject = absence_queries.subject_for(someone.viewer, today=today())
        return absence_queries.absences_of(someone.viewer, subject, now=clock.now())[0]

    def row(self) -> AbsenceRow:
        (found,) = self.rows()
        return found

    def answering(self) -> Answering:
        """Who answers what Siv asks Karin now."""
        cards = queries.contacts_of(self.siv.viewer, today=today())
        found = answer_queries.who_answers(self.siv.viewer, cards, at=clock.now(), today=today())
        return found[cards[0].key]

    def answers(self) -> str:
        return self.answering().now.name


def days(first: date, last: date | None) -> Stretch:
    return absence_rules.stretch(first, last)


def register(
    person: Staff, period: Stretch, *substitutes: Staff, by: Staff | None = None, at: datetime | None = None
) -> Saved:
    with db.transaction():
        return absence_service.register(
            person.person.id,
            period,
            substitutes=tuple(it.person.id for it in substitutes),
            by=(by or person).viewer,
            now=at or clock.now(),
        )


def ill(person: Staff, *, today_only: bool = True, by: Staff | None = None) -> Saved:
    with db.transaction():
        return absence_service.away_from_now(
            person.person.id, today_only=today_only, by=(by or person).viewer, now=clock.now()
        )


def change(town: Town, *, ends_at: datetime | None, substitutes: tuple[Staff, ...]) -> None:
    keys = tuple(it.person.id for it in substitutes)
    with db.transaction():
        absence_service.change(town.row(), ends_at=ends_at, substitutes=keys, by=town.karin.viewer, now=clock.now())


def says(person: Staff, key: UUID, *, yes: bool) -> None:
    with db.transaction():
        verb = absence_service.accept if yes else absence_service.decline
        verb(key, by=person.viewer, now=clock.now())


def said(row: AbsenceRow) -> list[tuple[str, str]]:
    return [(it.name, "no" if it.no else "yes" if it.yes else "") for it in row.substitutes]


def version(town: Town) -> int:
    return (
        db.session()
        .execute(text("select care_version from unit where id = :u"), {"u": town.karin.unit.id})
        .scalar_one()
    )

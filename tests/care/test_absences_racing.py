"""Two at once: nobody is away twice, and two who answer for each other are not both let go."""

from datetime import timedelta

from app.care import absence_queries, absence_service
from app.care import service as care
from app.care.absence_rules import Stretch, stretch
from app.care.absence_service import Gapped, Saved
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.messages.test_racing import at_once
from tests.world import Staff, World, today


def test_pressed_four_times_at_once_is_one_absence(own_world: World) -> None:
    karin = own_world.staff("Karin Ek")
    viewer = karin.viewer

    def press() -> Saved:
        return absence_service.away_from_now(viewer.person_id, today_only=False, by=viewer, now=clock.now())

    saved = at_once(own_world.app, *[press] * 4)
    assert len({one.key for one in saved}) == 1
    assert sorted(one.again for one in saved) == [False, True, True, True]
    subject = absence_queries.subject_for(viewer, today=today())
    assert len(absence_queries.absences_of(viewer, subject, now=clock.now())[0]) == 1


def test_of_two_who_answer_for_each_other_only_one_is_let_go(own_world: World) -> None:
    karin, erik = (own_world.staff(name) for name in ("Karin Ek", "Erik Lund"))
    for someone, other in ((karin, erik), (erik, karin)):
        own_world.patient(f"Patient till {someone.viewer.name}", contact=someone.viewer.name)
        with db.transaction():
            care.name_standing(someone.assignment, (other.person.id,), by=SYSTEM, now=clock.now())
    for week in range(3):
        monday = today() + timedelta(days=7 + 7 * week - today().weekday())
        leave = stretch(monday + timedelta(days=7), monday + timedelta(days=11))

        def asks(someone: Staff, leave: Stretch = leave) -> str:
            try:
                with db.transaction():
                    absence_service.register(someone.person.id, leave, by=someone.viewer, now=clock.now())
                return "saved"
            except Gapped:
                return "refused"

        viewers = [karin.viewer, erik.viewer]
        assert all(viewers)
        said = at_once(own_world.app, lambda: asks(karin), lambda: asks(erik))
        assert sorted(said) == ["refused", "saved"], said

"""Made-up rows for the component page, in every state that a row can be in."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

from wtforms import SelectChoice

from app.care.fields import DayField, OneOfField, PeopleField, WeeksField
from app.care.hours_rules import weekdays
from app.care.roster_queries import ShiftRow
from app.care.unit_queries import Somebody
from app.core.clock import now
from app.core.forms import Form
from app.core.locale import lazy_gettext as _l
from app.core.locale import today
from app.messages.letter_queries import Letter, Mark
from app.messages.queries import ThreadRow, WaitingRow

KEY, OTHER = UUID(int=0), UUID(int=1)
SAID = "Jag vaknar vid tre på natten. Sedan somnar jag inte om.\n\nKan jag ta tabletten på morgonen?"
TOPIC = "Jag vaknar vid tre på natten"


def letters() -> list[Letter]:
    at = now()
    return [
        Letter(1, False, "Karin Ek", "sjuksköterska", at - timedelta(days=3), "Hej Siv. Vi ses på torsdag.", []),
        Letter(2, True, "Siv Nyberg", None, at - timedelta(days=1), SAID, [Mark("Karin Ek", at - timedelta(hours=2))]),
    ]


def threads() -> list[ThreadRow]:
    at = now()
    states = ((False, True, None), (True, False, at - timedelta(hours=1)), (True, False, None))
    return [
        ThreadRow(KEY, KEY, KEY, TOPIC, "Karin Ek", at - timedelta(hours=3), mine, unread, read_at)
        for mine, unread, read_at in states
    ]


def waiting() -> list[WaitingRow]:
    since = now() - timedelta(days=1)
    return [
        WaitingRow(KEY, KEY, KEY, TOPIC, name, since, SAID, unread)
        for name, unread in (("Siv Nyberg", True), ("Leif Dahl", False))
    ]


def persona() -> SimpleNamespace:
    return SimpleNamespace(key=KEY, name="Siv Nyberg", about="patient vid Mottagning Björken")


class PlanForm(Form):
    """A form of everything that a unit's pages are typed in."""

    hours = WeeksField(_l("Arbetstider"), most=10)
    anchor = DayField(_l("Gäller från"))
    people = PeopleField(_l("Svarar i stället, i ordning"), least=_l("Välj minst en."))
    role = OneOfField(
        _l("Arbetar som"), choices=[SelectChoice("care", _l("Vårdpersonal utan legitimation, svarar patienter"))]
    )


def plan() -> PlanForm:
    """Two weeks, with a fault in one of them and nobody chosen."""
    weeks = (weekdays("08:00", "16:30"), weekdays("10:00", "14:00", days=range(1, 3)))
    made = PlanForm(formdata=None, data={"hours": weeks, "anchor": today()}, meta={"csrf": False})
    made.people.choices = [("karin", "Karin Ek")]
    made.hours.typed[1].days[2][0].closes = "9"
    made.validate()
    return made


def shifts() -> list[ShiftRow]:
    at = now()
    return [
        ShiftRow(KEY, at + timedelta(hours=hours), at + timedelta(hours=hours + 8), (KEY, OTHER)) for hours in (0, 8)
    ]


def colleagues() -> dict[UUID, Somebody]:
    return {KEY: Somebody(KEY, "Karin Ek", ""), OTHER: Somebody(OTHER, "Leif Dahl", "")}

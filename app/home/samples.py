"""Made-up rows for the component page, in every state that a row can be in."""

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import UUID

from wtforms import SelectChoice

from app.accounts.session_queries import Session
from app.care.absence_queries import AbsenceRow, Asked
from app.care.answer_queries import Named
from app.care.asked_queries import Request
from app.care.fields import DayField, OneOfField, PeopleField, WeeksField
from app.care.gap_queries import Line, Sketch, Unable, Uncovered
from app.care.hours_rules import weekdays
from app.care.picture_rules import Bar, Picture, Strip
from app.care.queries import ContactCard
from app.care.roster_queries import ShiftRow
from app.care.unit_queries import Somebody
from app.core.clock import now
from app.core.forms import Form
from app.core.locale import lazy_gettext as _l
from app.core.locale import local, today
from app.home.pocket_views import Line as PocketLine
from app.home.pocket_views import TimeLine
from app.home.return_queries import MissedRow
from app.messages.history_queries import Happened, Who
from app.messages.letter_queries import Letter, Mark
from app.messages.list_queries import ThreadRow
from app.messages.ring_rules import Window
from app.messages.waiting_queries import WaitingRow
from app.notices import words
from app.notices.queries import NoticeRow
from app.notices.rules import KINDS
from app.waits.head_queries import Question
from app.waits.task_queries import Task

ON_PHONE = PocketLine("Karin Holm", "Sjuksköterska", "tel:+46313900612", "031-390 06 12", "Vardagar 8–16")
KEY, OTHER = UUID(int=0), UUID(int=1)
SAVED_TIME = TimeLine("Tisdag 10 november kl. 9.00–9.45", "Samtal. Karin Ek, Kyrkogatan 12", "")
SAID = "Jag vaknar vid tre på natten. Sedan somnar jag inte om.\n\nKan jag ta tabletten på morgonen?"
TOPIC = "Jag vaknar vid tre på natten"


def letters() -> list[Letter]:
    at = now()
    return [
        Letter(1, False, "Karin Ek", "sjuksköterska", at - timedelta(days=3), "Hej Siv. Vi ses på torsdag.", []),
        Letter(2, True, "Siv Nyberg", None, at - timedelta(days=1), SAID, [Mark("Karin Ek", at - timedelta(hours=2))]),
        Letter(3, True, "Siv Nyberg", None, at - timedelta(hours=1), "Tack.", [], no_answer=True),
    ]


def events() -> list[Happened]:
    """One of everything that can happen to a question."""
    at = now()
    karin, erik, siv = Who("Karin Ek", False), Who("Erik Lund", False), Who("Siv Nyberg", True)
    soon, later, words = at + timedelta(days=1), at + timedelta(days=1, hours=2), "Erik kan mer om det här."
    return [
        Happened(at, "absent", erik, karin, None, None, None, None),
        Happened(at, "ended", Who("", False), karin, None, None, None, None),
        Happened(at, "handed_over", erik, karin, karin, words, None, None),
        Happened(at, "taken", karin, erik, karin, None, None, None),
        Happened(at, "asked_too", erik, siv, karin, words, None, None),
        Happened(at, "asked_too", erik, siv, None, None, None, None),
        Happened(at, "kept", karin, karin, karin, None, None, soon),
        Happened(at, "no_answer", karin, karin, karin, None, soon, later),
        Happened(at, "no_answer", karin, karin, karin, None, None, later),
        Happened(at, "promise_broken", karin, karin, None, None, None, soon),
        Happened(at, "talked", karin, siv, karin, None, None, at),
        Happened(at, "no_need", karin, siv, karin, words, None, None),
        Happened(at, "solved", siv, siv, siv, None, None, None),
        Happened(at, "done", siv, siv, siv, None, None, None),
        Happened(at, "care_ended", karin, siv, karin, None, None, None),
    ]


def times() -> list[tuple[date, list[SimpleNamespace]]]:
    """Two days with times to be rung at, by different people."""
    at = now()
    return [
        (
            local(at + timedelta(days=day)).date(),
            [
                SimpleNamespace(
                    window=Window(at + timedelta(days=day, hours=hours), at + timedelta(days=day, hours=hours + 2)),
                    answering=SimpleNamespace(now=SimpleNamespace(name=name)),
                    value=f"{day}.{hours}",
                )
                for hours, name in ((0, "Karin Ek"), (2, "Erik Lund"), (4, ""))
            ],
        )
        for day in (0, 1)
    ]


def threads() -> list[ThreadRow]:
    at = now()
    soon, ring = at + timedelta(days=1), at + timedelta(hours=22)
    states = (
        (False, True, None, None, False, False),
        (True, False, at - timedelta(hours=1), soon, False, False),
        (True, False, None, soon, True, False),
        (True, False, None, soon, False, True),
        (True, False, None, soon, True, True),
        (True, False, None, None, False, False),
    )
    names = "Karin Ek", "Erik Lund"
    return [
        ThreadRow(
            KEY,
            KEY,
            KEY,
            TOPIC,
            *names,
            at - timedelta(hours=3),
            mine,
            unread,
            read_at,
            due,
            "Erik Lund",
            late,
            call,
            ring,
        )
        for mine, unread, read_at, due, late, call in states
    ]


def waiting() -> list[WaitingRow]:
    at = now()
    states = (
        ("Gun Sandberg", -1, True, None, "Maria Hedlund", True, False),
        ("Siv Nyberg", 20, False, "Karin Ek", None, False, True),
        ("Leif Dahl", 26, False, None, None, False, False),
    )
    return [
        WaitingRow(
            key=KEY,
            patient_id=KEY,
            unit_id=KEY,
            topic=TOPIC,
            patient_name=name,
            since=at - timedelta(days=1),
            promised_at=at + timedelta(hours=hours),
            broken=broken,
            instead=instead,
            holder=holder,
            asked=asked,
            said=SAID,
            unread=unread,
        )
        for name, hours, broken, instead, holder, asked, unread in states
    ]


def late() -> list[Question]:
    """A question in each state that a head may see it in, and the other kinds."""
    at = now()
    states = (
        ("thread", "soon", "Tom Wiklund", None, 0),
        ("thread", "broken", "Gun Sandberg", None, 2),
        ("thread", "alone", "Siv Nyberg", None, 0),
        ("thread", "function", "Leif Dahl", None, 0),
        ("thread", "failed", "Anna Berg", None, 0),
        ("contact_request", "soon", "Tom Wiklund", None, 0),
        ("log_question", "soon", "Gun Sandberg", None, 0),
        ("cover_gap", "soon", None, "Karin Ek", 0),
        ("new_contact", "soon", "Siv Nyberg", "Karin Ek", 0),
        ("long_absence", "soon", None, "Karin Ek", 0),
    )
    return [
        Question(
            key=UUID(int=number),
            kind=kind,
            subject=KEY,
            unit_id=KEY,
            unit_name="Mottagning Björken",
            version=1,
            patient_id=KEY,
            whose=whose,
            about=about,
            since=at - timedelta(days=2),
            counts_from=at - timedelta(days=2),
            promised_at=at + timedelta(hours=number),
            broken=broken,
            holder_id=KEY,
            holder="Erik Lund" if standing != "function" else None,
            asked=("Fatima Aydin",) if standing == "soon" and kind == "thread" else (),
            standing=standing,
            reached=False,
            mine=False,
            leads=True,
            closed_until=None,
            ended=False,
        )
        for number, (kind, standing, whose, about, broken) in enumerate(states)
    ]


def for_heads() -> list[Task]:
    at = now()
    kinds = (
        ("contact_request", 2, None),
        ("log_question", 1, None),
        ("cover_gap", 1, "Karin Ek"),
        ("new_contact", 14, "Karin Ek"),
    )
    return [
        Task(kind, KEY, "Mottagning Björken", count, at + timedelta(hours=20), count == 1, KEY, about)
        for kind, count, about in (*kinds, ("new_contact", 14, "Karin Ek"), ("long_absence", 1, "Erik Lund"))
    ]


def missed() -> list[MissedRow]:
    """Questions to somebody who was off duty: with another, past its time, theirs, and ended in each way."""
    at = now()
    states = (
        ("Gun Sandberg", "Erik Lund", False, True, False, None),
        ("Siv Nyberg", "Karin Ek", True, False, True, None),
        *(("Leif Dahl", None, False, False, False, how) for how in ("reply", "talked", "no_need", "solved", "done")),
    )
    kinds = ("thread", "booking_answer", *["thread"] * 4, "booking_answer")
    return [
        MissedRow(
            key=KEY,
            kind=kind,
            patient_id=KEY,
            unit_id=KEY,
            patient_name=name,
            topic=TOPIC if kind == "thread" else "",
            call=call,
            since=at - timedelta(days=2),
            promised_at=at + timedelta(hours=-1 if broken else 20),
            broken=broken,
            mine=mine,
            holder=holder,
            ended_at=at - timedelta(hours=3) if how else None,
            ended_by=("Leif Dahl" if how == "solved" else "Erik Lund") if how else None,
            ended_how=how,
        )
        for (name, holder, mine, broken, call, how), kind in zip(states, kinds, strict=True)
    ]


def news() -> list[tuple[NoticeRow, str, str]]:
    at = now()
    rows = (("wait", False, 0), ("reminder", False, 3), ("taken", True, 0))
    return [
        (NoticeRow(KEY, KINDS[kind], None, at - timedelta(hours=n), seen, count, False), *words.said(kind, count))
        for n, (kind, seen, count) in enumerate(rows, 1)
    ]


def absences() -> SimpleNamespace:
    """An absence, a request to answer, a gap with its ways, and the picture of all of it."""
    at = now()
    day = local(at).date()

    def bar(left: float, right: float, first: int, last: int) -> Bar:
        return Bar(left, right, day + timedelta(days=first), day + timedelta(days=last))

    said = (Asked(KEY, "Erik Lund", True, False), Asked(KEY, "Fatima Aydin", False, True))
    gap = Uncovered(
        "Mottagning Björken",
        KEY,
        "Maria Hedlund",
        at + timedelta(days=3),
        at + timedelta(days=5),
        True,
        14,
        (),
        (Unable(KEY, "Anna Berg", True),),
    )
    return SimpleNamespace(
        row=AbsenceRow(KEY, KEY, "Karin Ek", at, {}, at, at + timedelta(days=9), said, None),
        requests=[
            Request(KEY, name, at, None, n, yes, no)
            for n, (name, yes, no) in enumerate((("Karin Ek", False, False), ("Leif Dahl", True, False)), 1)
        ],
        gap=gap,
        ways=[("x", "Jonas Ström", True), ("y", "Karin Ek", False), ("chef-z", "Maria Hedlund", True)],
        sketch=Sketch(
            day,
            day + timedelta(days=9),
            (
                Line("Erik Lund", (bar(0, 0.3, 0, 2),), (bar(0.3, 1, 3, 9),)),
                Line("Fatima Aydin", (bar(0.6, 1, 6, 9),), (bar(0, 0.6, 0, 5),)),
            ),
            (bar(0, 0.3, 0, 2), bar(0.6, 1, 6, 9)),
            (bar(0.3, 0.6, 3, 5),),
            (bar(0.5, 0.7, 5, 6),),
        ),
    )


def contact() -> ContactCard:
    numbers = "+46313900610", "Vardagar 8–16"
    direct = "+46313900612", "Vardagar 9–11"
    return ContactCard(
        KEY, KEY, "Karin Ek", "sjuksköterska", KEY, "Mottagning Björken", *numbers, 1, *direct, True, True
    )


def answers() -> list[SimpleNamespace]:
    """Who answers: the contact until another takes over, another while nobody reads, and the region's function."""
    at = now()
    karin = Named(KEY, "Karin Ek", "sjuksköterska", "+46313900612", "Vardagar 9–11")
    erik = Named(UUID(int=1), "Erik Lund", "skötare", "+46313900614", "Vardagar 8–16")
    region = Named(None, "", "", "+46313900600", "")
    plain: dict[str, object] = {
        "contact": KEY,
        "back": None,
        "back_late": False,
        "then": None,
        "then_from": None,
        "opens": None,
    }
    plain |= {"until": at + timedelta(hours=1), "far": False, "promise": at + timedelta(days=2)}
    back = {"instead": True, "back": at + timedelta(days=4)}
    return [
        SimpleNamespace(**plain | {"now": karin, "instead": False, "then": erik, "then_from": at + timedelta(days=1)}),
        SimpleNamespace(**plain | back | {"now": erik, "opens": at + timedelta(days=1), "far": True}),
        SimpleNamespace(**plain | back | {"now": region}),
    ]


def cover() -> SimpleNamespace:
    """The weeks ahead: one who is away, one who answers also for them, and a gap."""
    first = today()

    def bar(left: float, right: float) -> Bar:
        return Bar(left, right, first + timedelta(days=int(60 * left)), first + timedelta(days=int(60 * right) - 1))

    strips = (
        Strip(KEY, (bar(0, 0.3), bar(0.5, 1)), (bar(0.3, 0.5),), (), ()),
        Strip(OTHER, (bar(0, 0.4), bar(0.5, 1)), (bar(0.4, 0.5),), (bar(0.3, 0.4),), (KEY,)),
    )
    closed = tuple(bar(n / 60, (n + 2) / 60) for n in range(4, 60, 7))
    weeks = tuple((n / 60, 48 + n // 7) for n in range(0, 60, 7))
    somebody = (bar(0, 0.4), bar(0.5, 1))
    names = {KEY: "Karin Ek", OTHER: "Erik Lund"}
    return SimpleNamespace(
        picture=Picture(strips, somebody, (bar(0.4, 0.5),), closed, weeks, 0.02),
        gaps=(None,),
        names=names,
        said=lambda keys: ", ".join(names[key] for key in keys),
    )


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


def sessions() -> list[Session]:
    """Where somebody is signed in: here, and on a computer that nobody knows the make of."""
    at = now()
    began = at - timedelta(days=2)
    return [
        Session(KEY, "Chrome/android", "oidc", began, at, True),
        Session(OTHER, "/", "passkey", began, began, False),
    ]

"""What a head decides: who is a patient here, their contacts, which of several coordinates, the answer to a wish."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import rules as people
from app.accounts.service import BadNumber, Closed, normalised
from app.care import contact_service as contacts
from app.care import patient_queries as queries
from app.care import patient_service, request_queries, request_service
from app.care.contact_forms import AnswerForm, AppointForm, Appointing, EndForm, NewPatientForm
from app.care.contact_service import Wanted
from app.care.patient_queries import Choice, Line, PatientHead
from app.care.patient_service import New
from app.care.request_queries import Request
from app.core import audit, db, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.locale import today, when
from app.core.pages import page

bp = Blueprint("appointing", __name__, url_prefix="/patienter")


@bp.get("/onskemal")
@access("staff")
def wishes() -> Response:
    begins = paging.place(request.args.get("efter"))
    rows, more = request_queries.waiting_for(current_user, place=begins)
    log_requests(rows)
    return page(
        "contacts/wishes.html",
        wishes=rows,
        older=url_for(".wishes", efter=paging.cursor(rows[-1].made_at, rows[-1].key)) if more else None,
        newer=url_for(".wishes") if begins else None,
    )


@bp.get("/onskemal/<key:wish>")
@access("staff")
def wish(wish: UUID) -> Response:
    asked = request_queries.request_for(current_user, wish)
    return wish_page(asked, AnswerForm(), fitting(asked.patient_id, asked.unit_id))


@bp.post("/onskemal/<key:wish>")
@access("staff")
def answer(wish: UUID) -> Response | Answer | tuple[Response, int]:
    asked = request_queries.request_for(current_user, wish)
    form, choices = AnswerForm(), fitting(asked.patient_id, asked.unit_id)
    form.person.allowed = {"", *values(choices)}

    def deed() -> None:
        wanted = wanted_in(form, asked.words) if form.person.data else None
        request_service.answer(asked.key, form.text.data, wanted, by=current_user, now=now())

    if not form.validate_on_submit() or not attempted(form, deed, asked.patient_name):
        return wish_page(asked, form, choices), 422
    return redirect(url_for(".wish", wish=asked.key), 303)


@bp.get("/ny")
@access("staff")
def new() -> Response:
    return new_page(NewPatientForm(data={"key": db.short(db.new_key())}), fitting_new())


@bp.post("/ny")
@access("staff")
def add() -> Response | Answer | tuple[Response, int]:
    """The search sends a number here that nobody was found by; it is shown in the form, and never in an address."""
    form, choices = NewPatientForm(), fitting_new()
    if "borja" in request.form:
        return new_page(NewPatientForm(None, data={"key": db.short(db.new_key()), "number": form.number.data}), choices)
    form.person.allowed = values(choices)
    who = who_in(form) if form.validate_on_submit() else None
    if who is None:
        return new_page(form, choices), 422
    patient = taken_on(who, form)
    if patient:
        return redirect(url_for("patients.patient", patient=patient, ny=1), 303)
    if who.number:
        with transaction():
            patient_service.note_try(who.number, by=current_user, now=now())
    return new_page(form, choices), 422


@bp.get("/<key:patient>/utse")
@access("staff")
def appoint(patient: UUID) -> Response:
    head = queries.patient_for(current_user, patient, today=today())
    return appoint_page(head, AppointForm(), fitting(head.key))


@bp.post("/<key:patient>/utse")
@access("staff")
def send_appoint(patient: UUID) -> Response | Answer | tuple[Response, int]:
    head = queries.patient_for(current_user, patient, today=today())
    form, choices = AppointForm(), fitting(head.key)
    form.person.allowed = values(choices)

    def deed() -> None:
        contacts.give_contact(
            head.key,
            db.long(str(form.person.data)[:22]),
            wanted_in(form, form.wish.data),
            coordinating=form.coordinating.data,
            by=current_user,
            now=now(),
        )

    if not form.validate_on_submit() or not attempted(form, deed, head.name):
        return appoint_page(head, form, choices), 422
    return redirect(url_for("patients.patient", patient=head.key), 303)


@bp.get("/kontakt/<key:contact>/byt")
@access("staff")
def change(contact: UUID) -> Response:
    head, line = reached(contact)
    return appoint_page(head, AppointForm(), fitting(head.key, line.unit_id), line)


@bp.post("/kontakt/<key:contact>/byt")
@access("staff")
def send_change(contact: UUID) -> Response | Answer | tuple[Response, int]:
    head, line = reached(contact)
    form, choices = AppointForm(), fitting(head.key, line.unit_id)
    form.person.allowed = values(choices)

    def deed() -> None:
        contacts.change_contact(line.key, wanted_in(form, form.wish.data), by=current_user, now=now())

    if not form.validate_on_submit() or not attempted(form, deed, head.name):
        return appoint_page(head, form, choices, line), 422
    return redirect(url_for("patients.patient", patient=head.key), 303)


@bp.get("/kontakt/<key:contact>/avsluta")
@access("staff")
def end(contact: UUID) -> Response:
    head, line = reached(contact)
    return end_page(head, line, EndForm())


@bp.post("/kontakt/<key:contact>/avsluta")
@access("staff")
def send_end(contact: UUID) -> Response | Answer | tuple[Response, int]:
    head, line = reached(contact)
    form = EndForm()
    if not form.validate_on_submit():
        return end_page(head, line, form), 422
    ends = form.care.data == "ends"
    with explained(head.name), transaction():
        contacts.end_contact(line.key, on=form.ends_on.data, care_ends=ends, by=current_user, now=now())
    return redirect(url_for("patients.patient", patient=head.key), 303)


@bp.post("/kontakt/<key:contact>/haller-ihop")
@access("staff")
def coordinate(contact: UUID) -> Answer:
    head, line = reached(contact)
    with explained(head.name), transaction():
        contacts.coordinate(line.key, by=current_user, now=now())
    return redirect(url_for("patients.patient", patient=head.key), 303)


def new_page(form: NewPatientForm, choices: list[Choice]) -> Response:
    several = len({it.unit_id for it in choices}) > 1
    return page(
        "contacts/new.html",
        form=form,
        options=options(choices, "", units=several),
        physicians=any(it.physician for it in choices),
    )


def who_in(form: NewPatientForm) -> New | None:
    """Who is to be a patient, or None when the number is none, or the day is not the one in it."""
    number = None
    if form.number.data:
        try:
            number = normalised(form.number.data)
        except BadNumber:
            form.number.errors = [
                _("Numret stämmer inte. Skriv alla tolv siffror, eller lämna tomt om det är ett reservnummer.")
            ]
            return None
        if form.born.data not in (None, people.born(number)):
            form.born.errors = [_("Det är inte dagen i numret. Ändra den ena, eller lämna dagen tom.")]
            return None
    return New(form.name.data, number, form.born.data, form.key.data)


def taken_on(who: New, form: NewPatientForm) -> UUID | None:
    """Do it, or say beside the field why it cannot be done, and nothing of what somebody is elsewhere."""
    unit, wanted = db.long(str(form.person.data)[:22]), wanted_in(form, form.wish.data)
    try:
        with transaction():
            return patient_service.take_on(who, unit, wanted, by=current_user, now=now())
    except patient_service.Here as error:
        form.there = error.patient_id
        field, fault = form.name, _("Personen har redan en kontakt hos er. Inget är ändrat.")
    except patient_service.Oneself:
        fault = _("Det är ditt eget nummer. Be någon annan som leder mottagningen att göra det.")
        field = form.number
    except Closed:
        fault = _("Det finns ett stängt konto med det numret. Stämmer siffrorna? Ring i så fall regionens funktion.")
        field = form.number
    except contacts.NotAdult:
        fault = _("%(patient)s har inte fyllt 18 då. Bris är till för den som är yngre.", patient=who.name)
        field = form.number if who.number else form.born
    except contacts.NotPhysician:
        field, fault = form.person, _("Den du valde är inte läkare. Välj en läkare, eller ta bort krysset.")
    except (contacts.NotAtUnit, contacts.NotWished):
        # One answer for both: whom a patient will not have asked is nothing that a number tells.
        field, fault = form.person, _("Den du valde kan inte bli kontakt då. Välj någon annan, eller en annan dag.")
    field.errors = [*field.errors, fault]
    return None


def wish_page(asked: Request, form: AnswerForm, choices: list[Choice]) -> Response:
    log_requests([asked])
    lines, _past = queries.lines_of(current_user, asked.patient_id, today=today())
    return page(
        "contacts/wish.html",
        asked=asked,
        form=form,
        lines=[line for line in lines if line.unit_id == asked.unit_id],
        options=options(choices, asked.patient_name),
        physicians=any(it.physician for it in choices),
    )


def appoint_page(head: PatientHead, form: AppointForm, choices: list[Choice], line: Line | None = None) -> Response:
    log_opened(head, line.unit_id if line else choices[0].unit_id if choices else None)
    several = len({it.unit_id for it in choices}) > 1
    return page(
        "contacts/appoint.html",
        patient=head,
        form=form,
        line=line,
        beside=line is None and not head.held_elsewhere and any(it.is_contact for it in choices),
        options=options(choices, head.name, units=several),
        physicians=any(it.physician for it in choices),
    )


def end_page(head: PatientHead, line: Line, form: EndForm) -> Response:
    log_opened(head, line.unit_id)
    lines, _past = queries.lines_of(current_user, head.key, today=today())
    return page(
        "contacts/end.html",
        patient=head,
        form=form,
        line=line,
        left=[it for it in lines if it.person_id != line.person_id and it.works],
    )


def options(choices: list[Choice], patient: str, *, units: bool = False) -> list[dict[str, object]]:
    """Those who may be chosen first, then those who may not, each with why."""
    return [
        {
            "value": value(it),
            "name": it.name,
            "text": why_not(it, patient) or about(it, units=units),
            "off": not it.free,
        }
        for it in sorted(choices, key=lambda it: not it.free)
    ]


def about(it: Choice, *, units: bool) -> str:
    title = it.title[:1].upper() + it.title[1:]
    where = f"{title}, {it.unit_name}" if units else title
    return _("%(who)s. Kontakt för %(count)s.", who=where, count=it.patients)


def why_not(it: Choice, patient: str) -> str | None:
    if it.is_contact:
        return _("Är redan kontakt.")
    if it.refused:
        return _("Går inte: %(patient)s har bett att %(name)s inte ska svara.", patient=patient, name=it.name)
    return None


def fitting(patient: UUID, unit: UUID | None = None) -> list[Choice]:
    return queries.choices_for(current_user, patient, unit=unit, today=today())


def fitting_new() -> list[Choice]:
    return queries.choices_for_new(current_user, today=today())


def value(it: Choice) -> str:
    """A unit and somebody who works there, as one choice."""
    return db.short(it.unit_id) + db.short(it.person_id)


def values(choices: list[Choice]) -> set[str]:
    return {value(it) for it in choices if it.free}


def wanted_in(form: Appointing, wish: str | None) -> Wanted:
    starts_on: date = form.starts_on.data
    return Wanted(db.long(str(form.person.data)[22:]), starts_on, (wish or "").strip() or None, form.reason)


def reached(contact: UUID) -> tuple[PatientHead, Line]:
    """A contact at a unit of the viewer's and whose it is; what has ended is not changed."""
    patient, line = queries.line_for(current_user, contact, today=today())
    head = queries.patient_for(current_user, patient, today=today())
    if line.over(today()):
        raise gone(head.name)
    return head, line


def attempted(form: Appointing, deed: Callable[[], None], patient: str) -> bool:
    """Do it, or say beside the field why it cannot be done."""
    try:
        with explained(patient), transaction():
            deed()
    except contacts.NotAdult:
        fault = _("%(patient)s har inte fyllt 18 då. Bris är till för den som är yngre.", patient=patient)
    except contacts.AgeUnknown:
        fault = _("Vi vet inte om %(patient)s har fyllt 18: det finns inget personnummer här.", patient=patient)
    except contacts.NotAtUnit:
        fault = _("Den du valde arbetar inte på mottagningen den dagen. Välj någon annan, eller en annan dag.")
    except contacts.NotPhysician:
        fault = _("Den du valde är inte läkare. Välj en läkare, eller ta bort krysset.")
    except contacts.NotWished:
        fault = _("%(patient)s har bett att den du valde inte ska svara. Välj någon annan.", patient=patient)
    except contacts.AlreadyContact:
        fault = _("Den du valde är redan kontakt. Välj någon annan.")
    else:
        return True
    form.person.errors = [*form.person.errors, fault]
    return False


@contextmanager
def explained(patient: str) -> Iterator[None]:
    """Say what somebody else has done in the meantime, with the text kept."""
    try:
        yield
    except contacts.Over as error:
        raise gone(patient) from error
    except contacts.HeldElsewhere as error:
        title = _("Det går inte att flytta härifrån")
        text = _("Den som håller ihop vården finns på en annan mottagning. Chefen där kan släppa det.")
        raise Refused(title, text) from error
    except request_service.Answered as error:
        title = _("Någon har redan svarat")
        text = _("%(name)s svarade %(when)s. Ditt svar är inte skickat.", name=error.name, when=when(error.at))
        raise Refused(title, text) from error


def gone(patient: str) -> Refused:
    text = _(
        "Någon har ändrat det, eller så har %(patient)s tagit tillbaka sin önskan. Inget är sparat.", patient=patient
    )
    return Refused(_("Det gäller inte längre"), text)


def log_opened(head: PatientHead, unit: UUID | None) -> None:
    audit.read(Entry("patient.opened", head.key, unit))


def log_requests(rows: list[Request]) -> None:
    audit.read(
        *(Entry("contact_request.read", row.patient_id, row.unit_id, f"request:{db.short(row.key)}") for row in rows)
    )

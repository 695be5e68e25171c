"""What the patient answers to a time, and how the unit goes on from there."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import answer_queries as queries
from app.bookings import answer_service as service
from app.bookings import asking
from app.bookings import offer_service as offers
from app.bookings.answer_forms import CancelForm, KeepForm, OfferForm, OtherForm, SayForm, WhyForm
from app.bookings.answer_queries import Matter, Standing
from app.bookings.answer_service import NothingWaits, Otherwise, Past
from app.bookings.offer_rules import by_day, unpacked
from app.bookings.offer_service import Gone
from app.bookings.service import Busy
from app.bookings.words import elsewhere
from app.care.answer_queries import Answering
from app.care.plan_queries import places
from app.core import audit, db
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound, Refused
from app.core.forms import Form
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import also, page
from app.notices import service as notices
from app.waits import colleague_queries
from app.waits import words as told
from app.waits.colleague_queries import Colleague
from app.waits.forms import GiveForm, WhenForm
from app.waits.service import CannotHold

bp = Blueprint("answers", __name__, url_prefix="/tider/svar")
bp.add_app_template_filter(by_day, "by_day")
FEW = 6
Shown = Response | Answer | tuple[Response, int]

# The patient.


@bp.post("/<key:booking>/svara")
@access("patient")
def say(booking: UUID) -> Shown:
    """ "Jag kommer" or "Jag kan inte komma", in one press; or again, having seen what another phone said."""
    form = SayForm()
    if not form.validate_on_submit():
        open_for(booking)
        return redirect(url_for("bookings.show", booking=booking, _anchor="answer"), 303)
    what = form.answer.data
    return said(booking, form, what, form.said if what == "tentative" else None)


@bp.get("/<key:booking>/annan-tid")
@access("patient")
def other(booking: UUID) -> Shown:
    standing, form = open_for(booking), OtherForm()
    form.seen.data = standing.mark
    form.suits.data, form.text.data = list(standing.suits.choices), standing.suits.words
    return other_page(standing, form)


@bp.post("/<key:booking>/annan-tid")
@access("patient")
def ask_other(booking: UUID) -> Shown:
    standing, form = open_for(booking), OtherForm()
    if not form.validate_on_submit():
        return other_page(standing, form), 422
    if not standing.waits:
        answering, _whose = asking.who_answers(current_user, booking, now=now())
        shown = form.shown
        if shown is None or shown[0] != answering.now.mark or answering.later_than(shown[1]):
            return other_page(standing, form, answering, changed=True), 409
    return said(booking, form, "tentative", form.said)


@bp.post("/erbjudande/<key:offer>/ja")
@access("patient")
def accept(offer: UUID) -> Answer:
    booking = queries.booking_of(current_user, offer)
    try:
        with transaction():
            offers.accept(offer, by=current_user, now=now())
    except Gone:
        return back_to(booking, "borta")
    except Busy:
        with transaction():
            offers.taken(offer, by=current_user, now=now())
        return back_to(booking, "upptagen")
    return back_to(booking, "tagen")


@bp.post("/erbjudande/<key:offer>/nej")
@access("patient")
def decline(offer: UUID) -> Answer:
    booking = queries.booking_of(current_user, offer)
    with transaction():
        offers.decline(offer, by=current_user, now=now())
    return back_to(booking, "nej")


@bp.post("/<key:booking>/ingen-passar")
@access("patient")
def none_suits(booking: UUID) -> Answer:
    with transaction():
        offers.decline_all(booking, by=current_user, now=now())
    return back_to(booking, "nej")


def said(booking: UUID, form: SayForm | OtherForm, what: str, words: str | None) -> Shown:
    """Store an answer, and show the time; or what it now is instead, with the answer kept to be given again."""
    try:
        with transaction():
            service.answer(booking, what, words=words, shown=form.mark, by=current_user, now=now())
    except Past:
        return back_to(booking, "for-sent")
    except Otherwise:
        standing = queries.standing_for(current_user, booking, now=now())
        return page("bookings/answered_otherwise.html", it=standing, what=what, suits=unpacked(words)), 409
    return back_to(booking, what)


def open_for(booking: UUID) -> Standing:
    """A time of one's own that can still be answered."""
    standing = queries.standing_for(current_user, booking, now=now())
    if not standing.open:
        raise Refused(
            _("Den tiden går inte att svara på längre"),
            _("Den har börjat, eller är inställd. Behöver du en ny tid kan du skriva eller ringa till oss."),
        )
    return standing


def other_page(
    standing: Standing, form: OtherForm, answering: Answering | None = None, *, changed: bool = False
) -> Response:
    # What waits already has been promised, by somebody.
    if answering is None and not standing.waits:
        answering, _whose = asking.who_answers(current_user, standing.key, now=now())
    if answering:
        form.show(answering.now.mark, answering.promise)
    form.seen.data = form.seen.data or standing.mark
    return page("bookings/other_time.html", it=standing, form=form, answering=answering, changed=changed)


def back_to(booking: UUID, done: str) -> Answer:
    return redirect(url_for("bookings.show", booking=booking, svar=done, _anchor="answer"), 303)


# The unit.


@bp.get("/<key:booking>")
@access("staff")
def waiting(booking: UUID) -> Response:
    return matter_page(matter(booking), WhyForm(), done=request.args.get("klart"))


@bp.post("/<key:booking>/ta")
@access("staff")
def take(booking: UUID) -> Shown:
    found, form = matter(booking), WhyForm()
    if found.why and not found.asked.ended_at and not form.validate_on_submit():
        return matter_page(found, form), 422
    try:
        with transaction():
            service.take(booking, form.text.data if found.why else None, by=current_user, now=now())
    except NothingWaits:
        return over(booking)
    except CannotHold as error:
        title = _("Du kan inte ta den nu")
        text = _(
            "Du är inte i arbete på mottagningen de närmaste timmarna. Ring en kollega som är där, eller låt den ligga."
        )
        raise Refused(title, text) from error
    return done_with(booking, "tagen")


@bp.get("/<key:booking>/erbjud")
@access("staff")
def offering(booking: UUID) -> Shown:
    return way_page("offer", changeable(booking), OfferForm())


@bp.post("/<key:booking>/erbjud")
@access("staff")
def offer(booking: UUID) -> Shown:
    found, form = changeable(booking), OfferForm()
    form.validate_on_submit()
    spans = form.spans(found.ends_at - found.starts_at, now=now())
    for n, (starts, ends) in spans.items():
        if busy := queries.busy_then(current_user, booking, starts, ends):
            patients = busy == {found.patient_id}
            form[f"day{n}"].errors = [
                _("%(name)s har en annan tid då. Välj en annan.", name=found.name)
                if patients
                else _("Den som ska vara med har en annan tid då. Välj en annan.")
            ]
    if form.errors or not spans:
        return way_page("offer", found, form), 422
    return doing(booking, lambda: service.offer(booking, list(spans.values()), by=current_user, now=now()), "erbjudit")


@bp.get("/<key:booking>/pratats-vid")
@access("staff")
def talk(booking: UUID) -> Shown:
    found, form = reached(booking), WhenForm()
    form.fill(now())
    return way_page("talked", found, form)


@bp.post("/<key:booking>/pratats-vid")
@access("staff")
def save_talk(booking: UUID) -> Shown:
    found, form = reached(booking), WhenForm()
    form.validate_on_submit()
    at = form.at(found.asked.since, now=now())
    if at is None:
        return way_page("talked", found, form), 422
    return doing(booking, lambda: service.talked(booking, at, by=current_user, now=now()), "pratat")


@bp.get("/<key:booking>/ligger-kvar")
@access("staff")
def keeping(booking: UUID) -> Shown:
    return way_page("keep", reached(booking), KeepForm())


@bp.post("/<key:booking>/ligger-kvar")
@access("staff")
def keep(booking: UUID) -> Shown:
    found, form = reached(booking), KeepForm()
    if not form.validate_on_submit():
        return way_page("keep", found, form), 422
    return doing(booking, lambda: service.keep(booking, form.text.data, by=current_user, now=now()), "kvar")


@bp.get("/<key:booking>/stall-in")
@access("staff")
def cancelling(booking: UUID) -> Shown:
    form = CancelForm()
    form.text.data = _("Tack för att du sa till.") if changeable(booking).standing.answer == "declined" else ""
    return way_page("call_off", changeable(booking), form)


@bp.post("/<key:booking>/stall-in")
@access("staff")
def cancel(booking: UUID) -> Shown:
    found, form = changeable(booking), CancelForm()
    if not form.validate_on_submit():
        return way_page("call_off", found, form), 422
    words = (form.text.data or "").strip() or None
    return doing(booking, lambda: service.cancel(booking, words, by=current_user, now=now()), "installd")


@bp.get("/<key:booking>/lamna-over")
@access("staff")
def give(booking: UUID) -> Shown:
    found = reached(booking)
    return people_page(found, GiveForm(), *colleagues(found))


@bp.post("/<key:booking>/lamna-over")
@access("staff")
def hand_over(booking: UUID) -> Shown:
    found, form = reached(booking), GiveForm()
    able, unable = colleagues(found)
    valid = form.validate_on_submit()
    to = form.chosen({db.short(it.key): it.key for it in able})
    if not valid or to is None:
        return people_page(found, form, able, unable), 422
    try:
        with transaction():
            service.hand_over(booking, to, form.text.data, by=current_user, now=now())
    except NothingWaits:
        return over(booking)
    except CannotHold:
        form.person.errors = [_("Den personen kan inte ta den längre. Välj någon annan.")]
        return people_page(found, form, able, unable), 422
    return done_with(booking, "over")


def matter(booking: UUID) -> Matter:
    return queries.matter_for(current_user, booking, now=now(), today=today())


def changeable(booking: UUID) -> Matter:
    """The same, of a time that is kept here and can still be another."""
    found = reached(booking)
    if found.kept_in:
        raise Refused(*elsewhere(found.kept_in))
    if not found.stands:
        raise Refused(_("Tiden har varit"), _("Boka en ny tid i stället. Avsluta sedan frågan med Ringt och pratat."))
    return found


def reached(booking: UUID) -> Matter:
    """What has come to the viewer, ended or not; raises NotFound."""
    found = matter(booking)
    if not found.reads and not found.asked.ended_at:
        raise NotFound
    return found


def doing(booking: UUID, verb: Callable[[], None], done: str) -> Shown:
    try:
        with transaction():
            verb()
    except NothingWaits:
        return over(booking)
    return done_with(booking, done)


def over(booking: UUID) -> Shown:
    """Somebody was faster, or has done the same already: what became of it is shown."""
    return matter_page(matter(booking), WhyForm(formdata=None)), 409


def done_with(booking: UUID, done: str) -> Answer:
    """To what has just been done; to the start, where it is no longer the viewer's to see."""
    try:
        again = matter(booking)
    except NotFound:
        return redirect(url_for("home.start"), 303)
    return redirect(url_for(".waiting", booking=again.key, klart=done), 303)


def matter_page(found: Matter, form: WhyForm, *, done: str | None = None) -> Response:
    read(found)
    if current_user.opens(about=found.key):
        also(lambda: notices.seen(current_user.person_id, about=found.key, by=current_user, now=now()))
    return page("bookings/waiting.html", it=found, form=form, done=done)


def way_page(name: str, found: Matter, form: Form, **more: object) -> Response:
    if found.asked.ended_at:
        return matter_page(found, WhyForm(formdata=None))
    read(found)
    return page(f"bookings/way_{name}.html", it=found, form=form, **more)


def people_page(found: Matter, form: GiveForm, able: list[Colleague], unable: list[Colleague]) -> Response:
    options = [{"value": db.short(it.key), "name": it.name, "text": told.about(it), "off": False} for it in able]
    away = [(it.name, told.about(it)) for it in unable]
    return way_page("give", found, form, options=options, few=FEW, away=away)


def colleagues(found: Matter) -> tuple[list[Colleague], list[Colleague]]:
    place = places(current_user, {found.unit_id: found.care_version}, at=now())[found.unit_id]
    return colleague_queries.colleagues(
        current_user,
        place,
        found.patient_id,
        holder=found.asked.holder_id,
        counts_from=found.counts_from,
        at=now(),
        today=today(),
    )


def read(found: Matter) -> None:
    audit.read(Entry("booking.read", found.patient_id, found.unit_id, f"booking:{db.short(found.key)}"))

"""Made-up times for the component page, in every state that a time can be in."""

from datetime import timedelta
from uuid import UUID

from app.bookings.answer_forms import OtherForm
from app.bookings.answer_queries import Offer, Standing
from app.bookings.history_queries import Change
from app.bookings.offer_rules import Suits
from app.bookings.queries import Met, Time
from app.bookings.rules import CHANGES
from app.bookings.staff_forms import TimeForm
from app.bookings.staff_queries import Row
from app.care.queries import UnitCard
from app.core.clock import now
from app.waits.answer_queries import Answered

KEY = UUID(int=0)


def samples() -> dict[str, object]:
    """All of them, as the page calls them."""
    return {
        "booked": booked(),
        "changes": changes(),
        "looked_after": looked_after(),
        "free": free(),
        "standing": standing(),
        "another": another(),
        "answered": answered(),
        "other_form": OtherForm(formdata=None),
    }


def booked() -> list[Time]:
    """One that comes soon, one that is cancelled, and one of each further way to meet."""
    return [
        _time(1, "Samtal", "visit"),
        _time(2, "Samtal", "visit", status="cancelled"),
        _time(3, "Uppföljning", "phone"),
        _time(5, "Samtal om medicin", "video"),
        _time(8, "Hembesök", "home"),
    ]


def changes() -> list[Change]:
    """One of everything that can happen to a time."""
    at, words = now() - timedelta(days=1), "Vi hör av oss med en ny tid i veckan."
    return [
        Change(
            n,
            what,
            at,
            "" if what in ("hit", "restored", "answered", "lapsed") else "Karin Ek",
            mine=what == "answered",
            patient=what == "answered",
            before=at if what == "moved" else None,
            words={"cancelled": words, "answered": "accepted"}.get(what),
        )
        for n, what in enumerate(CHANGES, 1)
    ]


def looked_after() -> list[Row]:
    """The same as staff see them, in every state that a row can be in."""
    states: tuple[tuple[str, str | None, bool], ...] = (
        ("booked", None, False),
        ("booked", "accepted", False),
        ("booked", "tentative", False),
    )
    states += (("booked", "declined", False), ("booked", None, True), ("cancelled", None, False))
    states += (("fulfilled", None, False), ("noshow", None, False), ("entered-in-error", None, False))
    modes = ("visit", "phone", "video", "home", "visit", "visit", "visit", "phone", "visit")
    at = now().replace(minute=15, second=0, microsecond=0)
    return [
        Row(KEY, KEY, "Mottagning Björken", KEY, "Siv Nyberg", "Samtal", mode, status, at, at, ("Karin Ek",), said, hit)
        for mode, (status, said, hit) in zip(modes, states, strict=True)
    ]


def free() -> TimeForm:
    """A form with a day's free times to choose from."""
    return TimeForm()


def standing() -> Standing:
    """A time that can be answered, with two others offered, and which suit."""
    at, some = now() + timedelta(days=3), Suits(("mon-morning", "mon-afternoon", "thu-afternoon"), "Helst efter lunch.")
    times = tuple(Offer(KEY, at + timedelta(days=n), at + timedelta(days=n, minutes=45), None, "") for n in (1, 2))
    return Standing(KEY, 1, 0, None, some, None, times, None, open=True, hit=False, late=False)


def another() -> Offer:
    """Somebody else at the same time."""
    return Offer(KEY, None, None, "Erik Lund", "skötare")


def answered() -> list[Answered]:
    """What has been answered to times, in every way that it waits."""
    at = now() + timedelta(days=3)
    return [
        Answered(KEY, KEY, KEY, name, said, at, now() + timedelta(hours=6), broken, holder, asked=False)
        for name, said, broken, holder in (
            ("Siv Nyberg", "declined", False, None),
            ("Olle Berg", "tentative", True, None),
            ("Maj Holm", "", False, "Erik Lund"),
        )
    ]


def _time(days: int, title: str, mode: str, status: str = "booked") -> Time:
    starts = (now() + timedelta(days=days)).replace(minute=15, second=0, microsecond=0)
    return Time(
        key=KEY,
        patient_id=KEY,
        unit_id=KEY,
        service_type_id=KEY,
        title=title,
        mode=mode,
        status=status,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=45),
        version=1,
        unit=UnitCard("Mottagning Björken", "+46313900610", "Vardagar 8–16"),
        whom=(Met(KEY, "Karin Ek", "sjuksköterska"),),
        place="Kyrkogatan 12, våning 2",
    )

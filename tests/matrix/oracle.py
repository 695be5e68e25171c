"""Who may be let in where, said once more and apart from the product: by what people are to one patient, in sets.

It says the most that anybody may reach. That whoever may is let in as well is for the tests of each page.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from tests.matrix.town import Side, Town

Names = frozenset[str]

NOT_THERE: Names = frozenset({"nobody", "locked patient", "ended session", "closed account"})
"""Whoever has no session that holds: what they keep in their browser opens nothing."""


def names(*words: str) -> Names:
    return frozenset(words)


SIV_TEAM = names("contact", "colleague", "asked", "blocked", "nurse", "head", "stand-in")
RUT_TEAM = names("other contact", "other head")
STAFF = SIV_TEAM | RUT_TEAM | names("left", "office", "administrator", "function")
PATIENTS = names("patient", "other patient", "nurse at home")
RELATIVES = names(
    "relative", "other relative", "unconfirmed", "taken back", "relative who left", "relative of bookings"
)

Who = Callable[[Town, Side], Names]


def of(siv: Names, rut: Names) -> Who:
    """Some people where Siv's things are meant, others where Rut's are."""
    return lambda town, side: siv if side is town.siv else rut


SELF = of(names("patient"), names("other patient"))
CARERS = of(names("contact", "asked"), names("other contact"))
TEAM = of(SIV_TEAM, RUT_TEAM)
RECEPTION = of(SIV_TEAM | names("office"), RUT_TEAM)
WORKS_THERE = of(SIV_TEAM | names("office", "administrator"), RUT_TEAM | names("administrator"))
HEADS = of(names("head", "stand-in"), names("other head"))
HEADS_AND_FUNCTION = of(
    names("head", "stand-in", "function", "administrator"), names("other head", "function", "administrator")
)
LEADS = of(names("head", "stand-in", "administrator"), names("other head", "administrator"))
ADMIN = of(names("administrator"), names("administrator"))
CONTACT = of(names("contact"), names("other contact"))
RELATIVE = of(names("relative"), names("other relative"))
NEAR_TIMES = of(names("relative", "relative of bookings"), names("other relative"))
BOOKS = of(SIV_TEAM - names("blocked") | names("office"), RUT_TEAM)
ANY_PATIENT = of(PATIENTS, PATIENTS)


def both(*whos: Who) -> Who:
    return lambda town, side: frozenset().union(*(who(town, side) for who in whos))


RULES: dict[str, Who] = {
    "absence.accept": of(names("colleague"), names()),
    "absence.decline": of(names("colleague"), names()),
    "absence.*": both(CONTACT, HEADS),
    "answers.accept": SELF,
    "answers.decline": SELF,
    "answers.none_suits": SELF,
    "answers.say": SELF,
    "answers.*other": SELF,
    "answers.*": BOOKS,
    "appointing.*": HEADS,
    "booking.*": BOOKS,
    "bookings.*": SELF,
    "calls.*": RELATIVE,
    "checks.*": ADMIN,
    "clients.*": ADMIN,
    "closures.*": LEADS,
    "contacts.change": SELF,
    "contacts.send_change": SELF,
    "contacts.take_back": SELF,
    "contacts.let_ask": ANY_PATIENT,
    "contacts.refuse": ANY_PATIENT,
    "cover.cover": WORKS_THERE,
    "cover.*": HEADS,
    "drop_in_figures.*": LEADS,
    "drop_in_hours.*": LEADS,
    "feeds.one": SELF,
    "figures.*": ADMIN,
    "files.*": ADMIN,
    "guests.along": NEAR_TIMES,
    "guests.*": SELF,
    "heads.*": HEADS_AND_FUNCTION,
    "heard.*": both(CONTACT, HEADS_AND_FUNCTION),
    "kinds.*": LEADS,
    "letters.*": both(SELF, BOOKS),
    "log.*": HEADS_AND_FUNCTION,
    "messages.new": SELF,
    "messages.send_new": SELF,
    "messages.solve*": SELF,
    "messages.*": both(SELF, CARERS),
    "notices.open_one": SELF,
    "opening.*": both(CONTACT, HEADS),
    "passkeys.*": SELF,
    "openings.*": RECEPTION,
    "patients.*": TEAM,
    "points.*": SELF,
    "questions.*": CARERS,
    "queue.*": BOOKS,
    "rebooking.*": BOOKS,
    "reception.*": RECEPTION,
    "relatives.*": SELF,
    "ring.*": SELF,
    "roster.roster": WORKS_THERE,
    "roster.*": LEADS,
    "sessions.*": SELF,
    "settings.*": SELF,
    "shared.*": RELATIVE,
    "slots.*": SELF,
    "sources.*": ADMIN,
    "subscriptions.*": SELF,
    "units.unit": WORKS_THERE,
    "units.red": WORKS_THERE,
    "units.*": LEADS,
    "ways.*": RECEPTION,
    "work.register": ADMIN,
    "work.unknown": ADMIN,
    "work.*": LEADS,
}
"""By endpoint, for the addresses that hold a key: the first that fits. Whose thing the key is decides on the set."""

READS: dict[str, Who] = {
    "name": both(SELF, RECEPTION, HEADS_AND_FUNCTION, RELATIVE, of(names("relative of bookings"), names())),
    "brev": both(SELF, CARERS),
    "svar": both(SELF, CARERS),
    "tack": both(SELF, CARERS),
    "ask": both(SELF, CARERS),
    "wish": both(SELF, HEADS),
    "nyckel": SELF,
    "adress": SELF,
    "smeknamn": SELF,
    "told": CONTACT,
    "reach": CONTACT,
    "ring": both(RELATIVE, CONTACT),
    "plats": both(SELF, BOOKS, NEAR_TIMES),
    "packning": both(SELF, BOOKS),
    "undran": both(SELF, HEADS_AND_FUNCTION),
}
"""By mark: who may read it, wherever it stands."""


def rule_of(endpoint: str) -> Who | None:
    return next((who for pattern, who in RULES.items() if fnmatchcase(endpoint, pattern)), None)


def may_read(town: Town, side: Side, mark: str) -> Names:
    return READS[mark](town, side)


def kinds_of(who: str) -> Names:
    """What a label knows somebody as."""
    if who in NOT_THERE:
        return names("public")
    own = {"staff": STAFF, "admin": names("administrator"), "patient": PATIENTS, "relative": RELATIVES}
    return names("public") | {kind for kind, people in own.items() if who in people}

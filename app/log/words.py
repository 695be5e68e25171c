"""How a row of the log is said to its patient, and why whoever it was could. One function for page, list and export."""

from app.accounts import words as ways
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l

# What somebody did; where the patient did it themselves it may be said otherwise.
SAID = {
    "account.locked": _l("Låste allt som är ditt."),
    "account.unlocked": _l("Öppnade låset på det som är ditt."),
    "api.booking_read": _l("Hämtade en tid som du har."),
    "api.contact_read": _l("Hämtade vem som är din fasta vårdkontakt, och vem som svarar nu."),
    "block.ended": _l("Lät någon få svara igen."),
    "block.made": _l("Valde någon som inte ska få svara."),
    "booking.answered": _l("Svarade om en tid."),
    "booking.bring": _l("Ändrade vad du behöver ha med dig till en tid."),
    "booking.cancelled": _l("Ställde in en tid."),
    "booking.entered-in-error": _l("Tog bort en tid som låg där av misstag."),
    "booking.fulfilled": _l("Skrev att en tid blev av."),
    "booking.guest_invited": _l("Ville ta med en närstående till en tid."),
    "booking.guest_taken_back": _l("Tog tillbaka att en närstående följer med till en tid."),
    "booking.hit": _l("Såg att en tid inte kan bli som det var tänkt."),
    "booking.lapsed": _l("Såg att det som erbjöds i stället för en tid inte gäller längre."),
    "booking.letter_read": _l("Läste kallelsen till en tid."),
    "booking.listed": _l("Såg en tid som du har i en lista."),
    "booking.link": _l("Ändrade länken till ett videosamtal."),
    "booking.made": _l("Bokade en tid åt dig."),
    "booking.moved": _l("Flyttade en tid."),
    "booking.noshow": _l("Skrev att en tid inte blev av."),
    "booking.offered": _l("Erbjöd dig något annat i stället för en tid."),
    "booking.offer_declined": _l("Sade nej till något som erbjöds i stället för en tid."),
    "booking.place": _l("Ändrade var en tid är."),
    "booking.read": _l("Läste om en tid som du har."),
    "booking.reopened": _l("Tog tillbaka vad som stod om hur en tid gick."),
    "booking.restored": _l("Såg att en tid kan bli av som det var tänkt."),
    "booking.staff": _l("Ändrade vem du träffar en tid."),
    "care.ended": _l("Avslutade din vård på mottagningen."),
    "check.exported": _l("Hämtade en kontroll av vem som har läst, där du fanns med."),
    "check.judged": _l("Granskade om någon fick läsa om dig."),
    "check.listed": _l("Såg i en kontroll vem som har läst om dig. Inte vad du har skrivit."),
    "check.name_opened": _l("Öppnade ditt namn i en kontroll av vem som har läst."),
    "check.read": _l("Granskade vem som har läst om dig. Inte vad du har skrivit."),
    "contact.appointed": _l("Utsåg en fast vårdkontakt åt dig."),
    "contact.coordinates": _l("Ändrade vem som håller ihop din vård."),
    "contact.ended": _l("Avslutade en av dina kontakter."),
    "contact_request.answered": _l("Svarade på din önskan om kontakt."),
    "contact_request.made": _l("Bad om en kontakt."),
    "contact_request.read": _l("Läste din önskan om kontakt."),
    "contact_request.withdrawn": _l("Tog tillbaka önskan om kontakt."),
    "invitation.claimed": _l("Tog emot din kod på en telefon."),
    "invitation.confirmed": _l("Godkände telefonen där du skrev koden."),
    "invitation.ended": _l("Tog tillbaka en kod till dig."),
    "invitation.issued": _l("Gjorde en kod som du kan komma in med."),
    "invitation.refused": _l("Tog emot fel kod. Den släppte inte in någon."),
    "invitation.used": _l("Kom in med en kod."),
    "invitation.words_refused": _l("Skrev fel ord för din kod. Det släppte inte in någon."),
    "log_question.answered": _l("Svarade på din fråga om vem som har läst."),
    "log_question.asked": _l("Frågade om en rad här."),
    "log_question.read": _l("Läste din fråga om vem som har läst, och raden som den gäller."),
    "feed.ended": _l("Stängde av adressen som en kalender hämtar tider från."),
    "feed.made": _l("Gjorde en hemlig adress som en kalender kan hämta tider från."),
    "feed.renewed": _l("Bytte adressen som en kalender hämtar tider från."),
    "export.made": _l("Tog ut det som är ditt här."),
    "export.times": _l("Hämtade dina tider som en fil."),
    "message.written": _l("Skrev till dig."),
    "notices.app_only": _l("Sade att det räcker att titta i Närlinjen."),
    "notices.channels": _l("Valde hur aviseringar ska komma."),
    "notices.fuller": _l("Lät aviseringar säga lite mer."),
    "notices.neutral": _l("Lät aviseringar bara säga att något är nytt."),
    "notices.quiet": _l("Valde när det ska vara tyst."),
    "oidc.used": _l("Loggade in med e-legitimation."),
    "passkey.added": _l("Lade till en nyckel."),
    "passkey.removed": _l("Tog bort en nyckel."),
    "passkey.renamed": _l("Bytte namn på en nyckel."),
    "passkey.used": _l("Loggade in med nyckel."),
    "passkeys.removed": _l("Tog bort dina nycklar."),
    "patient.death_taken_back": _l("Rättade en uppgift om dig som var fel."),
    "patient.died": _l("Stängde ditt konto."),
    "patient.listed": _l("Såg ditt namn i en lista."),
    "patient.opened": _l("Öppnade sidan om dig: namn och kontakter."),
    "patient.protected": _l("Skyddade dina uppgifter."),
    "patient.registered": _l("Lade in dig i Närlinjen."),
    "patient.sought": _l("Sökte efter dig med ditt personnummer."),
    "patient.unprotected": _l("Tog bort skyddet av dina uppgifter."),
    "point.asked": _l("Bad om en kod till en e-postadress eller ett mobilnummer för aviseringar."),
    "point.code_refused": _l("Skrev fel kod för en e-postadress eller ett mobilnummer."),
    "point.confirmed": _l("Bekräftade en e-postadress eller ett mobilnummer för aviseringar."),
    "point.removed": _l("Tog bort en e-postadress eller ett mobilnummer för aviseringar."),
    "relation.answered": _l("Tackade ja till din inbjudan."),
    "relation.care_ended": _l("Avslutade en delning, eftersom din vård är avslutad."),
    "relation.changed": _l("Ändrade vad en närstående får se."),
    "relation.code_refused": _l("Skrev fel kod till din inbjudan. Det släppte inte in någon."),
    "relation.confirmed": _l("Släppte in en närstående."),
    "relation.declined": _l("Tackade nej till din inbjudan."),
    "relation.expired": _l("Avslutade en delning vars tid hade gått ut."),
    "relation.left": _l("Ville inte längre se det du delar."),
    "relation.not_them": _l("Släppte inte in någon som hade fått inbjudan."),
    "relation.offered": _l("Bjöd in en närstående."),
    "relation.renewed": _l("Gjorde en ny kod till en inbjudan."),
    "relation.taken_back": _l("Tog tillbaka en inbjudan."),
    "queue.booked": _l("Tog bort dig från en väntelista, eftersom du har fått en tid."),
    "queue.changed": _l("Ändrade vilka tider som passar dig på en väntelista."),
    "queue.joined": _l("Ställde dig på en väntelista."),
    "queue.left": _l("Lämnade en väntelista."),
    "queue.listed": _l("Såg ditt namn på en väntelista."),
    "queue.over": _l("Tog bort dig från en väntelista på en mottagning där du inte går längre."),
    "queue.taken_off": _l("Tog bort dig från en väntelista."),
    "reminders.chosen": _l("Valde när påminnelser om tider ska komma."),
    "session.started": _l("Loggade in."),
    "sessions.ended": _l("Loggade ut dig överallt."),
    "shared.seen": _l("Såg det du delar."),
    "shared.time_seen": _l("Såg en tid som du delar."),
    "slot.accepted": _l("Sade ja till en tid som hölls."),
    "slot.lapsed": _l("Såg att en tid inte hålls för dig längre."),
    "slot.offered": _l("Höll en tid som blev ledig för dig."),
    "slot.refused": _l("Sade nej till en tid som hölls."),
    "slot.taken": _l("Tog en ledig tid."),
    "slot.withdrawn": _l("Tog tillbaka en tid som hölls för dig."),
    "subscription.ended": _l("Stängde av aviseringar på en telefon eller dator."),
    "subscription.made": _l("Slog på aviseringar på en telefon eller dator."),
    "thread.closed": _l("Avslutade en fråga."),
    "thread.glimpsed": _l("Såg att du väntade på svar, och hur din fråga börjar, men läste inte resten."),
    "thread.listed": _l("Såg dina meddelanden i en lista, och hur de börjar, men läste inte resten."),
    "thread.opened": _l("Skrev till dig."),
    "thread.read": _l("Läste dina meddelanden."),
    "thread.reopened": _l("Öppnade en fråga igen."),
    "wait.asked": _l("Bad en kollega om hjälp med din fråga."),
    "wait.ended": _l("Tog hand om din fråga, så att den inte väntar längre."),
    "wait.failed": _l("Lämnade din fråga till chefen."),
    "wait.handed_over": _l("Lämnade över din fråga till en kollega."),
    "wait.kept": _l("Gav dig en ny tid för svar."),
    "wait.listed": _l("Såg att du väntade på svar, men läste ingen text."),
    "wait.no_answer": _l("Ringde dig utan att få svar."),
    "wait.opened": _l("Lät din fråga vänta på svar."),
    "wait.reopened": _l("Lät din fråga vänta på svar igen."),
    "wait.retried": _l("Såg till att din fråga kom vidare, men läste ingen text."),
    "wait.seen": _l("Såg att du väntade på svar, men läste ingen text."),
    "wait.stepped": _l("Påminde om din fråga, eller lät någon mer få den."),
    "wait.taken": _l("Tog över din fråga."),
    "way_in.opened": _l("Öppnade sidan där mottagningen kan hjälpa dig att logga in."),
}
OWN = {
    "account.locked": _l("Låste allt."),
    "account.unlocked": _l("Öppnade låset."),
    "message.written": _l("Skrev ett meddelande."),
    "passkeys.removed": _l("Tog bort alla nycklar."),
    "sessions.ended": _l("Loggade ut överallt."),
    "thread.opened": _l("Skrev en ny fråga."),
    "wait.ended": _l("Sade att det har löst sig."),
    "wait.opened": _l("Ställde en fråga."),
}
WAYS = {
    "demo": (_l("Loggade in i demon."), _l("Loggade in i demon på %(device)s.")),
    "passkey": (_l("Loggade in med nyckel."), _l("Loggade in med nyckel på %(device)s.")),
    "oidc": (_l("Loggade in med e-legitimation."), _l("Loggade in med e-legitimation på %(device)s.")),
}
BECAUSE = {
    "answered": (_l("Hade svarat dig dagarna före."), None),
    "asked": (_l("Blev tillfrågad när svaret dröjde."), None),
    "admin": (_l("Sköter Närlinjen i regionen."), None),
    "colleague": (_l("Blev tillfrågad av %(name)s."), None),
    "contact": (_l("Din fasta vårdkontakt."), None),
    "duty": (
        _l("Hade bevakning då, och svarade i stället för %(name)s."),
        _l("Har bevakning, och svarar i stället för %(name)s."),
    ),
    "function": (_l("Tar emot det som ingen på mottagningen kan svara på."), None),
    "head": (_l("Leder mottagningen."), None),
    "instead": (_l("Svarade då i stället för %(name)s."), _l("Svarar i stället för %(name)s.")),
    "relative": (_l("Någon som du har bjudit in."), None),
}


def who(name: str, *, mine: bool = False, system: str = "") -> str:
    """Who did it: the patient themselves, somebody by name, another system, or our own."""
    if system:
        return _("Ett annat system, som regionen har släppt in: %(name)s", name=system)
    return _("Du") if mine else name or _("Närlinjen")


def said(action: str, detail: str = "", *, own: bool = False, count: int = 1) -> str:
    """A row in the reader's language: what was done, so many times. `own`: the patient did it themselves."""
    if action == "session.started" and detail:
        text = _signed_in(detail)
    else:
        text = str((own and OWN.get(action)) or SAID.get(action) or _("Gjorde något som gäller dig."))
    if count == 1:
        return text
    return _("%(deed)s, %(count)s gånger.", deed=text.removesuffix("."), count=count)


def because(kind: str, other: str = "", *, still: bool = False) -> str:
    """Why whoever it was could, or nothing; `other` is the name of the one whose it was."""
    if not kind:
        return ""
    then, now = BECAUSE[kind]
    return str(now if still and now is not None else then) % {"name": other or _("någon annan")}


def _signed_in(detail: str) -> str:
    way, _colon, device = detail.partition(":")
    plain, on = WAYS.get(way, (SAID["session.started"], None))
    if on is None or device in ("", "/"):
        return str(plain)
    where = ways.device(device)
    # Within a sentence, where a device without a browser begins with a small letter.
    return str(on) % {"device": where if device.partition("/")[0] else where[:1].lower() + where[1:]}

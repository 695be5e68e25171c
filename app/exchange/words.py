"""What is said of another system: why something of it is not used and what to do, and why it could not be read."""

from app.core.locale import lazy_gettext as _l

WHY = {
    "invalid": (_l("Det följer inte FHIR R4."), _l("Säg till den som sköter systemet. Platsen står här.")),
    "number": (_l("Personnumret kan inte stämma."), _l("Låt dem rätta numret i sitt system.")),
    "patient_unknown": (
        _l("Personen finns inte här."),
        _l("Lägg in personen, om hen ska ha Närlinjen. Tiden kommer in sedan."),
    ),
    "practitioner_unknown": (
        _l("Den som har tiden finns inte här bland personalen."),
        _l("Lägg in personen med rätt HSA-id. Tiden kommer in sedan."),
    ),
    "no_identifier": (
        _l("Det saknas ett nummer att känna igen personen på."),
        _l("Låt dem fylla i personnummer eller HSA-id."),
    ),
    "unit_unknown": (
        _l("Det går inte att se vilken mottagning det gäller."),
        _l("Ge mottagningen dess HSA-id här, eller låt dem ange det."),
    ),
    "place_unknown": (_l("Platsen finns inte här."), _l("Se efter om platsen också väntar i listan.")),
    "place_without_address": (
        _l("Platsen har ingen adress."),
        _l("Lägg in platsen här, eller låt dem fylla i adressen."),
    ),
    "kind_unknown": (
        _l("Det går inte att se hur man ska träffas."),
        _l("Lägg in en sorts tid med samma namn på mottagningen."),
    ),
    "no_time": (_l("Det saknas när tiden börjar eller slutar."), _l("Låt dem fylla i tiden.")),
    "too_long": (_l("Tiden är längre än tolv timmar."), _l("Låt dem se efter om den är rätt.")),
    "no_patient": (_l("Det saknas en patient."), _l("Det är inget att göra, om tiden inte är för en patient.")),
    "several_patients": (_l("Det är mer än en patient."), _l("Grupper går inte att läsa in än.")),
    "reference": (_l("Den pekar på något som vi inte får läsa."), _l("Låt dem ge oss rätt att läsa det.")),
    "not_here": (
        _l("Personen arbetar inte på den mottagningen här."),
        _l("Se efter i mottagningens personal."),
    ),
    "busy": (
        _l("Någon av dem som ska ses har en annan tid då."),
        _l("Se efter i tidboken vilken som gäller. Den andra ställs in där den hör hemma."),
    ),
    "schedule_unknown": (_l("Kalendern den hör till finns inte."), _l("Låt dem se efter i sitt system.")),
    "fault": (_l("Något gick fel hos oss."), _l("Säg till den som sköter driften.")),
}
FAULTS = {
    "whole": _l("Allt är läst."),
    "name": _l("Adressen leder ingenstans. Se efter att den är rätt skriven."),
    "address": _l("Dit får vi inte. Den ska börja med https och leda ut på nätet, eller släppas fram av driften."),
    "connect": _l("Ingen svarar där. Se efter att systemet är igång."),
    "reset": _l("De lade på mitt i svaret."),
    "timeout": _l("Svaret dröjde för länge."),
    "tls": _l("Det gick inte att få en säker förbindelse."),
    "certificate": _l("Deras certifikat går inte att lita på."),
    "no_certificate": _l("Vi har inget eget certifikat att visa. Driften lägger in det."),
    "too_big": _l("Svaret var för stort."),
    "type": _l("De svarade med något annat än FHIR. Se efter att adressen är rätt."),
    "garbage": _l("Svaret gick inte att läsa."),
    "redirect": _l("De skickade oss till en annan adress. Skriv in den, om den är rätt."),
    "elsewhere": _l("Nästa sida låg på en annan adress. Dit går vi inte."),
    "loop": _l("Sidorna tog aldrig slut."),
    "refused": _l("De släppte inte in oss. Se efter vad vi får läsa."),
    "token": _l("De tog inte emot vår klient eller hemlighet."),
    "missing": _l("Det finns ingen FHIR på den adressen."),
    "version": _l("De har en annan version av FHIR än R4."),
    "status": _l("De kunde inte svara just nu."),
    "mass_gone": _l("Många tider är borta på en gång. Vi ändrar inget förrän någon har sett efter."),
    "fault": _l("Något gick fel hos oss. Säg till den som sköter driften."),
}


def why(reason: str) -> str:
    return str(WHY[reason][0])


def to_do(reason: str) -> str:
    return str(WHY[reason][1])


def fault(name: str) -> str:
    return str(FAULTS.get(name, FAULTS["fault"]))

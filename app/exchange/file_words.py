"""How a file of rows is said: what it holds, what its columns are, what is wrong with a row and what to do about it."""

from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.exchange.row_rules import Fault

NAMES = {
    "people": _l("Personer"),
    "assignments": _l("Vem som arbetar var"),
    "contacts": _l("Fasta vårdkontakter"),
    "bookings": _l("Tider"),
}
ABOUT = {
    "people": _l("Personal och patienter. Läs in dem först."),
    "assignments": _l("Vilken mottagning var och en arbetar på, och från vilken dag."),
    "contacts": _l("Vilken fast vårdkontakt varje patient har."),
    "bookings": _l("Bokade tider framåt. Patienterna får veta det när filen sparas."),
}
HINTS = {
    "typ": _l("patient eller personal"),
    "namn": _l("För- och efternamn."),
    "personnummer": _l("Alla tolv siffror, som text. Samordningsnummer går bra."),
    "hsa-id": _l("Står på tjänstekortet."),
    "titel": _l("Som patienter ser den."),
    "läkare": _l("ja för en legitimerad läkare"),
    "telefon": _l("Riktnummer först."),
    "e-post": _l("En adress."),
    "mottagning": _l("Namnet som det står i Närlinjen."),
    "roll": _l("legitimerad, vårdpersonal eller annan"),
    "första dagen": _l("Som 2027-01-11. Tomt betyder i dag."),
    "direktnummer": _l("Det som patienter får. Tomt betyder mottagningens nummer."),
    "svarstider": _l("När numret svarar."),
    "samordnar": _l("ja för den som håller ihop vården"),
    "önskan": _l("Vad patienten själv har önskat."),
    "tidstyp": _l("Namnet som det står bland mottagningens tider."),
    "dag": _l("Som 2027-01-14."),
    "börjar": _l("Svensk tid, som 9.00."),
    "slutar": _l("Tomt betyder så länge som tidstypen brukar ta."),
    "plats": _l("En av mottagningens platser, eller en adress."),
    "ta med": _l("Vad som är bra att ha med."),
    "länk": _l("Bara för videosamtal. Börjar med https."),
}
WRONG = {
    "empty": _l("Rutan är tom. Fyll i den."),
    "long": _l("Texten är för lång. Högst %(more)s tecken."),
    "lines": _l("Texten står på flera rader. Skriv den på en."),
    "cells": _l("Raden har fler rutor än filen har kolumner. Sätt text med skiljetecken inom citattecken."),
    "again": _l("Samma sak står på rad %(more)s. Ta bort den ena."),
    "yes_or_no": _l("Skriv ja eller nej."),
    "unknown_word": _l("Ordet känns inte igen. Se vilka som går att skriva."),
    "hsa_id": _l("Det är inget HSA-id. Skriv som SE2321000180-1A2B."),
    "number_lost": _l("Tabellprogrammet har gjort om numret. Gör kolumnen till text, och skriv numret igen."),
    "number": _l("Numret stämmer inte. Skriv alla tolv siffror."),
    "day": _l("Skriv dagen som 2027-01-14."),
    "clock": _l("Skriv klockslaget som 9.00."),
    "phone": _l("Numret går inte att ringa. Skriv riktnumret också."),
    "email": _l("Det är ingen e-postadress. Rätta den, eller ta bort den."),
    "link": _l("Det är ingen säker länk. Den börjar med https."),
    "needed_of_patient": _l("En patient behöver ett personnummer. Fyll i det."),
    "not_of_patient": _l("Det gäller bara personal. Töm rutan, eller ändra typ."),
    "needed_of_staff": _l("Det behövs för personal. Fyll i det."),
    "hsa_taken": _l("Någon med ett annat personnummer har det HSA-id:t. Se vilket som är rätt."),
    "other_hsa": _l("Personen finns redan med ett annat HSA-id. Se vilket som är rätt."),
    "closed": _l("Kontot är stängt. Stämmer numret? Ring i så fall regionens funktion."),
    "unknown_unit": _l("Ingen mottagning heter så här. Se hur namnet skrivs i Närlinjen."),
    "unknown_staff": _l("Ingen i personalen har %(more)s. Läs in personerna först."),
    "one_person": _l("Här går det bara att skriva ett HSA-id. Gör en rad för var och en."),
    "unknown_patient": _l("Ingen patient har det numret. Läs in personerna först."),
    "unknown_kind": _l("Mottagningen har ingen sådan tidstyp. Lägg till den, eller rätta namnet."),
    "not_at_unit": _l("Personen arbetar inte på mottagningen då. Läs in vem som arbetar var först."),
    "not_kind": _l("Personen har inte den tidstypen. Lägg till det på mottagningens sida om tider."),
    "not_adult": _l("Patienten är under 18 år. Ta bort raden."),
    "not_wished": _l("Patienten har sagt nej till den personen. Välj någon annan."),
    "own_patient": _l("Det är samma person. Välj någon annan."),
    "past_day": _l("Dagen har varit. Skriv i dag eller senare."),
    "held_elsewhere": _l("En annan mottagning håller ihop vården. Skriv nej."),
    "away": _l("Personen är borta då. Välj någon annan, eller en annan tid."),
    "shut": _l("Mottagningen är stängd den dagen. Välj en annan dag."),
    "busy": _l("Patienten eller den som ska vara med har en annan tid då. Välj en annan tid."),
    "needed_place": _l("Skriv var ni ses."),
    "no_place": _l("Tidstypen har ingen plats. Töm rutan."),
    "not_video": _l("Bara ett videosamtal har en länk. Töm rutan."),
    "skipped": _l("Den tiden finns inte den natten, när klockan ställs fram från 2 till 3. Välj en annan tid."),
    "twice": _l("Den tiden kommer två gånger den natten, när klockan ställs tillbaka. Välj före kl. 2 eller efter 3."),
    "ends_first": _l("Slutet är före början. Välj ett senare slut."),
    "past": _l("Det har redan varit. Ta bort raden."),
    "far": _l("Det är mer än två år bort. Välj en dag som är närmare."),
}
UNREADABLE = {
    "none": _l("Välj en fil först."),
    "large": _l("Filen är för stor. Den får vara högst 10 MB. Dela den i flera."),
    "letters": _l("Filens bokstäver går inte att läsa. Spara den som CSV UTF-8."),
    "empty": _l("Filen är tom. Välj en annan."),
    "no_rows": _l("Filen har bara rubriker. Fyll i minst en rad."),
    "many": _l("Filen har fler än %(more)s rader. Dela den i flera."),
    "quotes": _l("Ett citattecken på rad %(more)s saknar sitt par. Rätta det och försök igen."),
    "lost": _l("Kolumnen %(more)s saknas. Namnen ska stå på den första raden."),
    "strange": _l("Kolumnen %(more)s är okänd. Se vilka namn som går att använda."),
    "twice": _l("Kolumnen %(more)s står mer än en gång. Ta bort den ena."),
}


def wrong(it: Fault) -> str:
    """What is wrong with a row and what to do."""
    text = WRONG["long" if it.code == "long" and it.more else it.code]
    if it.code == "long" and not it.more:
        return _("Det är mer än tolv timmar. Välj ett tidigare slut.")
    return str(text) % {"more": it.more}


def unreadable(code: str, more: str = "") -> str:
    """Why a whole file cannot be read, and what to do."""
    return str(UNREADABLE[code]) % {"more": more}

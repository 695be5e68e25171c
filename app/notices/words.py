"""How each kind of thing is told, in the app and out of it. Never a name, a place or a word of what was written."""

from app.core.locale import lazy_gettext as _l
from app.core.locale import number_on_page as _n
from app.core.locale import reading

SAID = {
    "reminder": (_l("Du har blivit påmind"), _l("Den vars tid går ut först står överst.")),
    "wait": (_l("En fråga har kommit till dig"), _l("Du är den som svarar.")),
    "asked": (_l("Du är också tillfrågad"), _l("En fråga väntar. Du kan ta den.")),
    "taken": (_l("En fråga har gått vidare"), _l("En kollega tog en fråga som var hos dig.")),
    "back": (_l("Medan du var borta"), _l("Se vad som kom och vad andra har gjort.")),
    "wish": (_l("Någon vill ha en kontakt"), _l("Du är den som tar hand om det.")),
    "gap": (_l("Det finns ett glapp"), _l("Ingen svarar en tid framåt. Fyll det.")),
    "told": (_l("Någon har berättat om en patient"), _l("Öppna för att läsa.")),
    "call_wanted": (_l("En anhörig vill bli uppringd"), _l("Öppna för att se av vem och när.")),
    "log_question": (_l("Någon undrar över vem som har läst"), _l("Du är den som svarar.")),
    "booking_wait": (_l("En patient har svarat om en tid"), _l("Du är den som tar hand om det.")),
    "booking_given": (_l("Du ska träffa en patient i stället för en kollega"), _l("Se i tidboken när och var.")),
    "booking_taken": (_l("En patient har tagit en ledig tid"), _l("Se i tidboken när och var.")),
    "booking_left": (_l("En patient har lämnat tillbaka en tid"), _l("Se i tidboken vilken.")),
    "source_silent": (_l("Ett annat system har slutat svara"), _l("Tider därifrån kan vara gamla.")),
    "substitute": (_l("Du är ombedd att svara för en kollega"), _l("Säg ja eller nej.")),
    "substitute_changed": (_l("Det har ändrats när du svarar för en kollega"), _l("Se vilka dagar som gäller nu.")),
    "substitute_no": (_l("Någon som skulle svara har sagt nej"), _l("Se vem som svarar i stället.")),
    "reply": (_l("Du har fått svar"), _l("Öppna för att läsa.")),
    "written": (_l("Du har fått ett meddelande"), _l("Öppna för att läsa.")),
    "called": (_l("Vi ringde dig"), _l("Öppna för att se när vi ringer igen.")),
    "ended": (_l("Din fråga är avslutad"), _l("Öppna för att se varför.")),
    "handed_over": (_l("En annan svarar dig nu"), _l("Öppna för att se vem.")),
    "promise_broken": (_l("Vi höll inte tiden"), _l("Din fråga finns kvar. Öppna för att se när du får svar.")),
    "call_ended": (_l("Någon har läst att du vill bli uppringd"), _l("Öppna för att se vad som sades.")),
    "call_late": (_l("Vi höll inte tiden"), _l("Du blir fortfarande uppringd. Öppna för att se senast när.")),
    "booking_made": (_l("Du har fått en tid"), _l("Öppna för att se när och var.")),
    "booking_moved": (_l("En tid är flyttad"), _l("Öppna för att se när den är nu.")),
    "booking_changed": (_l("Något är ändrat med en tid"), _l("Öppna för att se vad.")),
    "booking_cancelled": (_l("En tid är inställd"), _l("Öppna för att se vad som händer nu.")),
    "booking_hit": (_l("Det är ändrat vem som kan ta emot dig"), _l("Öppna för att se vad som händer nu.")),
    "booking_hit_soon": (_l("Det gäller en tid som är snart"), _l("Öppna för att se vad som händer nu.")),
    "booking_restored": (_l("Din tid blir av"), _l("Öppna för att se när och var.")),
    "booking_offered": (_l("Du kan få en annan tid"), _l("Öppna för att välja.")),
    "slot_offered": (_l("En tid har blivit ledig"), _l("Öppna för att se när, och svara.")),
    "booking_kept": (_l("Du har fått svar om en tid"), _l("Öppna för att läsa.")),
    "booking_late": (_l("Vi höll inte tiden"), _l("Det du bad om finns kvar. Öppna för att se när du får svar.")),
    "booking_reminder": (_l("Du har en tid snart"), _l("Öppna för att se när och var.")),
    "booking_soon": (_l("Du har en tid i dag"), _l("Öppna för att se när och var.")),
    "booking_near": (_l("Någon du står nära har en tid snart"), _l("Öppna för att se när.")),
    "booking_guest": (_l("Någon vill ta med dig på en tid"), _l("Öppna för att se när.")),
    "booking_near_moved": (_l("En tid är flyttad"), _l("Öppna för att se när den är nu.")),
    "booking_near_cancelled": (_l("En tid är inställd"), _l("Öppna för att se vilken.")),
    "relative_answered": (_l("Någon har svarat på en inbjudan"), _l("Säg om det är rätt person.")),
    "let_in": (_l("En inbjudan är klar"), _l("Öppna för att se vad som gäller.")),
    "wish_late": (_l("Vi höll inte tiden"), _l("Det du bad om finns kvar. Öppna för att se när du får svar.")),
    "log_answer": (_l("Du har fått svar"), _l("Öppna för att läsa.")),
    "log_late": (_l("Vi höll inte tiden"), _l("Din fråga finns kvar. Öppna för att se när du får svar.")),
}


def said(kind: str, count: int = 0) -> tuple[str, str]:
    """What has happened, and the line below it. A reminder says how many questions it stands for, while any waits."""
    title, text = map(str, SAID[kind])
    if kind == "reminder" and count:
        title = _n("En fråga väntar fortfarande på dig", "%(num)s frågor väntar fortfarande på dig", count)
    return title, text


# Out of the app anybody may read it: on a locked phone, in a shared inbox. Nothing here may say what it is about.
NEUTRAL = (_l("Du har något nytt"), _l("Öppna Närlinjen för att se vad."))
TRIAL = "trial"
# For whoever asked for a little more, and then by group only.
OUT_OF_APP = {
    "answers": (_l("Det är nytt om något som du har frågat"), NEUTRAL[1]),
    "bookings": (_l("Det är nytt om en tid"), NEUTRAL[1]),
    "near": (_l("Det är nytt om en inbjudan"), NEUTRAL[1]),
    "log": (_l("Det är nytt om vem som har läst"), NEUTRAL[1]),
    TRIAL: (_l("Det här är ett prov"), _l("Det kom fram. Du behöver inte göra något.")),
}


def out_of_app(about: str, language: str, *, fuller: bool) -> tuple[str, str]:
    """The title and the line below it of what is told outside the app; the same of everything unless `fuller`, which
    says to which group of things it belongs. A trial says that it is one."""
    words = OUT_OF_APP.get(about, NEUTRAL) if fuller or about == TRIAL else NEUTRAL
    with reading(language):
        return str(words[0]), str(words[1])

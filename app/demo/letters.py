"""What is said in the demo: (who, days and hours ago, text), who being p for the patient and s for staff."""

from datetime import timedelta

Said = tuple[str, timedelta, str]


def ago(days: float = 0, hours: float = 0) -> timedelta:
    return timedelta(days=days, hours=hours)


SLEEP: tuple[Said, ...] = (
    (
        "p",
        ago(hours=20),
        "Hej Karin. Jag vaknar vid tre på natten sedan jag bytte tablett. Sedan somnar jag inte om. Kan jag ta den på morgonen i stället?",
    ),
)
APPOINTMENT: tuple[Said, ...] = (
    ("p", ago(3), "Jag fick ett brev om ny tid men jag hittar det inte. Är det på torsdag jag ska komma?"),
    ("s", ago(2, 20), "Hej! Ja, torsdag kl. 13.15. Vi ses på Storgatan 4. Ta gärna med din anhörige eller närstående."),
    ("p", ago(2, 19), "Tack. Då kommer jag."),
    ("s", ago(2, 18), "Vad bra."),
)
RECIPE: tuple[Said, ...] = (
    (
        "p",
        ago(hours=3),
        "Det gäller receptet. Jag har tabletter till söndag. Jag svarar på telefon hela förmiddagen om det är lättare.",
    ),
)
FOOD: tuple[Said, ...] = (
    (
        "p",
        ago(9),
        "Jag orkar inte laga mat just nu.\n\nDet blir mest smörgås. Min dotter säger att jag ska fråga om det finns hjälp att få.",
    ),
    (
        "s",
        ago(8, 22),
        "Det var bra att du skrev. Det finns hjälp.\n\nKommunen har boendestöd. Jag kan ringa dit med dig när vi ses, så slipper du göra det själv.",
    ),
    ("p", ago(8, 20), "Ja tack. Helst inte på morgonen."),
    ("s", ago(8, 3), "Då tar vi det kl. 14 på onsdag."),
)
THANKS: tuple[Said, ...] = (
    ("p", ago(30), "Vill bara säga att samtalet i måndags hjälpte."),
    ("s", ago(29, 20), "Det gör mig glad. Hör av dig när du vill."),
    ("p", ago(29, 19), "Tack!"),
    ("s", ago(29, 18), "Varsågod."),
)
WALK: tuple[Said, ...] = (
    ("s", ago(1, 4), "Hej. Jag undrar hur det har gått med promenaderna sedan sist. Skriv några ord när du orkar."),
)
LONG_WORDS: tuple[Said, ...] = (
    (
        "p",
        ago(5),
        "Sömnhygienrekommendationerna från sjukvårdsupplysningen fungerar inte i vårt flerbostadshus:\n"
        "1. grannen lagar mat på natten\n2. ventilationen brummar\n3. jag ligger och lyssnar\n\nمرحبا, kan jag skriva på arabiska också? 🙂 <b>Inte fet stil</b> & inte &amp; heller.",
    ),
    (
        "s",
        ago(4, 21),
        "Skriv gärna på arabiska. Jag kan be om tolk till nästa samtal.\n\nÖronproppar finns på apoteket. Ska vi prova det tills vi ses?",
    ),
    ("p", ago(1), "Ja. Och tolk vore bra."),
)
SHAPES = (SLEEP, APPOINTMENT, RECIPE, FOOD, THANKS, WALK, LONG_WORDS)


def diary(weeks: int) -> tuple[Said, ...]:
    """A long thread: the patient writes each week, and is answered."""
    said: list[Said] = []
    for week in range(weeks, 0, -1):
        said.append(
            (
                "p",
                ago(7 * week),
                f"Vecka {weeks - week + 1}. Jag gick ut fyra dagar. Sov ungefär sex timmar. Det känns lite bättre än förra veckan.",
            )
        )
        said.append(
            ("s", ago(7 * week - 1), "Tack för att du berättar. Fyra dagar är bra. Vad hjälpte dig att komma ut?")
        )
    return tuple(said)

"""Files of rows: each bad row is said, nothing is stored before it was seen, then all of it or none."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.models import Person
from app.accounts.models import Staff as StaffRow
from app.bookings.models import Booking
from app.care.models import Assignment, Contact
from app.core import clock, db
from app.core.audit import SYSTEM, log
from app.demo.people import test_number as number_of
from app.exchange import file_service
from app.exchange.file_views import SLUGS
from app.exchange.models import ImportFile
from app.exchange.row_rules import COLUMNS
from tests.bookings.diary import words
from tests.bookings.times import books, offers
from tests.world import Someone, Staff, World, token_in, wall

BASE = "/region/filer"
PEOPLE = "typ;namn;personnummer;hsa-id;titel"
ASSIGNED = "hsa-id;mottagning;roll;första dagen"
CONTACTS = "personnummer;hsa-id;mottagning"
TIMES = "personnummer;hsa-id;mottagning;tidstyp;dag;börjar;slutar;plats"
UNIT = "Mottagning Björken"


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """Monday 9 November 2026, 08.00."""
    with time_machine.travel(wall("2026-11-09 08:00"), tick=False) as travel:
        yield travel


@pytest.fixture
def admin(monday: time_machine.Traveller, world: World) -> Someone:
    return world.admin()


def file(head: str, *rows: str) -> bytes:
    return ("\r\n".join((head, *rows)) + "\r\n").encode()


def sends(who: Someone, slug: str, content: bytes, name: str = "rader.csv") -> TestResponse:
    """Choose a file and have it looked through; the page that comes of it."""
    phone = who.phone()
    token = token_in(phone.get(f"{BASE}/{slug}").text)
    head = 'Content-Disposition: form-data; name="{}"'.format
    parts = (
        f"--line\r\n{head('csrf_token')}\r\n\r\n{token}\r\n",
        f'--line\r\n{head("fil")}; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n',
    )
    body = "".join(parts).encode() + content + b"\r\n--line--\r\n"
    kind = "multipart/form-data; boundary=line"
    return phone.post(f"{BASE}/{slug}", data=body, content_type=kind, follow_redirects=True)


def stores(who: Someone, looked: TestResponse) -> TestResponse:
    phone = who.phone()
    data = {"csrf_token": token_in(phone.get(looked.request.path).text)}
    return phone.post(looked.request.path, data=data, follow_redirects=True)


def brings(who: Someone, slug: str, content: bytes) -> TestResponse:
    return stores(who, sends(who, slug, content))


def count(model: Any) -> int:
    return len(db.session().scalars(select(model)).all())


def said(page: TestResponse) -> list[tuple[str, str]]:
    """Which rows are wrong, and what is said of each."""
    rows = re.findall(r'<li><p class="meta">(.*?)</p>\s*<p>(.*?)</p>', page.text)
    return [(place, text) for place, text in rows]


def number(n: int) -> str:
    return number_of(n)[0]


def hsa(who: Staff) -> str:
    return db.session().get_one(StaffRow, who.person.id).hsa_id


def test_people_are_looked_through_then_stored_and_the_same_file_again_changes_nothing(
    admin: Someone, world: World
) -> None:
    content = file(
        PEOPLE,
        f"patient;Åsa Öberg;{number(901)};;",
        "personal;Östen Ängström;;SE2321000180-9X9X;skötare",
    )
    before = count(Person)
    looked = sends(admin, "personer", content)
    assert "Filen går att spara 2 rader är nya. Inget är sparat än." in words(looked) and count(Person) == before
    done = stores(admin, looked)
    assert "Sparat 2 nya rader är sparade." in words(done) and count(Person) == before + 2
    names = {it.name for it in db.session().scalars(select(Person))}
    assert {"Åsa Öberg", "Östen Ängström"} <= names
    again = sends(admin, "personer", content)
    assert "Allt finns redan Filen ändrar inget. 2 rader finns redan och lämnas som de är." in words(again)
    assert "Spara alla rader" not in words(again) and count(Person) == before + 2


def test_each_bad_row_is_said_with_its_line_its_column_and_what_to_do_and_nothing_is_stored(
    admin: Someone, world: World
) -> None:
    before = count(Person)
    page = sends(
        admin,
        "personer",
        file(
            PEOPLE,
            f"patient;Åsa Öberg;{number(902)};;",
            "patient;Fel Siffra;191212121211;;",
            "patient;Utan Nummer;;;",
            "personal;Utan Titel;;SE2321000180-9X9X;",
            "besökare;Någon Annan;;;",
            "",
            "patient;Excel Äter;1,91212E+11;;",
            f"patient;Åsa Igen;{number(902)};;",
            "personal;Fel Hsa;;12345;skötare",
            "patient;;;;;;;för många",
        ),
    )
    assert page.status_code == 200 and "8 rader behöver rättas" in words(page) and count(Person) == before
    assert said(page) == [
        ("Rad 3, personnummer", "Numret stämmer inte. Skriv alla tolv siffror."),
        ("Rad 4, personnummer", "En patient behöver ett personnummer. Fyll i det."),
        ("Rad 5, titel", "Det behövs för personal. Fyll i det."),
        ("Rad 6, typ", "Ordet känns inte igen. Se vilka som går att skriva."),
        (
            "Rad 8, personnummer",
            "Tabellprogrammet har gjort om numret. Gör kolumnen till text, och skriv numret igen.",
        ),
        ("Rad 9, personnummer", "Samma sak står på rad 2. Ta bort den ena."),
        ("Rad 10, hsa-id", "Det är inget HSA-id. Skriv som SE2321000180-1A2B."),
        (
            "Rad 11",
            "Raden har fler rutor än filen har kolumner. Sätt text med skiljetecken inom citattecken.",
        ),
    ]


def test_bad_rows_are_fetched_as_a_table_that_runs_nothing_and_is_mended_and_sent_again(
    admin: Someone, world: World
) -> None:
    head = "typ;namn;personnummer;telefon"
    page = sends(admin, "personer", file(head, f"patient;=1+1;{number(903)[:-1]};+46 70 174 06 12"))
    fetched = admin.phone().get(f"{page.request.path}/fel.csv", lint=False)
    assert fetched.headers["Content-Disposition"] == 'attachment; filename="narlinjen-personer-fel.csv"'
    assert fetched.text.startswith("\ufeffrad;fel;typ;namn")
    (row,) = csv.DictReader(io.StringIO(fetched.text.removeprefix("\ufeff")), delimiter=";")
    assert row["rad"] == "2" and row["fel"] == "personnummer: Numret stämmer inte. Skriv alla tolv siffror."
    assert row["namn"] == "'=1+1" and row["telefon"] == "'+46 70 174 06 12"
    mended = fetched.text.replace(number(903)[:-1], number(903)).encode()
    assert "En ny rad är sparad." in words(brings(admin, "personer", mended))
    assert ("=1+1", "+46701740612") in {(it.name, it.phone) for it in db.session().scalars(select(Person))}


def test_work_contacts_and_times_are_brought_in_by_the_same_verbs_as_by_hand(admin: Someone, world: World) -> None:
    karin = world.staff("Karin Ek")
    offers(karin, "Samtal")
    brings(
        admin,
        "personer",
        file(
            PEOPLE,
            f"patient;Åsa Öberg;{number(904)};;",
            "personal;Östen Ängström;;SE2321000180-9X9X;skötare",
        ),
    )
    assert "En ny rad är sparad." in words(
        brings(admin, "uppdrag", file(ASSIGNED, f"SE2321000180-9X9X;{UNIT};vårdpersonal;"))
    )
    work = db.session().scalars(select(Assignment).join(StaffRow, StaffRow.person_id == Assignment.person_id)).all()
    assert [it.role for it in work].count("care") == 1
    assert "En ny rad är sparad." in words(
        brings(admin, "kontakter", file(CONTACTS, f"{number(904)};{hsa(karin)};{UNIT.upper()}"))
    )
    (contact,) = db.session().scalars(select(Contact))
    assert contact.person_id == karin.person.id
    content = file(TIMES, f"{number(904)};{hsa(karin)};{UNIT};samtal;2026-11-12;9.00;9.45;Rum 2, våning 3")
    assert "En ny rad är sparad." in words(brings(admin, "tider", content))
    (time,) = db.session().scalars(select(Booking))
    assert (time.starts_at, time.ends_at) == (wall("2026-11-12 09:00"), wall("2026-11-12 09:45"))
    assert (time.place, time.title, time.made_by) == ("Rum 2, våning 3", "Samtal", admin.person.id)
    kinds = ("SE2321000180-9X9X", number(904))
    for slug, again in (
        ("uppdrag", file(ASSIGNED, f"{kinds[0]};{UNIT};vårdpersonal;")),
        ("kontakter", file(CONTACTS, f"{kinds[1]};{hsa(karin)};{UNIT}")),
        ("tider", content),
    ):
        assert "Allt finns redan" in words(sends(admin, slug, again)), slug


def test_what_is_no_time_or_is_taken_is_a_bad_row_and_no_patient_hears_of_it(
    admin: Someone, world: World, monday: time_machine.Traveller
) -> None:
    siv, karin, olle = world.patient("Siv Nyberg"), world.staff("Karin Ek"), world.patient("Olle Ström")
    offers(karin, "Samtal")
    books(karin, olle, "2026-11-12 09:00")
    rung = siv.rings()
    pnr, who = siv.person.number, hsa(karin)
    rows = (
        "2026-11-12;9.30;10.15",
        "2027-03-28;02:30;",
        "2026-10-25;2.30;",
        "2027-10-31;2.30;",
        "2026-11-12;11.00;10.00",
        "2026-11-08;9.00;",
        "12/11 2026;9.00;",
        "2026-11-12;25.00;",
        "2026-11-13;7.00;20.00",
        "2029-11-12;9.00;",
    )
    page = sends(admin, "tider", file(TIMES, *(f"{pnr};{who};{UNIT};Samtal;{row};Rum 2" for row in rows)))
    assert [text for _place, text in said(page)] == [
        "Patienten eller den som ska vara med har en annan tid då. Välj en annan tid.",
        "Den tiden finns inte den natten, när klockan ställs fram från 2 till 3. Välj en annan tid.",
        "Den tiden kommer två gånger den natten, när klockan ställs tillbaka. Välj före kl. 2 eller efter 3.",
        "Den tiden kommer två gånger den natten, när klockan ställs tillbaka. Välj före kl. 2 eller efter 3.",
        "Slutet är före början. Välj ett senare slut.",
        "Det har redan varit. Ta bort raden.",
        "Skriv dagen som 2027-01-14.",
        "Skriv klockslaget som 9.00.",
        "Det är mer än tolv timmar. Välj ett tidigare slut.",
        "Det är mer än två år bort. Välj en dag som är närmare.",
    ]
    assert count(Booking) == 1 and siv.rings() == rung


def test_two_rows_of_the_file_that_overlap_are_one_too_many(admin: Someone, world: World) -> None:
    siv, karin = world.patient("Siv Nyberg"), world.staff("Karin Ek")
    offers(karin, "Samtal")
    rows = (f"{siv.person.number};{hsa(karin)};{UNIT};Samtal;2026-11-12;{at};;Rum 2" for at in ("9.00", "9.30"))
    page = sends(admin, "tider", file(TIMES, *rows))
    assert [place for place, _text in said(page)] == ["Rad 3, börjar"] and count(Booking) == 0


def test_who_is_away_closed_refused_or_not_there_is_said(admin: Someone, world: World) -> None:
    siv, karin, erik = world.patient("Siv Nyberg"), world.staff("Karin Ek"), world.staff("Erik Lund")
    pia = world.staff("Pia Berg", unit="Mottagning Linden")
    offers(karin, "Samtal", also=(erik,))
    karin.is_away("2026-11-12 00:00", "2026-11-13 00:00")
    pnr = siv.person.number
    page = sends(
        admin,
        "tider",
        file(
            TIMES,
            f"{pnr};{hsa(karin)};{UNIT};Samtal;2026-11-12;9.00;;Rum 2",
            f"{pnr};{hsa(pia)};{UNIT};Samtal;2026-11-16;9.00;;Rum 2",
            f"{pnr};{hsa(erik)};{UNIT};Okänd;2026-11-17;9.00;;Rum 2",
            f"{pnr};{hsa(erik)};Ingenstans;Samtal;2026-11-18;9.00;;Rum 2",
            f"{number(905)};{hsa(erik)};{UNIT};Samtal;2026-11-19;9.00;;Rum 2",
            f"{pnr};SE2321000180-0000;{UNIT};Samtal;2026-11-20;9.00;;Rum 2",
            f"{pnr};{hsa(erik)};{UNIT};Samtal;2026-11-23;9.00;;",
        ),
    )
    assert said(page) == [
        ("Rad 2, hsa-id", "Personen är borta då. Välj någon annan, eller en annan tid."),
        ("Rad 3, hsa-id", "Personen arbetar inte på mottagningen då. Läs in vem som arbetar var först."),
        ("Rad 4, tidstyp", "Mottagningen har ingen sådan tidstyp. Lägg till den, eller rätta namnet."),
        ("Rad 5, mottagning", "Ingen mottagning heter så här. Se hur namnet skrivs i Närlinjen."),
        ("Rad 6, personnummer", "Ingen patient har det numret. Läs in personerna först."),
        ("Rad 7, hsa-id", "Ingen i personalen har SE2321000180-0000. Läs in personerna först."),
        ("Rad 8, plats", "Skriv var ni ses."),
    ]


def test_what_comes_in_the_way_before_it_is_stored_stores_nothing(admin: Someone, world: World) -> None:
    siv, karin = world.patient("Siv Nyberg"), world.staff("Karin Ek")
    offers(karin, "Samtal")
    rows = [f"{siv.person.number};{hsa(karin)};{UNIT};Samtal;2026-11-{day};9.00;;Rum 2" for day in (12, 13)]
    looked = sends(admin, "tider", file(TIMES, *rows))
    books(karin, world.patient("Olle Ström"), "2026-11-13 09:00")
    answer = stores(admin, looked)
    assert answer.status_code == 409 and "Något har ändrats sedan filen granskades" in words(answer)
    assert said(answer) and count(Booking) == 1


def test_two_tabs_the_back_button_and_a_second_press_store_it_once(admin: Someone, world: World) -> None:
    looked = sends(admin, "personer", file(PEOPLE, f"patient;Åsa Öberg;{number(906)};;"))
    before = count(Person)
    first, second = stores(admin, looked), stores(admin, looked)
    assert words(first) == words(second) and "En ny rad är sparad." in words(second)
    assert count(Person) == before + 1
    (kept,) = db.session().scalars(select(ImportFile))
    assert kept.content == ""


def test_a_file_is_its_own_and_for_an_hour(admin: Someone, world: World, monday: time_machine.Traveller) -> None:
    looked = sends(admin, "personer", file(PEOPLE, f"patient;Åsa Öberg;{number(907)};;"))
    path = looked.request.path
    assert world.staff("Karin Ek").phone().get(path).status_code == 404
    (kept,) = db.session().scalars(select(ImportFile))
    assert number(907).encode() not in kept.content_sealed and number(907) in kept.content
    monday.move_to(wall("2026-11-09 09:00"))
    gone = admin.phone().get(path)
    assert gone.status_code == 410 and "Filen är inte kvar" in words(gone)
    with db.transaction():
        assert file_service.forget_old_files(by=SYSTEM, now=clock.now()) == 1
    assert admin.phone().get(path).status_code == 404


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "Filen är tom. Välj en annan."),
        (b"\xff\xfet\x00", "Filens bokstäver går inte att läsa. Spara den som CSV UTF-8."),
        (file("namn;personnummer"), "Kolumnen typ saknas. Namnen ska stå på den första raden."),
        (file("typ;namn;ålder", "patient;A;1"), "Kolumnen ålder är okänd. Se vilka namn som går att använda."),
        (file("typ;namn;namn", "patient;A;B"), "Kolumnen namn står mer än en gång. Ta bort den ena."),
        (file("typ;namn"), "Filen har bara rubriker. Fyll i minst en rad."),
        (file("typ;namn", 'patient;"Åsa'), "Ett citattecken på rad 2 saknar sitt par. Rätta det och försök igen."),
        (file("typ;namn", *["patient;A"] * 2_001), "Filen har fler än 2000 rader. Dela den i flera."),
        (b"typ;namn\r\n" + b"x" * 10_000_001, "Filen är för stor. Den får vara högst 10 MB. Dela den i flera."),
    ],
    ids=lambda it: it[:12].decode("latin-1") if isinstance(it, bytes) else "",
)
def test_a_file_that_cannot_be_read_is_refused_in_clear_words(admin: Someone, content: bytes, text: str) -> None:
    page = sends(admin, "personer", content)
    assert page.status_code == 422 and text in words(page) and count(ImportFile) == 0


def test_what_is_far_too_large_is_refused_before_it_is_read(admin: Someone) -> None:
    page = sends(admin, "personer", b"x" * 10_200_000)
    assert page.status_code == 413 and "Filen är för stor" in words(page)


def test_no_file_is_said_so(admin: Someone) -> None:
    phone = admin.phone()
    token = token_in(phone.get(f"{BASE}/personer").text)
    assert "Välj en fil först." in words(phone.post(f"{BASE}/personer", data={"csrf_token": token}))


@pytest.mark.parametrize("slug", SLUGS)
def test_each_kind_has_its_columns_and_a_template_that_is_read(admin: Someone, slug: str) -> None:
    page = words(admin.phone().get(f"{BASE}/{slug}"))
    assert all(column.name in page for column in COLUMNS[SLUGS[slug]])
    text = admin.phone().get(f"{BASE}/{slug}/mall.csv", lint=False).data
    looked = sends(admin, slug, text)
    assert looked.status_code == 200 and "Kolumnen" not in words(looked).partition("Kolumnerna")[0]


def test_only_an_administrator_brings_in_files(admin: Someone, world: World) -> None:
    for who in (world.staff("Karin Ek"), world.patient("Siv Nyberg")):
        phone = who.phone()
        for path in ("", "/personer", "/tider/mall.csv"):
            assert phone.get(f"{BASE}{path}").status_code == 404


def test_what_is_brought_in_stands_in_the_log_and_a_look_leaves_no_row_of_a_patient(
    admin: Someone, world: World
) -> None:
    looked = sends(admin, "personer", file(PEOPLE, f"patient;Åsa Öberg;{number(908)};;"))

    def deeds() -> list[str]:
        return list(db.session().scalars(select(log.c.action).where(log.c.actor_id == admin.person.id)))

    assert "file.looked_through" in deeds() and "patient.registered" not in deeds()
    stores(admin, looked)
    assert {"file.brought_in", "patient.registered"} <= set(deeds())

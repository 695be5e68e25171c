"""The pages of being away: every press leads somewhere that says what happened."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from werkzeug.test import TestResponse

from app.care import service as care
from app.care.absence_rules import Stretch, stretch
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.care.away import DAY, MORNING, Town, ill, register, says
from tests.client import LintedClient
from tests.world import Staff, World, today, token_in

H1 = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
MAIN = re.compile(r"<main.*</main>", re.DOTALL)


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    with time_machine.travel(MORNING, tick=False):
        yield Town(world)


def press(who: Staff | LintedClient, path: str, *, follow: bool = True, **data: object) -> TestResponse:
    phone = who if isinstance(who, LintedClient) else who.phone()
    token = token_in(phone.get("/logga-ut").text)
    return phone.post(path, data={"csrf_token": token} | data, follow_redirects=follow)


def saves(who: Staff, path: str = "/franvaro/ny", **data: object) -> TestResponse:
    return press(who, path, **({"start": "2026-12-07", "end": "2026-12-08"} | data))


def h1(answer: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", H1.findall(answer.text)[0])).split())


def words(answer: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", MAIN.findall(answer.text)[0])).split())


def key(person: Staff) -> str:
    return db.short(person.person.id)


def test_ill_today_is_two_presses_from_the_start_and_can_be_undone(town: Town) -> None:
    phone = town.karin.phone()
    index = phone.get("/franvaro")
    assert h1(index) == "Är du borta?" and "Sjuk i dag" in words(index)
    receipt = press(phone, "/franvaro/sjuk")
    assert h1(receipt) == "Du är borta i dag från kl. 6.30"
    assert "Sparat. Patienterna ser det nu" in words(receipt) and "Erik Lund svarar så länge." in words(receipt)
    undo = re.search(r'action="(/franvaro/[\w-]{22}/ta-bort)"', receipt.text)
    assert undo
    back = press(phone, undo.group(1))
    assert h1(back) == "Är du borta?" and "Borttagen. Dina patienter ser att du svarar" in words(back)
    assert town.rows() == []


def test_pressing_twice_shows_the_first(town: Town) -> None:
    first, second = (press(town.karin, "/franvaro/tills-vidare", follow=False) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.location.split("?")[0] == second.location.split("?")[0]
    again = press(town.karin, "/franvaro/tills-vidare")
    assert "Det här fanns redan. Inget nytt är sparat." in words(again)
    assert h1(again) == "Du är borta från i dag kl. 6.30, tills vidare"


def test_an_unplanned_gap_is_told_on_the_receipt(town: Town) -> None:
    ill(town.erik, today_only=False)
    receipt = words(press(town.karin, "/franvaro/sjuk"))
    assert "Ingen svarar i dag Det gäller en patient. Maria Hedlund ser det och ordnar någon." in receipt


def test_a_planned_absence_is_saved_with_its_substitutes_in_order(town: Town) -> None:
    page = saves(town.karin, substitutes=[key(town.fatima), "", key(town.erik), key(town.fatima)])
    assert h1(page) == "Du blir borta måndag 7 till tisdag 8 december"
    assert [it.name for it in town.row().substitutes] == ["Fatima Aydin", "Erik Lund"]
    again = saves(town.karin)
    assert "fanns redan" in words(again) and len(town.rows()) == 1


def test_a_gap_is_named_filled_and_saved_in_one_press(town: Town) -> None:
    ill(town.erik, today_only=False)
    refused = saves(town.karin, substitutes=[key(town.erik)])
    assert refused.status_code == 422 and town.rows() == []
    said = words(refused)
    assert "En tid saknar någon som svarar Inget är sparat än." in said
    assert "1. Vem svarar måndag 7 till tisdag 8 december?" in said
    assert "De du har valt kan inte svara då. Det gäller en patient." in said
    assert "Fatima Aydin På plats hela tiden. Får frågan nu och behöver säga ja." in said
    assert "Be Maria Hedlund lösa det Tills det är löst svarar Maria Hedlund själv." in said
    assert 'value="2026-12-07"' in refused.text and 'value="2026-12-08"' in refused.text
    assert f'<option value="{key(town.erik)}" selected>' in refused.text

    unanswered = saves(town.karin, substitutes=[key(town.erik)], sett="1")
    assert unanswered.status_code == 422 and "Välj någon här." in words(unanswered)

    filled = saves(
        town.karin,
        substitutes=[key(town.erik)],
        sett="1",
        **{"glapp-1": f"chef-{key(town.maria)}", "glapp-2": key(town.fatima)},
    )
    assert h1(filled) == "Du blir borta måndag 7 till tisdag 8 december"
    assert [it.name for it in town.row().substitutes] == ["Erik Lund", "Fatima Aydin", "Maria Hedlund"]


def test_when_nobody_can_answer_the_next_step_is_said(town: Town) -> None:
    for someone in (town.erik, town.fatima, town.maria):
        ill(someone, today_only=False)
    said = words(saves(town.karin))
    assert "Ingen på mottagningen kan svara då. Prata med Maria Hedlund innan du sparar" in said


def test_whoever_gets_no_word_from_here_is_shown_with_what_is_needed(town: Town) -> None:
    with time_machine.travel(MORNING - 90 * DAY, tick=False):
        town.world.staff("Anna Berg")
    ill(town.erik, today_only=False)
    said = words(saves(town.karin))
    assert "Anna Berg Går inte: nås inte genom Närlinjen." in said
    assert "Be Anna Berg logga in här en gång." in said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"end": "2026-12-06"}, "Slutet är före början."),
        ({"start": "", "end": ""}, "Välj första dagen."),
        ({"end": ""}, "Välj sista dagen, eller kryssa i att slutet inte är känt."),
        ({"start": "2026-11-20", "end": "2026-11-21"}, "Det har redan varit."),
        ({"start": "2026-11-20"}, "Det är för långt tillbaka."),
        ({"end": "2029-01-01"}, "Det är mer än två år bort."),
        ({"start": "2029-01-01", "open_ended": "1"}, "Det är mer än två år bort."),
        ({"start": "i morgon"}, "Skriv datumet så här: 2026-12-21."),
        ({"opens": "25:00"}, "Skriv klockslaget så här: 13.30."),
        ({"closes": "sen"}, "Skriv klockslaget så här: 13.30."),
        ({"end": "2026-12-07", "opens": "13:00", "closes": "12:00"}, "Slutet är före början."),
        ({"substitutes": ["aaaaaaaaaaaaaaaaaaaaaa"]}, "Den personen går inte att välja längre."),
        ({"glapp-1": "'; drop table"}, "Den personen går inte att välja längre."),
    ],
)
def test_what_cannot_be_saved_is_said_beside_its_field(town: Town, typed: dict[str, str], said: str) -> None:
    answer = saves(town.karin, **typed)
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert said in words(answer)
    for name, value in typed.items():
        if name in ("start", "end", "opens", "closes") and value:
            assert f'value="{value}"' in answer.text
    assert town.rows() == []


def test_only_a_part_of_a_day(town: Town) -> None:
    answer = saves(town.karin, end="2026-12-07", opens="13.00", closes="1530")
    assert h1(answer) == "Du blir borta måndag 7 december kl. 13.00–15.30"
    assert town.row().starts_at == datetime(2026, 12, 7, 12, tzinfo=UTC)
    assert h1(saves(town.karin, start="2026-12-14", end="2026-12-14", closes="23:59")) == (
        "Du blir borta måndag 14 december"
    )


def test_the_end_is_not_known(town: Town) -> None:
    answer = saves(town.karin, end="", open_ended="1")
    assert h1(answer) == "Du blir borta från måndag 7 december, tills vidare"
    assert "Vi ser 60 dagar framåt. Resten ser vi på när det kommer närmare." in words(answer)


def test_it_is_changed_and_the_page_says_so(town: Town) -> None:
    saves(town.karin)
    path = f"/franvaro/{db.short(town.row().key)}"
    form = town.karin.phone().get(f"{path}/andra")
    assert 'value="2026-12-08"' in form.text and "Från måndag 7 december." in words(form)
    longer = press(town.karin, f"{path}/andra", end="2026-12-11", closes="12:00", substitutes=[key(town.fatima)])
    assert h1(longer) == "Du blir borta måndag 7 december till fredag 11 december kl. 12.00"
    assert "Ändringen är sparad." in words(longer)
    assert 'value="12:00"' in town.karin.phone().get(f"{path}/andra").text
    assert h1(press(town.karin, f"{path}/andra", open_ended="1")).endswith("tills vidare")
    assert "checked" in town.karin.phone().get(f"{path}/andra").text
    wrong = press(town.karin, f"{path}/andra", end="2026-12-01")
    assert wrong.status_code == 422 and "Slutet är före början." in words(wrong)


def test_a_change_that_leaves_a_gap_is_refused_and_can_be_filled(town: Town) -> None:
    saves(town.karin)
    register(town.erik, town.row().period.until(town.row().ends_at), town.fatima)
    ill(town.fatima, today_only=False)
    path = f"/franvaro/{db.short(town.row().key)}/andra"
    refused = press(town.karin, path, end="2026-12-09", substitutes=[key(town.fatima)])
    assert refused.status_code == 422 and "saknar någon som svarar" in words(refused)
    filled = press(
        town.karin, path, end="2026-12-09", substitutes=[key(town.fatima)], **{"glapp-1": f"chef-{key(town.maria)}"}
    )
    assert "Ändringen är sparad." in words(filled)


def test_before_it_is_taken_away_the_page_says_what_patients_will_see(town: Town) -> None:
    saves(town.karin)
    coming = f"/franvaro/{db.short(town.row().key)}/ta-bort"
    assert "Dina patienter ser inte längre att du blir borta." in words(town.karin.phone().get(coming))
    assert "De som skulle svara behöver inte göra det: Erik Lund." in words(town.karin.phone().get(coming))
    press(town.karin, coming)
    ill(town.karin)
    begun = words(town.karin.phone().get(f"/franvaro/{db.short(town.row().key)}/ta-bort"))
    assert "Dina patienter ser genast att du svarar igen." in begun and "är tillbaka? Gå tillbaka" in begun


def test_whoever_is_away_comes_back_in_one_press(town: Town) -> None:
    ill(town.karin, today_only=False)
    phone = town.karin.phone()
    index = phone.get("/franvaro")
    assert h1(index) == "Du är borta från i dag kl. 6.30, tills vidare" and "Jag är tillbaka nu" in words(index)
    with time_machine.travel(MORNING + DAY, tick=False):
        phone = town.karin.phone()
        answer = press(phone, "/franvaro/tillbaka")
        assert h1(answer) == "Är du borta?" and "Välkommen tillbaka." in words(answer)
        assert "De senaste 30 dagarna I går kl. 6.30 till i dag kl. 6.30" in words(answer)
        assert h1(phone.get(f"/franvaro/{db.short(town.row().key)}")).startswith("Du var borta")


def test_a_substitute_says_yes_and_no_until_it_begins(town: Town) -> None:
    absence = register(town.karin, town_days(), town.erik, town.fatima).key
    phone = town.erik.phone()
    assert "Karin Ek I morgon Du är först i tur att svara. Säger du inget räknar vi med dig." in words(
        phone.get("/franvaro")
    )
    path = f"/franvaro/{db.short(absence)}"
    assert "Det syns att du har sagt ja." in words(press(phone, f"{path}/ja"))
    assert "Har sagt ja." in words(town.karin.phone().get(path))
    refused = words(press(phone, f"{path}/nej"))
    assert "Den som är borta och chefen ser att du inte kan." in refused and "Jag kan ändå" in refused
    for someone in (town.karin, town.maria):
        assert "Har sagt nej." in words(someone.phone().get(path))
    assert "Nej från någon" in words(town.karin.phone().get("/franvaro"))
    with time_machine.travel(MORNING + DAY, tick=False):
        late = press(town.fatima, f"{path}/nej")
        assert late.status_code == 409 and h1(late) == "Det har redan börjat"
        assert "Karin Ek är borta nu, och du svarar så länge." in words(late)
        assert "Det går inte att säga nej längre." in words(town.fatima.phone().get("/franvaro"))
    says(town.erik, absence, yes=True)


def town_days() -> Stretch:
    return stretch((MORNING + DAY).date(), (MORNING + DAY).date())


def test_whoever_is_asked_is_told_on_the_first_page_until_they_have_answered(town: Town) -> None:
    absence = register(town.karin, town_days(), town.erik).key
    phone = town.erik.phone()
    assert "Karin Ek ber dig svara I morgon Ny" in words(phone.get("/"))
    press(phone, f"/franvaro/{db.short(absence)}/ja")
    assert "ber dig svara" not in words(phone.get("/"))


def test_the_head_does_the_same_for_another(town: Town) -> None:
    phone = town.maria.phone()
    assert "Någon annan är borta" in words(phone.get("/franvaro"))
    assert "Karin Ek Sjuksköterska, Mottagning Björken" in words(phone.get("/franvaro/for"))
    path = f"/franvaro/for/{key(town.karin)}"
    assert h1(phone.get(path)) == "Är Karin Ek borta?"
    receipt = press(phone, f"{path}/sjuk")
    assert h1(receipt) == "Karin Ek är borta i dag från kl. 6.30" and "Maria Hedlund skrev in det." in words(receipt)
    assert "Maria Hedlund skrev in det." in words(town.karin.phone().get(f"/franvaro/{db.short(town.row().key)}"))
    assert h1(press(phone, f"{path}/tillbaka")) == "Är Karin Ek borta?"
    assert h1(phone.get(f"{path}/ny")) == "Karin Ek blir borta"
    planned = saves(town.maria, f"{path}/ny")
    assert h1(planned) == "Karin Ek blir borta måndag 7 till tisdag 8 december"
    assert h1(press(phone, f"{path}/tills-vidare")).endswith("tills vidare")


def test_after_ten_office_days_the_head_is_asked_on_their_page(town: Town) -> None:
    ill(town.karin, today_only=False)
    with time_machine.travel(MORNING + 20 * DAY, tick=False):
        said = words(town.maria.phone().get("/franvaro"))
    assert "Ska patienterna få en annan kontakt? Karin Ek har varit borta sedan onsdag 25 november" in said


def test_what_is_not_ones_own_is_not_there(town: Town) -> None:
    absence = db.short(ill(town.karin).key)
    phone = town.fatima.phone()
    for there in (absence, db.short(db.new_key())):
        for path in (f"/franvaro/{there}", f"/franvaro/{there}/andra", f"/franvaro/{there}/ta-bort"):
            assert phone.get(path).status_code == 404
            if path != f"/franvaro/{there}":
                assert press(phone, path, end="2026-12-08").status_code == 404
        for answer in ("ja", "nej"):
            assert press(phone, f"/franvaro/{there}/{answer}").status_code == 404
    for person in (key(town.karin), db.short(db.new_key())):
        assert phone.get(f"/franvaro/for/{person}").status_code == 404
        assert phone.get(f"/franvaro/for/{person}/ny").status_code == 404
        for verb in ("sjuk", "tills-vidare", "tillbaka", "ny"):
            assert press(phone, f"/franvaro/for/{person}/{verb}").status_code == 404
    assert phone.get("/franvaro/for").status_code == 404
    assert town.siv.phone().get("/franvaro").status_code == 404
    assert len(town.rows()) == 1


def test_two_tabs_that_change_the_same(town: Town) -> None:
    saves(town.karin)
    path = f"/franvaro/{db.short(town.row().key)}"
    row = town.row()
    press(town.karin, f"{path}/ta-bort")
    assert press(town.karin, f"{path}/andra", end="2026-12-09").status_code == 404
    assert press(town.karin, f"{path}/ta-bort").status_code == 404
    assert row.ends_at


def test_what_is_over_is_said_to_be(town: Town) -> None:
    ill(town.karin)
    path = f"/franvaro/{db.short(town.row().key)}"
    with time_machine.travel(MORNING + 2 * DAY, tick=False):
        answer = press(town.karin, f"{path}/andra", end="2026-12-09")
        assert answer.status_code == 409 and h1(answer) == "Det har ändrats sedan du öppnade sidan"


def test_whoever_works_nowhere_meets_a_clear_page(town: Town) -> None:
    with db.transaction():
        care.end_assignment(town.fatima.assignment, on=today() - DAY, by=SYSTEM, now=clock.now())
    for path in ("/franvaro", "/franvaro/ny"):
        assert h1(town.fatima.phone().get(path)) == "Du har inget uppdrag på någon mottagning"
    answer = press(town.fatima, "/franvaro/sjuk")
    assert answer.status_code == 409 and h1(answer) == "Här finns inget att vara borta från"


def test_no_page_says_why(town: Town) -> None:
    press(town.karin, "/franvaro/sjuk")
    path = f"/franvaro/{db.short(town.row().key)}"
    for phone in (town.karin.phone(), town.maria.phone()):
        assert "sjuk" not in words(phone.get(path)).lower()
    assert "sjuk" not in words(town.maria.phone().get("/franvaro/for")).lower().replace("sjuksköterska", "")


def test_many_absences_are_cut_into_pages(town: Town) -> None:
    for n in range(25):
        register(town.karin, stretch_of(n))
    phone = town.karin.phone()
    first = phone.get("/franvaro")
    older = re.search(r'href="(/franvaro\?fore=[^"]+)"', first.text)
    assert older and "Tidigare" in words(first)
    assert len(re.findall(r'href="/franvaro/[\w-]{22}"', first.text)) == 20
    assert len(re.findall(r'href="/franvaro/[\w-]{22}"', phone.get(unescape(older.group(1))).text)) == 5


def stretch_of(n: int) -> Stretch:
    day = (MORNING + (20 + 2 * n) * DAY).date()
    return stretch(day, day)

"""A unit's drop-in: only who leads it makes and changes it, and what cannot be is said at its field."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.bookings import kind_service as kinds
from app.core import clock, db
from app.core.audit import SYSTEM, log
from app.dropin.models import DropIn, DropInException
from tests.care.pages import post, said, typed
from tests.dropin.hours import NAME, anybody, linked, opens
from tests.world import Staff, World

pytestmark = pytest.mark.usefixtures("clockwork")


@pytest.fixture
def here(karin: Staff) -> str:
    return f"/enhet/drop-in/{db.short(karin.unit.id)}"


def filled(place: UUID, **changed: object) -> dict[str, object]:
    return {
        "name": NAME,
        "purpose": "När du vill prata med någon.",
        "meets": "En skötare.",
        "welcome": ["relative"],
        "location": db.short(place),
        "municipality": "2031",
        "weekdays": ["2"],
        "every": "1",
        "opens": "13.00",
        "closes": "16:00",
        "first": "2026-11-02",
        "last": "",
    } | changed


def made() -> list[DropIn]:
    return list(db.session().scalars(select(DropIn)))


def test_the_head_makes_it_sees_its_days_and_shows_it_to_everybody(
    here: str, maria: Staff, place: UUID, world: World
) -> None:
    assert "Ingen drop-in än" in said(maria.phone().get(here))
    preview = post(maria, f"{here}/ny", **filled(place, every="2", gor="visa"))
    assert preview.status_code == 200 and not made()
    assert "nov 25 onsdag" not in said(preview) and "dec 2 onsdag Kl. 13.00–16.00" in said(preview)
    saved = post(maria, f"{here}/ny", **filled(place))
    assert saved.status_code == 303
    shown = said(maria.phone().get(saved.location))
    assert "Varje onsdag kl. 13–16. Öppnar i dag kl. 13.00." in shown and "Ingen annan ser det än" in shown
    public = f"/drop-in/{db.short(made()[0].id)}"
    stranger = anybody(world.app)
    assert stranger.get(public).status_code == 404
    assert NAME not in stranger.get("/drop-in").text
    for _press in range(2):
        assert post(maria, f"{saved.location}/visa").status_code == 303
    assert stranger.get(public).status_code == 200
    assert NAME in stranger.get("/drop-in").text
    assert linked(maria.phone().get(here).text, here) == saved.location
    for _press in range(2):
        assert post(maria, f"{saved.location}/ta-ner").status_code == 303
    assert stranger.get(public).status_code == 404
    assert "Nedtagen" in said(maria.phone().get(saved.location))
    assert post(maria, f"{saved.location}/visa").status_code == 303
    assert stranger.get(public).status_code == 200
    actions = [row.action for row in db.session().execute(select(log.c.action).order_by(log.c.id))]
    ours = [it for it in actions if it.startswith("drop_in.")]
    assert ours == ["drop_in.made", "drop_in.published", "drop_in.taken_down", "drop_in.published"]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"name": " "}, "Skriv vad det heter."),
        ({"purpose": ""}, "Skriv vad man kan komma för."),
        ({"meets": "a" * 601}, "Skriv kortare, högst 600 tecken."),
        ({"location": "x" * 22}, "Välj en i listan."),
        ({"municipality": "0180"}, "Välj en i listan."),
        ({"weekdays": []}, "Välj minst en dag."),
        ({"weekdays": ["9"]}, "Någon i listan går inte att välja längre."),
        ({"weekdays": ["2", "6"]}, "Vårdhuset har öppet måndag till fredag."),
        ({"every": "5"}, "Välj ett av svaren."),
        ({"opens": ""}, "Skriv när det öppnar, till exempel 13.00."),
        ({"closes": "fyra"}, "Skriv klockslaget så här: 13.30."),
        ({"closes": "12.59"}, "Det stänger innan det öppnar."),
        ({"closes": "13.00"}, "Det stänger innan det öppnar."),
        ({"first": ""}, "Välj den första dagen."),
        ({"first": "2126-01-01"}, "Välj en dag som är närmare i dag."),
        ({"first": "0001-01-01"}, "Välj en dag som är närmare i dag."),
        ({"last": "2026-11-01"}, "Sista dagen är före den första."),
        ({"last": "9999-12-31"}, "Det är långt bort. Lämna tomt om det inte ska sluta."),
        ({"last": "snart"}, "Skriv datumet så här: 2026-12-21."),
        ({"red": ["x"]}, "Någon i listan går inte att välja längre."),
    ],
)
def test_what_cannot_be(here: str, maria: Staff, place: UUID, wrong: dict[str, object], fault: str) -> None:
    answer = post(maria, f"{here}/ny", **filled(place, **{"purpose": "Åka hit."} | wrong))
    assert answer.status_code == 422 and fault in said(answer)
    assert "purpose" in wrong or "Åka hit.</textarea>" in answer.text
    assert "opens" in wrong or typed(answer, "opens") == "13.00"
    assert not made()


def test_two_of_one_name_are_refused(here: str, maria: Staff, place: UUID, drop_in: UUID) -> None:
    again = post(maria, f"{here}/ny", **filled(place))
    assert again.status_code == 422 and "Mottagningen har redan en drop-in som heter så." in said(again)
    other = opens(maria, place, name="En annan")
    changed = post(maria, f"{here}/{db.short(other)}/andra", **filled(place))
    assert changed.status_code == 422 and "Mottagningen har redan en drop-in som heter så." in said(changed)
    assert post(maria, f"{here}/{db.short(drop_in)}/ta-ner").status_code == 303
    assert post(maria, f"{here}/{db.short(other)}/andra", **filled(place)).status_code == 303
    refused = post(maria, f"{here}/{db.short(drop_in)}/visa")
    assert refused.status_code == 409 and "Namnet är upptaget" in said(refused)


def test_it_is_changed_and_what_is_typed_is_what_it_is(here: str, maria: Staff, place: UUID, drop_in: UUID) -> None:
    one = f"{here}/{db.short(drop_in)}"
    shown = maria.phone().get(f"{one}/andra")
    assert typed(shown, "name") == NAME and typed(shown, "opens") == "13:00" and typed(shown, "first") == "2026-09-02"
    data = filled(place, weekdays=["0", "3"], every="2", welcome=["relative", "child"], last="2027-06-30", red=["open"])
    assert post(maria, f"{one}/andra", **data).status_code == 303
    shown = said(maria.phone().get(one))
    assert "Måndag och torsdag varannan vecka kl. 13–16." in shown and "Barn får följa med." in shown
    assert "Öppet också då" in shown and "onsdag 30 juni 2027" in shown


def test_a_day_is_closed_with_a_word_opened_at_other_hours_and_made_usual_again(
    here: str, maria: Staff, world: World, drop_in: UUID
) -> None:
    one, public = f"{here}/{db.short(drop_in)}", f"/drop-in/{db.short(drop_in)}"
    day = maria.phone().get(f"{one}/dag?dag=2026-12-02")
    assert 'value="closed" checked' in day.text
    closed = {"on": "2026-12-02", "how": "closed", "words": "Vi är på utbildning."}
    for _press in range(2):
        assert post(maria, f"{one}/dag", **closed).status_code == 303
    assert "dec 2 onsdag Stängt Vi är på utbildning." in said(anybody(world.app).get(public))
    hours = {"on": "2026-12-02", "how": "open", "opens": "9", "closes": "11.30", "words": ""}
    assert post(maria, f"{one}/dag", **hours).status_code == 303
    assert "dec 2 onsdag Kl. 9.00–11.30" in said(anybody(world.app).get(public))
    extra = {"on": "2026-11-27", "how": "open", "opens": "9", "closes": "10", "words": "En extra gång."}
    assert post(maria, f"{one}/dag", **extra).status_code == 303
    assert "nov 27 fredag Kl. 9.00–10.00 En extra gång." in said(anybody(world.app).get(public))
    for _press in range(2):
        assert post(maria, f"{one}/dag/som-vanligt", dag="2026-12-02").status_code == 303
    assert post(maria, f"{one}/dag/som-vanligt", dag="inte en dag").status_code == 303
    assert "dec 2 onsdag Kl. 13.00–16.00" in said(anybody(world.app).get(public))


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"on": ""}, "Välj en dag."),
        ({"on": "2026-11-24"}, "Den dagen har varit."),
        ({"on": "2030-11-24"}, "Det är mer än ett år bort."),
        ({"how": ""}, "Välj ett av svaren."),
        ({"words": " "}, "Skriv varför det är stängt."),
        ({"how": "open", "opens": "", "closes": "10"}, "Skriv när det öppnar, till exempel 13.00."),
        ({"how": "open", "opens": "10", "closes": "9"}, "Det stänger innan det öppnar."),
        ({"how": "open", "on": "2026-11-29", "opens": "9", "closes": "10"}, "är Vårdhuset stängd."),
    ],
)
def test_a_day_that_cannot_be(here: str, maria: Staff, drop_in: UUID, wrong: dict[str, str], fault: str) -> None:
    data = {"on": "2026-12-02", "how": "closed", "words": "Vi är på utbildning."} | wrong
    answer = post(maria, f"{here}/{db.short(drop_in)}/dag", **data)
    assert answer.status_code == 422 and fault in said(answer)
    assert db.session().scalars(select(DropInException)).all() == []


def test_only_who_leads_the_unit_comes_in(
    here: str, world: World, maria: Staff, karin: Staff, drop_in: UUID, place: UUID
) -> None:
    one = f"{here}/{db.short(drop_in)}"
    other = world.staff("Frida Falk", unit="Mottagning Granen")
    pages = (here, f"{here}/ny", one, f"{one}/andra", f"{one}/dag")
    for who, code in ((karin, 404), (other, 404), (world.staff("Erik Lund"), 200), (maria, 200)):
        assert {who.phone().get(path).status_code for path in pages} == {code}
    for verb in ("visa", "ta-ner", "andra", "dag"):
        assert post(karin, f"{one}/{verb}", **filled(place)).status_code == 404
    # A unit of one's own opens no other's drop-in.
    granen = f"/enhet/drop-in/{db.short(other.unit.id)}"
    assert maria.phone().get(f"{granen}/{db.short(drop_in)}").status_code == 404


def test_a_place_that_is_gone_is_said_and_nothing_is_shown_there(
    here: str, maria: Staff, place: UUID, world: World, drop_in: UUID
) -> None:
    one = f"{here}/{db.short(drop_in)}"
    with db.transaction():
        kinds.end_location(place, by=SYSTEM, now=clock.now())
    shown = said(maria.phone().get(one))
    assert "Platsen används inte längre" in shown and "Välj en annan plats" in shown
    assert "Ring innan du åker" in said(anybody(world.app).get(f"/drop-in/{db.short(drop_in)}"))
    assert post(maria, f"{one}/ta-ner").status_code == 303
    assert "Visa för alla" not in said(maria.phone().get(one))
    assert post(maria, f"{one}/visa").status_code == 409
    assert "Det finns ingen plats att komma till" in said(maria.phone().get(f"{here}/ny"))

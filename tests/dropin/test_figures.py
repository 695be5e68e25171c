"""What the head sees of a trial: picture, table and file say the same, and small groups are in none of them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from app.core import clock, db
from app.dropin import visit_service as visits
from tests.care.pages import said
from tests.dropin.hours import NAME, opens
from tests.world import Staff, World

pytestmark = pytest.mark.usefixtures("clockwork")
Travel = time_machine.Traveller


@pytest.fixture
def here(karin: Staff) -> str:
    return f"/enhet/drop-in/siffror/{db.short(karin.unit.id)}"


def came(karin: Staff, drop_in: UUID, travel: Travel, at: str, *, waits: int, new: bool | None, led: list[str]) -> None:
    """Somebody came, and was met after so many minutes."""
    begins = datetime.fromisoformat(f"{at}+01:00")
    travel.move_to(begins)
    key, by = db.new_key(), karin.viewer
    with db.transaction():
        visits.arrive(drop_in, key, by=by, now=clock.now())
    later = begins + timedelta(minutes=waits)
    with db.transaction():
        visits.meet(drop_in, key, by=by, now=later)
        if led:
            visits.note(drop_in, key, new_here=new, led_to=led, shown="sedd.?", by=by, now=later)


def three_afternoons(karin: Staff, drop_in: UUID, travel: Travel) -> None:
    for number in range(6):
        came(karin, drop_in, travel, f"2026-11-04 13:0{number}", waits=10, new=True, led=["talk", "booked"])
    for number in range(7):
        came(karin, drop_in, travel, f"2026-11-11 14:0{number}", waits=30, new=False, led=["talk"])
    for number in range(2):
        came(karin, drop_in, travel, f"2026-11-18 15:0{number}", waits=0, new=None, led=["emergency"])
    travel.move_to(datetime(2026, 11, 25, 9, 30, tzinfo=UTC))


def test_figures_as_picture_table_and_file(
    maria: Staff, karin: Staff, here: str, drop_in: UUID, clockwork: Travel
) -> None:
    three_afternoons(karin, drop_in, clockwork)
    shown = maria.phone().get(here)
    words = said(shown)
    assert "15 besök Öppen mottagning i Rättvik, oktober till december 2026. Hittills." in words
    assert "Hälften fick träffa någon inom 10 minuter." in words
    assert 'aria-label="4 november: visas inte"' in shown.text and 'aria-label="11 november: 7"' in shown.text
    assert "Besök per dag 11 november 7" in words and "18 november visas inte" in words
    assert "Vad det ledde till Till akuten visas inte" in words
    file = maria.phone().get(f"{here}/tabell.csv?vilken={db.short(drop_in)}&kvartal=2026-4")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8" and file.text.startswith("\ufeff")
    rows = [row.split(";") for row in file.text.lstrip("\ufeff").split("\r\n") if row]
    assert rows[0] == ["Drop-in", "Från", "Till", "Vad", "Grupp", "Antal"]
    found = {(row[3], row[4]): row[5] for row in rows[1:]}
    assert {row[0] for row in rows[1:]} == {NAME} and {row[1] for row in rows[1:]} == {"2026-10-01"}
    assert found["Besök", ""] == "15" and found["Väntan i minuter, den mittersta", ""] == "10"
    assert found["Besök per dag", "2026-11-11"] == "7"
    assert found["Besök per dag", "2026-11-04"] == found["Besök per dag", "2026-11-18"] == "visas inte"
    assert found["Vad det ledde till", "Ett samtal"] == "13"
    # Nothing says in another place what is hidden in one.
    assert "2" not in {row[5] for row in rows[1:]}


def test_where_few_have_come_nothing_is_told(
    maria: Staff, karin: Staff, here: str, drop_in: UUID, clockwork: Travel
) -> None:
    assert "Inga besök" in said(maria.phone().get(here))
    for number in range(4):
        came(karin, drop_in, clockwork, f"2026-11-04 13:0{number}", waits=5, new=True, led=["talk"])
    clockwork.move_to(datetime(2026, 11, 25, 9, 30, tzinfo=UTC))
    shown = said(maria.phone().get(here))
    assert "Färre än fem besök" in shown and "Ny i psykiatrin" not in shown
    file = maria.phone().get(f"{here}/tabell.csv").text
    assert file.count("\r\n") == 2 and file.rstrip().endswith("Besök;;visas inte")


def test_another_quarter_another_drop_in_and_what_nobody_meant(
    maria: Staff, karin: Staff, here: str, drop_in: UUID, place: UUID, clockwork: Travel
) -> None:
    for number in range(5):
        came(karin, drop_in, clockwork, f"2026-09-02 13:0{number}", waits=5, new=True, led=["talk"])
    clockwork.move_to(datetime(2026, 11, 25, 9, 30, tzinfo=UTC))
    other = opens(maria, place, name="=En annan")
    assert "Inga besök" in said(maria.phone().get(here))
    assert "5 besök" in said(maria.phone().get(f"{here}?vilken={db.short(drop_in)}&kvartal=2026-3"))
    assert "Inga besök" in said(maria.phone().get(f"{here}?vilken={db.short(other)}&kvartal=2026-3"))
    for strange in ("kvartal=2026-5", "kvartal=1999-1", "kvartal=2031-1", "vilken=x", "kvartal="):
        assert maria.phone().get(f"{here}?{strange}").status_code == 200
    assert "'=En annan" in maria.phone().get(f"{here}/tabell.csv?vilken={db.short(other)}").text


def test_only_who_leads_the_unit_sees_them(here: str, world: World, maria: Staff, karin: Staff, drop_in: UUID) -> None:
    other = world.staff("Frida Falk", unit="Mottagning Granen")
    for path in (here, f"{here}/tabell.csv"):
        assert {who.phone().get(path).status_code for who in (karin, other)} == {404}
        assert {who.phone().get(path).status_code for who in (maria, world.staff("Erik Lund"))} == {200}
    granen = f"/enhet/drop-in/siffror/{db.short(other.unit.id)}"
    assert maria.phone().get(granen).status_code == 404


def test_a_unit_without_drop_in_has_no_file(maria: Staff, here: str) -> None:
    assert "Inga siffror än" in said(maria.phone().get(here))
    assert maria.phone().get(f"{here}/tabell.csv").status_code == 404

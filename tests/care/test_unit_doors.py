"""Another's unit is no unit at all: one answer, by the same statements, on every door of a unit and of its people."""

from app.core import db
from tests.guards.test_not_found import ask
from tests.world import World

UNIT = ("", "/adress", "/oppettider", "/lofte", "/chef", "/roda-dagar", "/stangt", "/bevakning", "/bevakning/nytt")
WORK = ("", "/schema", "/nummer", "/svarar", "/slut")
POSTED = ("/adress", "/oppettider", "/lofte", "/chef", "/stangt", "/bevakning/nytt", "/bevakning/upprepa")


def test_another_unit_is_no_such_thing(world: World) -> None:
    jonas = world.staff("Jonas Ström", unit="Mottagning Granen")
    karin = world.staff("Karin Ek").phone()
    doors = [("GET", path) for path in (*UNIT, "/personal/ny")] + [("POST", path) for path in POSTED]
    work = f"/personal/{db.short(jonas.assignment.id)}"
    doors += [(method, work + path) for path in WORK for method in ("GET", "POST") if path or method == "GET"]
    for method, path in doors:
        (there, said), (nowhere, said_nowhere) = (
            ask(karin, method, f"/enhet/{db.short(key)}{path}") for key in (jonas.unit.id, db.new_key())
        )
        assert there[0] == 404, f"{method} {path} of another's unit opened: reach it through the viewer."
        assert there == nowhere and said == said_nowhere, f"{method} {path} tells another's unit from none."

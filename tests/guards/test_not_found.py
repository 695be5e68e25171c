"""Not yours and no such thing are one answer, by the same statements, so that nobody learns which it was."""

import re
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.care import absence_service
from app.core import clock, db, live
from tests.care.around import asks_for_contact, lead
from tests.client import LintedClient
from tests.world import Someone, World, token_in

KEY = re.compile(r"[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
TOKEN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]+')


@pytest.fixture
def told(world: World) -> dict[str, UUID]:
    """What Siv, with Karin, must never learn of: Anita's thread with Jonas, Anita's contact, what Anita asks for."""
    anita, jonas = world.patient("Anita", contact="Jonas Ström"), world.staff("Jonas Ström")
    lead(world, world.staff("Tove", unit="Mottagning Granen"))
    assert anita.contact
    return {
        "thread": anita.asks("Det här är Anitas."),
        "contact": anita.contact.id,
        "wish": asks_for_contact(anita, jonas.unit.id, jonas.person.id),
        "patient": anita.person.id,
        "person": world.staff("Rut", unit="Mottagning Granen").person.id,
        "relation": world.relative("Olle", of=anita).relations[anita],
    }


def masked(answer: TestResponse) -> tuple[int, str, dict[str, str]]:
    """The answer without what differs between any two: the form's token, the address asked for, the date."""
    headers = {name: value for name, value in answer.headers if name not in ("Date", "Set-Cookie", "Content-Length")}
    return answer.status_code, KEY.sub("KEY", TOKEN.sub(r"\1TOKEN", answer.text)), headers


BOTH = "GET POST"
HEADS = [
    (BOTH, "wish", "/patienter/onskemal/{}"),
    ("GET", "patient", "/patienter/{}"),
    (BOTH, "patient", "/patienter/{}/utse"),
    (BOTH, "contact", "/patienter/kontakt/{}/byt"),
    (BOTH, "contact", "/patienter/kontakt/{}/avsluta"),
    ("POST", "contact", "/patienter/kontakt/{}/haller-ihop"),
]
DOORS = {
    "siv": [
        (BOTH, "thread", "/meddelanden/{}"),
        (BOTH, "contact", "/meddelanden/ny/{}"),
        (BOTH, "contact", "/kontakt/byt/{}"),
        ("POST", "wish", "/kontakt/onskemal/{}/ta-tillbaka"),
        ("POST", "person", "/kontakt/inte-fraga/{}"),
        ("POST", "person", "/kontakt/inte-fraga/{}/ta-tillbaka"),
        ("GET", "relation", "/anhoriga/{}"),
        (BOTH, "relation", "/anhoriga/{}/andra"),
        *(("POST", "relation", f"/anhoriga/{{}}/{verb}") for verb in ("ja", "nej", "ny-lank", "ta-tillbaka")),
    ],
    "anna": [("GET", "relation", "/anhorig/{}"), ("POST", "relation", "/anhorig/{}/lamna")],
    "karin": [(BOTH, "thread", "/meddelanden/{}"), *HEADS],
    "tove": HEADS,
}


def pairs(told: dict[str, UUID], who: str) -> list[tuple[str, str, str]]:
    """Each door, with the address of somebody else's and the address of nobody's."""
    nobodys = db.new_key()
    found = [
        (method, door.format(db.short(told[what])), door.format(db.short(nobodys)))
        for methods, what, door in DOORS[who]
        for method in methods.split()
    ]
    for path in ("/handelser", "/lage"):
        for kind, what in (("t", "thread"), ("r", "relation")):
            others, none = (f"{path}?om={live.topic(kind, key)}" for key in (told[what], nobodys))
            found.append(("GET", others, none))
    return found


def ask(client: LintedClient, method: str, path: str, **data: str) -> tuple[tuple[int, str, dict[str, str]], list[str]]:
    form = {"csrf_token": token_in(client.get("/om").text), "key": "x" * 22, "text": "Får jag läsa?"} | data
    answer = client.open(path, method=method, data=form if method == "POST" else None, base_url="http://localhost")
    return masked(answer), list(client.heard)


def phone(world: World, who: str) -> LintedClient:
    names = {"karin": "Karin Ek", "tove": "Tove"}
    if who == "anna":
        return world.relative("Anna", of=world.patient("Siv")).phone()
    someone: Someone = world.patient("Siv") if who == "siv" else world.staff(names[who])
    return someone.phone()


@pytest.mark.parametrize("who", DOORS)
def test_not_yours_is_no_such_thing(world: World, told: dict[str, UUID], who: str) -> None:
    client = phone(world, who)
    for method, others, nobodys in pairs(told, who):
        (there, said), (nowhere, said_nowhere) = ask(client, method, others), ask(client, method, nobodys)
        assert there[0] == 404, f"{method} {others} opened for {who}: reach it through the viewer, in queries.py."
        assert there == nowhere, f"{method} {others} answers otherwise than an address of nothing: {there} / {nowhere}."
        assert said == said_nowhere, (
            f"{method} {others} says {len(said)} statements, and an address of nothing {len(said_nowhere)}: "
            "raise NotFound out of one and the same query, or a stopwatch tells them apart."
        )


AWAY = {
    "absence": (
        ("GET", "/franvaro/{}"),
        ("GET", "/franvaro/{}/andra"),
        ("POST", "/franvaro/{}/andra"),
        ("GET", "/franvaro/{}/ta-bort"),
        ("POST", "/franvaro/{}/ta-bort"),
        ("POST", "/franvaro/{}/ja"),
        ("POST", "/franvaro/{}/nej"),
    ),
    "person": (
        ("GET", "/franvaro/for/{}"),
        ("GET", "/franvaro/for/{}/ny"),
        ("POST", "/franvaro/for/{}/ny"),
        ("POST", "/franvaro/for/{}/sjuk"),
        ("POST", "/franvaro/for/{}/tillbaka"),
        ("POST", "/franvaro/for/{}/tills-vidare"),
    ),
}


def test_who_is_away_is_no_such_thing_for_colleagues(world: World) -> None:
    karin, jonas = phone(world, "karin"), world.staff("Jonas Ström")
    with db.transaction():
        saved = absence_service.away_from_now(jonas.person.id, today_only=False, by=jonas.viewer, now=clock.now())
    others = {"absence": saved.key, "person": jonas.person.id}
    for what, doors in AWAY.items():
        for method, door in doors:
            (there, said), (nowhere, said_nowhere) = (
                ask(karin, method, door.format(db.short(key))) for key in (others[what], db.new_key())
            )
            assert there[0] == 404, f"{method} {door} opened for a colleague: reach it through the viewer."
            assert there == nowhere and said == said_nowhere, f"{method} {door} tells somebody else's from nothing."
    assert jonas.phone().get(f"/franvaro/{db.short(saved.key)}").status_code == 200


@pytest.mark.parametrize("who", ["siv", "karin"])
def test_a_draft_has_one_404_too(world: World, told: dict[str, UUID], who: str) -> None:
    client = phone(world, who)
    answers = [
        ask(client, "POST", "/meddelanden/utkast", place=db.short(place))
        for place in (told["thread"], told["contact"], db.new_key())
    ]
    assert answers[0][0][0] == 404
    assert answers[0] == answers[1] == answers[2], f"Drafts tell somebody else's place from no place: {answers}"


def test_somebody_elses_thread_opens_for_its_own(world: World, told: dict[str, UUID]) -> None:
    """The other half: what is refused above is there, and opens for Anita."""
    assert world.patient("Anita").phone().get(f"/meddelanden/{db.short(told['thread'])}").status_code == 200


def test_a_wrong_kind_gets_the_same_page(world: World, app: Flask) -> None:
    karin = phone(world, "karin")
    wrong, _said = ask(karin, "GET", f"/meddelanden/ny/{db.short(db.new_key())}")
    nothing, _said = ask(karin, "GET", f"/meddelanden/nyy/{db.short(db.new_key())}")
    assert wrong[0] == nothing[0] == 404
    assert wrong[1].replace("/ny/", "/nyy/") == nothing[1], (
        "A page for another kind of person looks otherwise than none."
    )

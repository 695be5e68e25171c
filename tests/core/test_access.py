"""Who may knock on which door, and where one may be sent on to."""

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from app.core import db
from app.core.access import Unlabelled, access, label_of, safe_next
from tests.world import World, fresh_key, token_in


def test_a_view_without_a_label_is_refused_to_everybody(make_app: Callable[..., Flask]) -> None:
    app = make_app("narlinjen_nowhere")
    app.add_url_rule("/oppen", "open", lambda: "secret")
    with pytest.raises(Unlabelled, match=r"open has no @access; say who it is for"):
        app.test_client().get("/oppen")
    app.testing = False
    answer = app.test_client().get("/oppen")
    assert answer.status_code == 500 and "secret" not in answer.text


@pytest.mark.parametrize("kinds", [(), ("everybody",), ("patient", "nurse")])
def test_a_label_names_kinds_that_exist(kinds: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="@access takes some of"):
        access(*kinds)


def test_every_route_of_the_app_is_labelled(app: Flask) -> None:
    assert all(label_of(app, rule.endpoint).kinds for rule in app.url_map.iter_rules())


@pytest.mark.parametrize("path", ["/meddelanden", "/meddelanden?fore=abc&x=%26", f"/meddelanden/{'A' * 22}"])
def test_somebody_unknown_who_follows_a_link_signs_in_and_lands_there(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code == 302
    target = (
        answer.request.host_url.rstrip("/") + answer.location if answer.location.startswith("/") else answer.location
    )
    client = app.test_client()
    signing_in = client.get(target)
    assert signing_in.request.path == "/logga-in" and signing_in.request.args["next"] == path


def test_somebody_unknown_who_sends_something_gets_it_back(world: World) -> None:
    thread = world.patient("Siv").asks("Hej.")
    client = world.app.test_client()
    token = token_in(client.get("/logga-ut").text)
    text = "Det här <b>skrev</b> jag & det ska stå kvar"
    answer = client.post(
        f"/meddelanden/{db.short(thread)}", data={"text": text, "key": fresh_key(), "csrf_token": token}
    )
    assert answer.status_code == 401
    assert "Det här &lt;b&gt;skrev&lt;/b&gt; jag &amp; det ska stå kvar" in answer.text
    assert f'action="/meddelanden/{db.short(thread)}"' in answer.text


def test_a_stream_is_not_sent_to_the_sign_in_page(app: Flask) -> None:
    answer = app.test_client().get("/handelser?om=t.x", headers={"Accept": "text/event-stream"}, lint=False)
    assert answer.status_code == 401


def test_a_cookie_whose_session_has_ended_is_cleared_and_the_menu_with_it(world: World) -> None:
    phone = world.patient("Siv").phone()
    with phone.session_transaction() as cookie:
        cookie["_user_id"] = "something else"
    assert phone.get("/meddelanden").status_code == 302
    with phone.session_transaction() as cookie:
        assert "_user_id" not in cookie and "nav" not in cookie


def test_the_wrong_kind_of_person_is_told_that_there_is_no_such_page(world: World) -> None:
    contact = world.patient("Siv").contact
    assert contact
    karin = world.staff("Karin Ek").phone()
    there = karin.get(f"/meddelanden/ny/{db.short(contact.id)}")
    nowhere = karin.get("/finns-inte")
    assert (there.status_code, nowhere.status_code) == (404, 404)


@pytest.mark.parametrize("path", ["/alarm", "/metrics"])
@pytest.mark.parametrize(
    ("remote", "headers", "open_"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("10.0.0.7", {}, False),
        ("", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, False),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, False),
        ("127.0.0.1", {"Forwarded": "for=10.0.0.7"}, False),
        ("127.0.0.1", {"X-Real-IP": "10.0.0.7"}, False),
    ],
)
def test_the_doors_of_operation_open_only_from_this_machine(
    app: Flask, path: str, remote: str, headers: dict[str, str], open_: bool
) -> None:
    answer = app.test_client().get(path, headers=headers, environ_base={"REMOTE_ADDR": remote})
    assert (answer.status_code != 404) == open_


def test_the_doors_of_operation_do_not_open_for_people(world: World) -> None:
    phone = world.staff("Karin Ek").phone()
    assert phone.get("/alarm", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404


TRICKS = """
https://evil.example //evil.example ///evil.example ////evil.example /\\evil.example \\/evil.example \\\\evil.example
/\\/evil.example //\\evil.example /a\\..\\\\evil.example javascript:alert(1) data:text/html,x https:evil.example
https:/evil.example http:///evil.example evil.example ./x ../x ?x #x @evil.example
""".split()
HIDDEN = [
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    "\x00//evil.example",
    " //evil.example",
    "/\t\\evil.example",
    "/\x7f/evil.example",
    "\x01/x",
]


@pytest.mark.parametrize("trick", [*TRICKS, *HIDDEN, "", None], ids=repr)
def test_no_known_trick_leads_to_another_site(trick: str | None) -> None:
    assert safe_next(trick) is None


@pytest.mark.parametrize(
    "place", ["/", "/meddelanden", "/meddelanden/ny/x?fore=1&efter=//x", "/a#b", "/om?u=https://x", "/å/ä?ö=1"]
)
def test_a_place_of_our_own_is_gone_on_to(place: str) -> None:
    assert safe_next(place) == place


def as_a_browser_reads(target: str) -> str:
    """WHATWG URL: spaces and controls at the ends fall away, tabs and newlines anywhere, and \\ is /."""
    stripped = target.strip("".join(map(chr, range(0x21))))
    return "".join(letter for letter in stripped if letter not in "\t\r\n").replace("\\", "/")


@given(st.text(max_size=30) | st.text(alphabet="/\\:@.?#\t\n\r ehx%", max_size=12))
def test_whatever_is_asked_for_a_browser_stays_here(target: str) -> None:
    place = safe_next(target)
    if place is not None:
        read = as_a_browser_reads(place)
        assert read.startswith("/") and not read.startswith("//")


@pytest.mark.parametrize("next_", ["/om\r\nSet-Cookie: x=1", "/om\nx", "/\x00", "/å ä", "/%0d%0aX: y"])
def test_no_place_to_go_on_to_can_write_a_header(app: Flask, next_: str) -> None:
    client = app.test_client()
    token = token_in(client.get("/om").text)
    answer = client.post("/sprak", data={"language": "sv", "next": next_, "csrf_token": token})
    assert answer.status_code == 303
    assert "\n" not in answer.location and "\r" not in answer.location and answer.location.startswith("/")
    assert "x=1" not in answer.headers.get("Set-Cookie", "")


def test_the_language_button_never_leads_away(app: Flask) -> None:
    client: Client = app.test_client()
    token = token_in(client.get("/om").text)
    answer = client.post("/sprak", data={"language": "en", "next": "//evil.example", "csrf_token": token})
    assert answer.location == "/"

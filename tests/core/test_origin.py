"""Another site can make a reader's browser send something here; it is not done, and leaves nothing behind."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.world import World, fresh_key, token_in

ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://example.org"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    {"Origin": "https://example.org"},
    {"Origin": "http://localhost.example.org"},
    {"Origin": "null"},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
]


def chooses_english(app: Flask, headers: dict[str, str]) -> TestResponse:
    client = app.test_client()
    form = {"language": "en", "next": "/om", "csrf_token": token_in(client.get("/om").text)}
    return client.post("/sprak", data=form, headers=headers)


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_what_another_site_sends_is_not_done(app: Flask, headers: dict[str, str]) -> None:
    answer = chooses_english(app, headers)
    assert answer.status_code == 403 and "Det kom från en annan webbplats" in answer.text


@pytest.mark.parametrize("headers", OURS)
def test_what_our_own_pages_send_is(app: Flask, headers: dict[str, str]) -> None:
    assert chooses_english(app, headers).status_code == 303


@pytest.mark.parametrize("path", ["/tillganglighet", "/inloggningar/las", "/meddelanden/AAAAAAAAAAAAAAAAAAAAAA"])
@pytest.mark.parametrize("headers", ELSEWHERE)
def test_its_words_stand_behind_no_button_and_no_cookie_of_the_readers_is_replaced(
    app: Flask, path: str, headers: dict[str, str]
) -> None:
    """The browser sends no cookies then, so a new session would sign the reader out."""
    answer = app.test_client().post(path, data={"text": "Skicka mig", "key": fresh_key()}, headers=headers)
    assert answer.status_code == 403
    assert "Skicka mig" not in answer.text and f'action="{path}"' not in answer.text
    assert not answer.headers.getlist("Set-Cookie")


def test_a_link_from_another_site_is_followed(world: World) -> None:
    siv = world.patient("Siv").phone()
    assert siv.get("/meddelanden", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_proxy_may_call_the_site_something_else(app: Flask) -> None:
    ours = app.extensions["settings"].base_url
    client = app.test_client()
    form = {"language": "en", "csrf_token": token_in(client.get("/om", base_url="http://inside:8000").text)}
    answer = client.post("/sprak", data=form, base_url="http://inside:8000", headers={"Origin": ours})
    assert answer.status_code == 303

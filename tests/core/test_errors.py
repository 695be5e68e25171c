"""Whatever goes wrong, there is a page that says what to do, and the words somebody typed are still there."""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from io import StringIO
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError
from werkzeug.test import TestResponse

from app.core.access import access
from app.core.errors import NotFound, Refused
from tests.world import token_in

WORDS = 'Jag sover inte.\n\n<script>alert(1)</script> & "citat" 🙂 مرحبا'
KEPT = re.compile(r"<textarea[^>]*>\n(.*?)</textarea>", re.DOTALL)


def kept_in(answer: TestResponse) -> list[str]:
    return [unescape(text) for text in KEPT.findall(answer.text)]


@pytest.fixture(scope="module")
def failing(make_app: Callable[..., Flask]) -> Flask:
    """An app without a database, where /fel/<what> fails in each way that something can."""
    app = make_app("narlinjen_nowhere")
    app.testing = False

    def fail(what: str) -> Any:
        raise {
            "none": NotFound(),
            "refused": Refused("Ingen läser här", "Ring i stället."),
            "gone": OperationalError("select secret", {}, psycopg.OperationalError("Siv Nyberg")),
            "cut": DBAPIError("select secret", {}, psycopg.InterfaceError("Siv"), connection_invalidated=True),
            "full": TimeoutError(),
            "broken": ValueError("Siv Nyberg"),
        }[what]

    app.add_url_rule("/fel/<what>", "fail", access("public", database=False)(fail), methods=["GET", "POST"])
    return app


@pytest.fixture
def client(failing: Flask) -> Iterator[Any]:
    yield failing.test_client()


def post(client: Any, path: str, **data: str) -> TestResponse:
    token = token_in(client.get("/om").text)
    return client.post(path, data={"text": WORDS, "key": "abc", "csrf_token": token} | data)


@pytest.mark.parametrize(
    ("what", "code", "again"),
    [
        ("none", 404, False),
        ("refused", 409, False),
        ("gone", 503, True),
        ("cut", 503, True),
        ("full", 503, True),
        ("broken", 500, True),
    ],
)
def test_what_was_typed_is_kept_and_can_be_sent_again_where_that_may_help(
    client: Any, what: str, code: int, again: bool
) -> None:
    answer = post(client, f"/fel/{what}?a=1&b=2")
    assert answer.status_code == code and kept_in(answer) == [WORDS]
    assert ('action="/fel/' in answer.text) == again
    if again:
        assert f'action="/fel/{what}?a=1&amp;b=2"' in answer.text
        assert '<input type="hidden" name="key" value="abc">' in answer.text
        assert token_in(answer.text)


@pytest.mark.parametrize("what", ["none", "refused", "gone", "cut", "full", "broken"])
def test_an_error_says_nothing_of_what_it_was_about(client: Any, said: StringIO, what: str) -> None:
    answer = client.get(f"/fel/{what}")
    everything = answer.text + said.getvalue()
    assert "Siv" not in everything and "secret" not in everything
    assert kept_in(answer) == [] and "/hjalp-nu" in answer.text


def test_a_page_sent_without_its_token_is_kept_with_a_fresh_one_and_goes_through(failing: Flask) -> None:
    client = failing.test_client()
    answer = client.post("/fel/none", data={"text": WORDS, "csrf_token": "old"})
    assert answer.status_code == 403 and kept_in(answer) == [WORDS]
    assert "old" not in answer.text.split("csrf_token")[1][:40]
    again = client.post("/fel/none", data={"text": kept_in(answer)[0], "csrf_token": token_in(answer.text)})
    assert again.status_code == 404 and kept_in(again) == [WORDS]


def test_a_page_sent_without_its_token_is_answered_in_the_readers_language(failing: Flask) -> None:
    client = failing.test_client()
    client.post("/sprak", data={"language": "en", "csrf_token": token_in(client.get("/om").text)})
    failing.test_client().get("/om")
    answer = client.post("/fel/none", data={"text": WORDS})
    assert answer.status_code == 403 and '<html lang="en">' in answer.text
    assert "Sidan hade" not in answer.text


def test_the_key_and_the_token_are_no_words_of_anybodys(client: Any) -> None:
    answer = post(client, "/fel/none")
    assert "abc" not in answer.text and len(kept_in(answer)) == 1


def test_too_much_at_once_is_a_page(client: Any) -> None:
    answer = post(client, "/fel/none", text="x" * 1_100_000)
    assert answer.status_code == 413 and "dela upp" in answer.text


def test_a_broken_form_is_a_page(client: Any) -> None:
    answer = client.post("/fel/none", data=b"\xff--x", content_type="multipart/form-data; boundary=y")
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize(
    ("path", "method", "code"),
    [("/finns-inte", "GET", 404), ("/om", "POST", 405), ("/sprak", "GET", 405)],
)
def test_places_that_are_not_are_pages_too(client: Any, path: str, method: str, code: int) -> None:
    assert client.open(path, method=method).status_code == code


def test_nothing_stands_in_the_log_but_what_kind_of_error_it_was(client: Any, said: StringIO) -> None:
    post(client, "/fel/broken")
    line = json.loads(said.getvalue())
    assert (line["event"], line["kind"], line["endpoint"]) == ("request.broken", "ValueError", "fail")
    assert "sover" not in said.getvalue() and "Siv" not in said.getvalue()

"""What an attacker tries at the edge: other methods, another host, too much at once, and a door left ajar."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from flask import Flask

from app import MOST_BYTES
from app.core.access import LONGEST, safe_next
from tests.world import World, token_in

SECURE = "https://narlinjen.example.org"


@pytest.fixture
def over_https(make_app: Callable[..., Flask], database: str) -> Iterator[Flask]:
    app = make_app(database, BASE_URL=SECURE)
    yield app
    app.extensions["db"]["engine"].dispose()


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/om", "/logga-in"])
def test_only_methods_that_a_page_has_are_answered(app: Flask, method: str, path: str) -> None:
    answer = app.test_client().open(path, method=method)
    assert answer.status_code == 405 and method not in answer.headers.get("Allow", "")


@pytest.mark.parametrize("path", ["/", "/logga-in", "/om", "/meddelanden", "/finns-inte"])
def test_nothing_is_made_of_the_host_that_somebody_says(app: Flask, path: str) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Server": "evil.example",
        "Forwarded": "host=evil.example",
    }
    answer = app.test_client().get(path, base_url="http://evil.example", headers=headers)
    assert "evil.example" not in answer.text + str(answer.headers)


def test_files_too_say_that_only_https_will_do(over_https: Flask) -> None:
    client = over_https.test_client()
    page = client.get("/om", base_url=SECURE)
    path = re.search(r'href="(/static/[^"]+\.css)"', page.text)
    assert path
    file = client.get(path[1], base_url=SECURE)
    for answer in (page, file, client.get("/finns-inte", base_url=SECURE)):
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    file.close()


def test_every_cookie_of_a_session_is_for_https_and_this_host_alone(over_https: Flask) -> None:
    with over_https.app_context():
        siv = World(over_https).patient("Siv").person.id
        client = over_https.test_client()
        from app.accounts import sessions
        from app.accounts.queries import viewer_of
        from app.accounts.service import sign_in
        from app.core import clock, db
        from app.core.audit import SYSTEM

        with db.transaction():
            token = sign_in(siv, capacity="private", way="passkey", by=SYSTEM, now=clock.now())
        with over_https.test_request_context("/", base_url=SECURE):
            viewer = viewer_of(token, now=clock.now())
            assert viewer
            sessions.begin(viewer)
            answer = over_https.process_response(over_https.make_response(""))
    said = [cookie.split("; ") for cookie in answer.headers.getlist("Set-Cookie")]
    assert client and len(said) == 2
    for name, *flags in said:
        assert name.startswith("__Host-") and {"Secure", "Path=/", "SameSite=Lax"} <= set(flags)
        assert ("HttpOnly" in flags) == ("-here=" not in name), (
            "only the half that signs out without a net is for scripts"
        )


def test_more_than_fits_is_refused_before_it_is_read(app: Flask) -> None:
    client = app.test_client()
    form = {"text": "x" * MOST_BYTES, "csrf_token": token_in(client.get("/tillganglighet").text)}
    assert client.post("/tillganglighet", data=form).status_code == 413
    file = (
        b'--x\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\n'
        + b"x" * MOST_BYTES
        + b"\r\n--x--\r\n"
    )
    answer = client.post("/tillganglighet", data=file, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413


def test_a_file_or_json_in_place_of_text_is_as_if_nothing_was_typed(app: Flask) -> None:
    client = app.test_client()
    token = token_in(client.get("/tillganglighet").text)
    file = {"text": (BytesIO(b"<?php"), "bild.php"), "csrf_token": token}
    assert client.post("/tillganglighet", data=file, content_type="multipart/form-data").status_code == 422
    for text in (7, ["a"], {"a": "b"}, None, True):
        answer = client.post("/tillganglighet", json={"text": text, "page": text}, headers={"X-CSRFToken": token})
        assert answer.status_code == 422


@pytest.mark.parametrize(
    "path", ["/.git/config", "/static/", "/static/../app/config.py", "/static/%2e%2e/config.py", "/console"]
)
def test_there_is_nothing_else_to_be_had(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404


def test_debugging_is_never_on(app: Flask) -> None:
    assert not app.debug and not app.config.get("PROPAGATE_EXCEPTIONS")


def test_a_place_to_go_on_to_fits_in_a_cookie() -> None:
    assert safe_next("/" + "a" * (LONGEST - 1))
    assert safe_next("/" + "a" * LONGEST) is None

"""What an attacker tries at the edge: other methods, another host, too much at once, and a door left ajar."""

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from threading import Thread
from typing import ClassVar

import pytest
from flask import Flask

from app import MOST_BYTES
from app.accounts import oidc
from app.config import Provider
from app.core import clock
from app.core.access import LONGEST, safe_next
from tests.world import token_in

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


class Onward(BaseHTTPRequestHandler):
    """A provider whose description is somewhere else."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", "/inside")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Nothing to say."""


def test_a_provider_that_sends_us_on_is_not_followed() -> None:
    server = HTTPServer(("127.0.0.1", 0), Onward)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        issuer = f"http://127.0.0.1:{server.server_port}"
        provider = Provider(issuer, "me", "secret", ("level",), ("sub",), (), "openid")
        with pytest.raises(oidc.Refuted, match="provider"):
            oidc.begin(provider, back=f"{SECURE}/klar", language="sv", now=clock.now())
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert Onward.asked == ["/.well-known/openid-configuration"]


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

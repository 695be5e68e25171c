"""What every answer says about itself: pages, errors, files, answers to machines."""

import re
from collections.abc import Callable, Collection

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.core.headers import ALWAYS, CSP, OF_FILES
from tests.guards.walk import Scene
from tests.world import token_in

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ERRORS = (
    ("GET", "/finns-inte", 404),
    ("POST", "/om", 405),
    ("POST", "/sprak", 403),
    ("GET", "/meddelanden/utkast", 405),
    ("GET", "/handelser", 302),
    ("POST", "/meddelanden/AAAAAAAAAAAAAAAAAAAAAA", 401),
)


def lacking(answer: TestResponse, names: Collection[str] = ALWAYS) -> list[str]:
    """The headers that every answer has, and this one has not, or has otherwise."""
    return [
        f"{name}: {answer.headers.get(name)!r}"
        for name, value in ALWAYS.items()
        if name in names and answer.headers.get(name) != value
    ]


def bad_cookies(answer: TestResponse, *, secure: bool) -> list[str]:
    wanted = {"HttpOnly", "SameSite=Lax", "Path=/"} | ({"Secure"} if secure else set())
    return [
        cookie.partition("=")[0]
        for cookie in answer.headers.getlist("Set-Cookie")
        if not wanted <= {part.strip() for part in cookie.split(";")} or "Domain=" in cookie
    ]


def test_the_policy_is_the_one_agreed_on() -> None:
    there = dict(part.split(" ", 1) for part in CSP.split("; "))
    assert there == POLICY, (
        f"app/core/headers.py says {there}: a source more is a hole more. If it must be, write the decision down and "
        "change POLICY here."
    )


def test_every_answer_has_every_header(small: Scene) -> None:
    for visit in small.visits:
        assert not (found := lacking(visit.answer)), f"{visit} lacks {found}: headers.py adds them after every request."


@pytest.mark.parametrize(("method", "path", "code"), ERRORS)
def test_errors_have_them_too(small: Scene, method: str, path: str, code: int) -> None:
    answer = small.app.test_client().open(path, method=method)
    assert answer.status_code == code
    assert not (found := lacking(answer)), f"{method} {path} ({code}) lacks {found}."
    assert answer.headers["Cache-Control"] == "no-store", f"{method} {path} may be kept: {answer.headers}."


def test_a_page_with_a_person_on_it_is_kept_nowhere(small: Scene) -> None:
    for visit in small.visits:
        kept = visit.answer.headers.get("Cache-Control", "")
        if visit.endpoint == "live.state":
            assert kept == "private, no-cache"
        elif visit.answer.mimetype == "text/html":
            assert kept == "no-store", (
                f"{visit} says Cache-Control: {kept!r}: a shared phone would show it after sign-out."
            )
            assert "Cookie" in visit.answer.headers["Vary"], f"{visit} does not vary by Cookie."


def test_files_say_what_they_are(small: Scene) -> None:
    page = next(visit.html for visit in small.visits if visit.endpoint == "home.help_now")
    paths = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    assert len(paths) > 3
    for path in paths:
        answer = small.app.test_client().get(path)
        assert answer.status_code == 200, f"{path} is not served."
        answer.close()
        assert re.fullmatch(r"max-age=\d{8,}, public, immutable", answer.headers["Cache-Control"]), (
            f"{path} is not kept."
        )
        found = lacking(answer, ALWAYS if path.endswith(".svg") else OF_FILES)
        assert not found, f"{path} lacks {found}: WhiteNoise adds them in app/core/static.py."
        assert "Access-Control-Allow-Origin" not in answer.headers, f"{path} is readable from other sites."


def test_text_says_how_it_is_written(small: Scene) -> None:
    for visit in small.visits:
        kind = visit.answer.headers["Content-Type"]
        assert not kind.startswith("text/") or "charset=utf-8" in kind, f"{visit} says only {kind!r}."


@pytest.mark.parametrize("secure", [False, True])
def test_cookies_are_closed_to_scripts_and_other_sites(
    make_app: Callable[..., Flask], database: str, *, secure: bool
) -> None:
    app = make_app(database, **({"BASE_URL": "https://narlinjen.example.org"} if secure else {}))
    client = app.test_client()
    base = "https://narlinjen.example.org" if secure else "http://localhost"
    page = client.get("/om", base_url=base)
    answer = client.post(
        "/sprak",
        data={"language": "en", "next": "/om", "csrf_token": token_in(page.text)},
        base_url=base,
        headers={"Referer": f"{base}/om"},
    )
    cookies = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    assert answer.status_code == 303
    assert cookies
    found = bad_cookies(page, secure=secure) + bad_cookies(answer, secure=secure)
    assert not found, f"{found} lack HttpOnly, SameSite=Lax, Path=/ or, over https, Secure: see create_app()."
    if secure:
        assert all(cookie.startswith("__Host-") for cookie in cookies), (
            f"Over https a cookie is called __Host-…: {cookies}"
        )
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    app.extensions["db"]["engine"].dispose()


def test_nothing_is_loaded_from_elsewhere(small: Scene) -> None:
    """What the browser would load is read by tests/lint.py on each page; here, what a stylesheet or a module loads."""
    from tests.guards.source import APP

    for path in [*APP.glob("static/**/*.css"), *APP.glob("static/**/*.js"), *APP.glob("static/**/*.svg")]:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        hits = re.findall(r"(?:url\(|@import|import .*? from|fetch\()\s*['\"]?(?:https?:)?//[^'\")\s]+", text)
        assert not hits, f"{path.name} loads {hits}: keep a copy in app/static."


def test_these_guards_bite() -> None:
    bare = TestResponse([b""], "200 OK", {}, None)  # type: ignore[arg-type]
    bare.headers["Set-Cookie"] = "a=1; Path=/; SameSite=Lax"
    assert len(lacking(bare)) == len(ALWAYS)
    assert bad_cookies(bare, secure=False) == ["a"]

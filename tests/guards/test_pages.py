"""Every page, as everybody who may see it, is read by tests/lint.py; and each bad page in SAMPLES is refused by it."""

import re

import pytest
from flask import Blueprint, Flask

from app.core import db
from app.core.access import access
from tests.client import forbidden_writes
from tests.guards.walk import Scene
from tests.lint import faults_of

GOOD = """<!doctype html><html lang="sv"><head><meta charset="utf-8">
<title>Prov – Närlinjen</title></head><body>
<a href="#main">Till innehållet</a><main id="main"><h1>Prov</h1>%s</main>
<a href="/hjalp-nu">Hjälp nu</a></body></html>"""
SAMPLES = {
    "not HTML": ("<p><div></p>", "unexpected"),
    "two h1": ("<h1>En till</h1>", "one h1"),
    "a level skipped": ("<h3>Tre</h3>", "jumps"),
    "an empty heading": ("<h2> </h2>", "is empty"),
    "a field without a label": ('<input name="x">', "no label"),
    "a label without a field": ("<label>Namn</label>", "belongs to no field"),
    "one id twice": ('<p id="a"></p><p id="a"></p>', "stands 2 times"),
    "a label to nowhere": ('<label for="gone">Namn</label>', "nothing has that id"),
    "a description that is gone": ('<p aria-describedby="gone">x</p>', "nothing has that id"),
    "inline style": ('<p style="color:red">x</p>', "inline style"),
    "a style element": ("<style>p{}</style>", "inline style"),
    "inline script": ("<script>x()</script>", "inline script"),
    "an event attribute": ('<p onclick="x()">x</p>', "onclick"),
    "a javascript address": ('<a href="javascript:x()">x</a>', "javascript"),
    "a positive tabindex": ('<p tabindex="2">x</p>', "tabindex"),
    "an image without alt": ('<img src="/static/x/icons/app.svg">', "no alt"),
    "a bare svg": ("<svg></svg>", "aria-hidden"),
    "a link without words": ('<a href="/om"><svg aria-hidden="true"></svg></a>', "no words"),
    "a link to nothing": ('<a href="#">x</a>', "leads nowhere"),
    "a link to no place": ('<a href="#gone">x</a>', "nothing has that id"),
    "a link without href": ("<a>x</a>", "leads nowhere"),
    "a link to no route": ('<a href="/finns-inte">x</a>', "no route takes it"),
    "a relative link": ('<a href="om">x</a>', "whole path"),
    "a form without a token": ('<form method="post" action="/logga-ut"></form>', "csrf_token"),
    "a form to a GET": (
        '<form method="post" action="/om"><input type="hidden" name="csrf_token" value="x"></form>',
        "no route",
    ),
    "a form to another site": ('<form action="https://example.org"></form>', "forms stay here"),
    "a loaded stranger": ('<img alt="" src="https://example.org/x.png">', "another house"),
    "a static file that is gone": ('<img alt="" src="/static/x/gone.png">', "no app/static"),
    "a new tab without noopener": ('<a href="/om" target="_blank">x</a>', "noopener"),
    "a fieldset without a legend": ("<fieldset></fieldset>", "legend"),
    "a list of paragraphs": ("<ul><p>x</p></ul>", "has p where"),
    "a nameless navigation": ("<nav></nav>", "aria-label"),
}
FRAMES = {
    "no lang": (' lang="sv"', "", "lang"),
    "no title": ("<title>Prov – Närlinjen</title>", "<title> – Närlinjen</title>", "one title"),
    "no main": ('<main id="main">', '<main id="other">', "<main"),
    "no skip link": ('<a href="#main">Till innehållet</a>', "", "skip link"),
    "no help now": ("/hjalp-nu", "/om", "no link to /hjalp-nu"),
}

# Kept by a phone, and so the same for all, whoever is signed in.
NOBODYS = ("webapp.offline", "webapp.help_offline")


def test_every_page_is_one_of_ours(small: Scene) -> None:
    bad = {str(visit): visit.fault for visit in small.visits if visit.fault}
    assert not bad, "\n".join(f"{name}: {fault}" for name, fault in bad.items())


def test_every_page_answers(small: Scene) -> None:
    odd = {str(it): it.answer.status_code for it in small.visits if it.answer.status_code not in (200, 204, 304)}
    odd = {name: code for name, code in odd.items() if name not in {str(it) for it in small.visits if it.leads_on}}
    odd = {name: code for name, code in odd.items() if not (code == 503 and name.startswith("health.alarm"))}
    assert not odd, f"{odd}: each page that a person's kind may open opens; see ADDRESSES in tests/guards/walk.py."


def test_whoever_is_signed_in_finds_the_way_out_on_every_page(small: Scene) -> None:
    for visit in small.visits:
        if visit.who != "nobody" and visit.html and visit.endpoint not in ("accounts.sign_out", *NOBODYS):
            assert 'href="/logga-ut"' in visit.html, f"{visit} has no way out: app/templates/frame/foot.html draws it."


def test_titles_tell_pages_apart(small: Scene) -> None:
    for who in ("nobody", "patient", "staff"):
        titles: dict[str, str] = {}
        for visit in small.visits:
            if visit.who == who and (found := re.search(r"<title>(.*?)</title>", visit.html)):
                other = titles.setdefault(found.group(1), visit.endpoint)
                assert other == visit.endpoint, f"{other} and {visit.endpoint} are both called {found.group(1)!r}."


def test_a_good_page_is_let_through(app: Flask) -> None:
    assert faults_of(GOOD % '<p><a href="/om">Om</a></p>', app.url_map.bind("localhost")) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_bad_page_is_refused(app: Flask, name: str) -> None:
    body, expected = SAMPLES[name]
    faults = faults_of(GOOD % body, app.url_map.bind("localhost"))
    assert any(expected in fault for fault in faults), f"{name} passed tests/lint.py, which said {faults}"


@pytest.mark.parametrize("name", FRAMES)
def test_a_bad_frame_is_refused(name: str) -> None:
    there, instead, expected = FRAMES[name]
    assert any(expected in fault for fault in faults_of((GOOD % "").replace(there, instead)))


@pytest.mark.parametrize(
    "statement",
    [
        'INSERT INTO message (n) VALUES (1)',
        "UPDATE session SET ended_at=%(at)s WHERE session.id = %(id)s",
        "update only thread set last_n = 1",
        "with gone as (delete from draft returning 1) select * from gone",
        "SELECT thread.id FROM thread FOR NO KEY UPDATE OF thread",
        "truncate access_log",
        "select nextval('access_log_id_seq')",
        "create temporary table x ()",
    ],
)  # fmt: skip
def test_a_get_that_says_this_is_refused(statement: str) -> None:
    assert forbidden_writes([statement])


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO access_log (at) VALUES (now)",
        "INSERT INTO read_mark (n) VALUES (1) ON CONFLICT DO NOTHING",
        "UPDATE session SET last_seen=%(last_seen)s WHERE session.id = %(id)s",
        "select 'insert into message' from thread where last_at < 'update x set y'",
    ],
)
def test_a_get_may_say_this(statement: str) -> None:
    assert not forbidden_writes([statement])


def test_the_client_catches_what_a_view_does(make_app: object, database: str) -> None:
    app: Flask = make_app(database)  # type: ignore[operator]
    stray = Blueprint("stray", __name__)

    def writes() -> str:
        db.session().connection().exec_driver_sql("delete from draft")
        return "done"

    def asks() -> str:
        db.session().connection().exec_driver_sql("select 1")
        return "done"

    stray.get("/skriver")(access("public")(writes))
    stray.get("/fragar")(access("public", database=False)(asks))
    app.register_blueprint(stray)
    with pytest.raises(AssertionError, match="delete draft"):
        app.test_client().get("/skriver", lint=False)
    with pytest.raises(AssertionError, match="database=False"):
        app.test_client().get("/fragar", lint=False)
    app.extensions["db"]["engine"].dispose()

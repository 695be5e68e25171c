"""What a phone is given of the app itself: a name, pictures, and a worker that keeps only what is nobody's."""

import gzip
import json
import re
from dataclasses import replace

import pytest
from flask import Flask

from app.home.app_views import platform_of
from tests.icons import FOLDER, Icon, drawn_from, icons, size
from tests.world import World

CARE = ("vård", "psyk", "kontakt", "patient", "mottagning", "care", "psych", "health", "region", "sjuk")
KEPT = ("/utan-nat/sv", "/utan-nat/en", "/utan-nat/sv/hjalp-nu", "/utan-nat/en/hjalp-nu")
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605"
CHROME = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
PIXEL = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
GALAXY = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
)
FENIX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


def known(script: str) -> dict[str, list[str]]:
    """What the worker is told of the version that it belongs to."""
    found = re.search(r"^self\.narlinjen = (.*);$", script, re.MULTILINE)
    assert found
    told: dict[str, list[str]] = json.loads(found[1])
    return told


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_home_screen_says_nothing_of_care(app: Flask, language: str) -> None:
    answer = app.test_client().get(f"/manifest.webmanifest?sprak={language}")
    assert answer.mimetype == "application/manifest+json"
    told = json.loads(answer.text)
    assert (told["id"], told["scope"], told["lang"]) == ("/", "/", language)
    assert not [word for word in CARE if word in answer.text.lower()], "the phone's home screen tells of care"
    assert {it["purpose"] for it in told["icons"]} == {"any", "maskable", "monochrome"}


def test_what_the_manifest_names_is_there(app: Flask) -> None:
    client = app.test_client()
    told = json.loads(client.get("/manifest.webmanifest").text)
    pictures = [*told["icons"], *(picture for it in told["shortcuts"] for picture in it["icons"])]
    for picture in pictures:
        with client.get(picture["src"]) as answer:
            width, height = size(answer.data)
            assert picture["sizes"] == f"{width}x{height}", picture
    assert [it["url"] for it in told["shortcuts"]] == ["/skriv", "/visa-tider", "/hjalp-nu"]


@pytest.mark.parametrize("icon", icons(), ids=lambda icon: icon.name)
def test_pictures_are_drawn_from_what_is_drawn_now(icon: Icon) -> None:
    picture = (FOLDER / f"{icon.name}.png").read_bytes()
    assert size(picture) == (icon.size, icon.size)
    assert drawn_from(picture) == icon.digest, f"{icon.name}.png is older than its drawing: python -m tests.icons"


def test_the_worker_is_asked_for_again_and_sent_once(app: Flask) -> None:
    client = app.test_client()
    first = client.get("/sw.js", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.mimetype == "text/javascript"
    script = gzip.decompress(first.data).decode()
    assert script == client.get("/sw.js").text
    assert client.get("/sw.js", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    order = [script.find(mark) for mark in ("navigationPreload", "narlinjenVault =", '"sync"', '"push"')]
    there = [place for place in order if place >= 0]
    assert there == sorted(there), "shell, vault, outbox, push: each may use what stands before it"
    assert client.get("/stod/sw.js").text.count('addEventListener("push"') == 0


def test_another_version_is_another_worker_with_other_files(app: Flask) -> None:
    now = known(app.test_client().get("/sw.js").text)
    then = app.extensions["static"]
    app.extensions["static"] = replace(then, prefix="/static/000000000000/")
    try:
        from app.home import app_views

        app_views._worker.cache_clear()
        other = known(app.test_client().get("/sw.js").text)
    finally:
        app.extensions["static"] = then
        app_views._worker.cache_clear()
    assert now["version"] != other["version"]
    assert not set(now["files"]) & set(other["files"])
    assert now["pages"] == other["pages"] == list(KEPT)


def test_all_that_is_kept_is_there_and_is_nobodys(world: World) -> None:
    phone, nobody = world.patient("Siv").phone(), world.app.test_client()
    told = known(phone.get("/sw.js").text)
    for path in told["files"]:
        with phone.get(path, lint=False) as answer:
            assert answer.status_code == 200, path
    for path in KEPT:
        page = phone.get(path)
        assert page.text == nobody.get(path).text, f"{path} differs for somebody who is signed in"
        assert "Set-Cookie" not in page.headers
        assert "csrf_token" not in page.text
        assert "/logga-ut" not in page.text


def test_nobodys_pages_are_small_on_the_way(app: Flask) -> None:
    answer = app.test_client().get(KEPT[2], headers={"Accept-Encoding": "gzip"}, lint=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(answer.data) < 4000


def test_from_the_home_screen_one_writes_at_once(world: World) -> None:
    siv = world.patient("Siv")
    assert siv.phone().get("/skriv").location.startswith("/meddelanden/ny/")
    assert world.patient("Utan", contact=None).phone().get("/skriv").location == "/"
    assert world.relative("Anna", of=siv).phone().get("/skriv").location == "/"
    assert world.staff("Karin Ek").phone().get("/skriv").location == "/patienter/skriv"
    assert world.app.test_client().get("/skriv").location == "/logga-in?next=/skriv"


def test_from_the_home_screen_one_comes_to_ones_own_times(world: World) -> None:
    siv = world.patient("Siv")
    assert siv.phone().get("/visa-tider").location == "/tider"
    assert world.relative("Anna", of=siv).phone().get("/visa-tider").location == "/"
    assert world.staff("Karin Ek").phone().get("/visa-tider").location == "/tidbok"
    assert world.app.test_client().get("/visa-tider").location == "/logga-in?next=/visa-tider"


@pytest.mark.parametrize(
    ("agent", "platform"),
    [
        (IPHONE, "ios"),
        (MAC, "mac"),
        (CHROME, "desk"),
        (PIXEL, "android"),
        (GALAXY, "samsung"),
        (FENIX, "firefox"),
        ("", "desk"),
    ],
)
def test_whose_steps_stand_first(app: Flask, agent: str, platform: str) -> None:
    assert platform_of(agent) == platform
    assert app.test_client().get("/pa-hemskarmen", headers={"User-Agent": agent}).status_code == 200

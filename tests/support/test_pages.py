"""The finder as people meet it: every municipality, nothing invented, and no closed line anywhere."""

import re
from html import unescape

import pytest
from flask import Flask

from app.support.facts import book
from tests.client import LintedClient

ELEMENTS = ("anhorigstod", "stodkontakt", "personligt-ombud", "traffar", "vaxel")
PAGES = ("/hjalp-nu", "/barn", "/stod", "/stod/kris", "/stod/mora", "/stod/kiruna", "/")
NUMBER = re.compile(r'href="tel:([^"]+)"')


@pytest.fixture
def phone(app: Flask) -> LintedClient:
    return app.test_client()  # type: ignore[return-value]


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def known_numbers() -> set[str]:
    known = book()
    found = {it.number for it in known.phones} | {it.number for it in known.lines.values()}
    return {digits(number) for number in found}


def test_each_of_the_290_names_five_things_and_invents_nothing(phone: LintedClient) -> None:
    numbers, closed = known_numbers(), {digits(it.number) for it in book().all_lines if it.closed}
    for place in book().municipalities.values():
        answer = phone.get(f"/stod/{place.slug}", lint=place.code.startswith("20"))
        html = answer.text
        assert answer.status_code == 200, place
        assert f"<h1>Stöd i {place.name}</h1>" in html
        for element in ELEMENTS:
            assert f'id="{element}"' in html, f"{place.name} lacks {element}"
        rung = {digits(number) for number in NUMBER.findall(html)}
        assert rung <= numbers, f"{place.name} shows numbers that stand in no source: {rung - numbers}"
        assert not any(number in digits(html) for number in closed), place
        assert "Bekräftat" not in html, f"{place.name} says that something is confirmed, and nobody has confirmed it"
        assert html.count("Så kan du säga när du ringer") == 4
        assert "Vi vet inte" in html


@pytest.mark.parametrize("path", PAGES)
def test_only_open_lines_are_shown(phone: LintedClient, path: str) -> None:
    html = phone.get(path).text
    assert {digits(number) for number in NUMBER.findall(html)} <= known_numbers()
    assert "0771-22 00 60" not in html
    assert "771220060" not in digits(html)


def test_no_template_has_a_closed_number(app: Flask) -> None:
    closed = [digits(it.number) for it in book().all_lines if it.closed]
    for name in app.jinja_env.list_templates():
        source = digits(app.jinja_env.loader.get_source(app.jinja_env, name)[0])  # type: ignore[union-attr]
        assert not [number for number in closed if number in source], name


@pytest.mark.parametrize("typed", ["Rättvik", "retvik", "rättviks kommun", " rattvik "])
def test_typing_leads_on(phone: LintedClient, typed: str) -> None:
    assert phone.get("/stod", query_string={"kommun": typed}).location == "/stod/rattvik"


def test_typing_what_may_be_several_asks_which(phone: LintedClient) -> None:
    html = phone.get("/stod?kommun=upplands").text
    assert "Menade du" in html
    assert 'href="/stod/upplands-vasby"' in html


@pytest.mark.parametrize("typed", ["xyzzy", "", "x" * 10_000, "<script>alert(1)</script>"])
def test_typing_what_is_nowhere_says_what_to_do(phone: LintedClient, typed: str) -> None:
    answer = phone.get("/stod", query_string={"kommun": typed})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert 'href="/stod/rattvik"' in answer.text


def test_an_address_that_is_misspelt_shows_the_likely_ones(phone: LintedClient) -> None:
    answer = phone.get("/stod/rattvk")
    assert answer.status_code == 404
    assert "Menade du" in answer.text
    assert 'href="/stod/rattvik"' in answer.text


def test_two_that_are_spelt_alike_lead_to_each_other(phone: LintedClient) -> None:
    assert 'href="/stod/habo-uppsala"' in phone.get("/stod/habo").text
    assert 'href="/stod/habo"' in phone.get("/stod/habo-uppsala").text


def test_what_was_seen_says_when_and_where(phone: LintedClient) -> None:
    mora, falun = (unescape(phone.get(f"/stod/{place}").text) for place in ("mora", "falun"))
    assert "Hittat, inte bekräftat. Sågs 9 september 2014 på mora.se." in mora
    assert "Hittat, inte bekräftat. Utan datum, på" in mora
    assert "<strong>Vi vet inte</strong> hur anhörigstödet är nu." in falun


def test_the_law_is_named_as_far_as_it_is_known(phone: LintedClient) -> None:
    html = phone.get("/stod/rattvik").text
    assert "socialtjänstlagen (2025:400)" in html
    assert "5 kap. 10" not in html
    assert "13 kap" not in html
    assert "Vi vet inte om det är lag nu." in html


def test_a_child_finds_words_and_a_number(phone: LintedClient) -> None:
    html = phone.get("/barn").text
    assert "Det är inte ditt fel." in html
    assert NUMBER.findall(html)[:2] == ["116111", "112"]
    assert 'href="/hjalp-nu"' in html
    for way in ("/hjalp-nu", "/stod", "/stod/kiruna", "/"):
        assert 'href="/barn"' in phone.get(way).text, f"{way} does not lead to the child's page"


def test_crisis_is_one_tap_from_the_finder(phone: LintedClient) -> None:
    assert 'href="/stod/kris"' in phone.get("/stod/rattvik").text
    html = phone.get("/stod/kris").text
    assert html.count('class="say"') >= 5
    assert NUMBER.findall(html)[0] == "112"


def test_search_engines_may_find_it(phone: LintedClient) -> None:
    assert "X-Robots-Tag" not in phone.get("/stod/rattvik").headers

"""One press is one letter: two tabs, Back, the same form twice; and what is refused keeps the text."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.behind import account_closes, sessions_end, texts
from tests.browser.phone import Phone, field, letters, sends, stays_the_same_page, steps_in, writes
from tests.world import World

pytestmark = pytest.mark.slow

MANY_SCRIPTS = ("🙂👩🏽‍⚕️ مرحبا åäö ÅÄÖ é́ 漢字 <b>&amp;</b>\n" * 500)[:9_999] + "."


def opens_compose(page: Page, name: str, to: str = "Karin Fors") -> None:
    steps_in(page, name)
    page.get_by_role("link", name=f"Skriv till {to}").first.click()


def test_two_tabs_write_in_one_thread(phone: Callable[..., Phone], world: World) -> None:
    siv = world.patient("Siv Cedergren", contact="Karin Fors")
    siv.asks("Första")
    hand = phone()
    steps_in(hand.page, "Siv Cedergren")
    hand.page.get_by_role("link", name="Första").first.click()
    older, newer = hand.page, hand.tab()
    newer.goto(older.url)
    writes(older, "Från den äldre fliken")
    with stays_the_same_page(older):
        writes(newer, "Från den nyare fliken")
        sends(newer)
        expect(letters(newer)).to_have_count(2)
        expect(letters(older).last).to_contain_text("Från den nyare fliken")
        expect(field(older)).to_have_value("Från den äldre fliken")
    sends(older)
    expect(letters(older)).to_have_count(3)
    assert texts(siv) == [["Första", "Från den nyare fliken", "Från den äldre fliken"]]


def test_the_same_form_sent_from_two_tabs_is_one_letter(phone: Callable[..., Phone], world: World) -> None:
    gun = world.patient("Gun Cedergren", contact="Karin Fors")
    hand = phone()
    opens_compose(hand.page, "Gun Cedergren")
    first, twin = hand.page, hand.tab()
    twin.goto(first.url)
    key = first.locator("[name=key]").input_value()
    twin.locator("[name=key]").evaluate("(field, key) => field.value = key", key)
    for tab in (first, twin):
        writes(tab, "En gång räcker.")
        sends(tab)
        expect(letters(tab)).to_have_count(1)
    assert first.url.partition("#")[0] == twin.url.partition("#")[0]
    assert texts(gun) == [["En gång räcker."]]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_back_after_sending_does_not_send_twice(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    name = f"{'Tom' if scripts else 'Leif'} Cedergren"
    tom = world.patient(name, contact="Karin Fors")
    page = phone(java_script_enabled=scripts).page
    opens_compose(page, name)
    writes(page, "Bara en gång.")
    sends(page)
    expect(letters(page)).to_have_count(1)

    page.go_back()
    page.wait_for_url("**/ny/*")
    if field(page).input_value():
        sends(page)
        expect(letters(page)).to_have_count(1)
    assert texts(tom) == [["Bara en gång."]]


def test_another_text_after_back_is_another_letter(phone: Callable[..., Phone], world: World) -> None:
    anita = world.patient("Anita Cedergren", contact="Karin Fors")
    page = phone().page
    opens_compose(page, "Anita Cedergren")
    writes(page, "Det första.")
    sends(page)
    expect(letters(page)).to_have_count(1)
    page.go_back()
    page.wait_for_url("**/ny/*")
    writes(page, "Det andra.")
    sends(page)
    expect(letters(page).filter(has_text="Det andra.")).to_have_count(1)
    assert sorted(text for thread in texts(anita) for text in thread) == ["Det andra.", "Det första."]


def test_a_double_press_is_one_letter(phone: Callable[..., Phone], world: World) -> None:
    yusuf = world.patient("Yusuf Cedergren", contact="Karin Fors")
    page = phone().page
    opens_compose(page, "Yusuf Cedergren")
    writes(page, "Dubbelt tryck.")
    page.get_by_role("button", name="Skicka till").dblclick()
    expect(letters(page)).to_have_count(1)
    assert texts(yusuf) == [["Dubbelt tryck."]]


@pytest.mark.parametrize(
    ("text", "said", "scripts"),
    [
        ("å" * 10_001, "1 tecken för lång", False),
        (" \n\u00a0\u200b\n ", "Skriv något först", True),
        (" \n\u00a0\u200b\n ", "Skriv något först", False),
    ],
    ids=["too long", "only blanks, scripts", "only blanks"],
)
def test_what_cannot_be_sent_says_why_and_keeps_the_text(
    phone: Callable[..., Phone], world: World, text: str, said: str, scripts: bool
) -> None:
    elsa = world.patient("Elsa Cedergren", contact="Karin Fors")
    hand = phone(java_script_enabled=scripts)
    hand.expects(422)
    opens_compose(hand.page, "Elsa Cedergren")
    writes(hand.page, text)
    sends(hand.page)
    expect(hand.page.get_by_role("alert")).to_contain_text(said)
    expect(hand.page).to_have_title("Fel: Skriv till Karin Fors – Närlinjen")
    expect(field(hand.page)).to_have_value(text)
    expect(field(hand.page)).to_have_attribute("aria-invalid", "true")
    assert texts(elsa) == []


@pytest.mark.parametrize("over", [1, 170_000], ids=["a letter", "a megabyte"])
def test_a_text_that_is_too_long_never_leaves(phone: Callable[..., Phone], world: World, over: int) -> None:
    vivi = world.patient(f"Vivi Cedergren {over}", contact="Karin Fors")
    page = phone().page
    opens_compose(page, f"Vivi Cedergren {over}")
    fault = page.locator("#text-fault")
    expect(fault).to_be_hidden()
    with stays_the_same_page(page):
        field(page).evaluate("(field, count) => field.value = '🙂' + 'å'.repeat(count)", 9_999 + over)
        sends(page)
        expect(fault).to_be_visible()
        assert re.sub(r"\D", "", fault.inner_text()) == str(over)
        expect(field(page)).to_have_attribute("aria-invalid", "true")
        expect(field(page)).to_be_focused()
        expect(page.get_by_role("status").filter(has_text="sparas")).to_have_count(0)
        writes(page, "🙂" * 10_000)
        expect(page.get_by_role("status").filter(has_text="Sparat")).to_be_visible()
        expect(fault).to_be_hidden()
        expect(field(page)).not_to_have_attribute("aria-invalid", "true")
    sends(page)
    expect(letters(page)).to_have_count(1)
    assert texts(vivi) == [["🙂" * 10_000]]


def test_a_page_with_a_fault_of_length_says_no_more_than_that(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Dag Cedergren", contact="Karin Fors")
    hand = phone()
    hand.expects(422)
    opens_compose(hand.page, "Dag Cedergren")
    writes(hand.page, "å" * 10_001)
    hand.page.locator("form[data-send]").evaluate("form => form.submit()")
    expect(hand.page.get_by_role("alert")).to_contain_text("1 tecken för lång")
    expect(field(hand.page)).to_have_accessible_name("Vad vill du fråga eller berätta?")
    expect(hand.page.locator("[data-draft-status]")).to_be_hidden()
    writes(hand.page, "Lagom.")
    expect(hand.page.get_by_role("status").filter(has_text="Sparat")).to_be_visible()
    expect(hand.page.locator("#text-fault")).to_be_hidden()


def test_a_forged_key_is_refused_and_the_next_press_sends(phone: Callable[..., Phone], world: World) -> None:
    ragnar = world.patient("Ragnar Cedergren", contact="Karin Fors")
    hand = phone()
    hand.expects(422)
    opens_compose(hand.page, "Ragnar Cedergren")
    writes(hand.page, "Med fel nyckel.")
    hand.page.locator("[name=key]").evaluate("field => field.value = '<script>'")
    sends(hand.page)
    expect(hand.page.get_by_role("alert")).to_contain_text("Det du skrev står kvar.")
    expect(field(hand.page)).to_have_value("Med fel nyckel.")
    sends(hand.page)
    expect(letters(hand.page)).to_have_count(1)
    assert texts(ragnar) == [["Med fel nyckel."]]


def test_a_forged_token_is_refused_and_the_next_press_sends(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Astrid Cedergren", contact="Karin Fors")
    hand = phone(java_script_enabled=False)
    hand.expects(403)
    opens_compose(hand.page, "Astrid Cedergren")
    writes(hand.page, "Från en gammal sida.")
    hand.page.locator("main [name=csrf_token]").evaluate("field => field.value = 'gammal'")
    sends(hand.page)
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Sidan hade blivit för gammal")
    expect(field(hand.page)).to_have_value("Från en gammal sida.")
    sends(hand.page)
    expect(letters(hand.page)).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_closed_account_keeps_the_text(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    name = f"{'Åsa' if scripts else 'Ylva'} Cedergren"
    siv = world.patient(name, contact="Karin Fors")
    hand = phone(java_script_enabled=scripts)
    hand.expects(401)
    opens_compose(hand.page, name)
    writes(hand.page, "Hinner inte fram.")
    account_closes(siv)
    sends(hand.page)
    expect(hand.page.get_by_role("main")).to_contain_text("Du är utloggad" if scripts else "Du är inte inloggad längre")
    expect(field(hand.page)).to_have_value("Hinner inte fram.")


def test_a_contact_who_is_gone_keeps_the_text_and_says_who_reads_instead(
    phone: Callable[..., Phone], world: World
) -> None:
    nils = world.patient("Nils Cedergren", contact="Roland Fors")
    thread = nils.asks("Är du där?")
    hand = phone()
    hand.expects(409)
    steps_in(hand.page, "Nils Cedergren")
    hand.page.get_by_role("link", name="Skriv till Roland Fors").first.click()
    writes(hand.page, "Hallå?")
    account_closes(world.staff("Roland Fors"))
    sends(hand.page)
    expect(hand.page.get_by_role("heading", level=1)).to_contain_text("läser i stället")
    expect(field(hand.page)).to_have_value("Hallå?")
    expect(hand.page.get_by_role("main")).to_contain_text("031-390 06 10")
    assert thread and texts(nils) == [["Är du där?"]]
    sends(hand.page)
    expect(letters(hand.page)).to_have_count(1)


def test_somebody_elses_thread_is_not_there(phone: Callable[..., Phone], world: World) -> None:
    hanna = world.patient("Hanna Cedergren", contact="Karin Fors")
    world.patient("Bo Cedergren", contact="Karin Fors")
    hanna.asks("Bara för mig.")
    hers, his = phone(), phone()
    steps_in(hers.page, "Hanna Cedergren")
    hers.page.get_by_role("link", name="Bara för mig").first.click()
    address = hers.page.url

    his.expects(404)
    opens_compose(his.page, "Bo Cedergren")
    his.page.locator("form[data-send]").evaluate("(form, url) => form.action = url", address)
    writes(his.page, "Fel tråd.")
    sends(his.page)
    expect(his.page.get_by_role("heading", level=1)).to_have_text("Sidan finns inte här")
    expect(field(his.page)).to_have_value("Fel tråd.")
    his.page.goto(address)
    expect(his.page.get_by_role("heading", level=1)).to_have_text("Sidan finns inte här")
    expect(his.page.locator("body")).not_to_contain_text("Bara för mig.")
    assert texts(hanna) == [["Bara för mig."]]


def test_ten_thousand_letters_of_any_script_arrive_as_written(phone: Callable[..., Phone], world: World) -> None:
    saga = world.patient("Saga Cedergren", contact="Karin Fors")
    page = phone().page
    opens_compose(page, "Saga Cedergren")
    writes(page, MANY_SCRIPTS)
    sends(page)
    expect(letters(page)).to_have_count(1)
    assert len(MANY_SCRIPTS) == 10_000 and texts(saga) == [[MANY_SCRIPTS]]
    shown = letters(page).locator(".words").inner_text()
    assert shown == MANY_SCRIPTS.replace("\n\n", "\n")


def test_markup_is_shown_as_the_text_it_is(phone: Callable[..., Phone], world: World) -> None:
    mirjam = world.patient("Mirjam Cedergren", contact="Karin Fors")
    sly = "<b>fet</b> <img src=x onerror=alert(1)> <script>alert(2)</script> &amp; {{ 7*7 }}"
    mirjam.asks(sly)
    sessions_end(mirjam)
    for name in ("Mirjam Cedergren", "Karin Fors"):
        page = phone().page
        steps_in(page, name)
        page.goto("/meddelanden")
        page.get_by_role("link", name="fet").first.click()
        expect(letters(page).locator(".words")).to_have_text(sly)
        assert letters(page).locator("img, script, b").count() == 0

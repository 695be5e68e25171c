"""One's own notices in a browser: turned on or refused, tried out, made quiet, and kept off for good."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.core import db
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.notices.browsers import AT, AUTH, P256DH, turns_on
from tests.world import World

pytestmark = pytest.mark.slow
MINE = "/aviseringar/mina"
# The browser's own push service is proven elsewhere, in real browsers; here it stands in the page, where it says what
# each of them may say.
SERVICE = """
({ endpoint, p256dh, auth, permission, answer, start }) => {
  let held = null;
  const made = () => ({
    endpoint,
    toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
    unsubscribe: async () => ((held = null), true),
  });
  const pushManager = {
    getSubscription: async () => held,
    subscribe: async () => (sessionStorage.setItem("held", "1"), (held = made())),
  };
  if (start || sessionStorage.getItem("held")) held = made();
  const registration = { pushManager };
  const container = { getRegistration: async () => registration, register: async () => registration };
  Object.defineProperty(navigator, "serviceWorker", {
    value: { ...container, ready: Promise.resolve(registration), addEventListener() {} },
  });
  let said = sessionStorage.getItem("said") || permission;
  const ask = async () => (sessionStorage.setItem("said", (said = answer)), said);
  Object.defineProperty(window, "Notification", {
    value: { requestPermission: ask, get permission() { return said; } },
  });
}
"""


def with_service(
    page: Page, name: str, *, permission: str = "default", answer: str = "granted", held: bool = False
) -> None:
    """The page meets a browser that has a push service, and a person who answers so when asked. `held`: it has an
    address already."""
    values = {"endpoint": AT + name, "p256dh": P256DH, "auth": AUTH, "permission": permission, "answer": answer}
    values["start"] = "1" if held else ""
    page.add_init_script(f"({SERVICE})({json.dumps(values)})")


def signed_in(phone: Callable[..., Phone], name: str, **options: str) -> Page:
    page = phone(**options).page
    steps_in(page, name)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_turned_on_tried_out_and_turned_off(phone: Callable[..., Phone], world: World, scheme: str) -> None:
    name = f"Maja {scheme.title()}sson"
    world.patient(name, contact="Mona Mån")
    page = signed_in(phone, name, color_scheme=scheme)
    with_service(page, f"browser-{scheme}")
    page.goto("/")
    page.get_by_role("link", name="Slå på aviseringar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aviseringar är av")
    expect(page.get_by_role("button", name="Slå på här")).to_be_visible()
    expect(page.get_by_text("när sidan får köra JavaScript")).to_be_hidden()
    page.get_by_text("Så gör du på andra telefoner och datorer").click()
    assert not faults(page)

    page.get_by_role("button", name="Slå på här").click()
    expect(page.get_by_role("main")).to_contain_text("Påslaget.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aviseringar är på")
    expect(page.get_by_text("Aviseringar är på här.")).to_be_visible()
    expect(page.get_by_role("button", name="Slå på här")).to_be_hidden()
    assert not faults(page)

    page.get_by_role("button", name="Skicka ett prov").click()
    expect(page.get_by_role("heading", name="Ditt prov")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Skickat i dag")
    assert not faults(page)

    page.get_by_role("radio", name="Tyst mellan två klockslag").check(force=True)
    page.get_by_label("Tyst från").fill("22")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.get_by_label("Tyst från")).to_have_value("22.00")

    page.get_by_role("button", name="Stäng av").click()
    expect(page.get_by_role("main")).to_contain_text("Avstängt. Dit skickar vi inget mer.")
    expect(page.get_by_role("button", name="Slå på här")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Nu ser du bara här när något är nytt.")).to_be_visible()
    page.get_by_role("button", name="Det räcker så").click()
    expect(page.get_by_text("Nu ser du bara här när något är nytt.")).to_be_hidden()


@pytest.mark.parametrize(
    ("permission", "answer", "words"),
    [
        ("denied", "denied", "Webbläsaren släpper inte fram aviseringar"),
        ("default", "denied", "Webbläsaren släpper inte fram aviseringar"),
        ("default", "default", "Du svarade inte på frågan."),
    ],
)
def test_a_no_is_met_with_how_it_is_taken_back(
    phone: Callable[..., Phone], world: World, permission: str, answer: str, words: str
) -> None:
    world.patient("Moa Nejsson", contact="Mona Mån")
    page = signed_in(phone, "Moa Nejsson")
    with_service(page, "no", permission=permission, answer=answer)
    page.goto(MINE)
    if permission == "default":
        page.get_by_role("button", name="Slå på här").click()
    expect(page.get_by_text(words)).to_be_visible()
    assert not faults(page)


def test_an_iphone_is_first_put_on_the_home_screen(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Moa Hemsson", contact="Mona Mån")
    page = signed_in(phone, "Moa Hemsson")
    page.add_init_script("delete window.PushManager; Object.defineProperty(navigator, 'standalone', { value: false });")
    page.goto(MINE)
    expect(page.get_by_role("heading", name="Lägg först Närlinjen på hemskärmen")).to_be_visible()
    expect(page.get_by_role("button", name="Slå på här")).to_be_hidden()
    assert not faults(page)


def test_what_the_server_does_not_take_is_said_in_its_own_words(phone: Callable[..., Phone], world: World) -> None:
    taken = phone()
    taken.expects(422)
    world.patient("Moa Okänd", contact="Mona Mån")
    steps_in(taken.page, "Moa Okänd")
    with_service(taken.page, "x")
    taken.page.route("**/aviseringar/telefoner", lambda route: route.continue_(post_data="{}"))
    taken.page.goto(MINE)
    taken.page.get_by_role("button", name="Slå på här").click()
    expect(taken.page.get_by_text("Webbläsaren lämnade något som vi inte kan läsa.")).to_be_visible()
    expect(taken.page.get_by_role("button", name="Slå på här")).to_be_visible()


def test_a_browser_that_is_on_says_so_once_at_its_start(phone: Callable[..., Phone], world: World) -> None:
    someone = world.patient("Moa Startsson", contact="Mona Mån")
    turns_on(someone, "started")
    db.session().close()
    page = phone().page
    with_service(page, "started", permission="granted", held=True)
    sent: list[str] = []
    page.on("request", lambda it: sent.append(it.url) if it.url.endswith("/aviseringar/telefoner") else None)
    with page.expect_response("**/aviseringar/telefoner") as answer:
        steps_in(page, "Moa Startsson")
    assert answer.value.json() == {"state": "on"}
    page.wait_for_function("sessionStorage.getItem('push')")
    page.goto("/meddelanden")
    page.wait_for_load_state("networkidle")
    assert len(sent) == 1
    page.goto(MINE)
    expect(page.get_by_text("Aviseringar är på här.")).to_be_visible()


def test_without_script_all_but_turning_on_works(phone: Callable[..., Phone], world: World) -> None:
    someone = world.patient("Moa Stillsson", contact="Mona Mån")
    turns_on(someone, "still")
    db.session().close()
    page = phone(java_script_enabled=False).page
    steps_in(page, "Moa Stillsson")
    page.goto(MINE)
    expect(page.get_by_text("Att slå på går bara när sidan får köra JavaScript.")).to_be_visible()
    page.get_by_role("button", name="Stäng av").click()
    expect(page.get_by_role("main")).to_contain_text("Avstängt. Dit skickar vi inget mer.")
    turns_on(someone, "en till")
    db.session().close()
    page.goto(MINE)
    page.get_by_role("button", name="Skicka ett prov").click()
    expect(page.get_by_role("heading", name="Ditt prov")).to_be_visible()

"""Every page there is, and the states that each can be in: where to go and what to press to stand in it."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, Response

from app.demo.people import PATIENTS
from app.messages.rules import LONGEST
from tests.browser.behind import account_closes, sessions_end
from tests.browser.phone import steps_in
from tests.world import Patient, World

NOBODY = ""
TOO_MUCH = "å" * 170_000
SIV, LEIF, ANITA, MAJKEN, RAGNAR = (PATIENTS[i] for i in (0, 3, 4, 6, 9))
KARIN, OLOF = "Karin Ek", "Olof Wallin"
AWAY, LOST = "Maja Rum", "Rakel Rum"

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Room:
    """A page in one state, and the status it is answered with. `fresh`: it ends the session it is in."""

    name: str
    who: str
    path: str
    act: Act | None = None
    status: int = 200
    fresh: bool = False

    def enter(self, page: Page) -> None:
        answers: list[int] = []

        def note(response: Response) -> None:
            if response.request.is_navigation_request():
                answers.append(response.status)

        page.on("response", note)
        page.goto(self.path)
        if self.act:
            self.act(page)
        page.wait_for_load_state()
        page.remove_listener("response", note)
        assert answers[-1] == self.status, f"{self.name} was answered with {answers}"


@dataclass
class Cast:
    """People that the demo does not have."""

    lost: Patient


cast: list[Cast] = []


def build(world: World) -> None:
    """One whose contact is gone, and one whose session ends."""
    maja = world.patient(AWAY, contact="Roger Rum")
    maja.asks("Vem läser det här nu?")
    account_closes(world.staff("Roger Rum"))
    cast[:] = [Cast(lost=world.patient(LOST, contact="Rebecka Rum"))]


def press(page: Page) -> None:
    with page.expect_event("framenavigated"):
        page.locator("main form[data-send] [type=submit]").first.click()
    page.wait_for_load_state()


def first(selector: str) -> Act:
    return lambda page: page.locator(selector).first.click()


def then(*acts: Act) -> Act:
    def all_of_them(page: Page) -> None:
        for act in acts:
            act(page)

    return all_of_them


def text(value: str) -> Act:
    return lambda page: page.locator("main textarea").first.fill(value)


def paste(value: str) -> Act:
    """At once, where typing that much would take its time."""
    return lambda page: page.locator("main textarea").first.evaluate("(field, value) => field.value = value", value)


def forge(page: Page) -> None:
    for token in page.locator("main [name=csrf_token]").all():
        token.evaluate("field => field.value = 'gammal'")
    submit(page)


def another_reader(page: Page) -> None:
    """Send a page on which somebody else was said to read."""
    page.locator("main [name=reader]").evaluate("field => field.value = 'somebody else'")
    submit(page)


def submit(page: Page) -> None:
    """Send without what scripts do first."""
    with page.expect_event("framenavigated"):
        page.locator("main form[data-send]").evaluate("form => form.submit()")
    page.wait_for_load_state()


def lose_the_session_without_scripts(page: Page) -> None:
    """The page that somebody without scripts meets, which scripts never ask for."""
    steps_in(page, LOST)
    compose(page)
    text("Det här får inte försvinna.")(page)
    sessions_end(cast[0].lost)
    submit(page)


def lose_the_session(page: Page) -> None:
    steps_in(page, LOST)
    compose(page)
    text("Det här får inte försvinna.")(page)
    sessions_end(cast[0].lost)
    page.locator("main form[data-send] [type=submit]").first.click()
    page.locator("[data-draft-status] a").wait_for()


compose = first("main a[href^='/meddelanden/ny/']")
thread = first("main a[href^='/meddelanden/']:not([href*='/ny/'])")
too_long = text("å" * (LONGEST + 1))

ROOMS = (
    Room("welcome", NOBODY, "/"),
    Room("help-now", NOBODY, "/hjalp-nu"),
    Room("about", NOBODY, "/om"),
    Room("your-data", NOBODY, "/dina-uppgifter"),
    Room("accessibility", NOBODY, "/tillganglighet"),
    Room("accessibility-faults", NOBODY, "/tillganglighet", press, status=422),
    Room("accessibility-thanks", NOBODY, "/tillganglighet?tack=1"),
    Room("sign-in", NOBODY, "/logga-in"),
    Room("personas", NOBODY, "/demo/personer"),
    Room("components", NOBODY, "/komponenter"),
    Room("not-found", NOBODY, "/finns-inte", status=404),
    Room("start", SIV, "/"),
    Room("start-two-contacts", LEIF, "/"),
    Room("start-no-contact", RAGNAR, "/"),
    Room("start-contact-gone", AWAY, "/"),
    Room("threads", SIV, "/meddelanden"),
    Room("threads-empty", RAGNAR, "/meddelanden"),
    Room("thread", SIV, "/meddelanden", thread),
    Room("thread-long", ANITA, "/meddelanden", thread),
    Room("thread-older", ANITA, "/meddelanden", then(thread, first("a[rel=prev]"))),
    Room("thread-words", MAJKEN, "/meddelanden", thread),
    Room("thread-contact-gone", AWAY, "/meddelanden", thread),
    Room("thread-faults", SIV, "/meddelanden", then(thread, press), status=422),
    Room("compose", LEIF, "/", compose),
    Room("compose-contact-gone", AWAY, "/", compose),
    Room("stopped", LEIF, "/", then(compose, text("Står kvar."), another_reader), status=409),
    Room("compose-faults", LEIF, "/", then(compose, too_long, submit), status=422),
    Room("sign-out", SIV, "/logga-ut"),
    Room("page-too-old", LEIF, "/", then(compose, text("Står kvar."), forge), status=403),
    Room("too-much", LEIF, "/", then(compose, paste(TOO_MUCH), submit), status=413),
    Room("signed-out-while-writing", NOBODY, "/", lose_the_session, fresh=True),
    Room("signed-out", NOBODY, "/", lose_the_session_without_scripts, status=401, fresh=True),
    Room("nurse-start", KARIN, "/"),
    Room("nurse-start-empty", OLOF, "/"),
    Room("nurse-threads", KARIN, "/meddelanden"),
    Room("nurse-threads-empty", OLOF, "/meddelanden"),
    Room("nurse-thread", KARIN, "/meddelanden", thread),
    Room("nurse-thread-faults", KARIN, "/meddelanden", then(thread, press), status=422),
)

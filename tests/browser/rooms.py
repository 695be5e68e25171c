"""Every page there is, and the states that each can be in: where to go and what to press to stand in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Page, Response

from app.demo.people import PATIENTS, RELATIVES
from app.messages.rules import LONGEST
from tests.browser.behind import account_closes, sessions_end
from tests.browser.phone import steps_in
from tests.world import Patient, World, today

NOBODY = ""
TOO_MUCH = "å" * 170_000
SIV, LEIF, ANITA, MAJKEN, RAGNAR = (PATIENTS[i] for i in (0, 3, 4, 6, 9))
KARIN, OLOF, MARIA, SAMUEL = "Karin Ek", "Olof Wallin", "Maria Hedlund", "Samuel Öberg"
AWAY, LOST = "Maja Rum", "Rakel Rum"
HANNA = PATIENTS[12]
ANNA, OLLE = RELATIVES

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


def save(page: Page) -> None:
    with page.expect_event("framenavigated"):
        page.locator("main form [type=submit]").last.click()
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


def save_filled(page: Page) -> None:
    """Press the one filled button."""
    with page.expect_event("framenavigated"):
        page.locator("main form[data-send] .btn[type=submit]:not([name])").first.click()
    page.wait_for_load_state()


def wrong_hours(page: Page) -> None:
    page.locator("#hours-0-2-0-till").fill("7")


def ends(page: Page) -> None:
    page.locator("#on").fill((today() + timedelta(days=60)).isoformat())
    page.locator("main form[method=get] [type=submit]").click()


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


def in_unit(path: str, *acts: Act) -> Act:
    """A page of the unit's, by the link that leads to it."""
    return then(unit, first(f"main a[href$='{path}']"), *acts)


def in_work(path: str, *acts: Act) -> Act:
    return then(colleague, first(f"main a[href$='{path}']"), *acts)


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
unit = first("main .rows a:has-text('Björken')")
colleague = then(unit, first("main a[href*='/personal/']:not([href$='/ny'])"))
thread = first("main a[href^='/meddelanden/']:not([href*='/ny/'])")
too_long = text("å" * (LONGEST + 1))

ring = first("main a[href^='/ring-mig/']")
my_change = first("main a[href^='/kontakt/byt/']")
wish = first("main a[href^='/patienter/onskemal/']")


def search(words: str) -> Act:
    def do(page: Page) -> None:
        page.locator("main [name=sought]").fill(words)
        page.locator("main form[role=search] [type=submit]").click()

    return do


def press_main(page: Page) -> None:
    with page.expect_event("framenavigated"):
        page.locator("main form[method=post] [type=submit]").last.click()
    page.wait_for_load_state()


def no_rows(page: Page) -> None:
    page.locator("main [name=size]").fill("0")


def draw_sample(page: Page) -> None:
    """A sample of the days up to today."""
    page.locator("main [name=ends_on]").fill(today().isoformat())
    press_main(page)


question = first("main article a[href^='/meddelanden/']")
write_first = first("main a[href='/patienter/skriv']")


def on_question(path: str, *acts: Act) -> Act:
    """A page of a verb, from the first question that waits."""
    return then(question, first(f"main a[href$='{path}']"), *acts)


log_row = first("main a[href^='/vem-har-last/fraga?']")
leif = then(search("Leif Dahl"), first("main .rows a"))

tell = first("main .rows a[href^='/beratta/']")
time = first("main .rows time")


def told_of(page: Page) -> None:
    page.locator("#name").fill("Någon Annan")
    page.locator("#birth").fill("omkring 50 år")
    text("Hen sover inte.")(page)


ROOMS = (
    Room("welcome", NOBODY, "/"),
    Room("help-now", NOBODY, "/hjalp-nu"),
    Room("tell", NOBODY, "/beratta"),
    Room("tell-unit", NOBODY, "/beratta", tell),
    Room("tell-faults", NOBODY, "/beratta", then(tell, press), status=422),
    Room("tell-told", NOBODY, "/beratta", then(tell, told_of, press)),
    Room("about", NOBODY, "/om"),
    Room("your-data", NOBODY, "/dina-uppgifter"),
    Room("install", NOBODY, "/pa-hemskarmen"),
    Room("accessibility", NOBODY, "/tillganglighet"),
    Room("accessibility-faults", NOBODY, "/tillganglighet", press, status=422),
    Room("accessibility-thanks", NOBODY, "/tillganglighet?tack=1"),
    Room("support", NOBODY, "/stod"),
    Room("support-meant", NOBODY, "/stod?kommun=upplands"),
    Room("support-unknown", NOBODY, "/stod?kommun=xyzzy", status=422),
    Room("support-known", NOBODY, "/stod/mora"),
    Room("support-little", NOBODY, "/stod/rattvik"),
    Room("support-nothing", NOBODY, "/stod/habo"),
    Room("support-not-there", NOBODY, "/stod/rattvk", status=404),
    Room("crisis", NOBODY, "/stod/kris"),
    Room("child", NOBODY, "/barn"),
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
    Room("ring", LEIF, "/", ring),
    Room("ring-faults", LEIF, "/", then(ring, press_main), status=422),
    Room("solved", SIV, "/meddelanden", then(thread, first("main a[href$='/lost']"))),
    Room("relative", ANNA, "/"),
    Room("relative-waits", OLLE, "/"),
    Room("relative-place", OLLE, "/anhorig/kommun"),
    Room("relative-place-faults", OLLE, "/anhorig/kommun", press_main, status=422),
    Room("log", SIV, "/vem-har-last"),
    Room("log-answered", ANITA, "/vem-har-last"),
    Room("log-waits", MAJKEN, "/vem-har-last"),
    Room("log-choose", SIV, "/vem-har-last?fraga=1"),
    Room("log-ask", SIV, "/vem-har-last?fraga=1", log_row),
    Room("log-ask-faults", SIV, "/vem-har-last?fraga=1", then(log_row, press_main), status=422),
    Room("log-nothing-more", SIV, "/vem-har-last?fore=1.0"),
    Room("sign-out", SIV, "/logga-ut"),
    Room("sessions", SIV, "/inloggningar"),
    Room("key-new", SIV, "/nyckel/ny"),
    Room("lock", SIV, "/inloggningar/las"),
    Room("code", NOBODY, "/kod"),
    Room("relatives", SIV, "/anhoriga"),
    Room("relatives-faults", SIV, "/anhoriga", save, status=422),
    Room("relatives-answered", SIV, "/anhoriga", first("main .card a.btn")),
    Room("relatives-change", SIV, "/anhoriga", first("main a[href$='/andra']")),
    Room("offer-code", NOBODY, "/slapp-in"),
    Room("shared", ANNA, "/aviseringar", first("main .rows button")),
    Room("locked", NOBODY, "/logga-in/last"),
    Room("way-in-find", KARIN, "/vag-in"),
    Room("sessions-staff", KARIN, "/inloggningar"),
    Room("page-too-old", LEIF, "/", then(compose, text("Står kvar."), forge), status=403),
    Room("too-much", LEIF, "/", then(compose, paste(TOO_MUCH), submit), status=413),
    Room("signed-out-while-writing", NOBODY, "/", lose_the_session, fresh=True),
    Room("signed-out", NOBODY, "/", lose_the_session_without_scripts, status=401, fresh=True),
    Room("news", KARIN, "/aviseringar"),
    Room("news-saved", KARIN, "/aviseringar?klart=ledig"),
    Room("news-patient", SIV, "/aviseringar"),
    Room("times", SIV, "/tider"),
    Room("times-past", SIV, "/tider?tidigare=1"),
    Room("time", SIV, "/tider", time),
    Room("time-other", SIV, "/tider", then(time, first("main a[href$='/annan-tid']"))),
    Room("time-guests", SIV, "/tider", then(time, first("main a[href^='/tider/sallskap/']"))),
    Room("kallelse", SIV, "/tider", then(time, first("main a[href^='/kallelse/']"))),
    Room("calendar", SIV, "/kalender"),
    Room("diary", KARIN, "/tidbok?vecka=1"),
    Room("diary-time", KARIN, "/tidbok?vecka=1", first("main .rows a")),
    Room("book", KARIN, "/tidbok/ny"),
    Room("reminders", SIV, "/tider/paminnelser"),
    Room("reminders-saved", ANNA, "/tider/paminnelser?klart=nara"),
    Room("back", KARIN, "/medan-du-var-borta"),
    Room("away", KARIN, "/franvaro"),
    Room("away-new", KARIN, "/franvaro/ny"),
    Room("away-faults", KARIN, "/franvaro/ny", save, status=422),
    Room("away-team", MARIA, "/franvaro/for"),
    Room("away-another", MARIA, "/franvaro/for", first("main .rows a")),
    Room("nurse-start", KARIN, "/"),
    Room("nurse-start-empty", OLOF, "/"),
    Room("nurse-threads", KARIN, "/meddelanden"),
    Room("cover", MARIA, "/bevakning"),
    Room("nurse-threads-empty", OLOF, "/meddelanden"),
    Room("nurse-thread", KARIN, "/meddelanden", thread),
    Room("workplace", SAMUEL, "/franvaro"),
    Room("checks", MARIA, "/loggkontroll"),
    Room("check-new", MARIA, "/loggkontroll/ny"),
    Room("check-new-faults", MARIA, "/loggkontroll/ny", then(no_rows, press_main), status=422),
    Room("check", MARIA, "/loggkontroll/ny", draw_sample),
    Room("check-row", MARIA, "/loggkontroll/ny", then(draw_sample, first("main .rows a"))),
    Room("units", MARIA, "/enhet"),
    Room("unit", MARIA, "/enhet", unit),
    Room("unit-colleague", KARIN, "/enhet", unit),
    Room("unit-hours", MARIA, "/enhet", in_unit("/oppettider")),
    Room("unit-hours-faults", MARIA, "/enhet", in_unit("/oppettider", wrong_hours, save_filled), status=422),
    Room("unit-promise", MARIA, "/enhet", in_unit("/lofte")),
    Room("unit-head", MARIA, "/enhet", in_unit("/chef")),
    Room("unit-place", MARIA, "/enhet", in_unit("/adress")),
    Room("unit-red-days", MARIA, "/enhet", in_unit("/roda-dagar")),
    Room("unit-closing", MARIA, "/enhet", in_unit("/stangt")),
    Room("unit-closing-faults", MARIA, "/enhet", in_unit("/stangt", save_filled), status=422),
    Room("unit-roster", MARIA, "/enhet", in_unit("/bevakning")),
    Room("unit-shift", MARIA, "/enhet", in_unit("/bevakning", first("main a[href$='/nytt']"))),
    Room("unit-add", MARIA, "/enhet", in_unit("/personal/ny")),
    Room("unit-register", MARIA, "/enhet", in_unit("/personal/ny", first("main a[href$='/registrera']"))),
    Room("unit-new", MARIA, "/enhet/ny"),
    Room("unit-function", MARIA, "/enhet/regionen"),
    Room("unit-function-hours", MARIA, "/enhet/regionen/tider"),
    Room("work", MARIA, "/enhet", colleague),
    Room("work-pattern", MARIA, "/enhet", in_work("/schema", first("[name=gor][value=vecka]"))),
    Room("work-standing", MARIA, "/enhet", in_work("/svarar")),
    Room("work-direct", MARIA, "/enhet", in_work("/nummer")),
    Room("work-end", MARIA, "/enhet", in_work("/slut", ends)),
    Room("nurse-thread-faults", KARIN, "/meddelanden", then(thread, press), status=422),
    Room("question-talk", KARIN, "/", on_question("/pratats-vid")),
    Room("question-no-need", KARIN, "/", on_question("/inget-svar")),
    Room("question-rang", KARIN, "/", on_question("/ringde")),
    Room("question-give", KARIN, "/", on_question("/lamna-over")),
    Room("question-give-faults", KARIN, "/", on_question("/lamna-over", press_main), status=422),
    Room("question-ask", KARIN, "/", on_question("/fraga-kollega")),
    Room("question-later", KARIN, "/", then(question, first("main [name=aterkommer]"))),
    Room("opening-choose", KARIN, "/", write_first),
    Room("opening", KARIN, "/", then(write_first, first("main .rows a"))),
    Room("threads-closed", SIV, "/meddelanden?avslutade=1"),
    Room("contact", LEIF, "/kontakt"),
    Room("contact-none", RAGNAR, "/kontakt"),
    Room("contact-asked", HANNA, "/kontakt"),
    Room("contact-change", LEIF, "/kontakt", my_change),
    Room("contact-change-faults", LEIF, "/kontakt", then(my_change, text("å" * 2_001), press_main), status=422),
    Room("contact-ask", RAGNAR, "/kontakt/be"),
    Room("contact-ask-faults", RAGNAR, "/kontakt/be", press_main, status=422),
    Room("contact-not-ask", LEIF, "/kontakt/inte-fraga"),
    Room("contact-not-ask-nobody", RAGNAR, "/kontakt/inte-fraga"),
    Room("head-patients", MARIA, "/patienter"),
    Room("head-patients-lacking", MARIA, "/patienter?saknar=1"),
    Room("head-patients-found", MARIA, "/patienter", search("Leif")),
    Room("head-patients-unknown", MARIA, "/patienter", search("19900101-2385"), status=422),
    Room("head-new", MARIA, "/patienter/ny"),
    Room("head-new-faults", MARIA, "/patienter/ny", press, status=422),
    Room("head-patient", MARIA, "/patienter", leif),
    Room("way-in-protect", MARIA, "/patienter", then(leif, first("main a[href$='#skydd']"))),
    Room("head-appoint", MARIA, "/patienter", then(leif, first("main a[href$='/utse']"))),
    Room(
        "head-appoint-faults", MARIA, "/patienter", then(leif, first("main a[href$='/utse']"), press_main), status=422
    ),
    Room("head-change", MARIA, "/patienter", then(leif, first("main a[href$='/byt']"))),
    Room("head-end", MARIA, "/patienter", then(leif, first("main a[href$='/avsluta']"))),
    Room(
        "head-end-last",
        MARIA,
        "/patienter",
        then(search(SIV), first("main .rows a"), first("main a[href$='/avsluta']"), press_main),
        status=422,
    ),
    Room("log-questions", MARIA, "/vem-har-last/fragor"),
    Room("head-wishes", MARIA, "/patienter/onskemal"),
    Room("head-wish", MARIA, "/patienter", wish),
    Room("head-wish-faults", MARIA, "/patienter", then(wish, press_main), status=422),
)

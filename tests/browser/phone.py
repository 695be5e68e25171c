"""A phone to hold in a story: a browser of its own, watched for everything that a person would not see go wrong."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from tests import chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
WIDTH, HEIGHT = 390, 844
STATUS_SAID = "Failed to load resource: the server responded with a status of"


def program() -> str:
    """The browser's program; raises AssertionError with what to do when there is none."""
    path = os.environ.get("CHROMIUM") or next(filter(chromium.works, chromium.installed()), None)
    assert path, "no Chromium: run `make test`, which gets one, or set CHROMIUM"
    return path


class Watch:
    """Collects console errors, broken scripts, refused content, failed requests and requests to other machines."""

    def __init__(self, context: BrowserContext, origin: str, *, scriptless: bool = False) -> None:
        self.origin, self.scriptless = origin, scriptless
        self.expected: set[int] = set()
        self.forgiven: list[str] = []
        self._faults: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self._faults.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(STATUS_SAID):
            self._faults.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin + "/", "data:", "blob:")):
            self._faults.append(f"request to another machine: {request.url}")

    def _failed(self, request: Request) -> None:
        # Whoever leaves a page ends its stream and its questions; a browser without scripts refuses to fetch any.
        if request.failure not in ("net::ERR_ABORTED", *(("csp",) if self.scriptless else ())):
            self._faults.append(f"request failed: {request.method} {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self._faults.append(f"{response.status} for {response.request.method} {urlsplit(response.url).path}")

    @property
    def faults(self) -> list[str]:
        return [fault for fault in self._faults if not any(part in fault for part in self.forgiven)]

    def take(self) -> list[str]:
        """The faults so far, once."""
        found = self.faults
        self._faults.clear()
        return found


class Phone:
    """One browser with its cookies. Its first page is open; `tab()` opens another."""

    def __init__(self, browser: Browser, origin: str, **options: Any) -> None:
        width, height = options.pop("width", WIDTH), options.pop("height", HEIGHT)
        self.origin = origin
        self.context = browser.new_context(
            base_url=origin,
            viewport={"width": width, "height": height},
            locale="sv-SE",
            timezone_id="Europe/Stockholm",
            color_scheme=options.pop("color_scheme", "light"),
            reduced_motion="reduce",
            has_touch=width < 800,
            **options,
        )
        self.context.set_default_timeout(10_000)
        self.watch = Watch(self.context, origin, scriptless=not options.get("java_script_enabled", True))
        self.page = self.context.new_page()

    def tab(self) -> Page:
        return self.context.new_page()

    def expects(self, *statuses: int) -> None:
        """Answers that belong to the story, and are no faults of the page."""
        self.watch.expected.update(statuses)

    def forgives(self, *parts: str) -> None:
        """Complaints of the browser that the story itself causes."""
        self.watch.forgiven.extend(parts)

    def put_away(self) -> list[str]:
        self.context.close()
        return self.watch.faults


def presses_in(page: Page, name: str) -> None:
    """Choose somebody on the demo's page of people."""
    page.goto("/demo/personer")
    page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}\b")).click()
    expect(page.locator(".foot a[href='/logga-ut']")).to_be_visible()


def steps_in(page: Page, name: str) -> None:
    """The same, with the same form and token, but the page of eighty people is not drawn for each story anew."""
    ask = page.context.request
    forms = ask.get("/demo/personer").text().split("</form>")
    named = re.compile(rf"<b>{re.escape(escape(name))}\b")
    door = next((form for form in forms if named.search(form)), None)
    assert door, f"{name} is not on the demo's page of people"
    action, token = re.search(r'action="([^"]+)"', door), re.search(r'name="csrf_token" value="([^"]+)"', door)
    assert action and token
    answer = ask.post(action.group(1), form={"csrf_token": token.group(1)}, max_redirects=0)
    assert answer.status == 303, f"{name} was answered with {answer.status}"
    page.goto(answer.headers["location"])
    expect(page.locator(".foot a[href='/logga-ut']")).to_be_visible()


def choose(page: Page, language: str, who: str) -> None:
    """The language, and somebody to be unless it is nobody."""
    page.goto("/demo/personer")
    if language != "sv":
        page.locator(f"button[name=language][value={language}]").click()
    if who:
        steps_in(page, who)


def writes(page: Page, text: str) -> None:
    """Fill in the one text that the page asks for."""
    field(page).fill(text)


def field(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("textbox")


def sends(page: Page) -> None:
    """Press the button that sends, and see where it leads."""
    page.get_by_role("button", name=re.compile("^Skicka")).click()


def letters(page: Page) -> Locator:
    return page.locator("[data-letter]")


@contextmanager
def stays_the_same_page(page: Page) -> Iterator[None]:
    """Around what must happen without the page being loaded anew."""
    page.evaluate("window.neverReloaded = true")
    yield
    assert page.evaluate("window.neverReloaded === true"), "the page was loaded anew"

"""Phones that can be pushed to: a Chromium and a Firefox with a profile of their own, and the stand-in push services
where the browsers believe that the real ones are."""

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Playwright, Worker

from tests.browser.phone import FLAGS, HEIGHT, WIDTH, Phone, Watch, program
from tests.browser.waiting import asks
from tests.push_service.outside import PushService

# Playwright's own too: without the network in the background no push ever comes.
STILL = "--disable-background-networking"
SHOWN = """() => self.registration.getNotifications().then((all) => all.map(
  ({ title, body, tag, lang, icon, badge, silent }) => ({ title, body, tag, lang, icon, badge, silent })))"""


class PushedPhone(Phone):
    """A Chromium that keeps what it knows in a folder, so that it can be turned off and on again."""

    def __init__(self, playwright: Playwright, folder: Path, origin: str, service: PushService) -> None:
        self.playwright, self.folder, self.origin, self.service = playwright, folder, origin, service
        self._faults: list[str] = []
        self._hears()

    def _hears(self) -> None:
        self.context: BrowserContext = self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=program(),
            args=[flag for flag in FLAGS if flag != STILL] + self.service.chromium_flags,
            ignore_default_args=[STILL],
            base_url=self.origin,
            viewport={"width": WIDTH, "height": HEIGHT},
            locale="sv-SE",
            timezone_id="Europe/Stockholm",
            reduced_motion="reduce",
            has_touch=True,
        )
        self.context.set_default_timeout(10_000)
        self.context.grant_permissions(["notifications"], origin=self.origin)
        self.watch = Watch(self.context, self.origin)
        # What a page is renewing while the next story signs in as somebody else is told that nobody is signed in.
        self.expects(401)
        self.page = self.context.pages[0]

    def off(self) -> None:
        """Turned off: the push service loses sight of it."""
        self._faults += self.put_away()

    def on(self) -> None:
        """Turned on again, with all that it had kept."""
        self._hears()

    @property
    def worker(self) -> Worker:
        """The service worker, awake."""
        found = [one for one in self.context.service_workers if one.url == f"{self.origin}/sw.js"]
        return found[-1] if found else self.context.wait_for_event("serviceworker")

    def notices(self) -> list[dict[str, Any]]:
        """What the phone shows now, whatever page is open."""
        found: list[dict[str, Any]] = asks(self.worker, SHOWN, "the notices on the phone")
        return found

    def put_away(self) -> list[str]:
        self.context.close()
        found, self._faults = self._faults + self.watch.faults, []
        return found

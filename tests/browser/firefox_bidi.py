"""Firefox, driven by WebDriver BiDi straight over its own port: no driver program, and one browser for a whole file.

The websocket lives on a loop in a thread of its own, so that a story is written in plain steps.
"""

import asyncio
import itertools
import json
import os
import re
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, WSMsgType

from app.machine.processes import end_group, spawn
from tests import firefox
from tests.browser.waiting import until
from tests.chromium import works

PATIENCE = 60.0
SHAPE = ("--width", "390", "--height", "844")
# With its own windows too: a notice on the screen is one of them.
REACHED = ("--remote-debugging-port", "0", "--remote-allow-system-access")
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# Nothing of Firefox's own leaves this machine, and nothing asks: a notice may be shown without a question.
QUIET: dict[str, str | bool | int] = {
    "remote.active-protocols": 1,
    "permissions.default.desktop-notification": 1,
    "alerts.useSystemBackend": False,
    "dom.webnotifications.requireuserinteraction": False,
    "intl.accept_languages": "sv-SE, sv",
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.region.network.url": "",
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.proxy.type": 0,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "",
}


def program() -> str:
    """The browser's program; raises AssertionError with what to do when there is none."""
    path = os.environ.get("FIREFOX") or next(filter(works, firefox.installed()), None)
    assert path, "no Firefox: run `make test`, which gets one, or set FIREFOX"
    return path


class Said(AssertionError):
    """What the browser, or the page in it, said was wrong."""


class Wire:
    """Commands out, answers in, on a loop in a thread of its own; events are not asked for."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="firefox-wire", daemon=True)
        self._thread.start()
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._wait(self._connect(url), "Firefox to answer")

    def _wait(self, work: Coroutine[Any, Any, Any], what: str) -> Any:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)
        except TimeoutError:
            raise AssertionError(f"waited {PATIENCE:g} s in vain for: {what}") from None

    async def _connect(self, url: str) -> None:
        self._session = ClientSession()
        self._socket = await self._session.ws_connect(f"{url}/session", max_msg_size=0)
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for frame in self._socket:
            if frame.type != WSMsgType.TEXT:
                break
            said = json.loads(frame.data)
            if (answer := self._asked.pop(said.get("id"), None)) and not answer.done():
                answer.set_result(said)
        for answer in self._asked.values():
            answer.cancel()

    async def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        answer = self._asked[number] = self._loop.create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        said = await answer
        if said["type"] == "error":
            raise Said(f"{method}: {said['error']}: {said['message']}")
        found: dict[str, Any] = said["result"]
        return found

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """What the browser answers to a command; raises Said when it cannot be done."""
        found: dict[str, Any] = self._wait(self._ask(method, params), f"{method} {params}")
        return found

    async def _hang_up(self) -> None:
        await self._socket.close()
        await self._session.close()
        await asyncio.gather(self._reader, return_exceptions=True)

    def close(self) -> None:
        self._wait(self._hang_up(), "Firefox to hang up")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Tab:
    """One page, or one of the browser's own windows."""

    def __init__(self, wire: Wire, context: str, origin: str = "") -> None:
        self.wire, self.context, self.origin = wire, context, origin

    def goto(self, path: str) -> None:
        url = path if ":" in path.partition("/")[0] else self.origin + path
        self.wire.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def reads(self, expression: str) -> Any:
        """What an expression says in the page, awaited; it must be a value of JSON."""
        said = self.wire.ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        if said["type"] == "exception":
            raise Said(said["exceptionDetails"]["text"])
        return json.loads(said["result"]["value"]) if said["result"]["type"] == "string" else None

    def until(self, expression: str) -> Any:
        """Wait until the page says so, across its going to another page."""

        def looks() -> Any:
            try:
                return self.reads(expression)
            except Said as error:
                if "no such frame" in str(error) or "aborted" in str(error).lower() or "discarded" in str(error):
                    return None
                raise

        return until(looks, expression)

    def press(self, role: str, name: str) -> None:
        """Put a finger on the only thing with this role and name, when it is there."""
        how = {"type": "accessibility", "value": {"role": role, "name": name}}
        nodes = until(
            lambda: self.wire.ask("browsingContext.locateNodes", context=self.context, locator=how)["nodes"],
            f"{role} {name!r}",
        )
        assert len(nodes) == 1, f"{len(nodes)} times {role} {name!r}"
        element = {"type": "element", "element": {"sharedId": nodes[0]["sharedId"]}}
        said = self.wire.ask(
            "script.callFunction",
            functionDeclaration="one => one.scrollIntoView({block: 'center', behavior: 'instant'})",
            arguments=[{"sharedId": nodes[0]["sharedId"]}],
            target={"context": self.context},
            awaitPromise=False,
        )
        assert said["type"] == "success", said
        moves = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": element},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        finger = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}, "actions": moves}
        self.wire.ask("input.performActions", context=self.context, actions=[finger])


class Firefox:
    """One browser in a profile of its own, with its first tab."""

    def __init__(self, folder: Path, origin: str, prefs: dict[str, str | bool | int]) -> None:
        self.folder, self.origin = folder, origin
        profile = folder / "profile"
        profile.mkdir(parents=True, exist_ok=True)
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in (QUIET | prefs).items())
        (profile / "user.js").write_text("".join(lines))
        log = folder / "firefox.log"
        with log.open("wb") as output:
            self.process = spawn(
                (program(), "--headless", "--no-remote", "--profile", profile, *SHAPE, *REACHED, "about:blank"),
                output=output,
                env=os.environ | {"MOZ_CRASHREPORTER_DISABLE": "1", "HOME": str(folder), "TZ": "Europe/Stockholm"},
            )

        def listens() -> str:
            said = log.read_text(errors="replace")
            assert self.process.poll() is None, f"Firefox ended: {said[-2000:]}"
            found = LISTENS.search(said)
            return found[1] if found else ""

        try:
            self.wire = Wire(until(listens, "Firefox to listen", patience=PATIENCE))
        except BaseException:
            end_group(self.process, patience=5)
            raise
        self.wire.ask("session.new", capabilities={})
        self.page = self.tabs()[0]

    def tabs(self) -> list[Tab]:
        found = self.wire.ask("browsingContext.getTree", maxDepth=0)["contexts"]
        return [Tab(self.wire, one["context"], self.origin) for one in found]

    def windows(self) -> list[Tab]:
        """The browser's own windows; a notice that is on the screen is one of them."""
        found = self.wire.ask("browsingContext.getTree", **{"maxDepth": 0, "moz:scope": "chrome"})["contexts"]
        return [Tab(self.wire, one["context"]) for one in found]

    def stop(self) -> None:
        self.wire.close()
        end_group(self.process, patience=10)

"""The stand-in keeps what a browser is not there for, one of each topic, and lies when it is told to."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from tests.push_service.outside import PushService
from tests.push_service.test_rules import BODY, OURS, headers, point, vapid

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    made = PushService(tmp_path_factory.mktemp("push") / "log")
    yield made
    made.stop()


class Browser:
    """So much of a Firefox as its push service sees."""

    def __init__(self, client: ClientSession, service: PushService) -> None:
        self.client, self.service, self.name = client, service, ""
        self.socket: ClientWebSocketResponse

    async def comes(self) -> None:
        self.socket = await self.client.ws_connect(f"{self.service.url}/autopush")
        self.name = (await self.says(messageType="hello", uaid=self.name))["uaid"]

    async def says(self, **what: Any) -> dict[str, Any]:
        await self.socket.send_json(what)
        return await self.hears()

    async def hears(self) -> dict[str, Any]:
        heard: dict[str, Any] = await self.socket.receive_json(timeout=10)
        return heard

    async def subscribes(self) -> str:
        said = await self.says(messageType="register", channelID="one", key=point(OURS))
        endpoint: str = said["pushEndpoint"]
        return endpoint

    async def has(self, heard: dict[str, Any]) -> None:
        update = {"channelID": heard["channelID"], "version": heard["version"], "code": 100}
        await self.socket.send_json({"messageType": "ack", "updates": [update]})

    async def is_sent(self, endpoint: str, **other: str) -> int:
        given = headers(authorization=vapid(aud=self.service.url)) | other
        async with self.client.post(endpoint, data=BODY, headers=given) as answer:
            return answer.status


def test_ten_of_one_topic_are_one_when_the_browser_comes_back(service: PushService) -> None:
    async def story() -> None:
        async with ClientSession() as client:
            browser = Browser(client, service)
            await browser.comes()
            endpoint = await browser.subscribes()
            await browser.socket.close()
            for _ in range(10):
                assert await browser.is_sent(endpoint, ttl="60") == 201
            assert await browser.is_sent(endpoint, ttl="0", topic="now-or-never") == 201
            assert await browser.is_sent(endpoint, ttl="60", topic="other") == 201
            assert service.waiting(endpoint) == 2
            await browser.comes()
            heard = [await browser.hears(), await browser.hears()]
            assert len({one["version"] for one in heard}) == 2
            for one in heard:
                await browser.has(one)
            assert await browser.is_sent(endpoint, topic="last") == 201
            assert (await browser.hears())["messageType"] == "notification"
            assert service.waiting(endpoint) == 1, "it is kept until the browser says that it has it"
            assert len(service.came(endpoint)) == 13

    asyncio.run(story())


def test_faults_are_told_as_asked_for_and_pass(service: PushService) -> None:
    async def story() -> None:
        async with ClientSession() as client:
            browser = Browser(client, service)
            await browser.comes()
            endpoint = await browser.subscribes()
            service.answers(endpoint, 429, times=2, Retry_After="120")
            async with client.post(endpoint, data=BODY, headers=headers()) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (429, "120")
            assert await browser.is_sent(endpoint) == 429
            service.answers(endpoint, 201)
            assert await browser.is_sent(endpoint, topic="lost") == 201
            assert service.waiting(endpoint) == 0
            assert await browser.is_sent(endpoint, topic="kept") == 201
            assert (await browser.hears())["messageType"] == "notification"
            service.forgets(endpoint)
            assert await browser.is_sent(endpoint) == 410

    asyncio.run(story())


def test_a_browser_that_is_forgotten_is_told_to_begin_anew(service: PushService) -> None:
    async def story() -> None:
        async with ClientSession() as client:
            browser = Browser(client, service)
            await browser.comes()
            endpoint, before = await browser.subscribes(), browser.name
            service.begins_anew(endpoint)
            await browser.comes()
            assert browser.name != before
            assert await browser.is_sent(endpoint) == 410

    asyncio.run(story())

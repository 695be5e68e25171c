"""The part that both push services share: who subscribes, what is on its way to whom, and what came from whom."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from tests.push_service.rules import MOST, Message, Refused, read


@dataclass(frozen=True)
class Address:
    """One subscription: on which device, what that device calls it, our key it was made for, and whose aud it takes."""

    id: str
    device: str
    name: str
    key: str
    origins: tuple[str, ...]


class Wire(Protocol):
    """A device that is there."""

    async def hand(self, address: Address, message: Message) -> None: ...


@dataclass
class Fault:
    """How the next messages to an address are answered: with a status of one's own, or as taken and then lost."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1


@dataclass
class Post:
    addresses: dict[str, Address] = field(default_factory=dict)
    wires: dict[str, Wire] = field(default_factory=dict)
    waiting: dict[str, dict[str, Message]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    came: list[dict[str, Any]] = field(default_factory=list)

    def subscribe(self, device: str, name: str, key: str, origins: tuple[str, ...]) -> Address:
        made = Address(secrets.token_urlsafe(24), device, name, key, origins)
        self.addresses[made.id] = made
        return made

    def named(self, device: str, name: str) -> list[Address]:
        """What a device calls by this name; its newest first."""
        found = [one for one in self.addresses.values() if (one.device, one.name) == (device, name)]
        return found[::-1]

    def forget(self, address: Address) -> None:
        """The subscription is no more: whoever sends to it is told that it is gone."""
        self.addresses.pop(address.id, None)
        self.waiting.pop(address.id, None)

    def forget_named(self, device: str, beginning: str) -> None:
        for address in [one for one in self.addresses.values() if one.device == device]:
            if address.name.startswith(beginning):
                self.forget(address)

    def forget_device(self, device: str) -> None:
        for address in [one for one in self.addresses.values() if one.device == device]:
            self.forget(address)

    def take(self, id_: str, headers: Mapping[str, str], body: bytes) -> tuple[Address, Message]:
        """Keep a message for a subscription, in place of one with the same topic that is still here; or Refused."""
        if (address := self.addresses.get(id_)) is None:
            raise Refused(410, "no such subscription")
        message = read(headers, body, key=address.key, origins=address.origins, now=time.time())
        self.waiting.setdefault(id_, {})[message.topic or message.key] = message
        return address, message

    async def arrives(self, device: str, wire: Wire) -> None:
        """A device is there: it gets what waits for it."""
        self.wires[device] = wire
        for address in [one for one in self.addresses.values() if one.device == device]:
            for message in list(self.waiting.get(address.id, {}).values()):
                await self.hand(address, message)

    def leaves(self, device: str, wire: Wire) -> None:
        if self.wires.get(device) is wire:
            del self.wires[device]

    def had(self, device: str, key: str) -> None:
        """A device has a message, which is kept for it no longer."""
        for id_, kept in self.waiting.items():
            if id_ in self.addresses and self.addresses[id_].device == device:
                self.waiting[id_] = {place: one for place, one in kept.items() if one.key != key}

    async def hand(self, address: Address, message: Message) -> None:
        """Give a message to its device if that is there; drop it when its time is over."""
        wire = self.wires.get(address.device)
        if wire is not None and (message.until > time.time() or not message.ttl):
            try:
                await wire.hand(address, message)
            except OSError:
                self.leaves(address.device, wire)
        if message.until <= time.time():
            self.waiting.get(address.id, {}).pop(message.topic or message.key, None)

    async def post(self, request: web.Request) -> web.Response:
        """The push resource of RFC 8030, the same for every browser."""
        id_, began = request.match_info["id"], time.time()
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.content.read(MOST + 1)
        told = {name: headers.get(name, "") for name in ("ttl", "urgency", "topic", "content-encoding")}
        entry = {"id": id_, "path": request.path, "at": began, "size": len(body)} | told
        self.came.append(entry)
        fault = self.faults.get(id_)
        if fault is not None:
            fault.times -= 1
            if fault.times <= 0:
                del self.faults[id_]
            entry["status"] = fault.status
            entry["why"] = "fault"
            return web.Response(status=fault.status, headers=fault.headers)
        try:
            address, message = self.take(id_, headers, body)
        except Refused as refused:
            entry["status"], entry["why"] = refused.status, refused.why
            return web.Response(status=refused.status, text=refused.why)
        entry["status"], entry["why"] = 201, ""
        await asyncio.shield(self.hand(address, message))
        where = f"{address.origins[0]}/m/{message.key}"
        return web.Response(status=201, headers={"Location": where, "TTL": str(message.ttl)})

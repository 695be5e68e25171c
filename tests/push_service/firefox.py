"""Mozilla's side as Firefox speaks to it: autopush, JSON over a websocket that the browser keeps open."""

import base64
from uuid import uuid4

from aiohttp import WSMsgType, web

from tests.push_service.post import Address, Post
from tests.push_service.rules import Message


class Mozilla:
    def __init__(self, post: Post, url: str) -> None:
        self.post, self.url = post, url
        self.known: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/autopush", self.stream), web.post("/wpush/{id}", self.post.post)]

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        """One browser's connection. A browser that is not known, or no longer, is given another name: it then begins
        anew, and tells the service workers of all that it had subscribed to."""
        socket = web.WebSocketResponse(protocols=("push-notification",))
        await socket.prepare(request)
        wire, device = Socket(socket), ""
        try:
            async for frame in socket:
                if frame.type != WSMsgType.TEXT:
                    break
                said = frame.json() if frame.data else {}
                what = said.get("messageType")
                if what == "hello":
                    device = said["uaid"] if said.get("uaid") in self.known else uuid4().hex
                    self.known.add(device)
                    hello = {"messageType": "hello", "uaid": device, "status": 200, "use_webpush": True}
                    await socket.send_json(hello | {"broadcasts": {}})
                    await self.post.arrives(device, wire)
                elif what == "register":
                    made = self.post.subscribe(device, said["channelID"], said.get("key") or "", (self.url,))
                    where = {"pushEndpoint": f"{self.url}/wpush/{made.id}"}
                    await socket.send_json(said | {"status": 200} | where)
                elif what == "unregister":
                    for address in self.post.named(device, said["channelID"]):
                        self.post.forget(address)
                    await socket.send_json(said | {"status": 200})
                elif what == "ack":
                    for update in said["updates"]:
                        self.post.had(device, update["version"])
                elif not what:
                    await socket.send_str("{}")
        finally:
            self.post.leaves(device, wire)
        return socket

    async def forget(self, device: str) -> None:
        """All that a browser subscribed to is gone, and it is told so when it comes back, which is at once."""
        self.post.forget_device(device)
        self.known.discard(device)
        if isinstance(wire := self.post.wires.get(device), Socket):
            await wire.socket.close()


class Socket:
    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket

    async def hand(self, address: Address, message: Message) -> None:
        said = {"messageType": "notification", "channelID": address.name, "version": message.key, "ttl": message.ttl}
        if message.body:
            data = base64.urlsafe_b64encode(message.body).rstrip(b"=").decode()
            said |= {"data": data, "headers": {"encoding": "aes128gcm"}}
        await self.socket.send_json(said)

"""Both push services on free ports of this machine, until SIGTERM."""

import asyncio
import base64
import hashlib
import json
import signal
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.machine.local_port import hold_port
from tests.push_service.chromium import Google
from tests.push_service.firefox import Mozilla
from tests.push_service.post import Fault, Post


def certificate() -> tuple[ssl.SSLContext, str]:
    """A certificate of a day's standing, and the digest by which a browser is told to trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
        )
        context.load_cert_chain(path)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return context, base64.b64encode(hashlib.sha256(public).digest()).decode()


class Desk:
    """What a test asks and orders of the services."""

    def __init__(self, post: Post, mozilla: Mozilla) -> None:
        self.post, self.mozilla = post, mozilla

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/desk", self.state), web.post("/desk/{id}/{what}", self.order)]

    async def state(self, _request: web.Request) -> web.Response:
        """What came, whoever is there, and how much waits for each subscription."""
        waiting = {id_: len(self.post.waiting.get(id_, {})) for id_ in self.post.addresses}
        there = [id_ for id_, one in self.post.addresses.items() if one.device in self.post.wires]
        return web.json_response({"came": self.post.came, "waiting": waiting, "there": there})

    async def order(self, request: web.Request) -> web.Response:
        id_, said = request.match_info["id"], await request.json()
        if request.match_info["what"] == "fault":
            self.post.faults[id_] = Fault(**said)
        elif request.match_info["what"] == "forget":
            self.post.forget(self.post.addresses[id_])
        else:
            await self.mozilla.forget(self.post.addresses[id_].device)
        return web.json_response({})


async def main() -> None:
    post, listener = Post(), hold_port(0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    google, mozilla = Google(post), Mozilla(post, url)
    app = web.Application()
    for part in (google, mozilla, Desk(post, mozilla)):
        app.add_routes(part.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    context, digest = certificate()
    stream: Any = await asyncio.start_server(google.stream, "127.0.0.1", 0, ssl=context)
    port = stream.sockets[0].getsockname()[1]
    print(json.dumps({"url": url, "stream": f"https://127.0.0.1:{port}", "trust": digest}), flush=True)
    over = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, over.set)
    await over.wait()


if __name__ == "__main__":
    asyncio.run(main())

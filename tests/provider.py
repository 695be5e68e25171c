"""A provider of e-identification as a process of its own: small, real, and able to lie when it is told to.

`python -m tests.provider` prints its address. `PUT /next` says who signs in next and how the answer is to be wrong.
"""

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

from joserfc import jwt
from joserfc.jwk import RSAKey

from app.machine.processes import end_group, spawn

ROOT = Path(__file__).parent.parent
LEVEL = "http://id.elegnamnden.se/loa/1.0/loa3"
NUMBER = "https://id.oidc.se/claim/personalIdentityNumber"
CLIENT, SECRET = "narlinjen", "hemligt:och/lite%konstigt"


@dataclass
class State:
    """`claims` and `answer` change what is said in the token and in the redirect; None takes a word away."""

    claims: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    stranger: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)


class Handler(BaseHTTPRequestHandler):
    server: "Site"

    def log_message(self, *_words: object) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        values = {name: value[0] for name, value in parse_qs(url.query).items()}
        here = self.server.issuer
        if url.path == "/.well-known/openid-configuration":
            paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            self.say({"issuer": here} | {name: here + path for name, path in paths.items()})
        elif url.path == "/keys":
            self.say({"keys": [self.server.key.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]})
        elif url.path == "/authorize":
            self.authorize(values)
        elif url.path == "/asked":
            self.say(self.server.state.asked)
        else:
            self.say({}, 404)

    def authorize(self, values: dict[str, str]) -> None:
        """Whoever comes is signed in as the next person, and sent back with a code that is good once."""
        state = self.server.state
        state.asked = values
        code = secrets.token_urlsafe(16)
        state.codes[code] = values
        answer = {"code": code, "state": values["state"], "iss": self.server.issuer} | state.answer
        self.send_response(302)
        said = urlencode({name: value for name, value in answer.items() if value is not None})
        self.send_header("Location", f"{values['redirect_uri']}?{said}")
        self.end_headers()

    def do_PUT(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.state = State(**said)
        self.say({})

    def do_POST(self) -> None:
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        asked = self.server.state.codes.pop(form.get("code", ""), None)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        basic = base64.b64encode(b"narlinjen:hemligt%3Aoch%2Flite%25konstigt").decode()
        fair = (
            asked is not None
            and self.headers["Authorization"] == f"Basic {basic}"
            and form.get("redirect_uri") == asked["redirect_uri"]
            and asked["code_challenge_method"] == "S256"
            and base64.urlsafe_b64encode(proof).rstrip(b"=").decode() == asked["code_challenge"]
        )
        if not fair or asked is None:
            return self.say({"error": "invalid_grant"}, 400)
        return self.say({"token_type": "Bearer", "access_token": "x", "id_token": self.token(asked)})

    def token(self, asked: dict[str, str]) -> str:
        at = int(time.time())
        claims = {"iss": self.server.issuer, "aud": CLIENT, "sub": "s", "iat": at, "exp": at + 300, "acr": LEVEL}
        claims |= {"nonce": asked["nonce"]} | self.server.state.claims
        key = self.server.other if self.server.state.stranger else self.server.key
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.server.key.kid}, said, key, algorithms=["RS256"])

    def say(self, what: object, code: int = 200) -> None:
        body = json.dumps(what).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Site(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = f"http://localhost:{self.server_address[1]}"
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.other = RSAKey.generate_key(2048, parameters={"kid": "one"})
        self.state = State()


class Provider:
    """The process, from outside."""

    def __init__(self, log: Path) -> None:
        with log.open("wb") as output:
            self.process = spawn((sys.executable, "-m", "tests.provider"), output=output, cwd=ROOT, env=None)
        limit = time.monotonic() + 30
        while not (said := log.read_text()).endswith("\n"):
            assert self.process.poll() is None and time.monotonic() < limit, f"the provider did not start: {said}"
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        self.issuer = said.strip()

    def settings(self, who: str, **more: str) -> dict[str, str]:
        given = {"ISSUER": self.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "ACR": f"{LEVEL} loa4"} | more
        return {f"OIDC_{who}_{name}": value for name, value in given.items()}

    def lets_in(self, claims: dict[str, Any], **more: Any) -> None:
        """Who signs in next."""
        body = json.dumps({"claims": claims} | more).encode()
        with urlopen(Request(f"{self.issuer}/next", data=body, method="PUT")):
            pass

    @property
    def asked(self) -> dict[str, str]:
        with urlopen(f"{self.issuer}/asked") as answer:
            found: dict[str, str] = json.load(answer)
        return found

    def stop(self) -> None:
        self.process.terminate()
        end_group(self.process, patience=5)


if __name__ == "__main__":
    site = Site()
    print(site.issuer, flush=True)
    site.serve_forever()

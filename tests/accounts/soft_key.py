"""A phone's key in software (WebAuthn Level 3, "none" attestation, ES256), that can also be made to lie."""

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class SoftKey:
    """One key. `origin`, `host` and `flags` are what it says of where it is and of whom it has seen."""

    def __init__(self, origin: str = "http://localhost:8000", host: str = "localhost") -> None:
        self.origin, self.host = origin, host
        self.id, self.count, self.flags = secrets.token_bytes(32), 0, PRESENT | VERIFIED
        self.private = ec.generate_private_key(ec.SECP256R1())

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to being asked for a new key."""
        numbers = self.private.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        about = b"\x00" * 16 + len(self.id).to_bytes(2, "big") + self.id + public
        found = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + about})
        return self._answer({"clientDataJSON": self._client("create", options), "attestationObject": found})

    def answers(self, options: dict[str, Any]) -> str:
        """The answer to being asked for a key that is there."""
        self.count += 1
        client, data = self._client("get", options), self._data()
        signed = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer({"clientDataJSON": client, "authenticatorData": data, "signature": signed})

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def _client(self, verb: str, options: dict[str, Any]) -> bytes:
        said = {"type": f"webauthn.{verb}", "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said | {"crossOrigin": False}).encode()

    def _answer(self, response: dict[str, bytes]) -> str:
        whole = {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "clientExtensionResults": {}}
        return json.dumps(whole | {"response": {name: text(value) for name, value in response.items()}})

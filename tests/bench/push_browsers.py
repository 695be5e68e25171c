"""The browsers of the bench, and the push service that they belong to."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from app.notices.push_envelope import b64, point
from tests.bench.house import ROOT

HOST = "fcm.googleapis.com"


@dataclass
class Browsers:
    """Many browsers with one pair of keys, so that the phones of the bench can open what they get."""

    key: ec.EllipticCurvePrivateKey
    auth: bytes

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": b64(point(self.key.public_key())), "auth": b64(self.auth)}

    def plan(self, *, certificate: Path | None = None, receipts: int | None = None) -> dict[str, Any]:
        private = self.key.private_numbers().private_value
        return {
            "certificate": str(certificate or ""),
            "key": f"{private:x}",
            "auth": self.auth.hex(),
            "receipts": receipts,
        }


def browsers() -> Browsers:
    return Browsers(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16))


@contextmanager
def service(plan: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """The push service's port and process."""
    command = [sys.executable, "-m", "tests.bench.push_service"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert process.stdin and process.stdout
    process.stdin.write(json.dumps(plan).encode() + b"\n")
    process.stdin.flush()
    yield int(process.stdout.readline()), process.pid
    process.terminate()
    process.communicate()

"""A lean FHIR R4 server for `make bench ONLY=fhir`: times that are worked out as they are asked for, page by page."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HSA = "urn:oid:1.2.752.129.2.1.4.1"
PNR = "urn:oid:1.2.752.129.2.1.3.1"
A_DAY = 8
META = {"versionId": "1", "lastUpdated": "2026-01-02T03:04:05.000Z"}


class Source:
    """So many times of these people, eight a day each, from a day on: nobody is in two places at once."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.count, self.unit = plan["count"], plan["unit"]
        self.staff, self.patients = plan["staff"], plan["patients"]
        self.begins = datetime.fromisoformat(plan["begins"])

    def appointment(self, k: int) -> dict[str, Any]:
        turn, who = divmod(k, len(self.staff))
        at = self.begins + timedelta(days=turn // A_DAY, hours=turn % A_DAY)
        actors = (f"Patient/p{k % len(self.patients)}", f"Practitioner/s{who}", "Location/l0")
        return {
            "resourceType": "Appointment",
            "id": f"a{k}",
            "meta": META,
            "status": "booked",
            "serviceType": [{"text": "Samtal"}],
            "start": at.isoformat(),
            "end": (at + timedelta(minutes=45)).isoformat(),
            "participant": [{"actor": {"reference": it}, "status": "accepted"} for it in actors],
        }

    def person(self, kind: str, key: str) -> dict[str, Any]:
        n = int(key[1:])
        system, value = (PNR, self.patients[n]) if kind == "Patient" else (HSA, self.staff[n])
        return {"resourceType": kind, "id": key, "meta": META, "identifier": [{"system": system, "value": value}]}

    def place(self) -> dict[str, Any]:
        at = {"managingOrganization": {"identifier": {"system": HSA, "value": self.unit}}}
        return {
            "resourceType": "Location",
            "id": "l0",
            "meta": META,
            "name": "Huset",
            "address": {"text": "Gatan 1"},
            **at,
        }

    def answer(self, path: str, host: str) -> dict[str, Any]:
        parts = urlsplit(path)
        kind, asked = parts.path.strip("/"), {name: it[0] for name, it in parse_qs(parts.query).items()}
        ids, offset, count = asked.get("_id"), int(asked.get("offset", 0)), int(asked.get("_count", 50))
        further = None
        if kind == "Appointment":
            keys = [int(it[1:]) for it in ids.split(",")] if ids else range(offset, min(offset + count, self.count))
            found = [self.appointment(k) for k in keys]
            if not ids and offset + count < self.count:
                further = f"http://{host}/Appointment?offset={offset + count}&_count={count}"
        elif kind == "Practitioner":
            found = [self.person(kind, f"s{n}") for n in range(len(self.staff))]
        elif kind == "Patient":
            found = [self.person(kind, key) for key in ids.split(",")] if ids else []
        else:
            found = [self.place()] if kind == "Location" else []
        link = [{"relation": "next", "url": further}] if further else []
        return {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": link,
            "entry": [{"resource": it} for it in found],
        }


def main() -> None:
    source = Source(json.loads(sys.stdin.readline()))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = json.dumps(source.answer(self.path, self.headers["Host"])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

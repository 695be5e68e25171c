"""FHIR R4 over HTTP, as a client that trusts nobody: what is asked for is bounded in time, in bytes and in pages.

Nothing is taken from the environment. No redirect leads to another host, no next link does, and neither the secret nor
the token is ever sent to any other than the one it is for.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urljoin, urlsplit

from app.core import clock
from app.exchange import retry_rules
from app.exchange.map_rules import Unusable
from app.exchange.source_line import Answer, Fault, Line, Way, origin_of

ACCEPT = "application/fhir+json, application/json;q=0.9"
TYPES_OF_JSON = ("application/fhir+json", "application/json")
SCOPE = "system/*.read"
COUNT = 200
MOST_PATH = 120
MOST_PAGES = 20_000
MOST_ALIKE = 3
MOST_REDIRECTS = 3
EARLIER = timedelta(seconds=30)
# Those that nobody can mend by trying again.
FINAL = ("address", "certificate", "no_certificate", "tls", "redirect", "too_big")


@dataclass(frozen=True)
class Door:
    """Where a source is, and how it knows us."""

    base_url: str
    way_in: str
    token_url: str | None = None
    client_id: str | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Page:
    """What a page of a search holds: resources as they came, and the ids of what is there no longer."""

    resources: list[dict[str, Any]]
    gone: list[str]
    total: int | None
    at: datetime | None
    next_url: str | None


@dataclass(frozen=True)
class Trial:
    """What a source said when it was tried."""

    version: str
    missing: tuple[str, ...]


class Client:
    """One source while it is read; one connection is kept open, and one token."""

    def __init__(self, door: Door, way: Way) -> None:
        self.door, self.way = door, way
        self.base = door.base_url.rstrip("/")
        self.line = Line(way, known=door.way_in == "certificate")
        self.token: tuple[str, datetime] | None = None
        self.sorts = True

    def trial(self, types: Iterable[str]) -> Trial:
        """Ask what it is, and for one time. Raises Fault."""
        said = self._resource(f"{self.base}/metadata", "CapabilityStatement")
        version = str(said.get("fhirVersion") or "")
        if not version.startswith("4."):
            raise Fault("version", version[:20])
        rest = [it for it in said.get("rest") or () if isinstance(it, dict)]
        known = {it.get("type") for each in rest for it in each.get("resource") or () if isinstance(it, dict)}
        self._resource(f"{self.base}/Appointment?_count=1", "Bundle")
        return Trial(version, tuple(it for it in types if known and it not in known))

    def pages(self, kind: str, since: datetime | None = None, ids: Iterable[str] = ()) -> Iterator[Page]:
        """All of a type that has changed since, or those with these ids. Raises Fault."""
        asked = {"_count": str(COUNT)}
        if ids:
            asked["_id"] = ",".join(ids)
        if since:
            asked["_lastUpdated"] = f"ge{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        url: str | None = self._search(kind, asked, sort=self.sorts and not ids)
        seen, been, alike = set[tuple[str, str]](), set[str](), 0
        while url:
            if url in been or len(been) >= MOST_PAGES or alike >= MOST_ALIKE:
                raise Fault("loop")
            been.add(url)
            try:
                found = self._page(url, kind)
            except Fault as error:
                # Some know no sorting; what moves under the reading is then found by reading again.
                if not (error.status == 400 and len(been) == 1 and "_sort=" in url):
                    raise
                self.sorts = False
                url = self._search(kind, asked, sort=False)
                continue
            fresh = {(str(it.get("id")), json.dumps(it.get("meta"))) for it in found.resources} - seen
            alike = 0 if fresh else alike + 1
            seen |= fresh
            yield found
            url = found.next_url

    def one(self, kind: str, key: str) -> dict[str, Any] | None:
        """One resource; None when it is there no longer."""
        try:
            return self._resource(f"{self.base}/{kind}/{quote(key)}", kind)
        except Fault as error:
            if error.status in (404, 410):
                return None
            raise

    def close(self) -> None:
        self.line.close()

    def _search(self, kind: str, asked: Mapping[str, str], *, sort: bool) -> str:
        return f"{self.base}/{kind}?{urlencode({**asked, **({'_sort': '_lastUpdated'} if sort else {})})}"

    def _page(self, url: str, kind: str) -> Page:
        answer = self._ask(url, "Bundle")
        bundle = answer.said
        resources, gone = list[dict[str, Any]](), list[str]()
        entries = bundle.get("entry") or []
        for it in (it for it in entries if isinstance(it, dict)) if isinstance(entries, list) else ():
            request, resource = it.get("request"), it.get("resource")
            if isinstance(request, dict) and request.get("method") == "DELETE":
                gone.append(str(request.get("url", "")).rstrip("/").rpartition("/")[2])
            elif isinstance(resource, dict) and resource.get("resourceType") == kind:
                resources.append(resource)
        links = [it for it in bundle.get("link") or () if isinstance(it, dict)]
        further = next((it.get("url") for it in links if it.get("relation") == "next"), None)
        total = bundle.get("total")
        return Page(
            resources,
            gone,
            total if isinstance(total, int) else None,
            answer.at,
            self._further(answer.url, further) if isinstance(further, str) and further else None,
        )

    def _further(self, url: str, link: str) -> str:
        """A next link, which leads to the same place; raises Fault."""
        found = urljoin(url, link)
        if origin_of(found) != origin_of(self.base):
            raise Fault("elsewhere", urlsplit(found).hostname or "")
        return found

    def _resource(self, url: str, kind: str) -> dict[str, Any]:
        return self._ask(url, kind).said

    def _ask(self, url: str, kind: str) -> Answer:
        """An answer that is one, after as many tries as it takes; raises Fault."""
        renewed, redirects = False, 0
        while True:
            headers = {"Accept": ACCEPT} | self._authorization()
            answer = self._steadily(partial(self._whole, url, headers, kind))
            if answer.status == 401 and self.token and not renewed:
                # It may have ended sooner than it was said to.
                renewed, self.token = True, None
                continue
            if 300 <= answer.status < 400 and answer.status != 304:
                to = urljoin(url, answer.headers.get("location", ""))
                if redirects >= MOST_REDIRECTS or origin_of(to) != origin_of(self.base):
                    raise Fault("redirect", urlsplit(to).hostname or "")
                url, redirects = to, redirects + 1
                continue
            if answer.status != 200:
                names = {401: "refused", 403: "refused", 404: "missing", 410: "missing"}
                raise Fault(names.get(answer.status, "status"), str(answer.status), status=answer.status)
            return answer

    def _whole(self, url: str, headers: Mapping[str, str], kind: str) -> Answer:
        """An answer, read to its end: half of one is none."""
        answer = self.line.ask("GET", url, headers)
        return replace(answer, said=_parsed(answer, kind)) if answer.status == 200 else answer

    def _steadily(self, ask: Callable[[], Answer]) -> Answer:
        tried = 0
        while True:
            tried += 1
            try:
                answer = ask()
                fault = None if answer.status not in retry_rules.AGAIN else Fault("status", str(answer.status))
                asked_for = answer.headers.get("retry-after")
            except Fault as error:
                fault, asked_for = error, None
            if fault is None:
                return answer
            now = clock.now()
            pause = None if fault.name in FINAL or not self.way.patient else retry_rules.wait(tried, asked_for, now)
            if pause is None:
                fault.later = retry_rules.asked_for(asked_for, now)
                raise fault
            self.way.rest(pause.total_seconds())

    def _authorization(self) -> dict[str, str]:
        if self.door.way_in != "client":
            return {}
        now = clock.now()
        if self.token is None or self.token[1] <= now + EARLIER:
            self.token = self._fetch_token(now)
        return {"Authorization": f"Bearer {self.token[0]}"}

    def _fetch_token(self, now: datetime) -> tuple[str, datetime]:
        """A token by client credentials (RFC 6749, 4.4), and when it ends."""
        door = self.door
        known = f"{quote_plus(door.client_id or '')}:{quote_plus(door.secret or '')}"
        headers = {
            "Authorization": "Basic " + base64.b64encode(known.encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        body = urlencode({"grant_type": "client_credentials", "scope": SCOPE}).encode()
        answer = self._steadily(partial(self.line.ask, "POST", door.token_url or "", headers, body))
        if answer.status != 200:
            raise Fault("token", str(answer.status), status=answer.status)
        said = _json(answer)
        token, lives = said.get("access_token"), said.get("expires_in", 300)
        bearer = str(said.get("token_type", "bearer")).lower() == "bearer"
        if not (bearer and isinstance(token, str) and token.isascii() and token.isprintable()):
            raise Fault("token", "200")
        seconds = lives if isinstance(lives, int) and 0 < lives < 86_400 else 300
        return token, now + timedelta(seconds=seconds)


def _parsed(answer: Answer, kind: str) -> dict[str, Any]:
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in TYPES_OF_JSON or answer.headers.get("content-encoding", "identity") != "identity":
        raise Fault("type", media[:60])
    found = _json(answer)
    if found.get("resourceType") != kind:
        raise Fault("garbage", str(found.get("resourceType"))[:40])
    return found


def _json(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise Fault("garbage") from error
    if not isinstance(found, dict):
        raise Fault("garbage")
    return found


def validate(kind: str, resource: Mapping[str, Any]) -> None:
    """Whether it is R4 at all, by a library that knows; raises Unusable with the path of the first fault."""
    # Half a second to load, and no page needs it.
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        get_fhir_model_class(kind).model_validate(resource)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Unusable("invalid", ".".join([kind, *map(str, first["loc"])])[:MOST_PATH]) from None
    except (ValueError, RecursionError) as error:
        raise Unusable("invalid", kind) from error

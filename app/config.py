"""Settings from the environment. Starts only on what is there and safe; says in plain words what is missing."""

import base64
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from click import ClickException, echo

WEAK_BELOW = 32
LEAST_YEARS = 5
# The one secret that the first demos were made without.
LATER = "VAPID_PRIVATE_KEY"
# How many points the curve P-256 has (FIPS 186-5): a private key on it is a number below that, and not 0.
POINTS = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# As OIDC Sweden names them, and Inera's IdP for staff; a site whose provider says otherwise maps its own.
NUMBER_CLAIMS = "https://id.oidc.se/claim/personalIdentityNumber https://id.oidc.se/claim/coordinationNumber"
HSA_CLAIMS = "employeeHsaId"
UNIT_CLAIMS = "careUnitHsaId"


class Refusal(ClickException):
    """What cannot be done, as one sentence for the person at the terminal; commands end with exit code 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        echo(self.format_message(), file=file, err=file is None)


@dataclass(frozen=True)
class Keyset:
    """Named 256-bit keys; `current` is used for writing, the others still open what they once wrote."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int

    @property
    def secret(self) -> bytes:
        return self.keys[self.current]


@dataclass(frozen=True)
class Provider:
    """One provider of e-identification (OpenID Connect): who it is, the levels we take, the claims we go by."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    acr: tuple[str, ...]
    claims: tuple[str, ...]
    unit_claims: tuple[str, ...]
    scope: str


@dataclass(frozen=True)
class Exchange:
    """How other systems are reached (FHIR): by which certificate of ours, whose word is taken, and what is inside."""

    certificate: str | None
    key: str | None
    authorities: str | None
    inside: frozenset[str]


@dataclass(frozen=True)
class Settings:
    local: Path
    demo: bool
    base_url: str
    port: int
    proxies: int
    database_url: str | None = field(repr=False)
    owner_url: str | None = field(repr=False)
    secret_key: str = field(repr=False)
    data_keys: Keyset
    index_key: bytes = field(repr=False)
    audit_keys: Keyset
    vapid_keys: Keyset
    vapid_subject: str
    push_stand_in: str | None
    smtp_url: str | None = field(repr=False)
    mail_from: str
    sms_url: str | None
    sms_token: str | None = field(repr=False)
    oidc_patient: Provider | None
    oidc_staff: Provider | None
    log_years: int | None
    fhir: Exchange

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read and check everything at once; raises Refusal with one sentence."""
        demo = env.get("DEMO", "") == "1"
        local = Path(env.get("LOCAL_DIR") or Path(__file__).parent.parent / ".local").resolve()
        wanted = ("SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "AUDIT_KEYS", "VAPID_PRIVATE_KEY")
        secrets_ = {name: env[name] for name in wanted if env.get(name)}
        if demo and len(secrets_) < len(wanted):
            secrets_ = demo_secrets(local) | secrets_
        for name in wanted:
            if name not in secrets_:
                raise Refusal(f"{name} is not set; `python -m app.config` prints a set of fresh secrets to put there.")
        port = env.get("PORT", "8000")
        if not _is_number(port) or not 0 < int(port) < 65536:
            raise Refusal(f"PORT is {port[:20]!r}; it must be a number from 1 to 65535.")
        proxies = env.get("PROXIES", "0")
        if proxies not in ("0", "1", "2", "3"):
            raise Refusal(
                f"PROXIES is {proxies[:20]!r}; it says how many proxies of your own stand in front, from 0 to 3."
            )
        base_url = env.get("BASE_URL") or (f"http://localhost:{port}" if demo else "")
        if not re.match(r"https://[^/]|http://localhost(:|/|$)", base_url) and not demo:
            raise Refusal("BASE_URL is missing or no such address; give the one people use, beginning with https://.")
        base_url = base_url.rstrip("/")
        return cls(
            local=local,
            demo=demo,
            base_url=base_url,
            port=int(port),
            proxies=int(proxies),
            database_url=env.get("DATABASE_URL") or None,
            owner_url=env.get("DATABASE_OWNER_URL") or None,
            secret_key=_strong("SECRET_KEY", secrets_["SECRET_KEY"]),
            data_keys=_keyset("DATA_KEYS", secrets_["DATA_KEYS"]),
            index_key=_key("INDEX_KEY", secrets_["INDEX_KEY"]),
            audit_keys=_keyset("AUDIT_KEYS", secrets_["AUDIT_KEYS"]),
            vapid_keys=_scalars("VAPID_PRIVATE_KEY", secrets_["VAPID_PRIVATE_KEY"]),
            vapid_subject=_subject(env.get("VAPID_SUBJECT", "").strip(), base_url),
            push_stand_in=_stand_in(env.get("PUSH_STAND_IN", "").strip(), demo),
            smtp_url=_mail_server(env.get("SMTP_URL", "").strip()),
            mail_from=_sender(env.get("MAIL_FROM", "").strip(), base_url),
            sms_url=_sms(env.get("SMS_URL", "").strip(), demo),
            sms_token=_token(env.get("SMS_TOKEN", "").strip()),
            oidc_patient=_provider("OIDC_PATIENT_", env, NUMBER_CLAIMS),
            oidc_staff=_provider("OIDC_STAFF_", env, HSA_CLAIMS),
            log_years=_years(env.get("LOG_YEARS", "").strip()),
            fhir=_exchange({name: env.get(f"FHIR_{name}", "").strip() for name in _EXCHANGE}),
        )


def fresh_secrets() -> dict[str, str]:
    """A new set of secrets, in the form the environment wants them."""
    data, index, audit, vapid = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(4))
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATA_KEYS": f"1:{data}",
        "INDEX_KEY": index,
        "AUDIT_KEYS": f"1:{audit}",
        "VAPID_PRIVATE_KEY": f"1:{vapid}",
    }


def demo_secrets(local: Path) -> dict[str, str]:
    """The demo's secrets live beside its database, so that a second start can open what the first one sealed.

    What an older demo had no secret for yet is added to what it has.
    """
    path = local / "keys.json"
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        local.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _keep(fresh_secrets(), draft)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            draft.unlink()
        found = json.loads(path.read_text())
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise ValueError("it is not a set of secrets")
        if LATER not in found and found:
            found[LATER] = fresh_secrets()[LATER]
            _keep(found, draft)
            draft.replace(path)
        return found
    except (OSError, ValueError) as error:
        raise Refusal(f"The demo's secrets in {path} cannot be read or made: {error}.") from error


def _keep(found: dict[str, str], path: Path) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(found, indent=1))


def _strong(name: str, value: str) -> str:
    if len(value) < WEAK_BELOW or len(set(value)) < 12:
        raise Refusal(
            f"{name} is too weak (under {WEAK_BELOW} characters, or few different ones); `python -m app.config` prints a strong one."
        )
    return value


def is_loopback(host: str | None) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _provider(prefix: str, env: Mapping[str, str], claims: str) -> Provider | None:
    """All of a provider or nothing: half of one would be a door that looks shut."""
    wanted = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "ACR")
    given = {name: env.get(prefix + name, "").strip() for name in (*wanted, "CLAIMS", "UNIT_CLAIMS", "SCOPE")}
    if not any(given.values()):
        return None
    if missing := [prefix + name for name in wanted if not given[name]]:
        raise Refusal(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set; give all of {prefix}ISSUER, _CLIENT_ID, _CLIENT_SECRET and _ACR, or none."
        )
    issuer = urlsplit(given["ISSUER"])
    local = issuer.scheme == "http" and is_loopback(issuer.hostname) and env.get("DEMO", "") == "1"
    if not issuer.hostname or not (issuer.scheme == "https" or local) or issuer.query or issuer.fragment:
        raise Refusal(
            f"{prefix}ISSUER is no issuer's address; give the one in its description, beginning with https://."
        )
    return Provider(
        issuer=given["ISSUER"],
        client_id=given["CLIENT_ID"],
        client_secret=given["CLIENT_SECRET"],
        acr=tuple(given["ACR"].split()),
        claims=tuple((given["CLAIMS"] or claims).split()),
        unit_claims=tuple((given["UNIT_CLAIMS"] or UNIT_CLAIMS).split()),
        scope=given["SCOPE"] or "openid",
    )


def _scalars(name: str, value: str) -> Keyset:
    found = _keyset(name, value)
    for number, key in found.keys.items():
        if not 0 < int.from_bytes(key, "big") < POINTS:
            raise Refusal(
                f"{name} {number} is no private key on the curve P-256; `python -m app.config` prints one that is."
            )
    return found


def _subject(text: str, base_url: str) -> str:
    """Whom a push service turns to when something is wrong with what we send (RFC 8292, section 2.1)."""
    subject = text or (base_url if base_url.startswith("https://") else "mailto:drift@example.org")
    if not re.fullmatch(r"(mailto:[^\s@]+@[^\s@]+|https://\S+)", subject):
        raise Refusal(f"VAPID_SUBJECT is {subject[:60]!r}; give an address that begins with mailto: or https://.")
    return subject


def _stand_in(text: str, demo: bool) -> str | None:
    """The tests' own push service; in the demo on this machine only, since every push goes there instead."""
    if not text:
        return None
    if not demo or not is_loopback(urlsplit(text).hostname):
        raise Refusal("PUSH_STAND_IN is for the demo on one machine only; leave it out.")
    return text.rstrip("/")


def _mail_server(text: str) -> str | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        there = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        there = False
    if not there:
        raise Refusal("SMTP_URL is no mail server's address; it is written as smtp://user:password@host:587.")
    if not unquote((parts.username or "") + (parts.password or "")).isascii():
        raise Refusal(
            "SMTP_URL has letters outside ASCII in its user or password, which mail servers read differently; choose others."
        )
    return text


def _sender(text: str, base_url: str) -> str:
    sender = text or f"narlinjen@{urlsplit(base_url).hostname}"
    if not sender.isascii() or not re.fullmatch(r"[^\s@<>,]+@[^\s@<>,]+", sender):
        raise Refusal(f"MAIL_FROM is {sender[:60]!r}; give the bare address that e-mail is sent from.")
    return sender


def _sms(text: str, demo: bool) -> str | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        safe = parts.scheme == "https" or (demo and parts.scheme == "http" and is_loopback(parts.hostname))
        there = safe and bool(parts.hostname) and parts.port != 0 and text.isascii()
    except ValueError:
        there = False
    if not there:
        raise Refusal("SMS_URL is no address to send to; it begins with https://.")
    return text


def _token(text: str) -> str | None:
    if not re.fullmatch(r"[!-~]*", text):
        raise Refusal("SMS_TOKEN has spaces or letters that do not fit in a header; give it as the service wrote it.")
    return text or None


def _years(text: str) -> int | None:
    """How many years a month of the access log is kept; for ever when nothing is said. HSLF-FS 2016:40: at least 5."""
    if not text:
        return None
    if not _is_number(text) or not LEAST_YEARS <= int(text) <= 100:
        raise Refusal(
            f"LOG_YEARS is {text[:20]!r}; the access log is kept for {LEAST_YEARS} to 100 years, or for ever when it is not set."
        )
    return int(text)


_EXCHANGE = ("CERTIFICATE", "KEY", "AUTHORITIES", "INSIDE")


def _exchange(given: Mapping[str, str]) -> Exchange:
    for name in ("CERTIFICATE", "KEY", "AUTHORITIES"):
        if given[name] and not Path(given[name]).is_file():
            raise Refusal(f"FHIR_{name} is {given[name][:80]!r}, and there is no such file.")
    if bool(given["CERTIFICATE"]) != bool(given["KEY"]):
        raise Refusal("FHIR_CERTIFICATE and FHIR_KEY go together: give both files, or neither.")
    certificate, key, authorities = (given[name] or None for name in _EXCHANGE[:3])
    return Exchange(certificate, key, authorities, frozenset(given["INSIDE"].lower().split()))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9


def _key(name: str, value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32 or len(set(key)) < 8:
        raise Refusal(f"{name} is not a 256-bit key in base64; `python -m app.config` prints one.")
    return key


def _keyset(name: str, value: str) -> Keyset:
    keys: dict[int, bytes] = {}
    for part in value.split(","):
        number, _, key = part.strip().partition(":")
        if not _is_number(number) or not 0 < int(number) < 256 or int(number) in keys:
            raise Refusal(
                f"{name} is written as 2:KEY,1:KEY with different numbers from 1 to 255, the one to write with first."
            )
        keys[int(number)] = _key(name, key)
    return Keyset(keys, next(iter(keys)))


if __name__ == "__main__":
    for name, value in fresh_secrets().items():
        echo(f"{name}={value}")

"""OpenID Connect: what a provider of e-identification is asked, and whether its word holds.

Authorization code with PKCE (RFC 7636, S256), state, nonce and acr (OpenID Connect Core 1.0, 3.1). Every refusal has a
reason of its own, so that the page and the log can say which.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.config import Provider, is_loopback

ALGORITHMS = ["RS256", "PS256", "ES256"]
LIVES = timedelta(minutes=15)
LEEWAY = timedelta(seconds=60)
PATIENCE = 5.0
MOST_BYTES = 1_000_000
KNOWN = 8
WHY = "cancelled provider state nonce issuer audience expired early signature level claim late".split()


class Refuted(Exception):
    """Why a sign-in does not hold: one of WHY."""

    def __init__(self, why: str) -> None:
        assert why in WHY
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Asked:
    """What this browser asked with, kept by it until the answer comes."""

    state: str
    nonce: str
    verifier: str
    at: str


@dataclass(frozen=True)
class Vouched:
    """Whom the provider says that has signed in: what we know people by, their name where it was said, and the unit
    that they chose there; nothing when they chose none.
    """

    whom: str
    name: str
    unit: str


class _Stay(HTTPRedirectHandler):
    """A provider's own addresses lead nowhere else."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


_opener = build_opener(_Stay)


def begin(provider: Provider, *, back: str, language: str, now: datetime) -> tuple[str, Asked]:
    """Where to send the browser, and what it must remember; raises Refuted when the provider cannot be reached."""
    state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
    asked = Asked(state, nonce, verifier, now.isoformat())
    digest = hashlib.sha256(asked.verifier.encode()).digest()
    values = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": provider.scope,
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "acr_values": " ".join(provider.acr),
        # Whoever had the phone before may still be known to the provider.
        "prompt": "login",
        "ui_locales": language,
    }
    where = _description(provider.issuer, _hour(now))["authorization_endpoint"]
    return f"{where}{'&' if '?' in where else '?'}{urlencode(values)}", asked


def finish(provider: Provider, asked: Asked | None, answer: Mapping[str, str], *, back: str, now: datetime) -> Vouched:
    """Who the provider says that has signed in, by the first of the claims we go by. Raises Refuted."""
    if asked is None or not hmac.compare_digest(asked.state.encode(), answer.get("state", "").encode()):
        raise Refuted("state")
    if not datetime.fromisoformat(asked.at) <= now < datetime.fromisoformat(asked.at) + LIVES:
        raise Refuted("late")
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise Refuted("issuer")
    if answer.get("error") in ("access_denied", "login_required", "interaction_required"):
        raise Refuted("cancelled")
    if "error" in answer or not answer.get("code"):
        raise Refuted("provider")
    there = _description(provider.issuer, _hour(now))
    token = _token(provider, there["token_endpoint"], answer["code"], asked.verifier, back)
    claims = _opened(token, there["jwks_uri"], _hour(now))
    _check(provider, claims, asked.nonce, now)
    if not (whom := _first(claims, provider.claims)):
        raise Refuted("claim")
    return Vouched(whom, _name(claims), _first(claims, provider.unit_claims))


def _first(claims: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first of these that says something; nothing when none does."""
    return next((found for name in names if isinstance(found := claims.get(name), str) and found), "")


def _name(claims: Mapping[str, Any]) -> str:
    """The whole name, or what it is made of (OpenID Connect Core 1.0, 5.1)."""
    parts = [it for it in (claims.get("given_name"), claims.get("family_name")) if isinstance(it, str)]
    whole = claims.get("name")
    return (whole if isinstance(whole, str) and whole.strip() else " ".join(parts)).strip()


def _token(provider: Provider, where: str, code: str, verifier: str, back: str) -> str:
    values = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    whom = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
    found = _fetch(
        where,
        data=urlencode(values).encode(),
        headers={"Authorization": f"Basic {base64.b64encode(whom.encode()).decode()}"},
    )
    token = found.get("id_token")
    if not isinstance(token, str):
        raise Refuted("provider")
    return token


def _opened(token: str, where: str, hour: int) -> dict[str, Any]:
    """What a token says, when one of the provider's own keys has signed it; keys that are new are asked for once."""
    for fresh in (False, True):
        if fresh:
            _keys.cache_clear()
        try:
            return dict(jwt.decode(token, _keys(where, hour), algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    raise Refuted("signature")


def _check(provider: Provider, claims: Mapping[str, Any], nonce: str, now: datetime) -> None:
    if claims.get("iss") != provider.issuer:
        raise Refuted("issuer")
    whom = claims.get("aud")
    several = isinstance(whom, list) and len(whom) > 1
    if provider.client_id not in (whom if isinstance(whom, list) else [whom]):
        raise Refuted("audience")
    if (several or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise Refuted("audience")
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if not _is_moment(claims.get("exp")) or claims["exp"] <= at - leeway:
        raise Refuted("expired")
    if not _is_moment(claims.get("iat")) or max(claims["iat"], claims.get("nbf") or 0) > at + leeway:
        raise Refuted("early")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Refuted("nonce")
    if claims.get("acr") not in provider.acr:
        raise Refuted("level")


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hour(now: datetime) -> int:
    """What is fetched is kept for an hour at most, so that a key that is withdrawn does not live on here."""
    return int(now.timestamp()) // 3600


@lru_cache(KNOWN)
def _description(issuer: str, _hour: int) -> dict[str, str]:
    """The provider's own description of itself."""
    found = _fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != issuer or not all(_is_safe(found.get(name)) for name in wanted):
        raise Refuted("provider")
    return {name: found[name] for name in wanted}


@lru_cache(KNOWN)
def _keys(url: str, _hour: int) -> KeySet:
    found = _fetch(url)
    # What is not a key that signs, or not of a kind we take, is none of our business.
    mine = [key for key in found.get("keys", []) if key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"]
    return KeySet.import_key_set({"keys": mine})


def _is_safe(url: object) -> bool:
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _fetch(url: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    if not _is_safe(url):
        raise Refuted("provider")
    request = Request(url, data=data, headers={"Accept": "application/json", **(headers or {})})
    try:
        with _opener.open(request, timeout=PATIENCE) as answer:
            found = json.loads(answer.read(MOST_BYTES))
    except HTTPError as error:
        error.close()
        raise Refuted("provider") from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise Refuted("provider") from error
    if not isinstance(found, dict):
        raise Refuted("provider")
    return found

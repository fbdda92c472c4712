"""OIDC tokens checked: signature by the issuer's present keys, issuer, audience, times, and how fresh the login is.

Threat: forged, replayed-elsewhere, unsigned or endless tokens. Mechanism: algorithms pinned by the settings, keys from
the issuer's JWKS only, every claim essential. Guarantee: no token without exp, iat, iss, aud and sub passes, whatever
its header says. An unknown key id makes the keys be read again, at most every half minute.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from interlock.core.clock import Clock
from interlock.core.errors import NotSignedIn, Unreachable
from interlock.core.identity.principal import Principal
from interlock.core.identity.settings import OidcSettings

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

KEYS_LAST = timedelta(hours=1)
KEYS_AGAIN = timedelta(seconds=30)
MAX_TOKEN = 16_384


class Fetch(Protocol):
    """Reads a URL; `core.outbound.Outbound` is one."""

    def get(self, url: str) -> bytes:
        """The body. Raises Unreachable."""


@dataclass(frozen=True)
class Claims:
    """A token that holds. `auth_time` is when the person last proved who they are, seconds since 1970."""

    subject: str
    groups: tuple[str, ...]
    expires: int
    issued: int
    auth_time: int | None
    acr: str
    raw: Mapping[str, JsonValue]

    @property
    def delegated(self) -> bool:
        """Whether this is an access token (RFC 9068), which a client of the person holds, and no proof of a login."""
        return "scope" in self.raw or "scp" in self.raw

    def principal(self, surface: str) -> Principal:
        """The principal; its groups are claims, good for reading only."""
        return Principal(f"oidc:{self.subject}", groups=self.groups, surface=surface)


class Issuer:
    """One identity provider."""

    def __init__(self, settings: OidcSettings, fetch: Fetch, clock: Clock) -> None:
        self._settings = settings
        self._keys = _Keys(settings, fetch, clock)
        self._clock = clock

    def verified(self, token: str) -> Claims:
        """The claims of a token that holds.

        Raises:
            NotSignedIn: saying what does not hold.
            Unreachable: when the issuer's keys cannot be read and none are known.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError

        if len(token) > MAX_TOKEN:
            raise NotSignedIn("the token is too long")
        want = self._settings
        try:
            read = jwt.decode(token, self._keys.for_token(token), algorithms=list(want.algorithms))
            jwt.JWTClaimsRegistry(
                now=lambda: int(self._clock.now().timestamp()),
                leeway=want.leeway_seconds,
                iss={"essential": True, "value": want.issuer},
                aud={"essential": True, "value": want.audience},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
            ).validate(read.claims)
        except JoseError as error:
            raise NotSignedIn(f"the token does not hold: {_why(error)}", hint="sign in again") from None
        except (ValueError, TypeError, KeyError):
            raise NotSignedIn("the token cannot be read", hint="sign in again") from None
        return _claims(read.claims, want)

    def keys(self) -> int:
        """How many keys it has, read now.

        Raises:
            Unreachable: when they cannot be read.
            NotSignedIn: when it says that it is another issuer.
        """
        return self._keys.count()

    def check_fresh(self, claims: Claims, within: timedelta, *, acr: str = "") -> None:
        """Step-up: the login itself must be recent, and of the wanted strength.

        Raises:
            NotSignedIn: when it is not, or the token does not say.
        """
        if claims.auth_time is None:
            raise NotSignedIn(
                "the token does not say when you signed in", hint="the issuer must send auth_time"
            )
        age = int(self._clock.now().timestamp()) - claims.auth_time
        if age > within.total_seconds() or age < -self._settings.leeway_seconds:
            raise NotSignedIn("the login is not fresh enough for this", hint="sign in again")
        if acr and claims.acr != acr:
            raise NotSignedIn(
                f"this needs a login of strength {acr!r}", hint="sign in with your second factor"
            )


class _Keys:
    """The issuer's public keys, read again when they are old or a token names one that is not among them."""

    def __init__(self, settings: OidcSettings, fetch: Fetch, clock: Clock) -> None:
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._known: KeySet | None = None
        self._read_at = clock.now() - timedelta(days=1)

    def for_token(self, token: str) -> KeySet:
        """The keys, among them the one the token's header names where the issuer has it."""
        kid = _kid(token)
        with self._lock:
            age = self._clock.now() - self._read_at
            if self._known is None or age > KEYS_LAST or (age > KEYS_AGAIN and not self._has(kid)):
                self._refresh()
            if self._known is None:
                raise Unreachable(
                    "the identity provider's keys cannot be read", hint="see `interlock doctor`"
                )
            if not self._has(kid):
                raise NotSignedIn("the token is signed by a key the issuer does not have")
            return self._known

    def count(self) -> int:
        """How many there are, read now; what is known already stays when they cannot be read."""
        with self._lock:
            self._known, self._read_at = self._read(), self._clock.now()
            return len(self._known.keys)

    def _has(self, kid: str) -> bool:
        return self._known is not None and any(key.kid == kid for key in self._known.keys)

    def _refresh(self) -> None:
        try:
            self._known, self._read_at = self._read(), self._clock.now()
        except Unreachable:
            # Known keys serve until they are old: a provider that is away for a minute locks nobody out.
            if self._clock.now() - self._read_at > KEYS_LAST:
                self._known = None

    def _read(self) -> KeySet:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            said = json.loads(self._fetch.get(self._url()))
            usable = [
                key for key in said["keys"] if key.get("kty") != "oct" and key.get("use", "sig") == "sig"
            ]
            return KeySet.import_key_set({"keys": usable})
        except (ValueError, KeyError, TypeError, AttributeError, JoseError):
            raise Unreachable("the identity provider's keys are not a JWKS") from None

    def _url(self) -> str:
        if self._settings.jwks_url:
            return self._settings.jwks_url
        place = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        said = json.loads(self._fetch.get(place))
        if said.get("issuer") != self._settings.issuer:
            raise NotSignedIn("the identity provider's discovery document names another issuer")
        return str(said["jwks_uri"])


def _kid(token: str) -> str:
    from joserfc.util import urlsafe_b64decode

    try:
        header = json.loads(urlsafe_b64decode(token.split(".", 1)[0].encode()))
        kid = header["kid"]
    except (ValueError, KeyError, TypeError):
        raise NotSignedIn("the token's header cannot be read, or names no key") from None
    if not isinstance(kid, str):
        raise NotSignedIn("the token's header names no key")
    return kid


def _claims(said: Mapping[str, JsonValue], want: OidcSettings) -> Claims:
    subject = said.get(want.subject_claim)
    if not isinstance(subject, str) or not subject:
        raise NotSignedIn(f"the token has no {want.subject_claim}")
    groups, auth_time = said.get(want.groups_claim), said.get("auth_time")
    return Claims(
        subject=subject,
        groups=tuple(g for g in groups if isinstance(g, str)) if isinstance(groups, list) else (),
        expires=_number(said["exp"]),
        issued=_number(said["iat"]),
        auth_time=_number(auth_time) if auth_time is not None else None,
        acr=str(said.get("acr") or ""),
        raw=said,
    )


def _number(value: JsonValue) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotSignedIn("the token has a time that is no number")
    return int(value)


def _why(error: Exception) -> str:
    # The library's words name the claim, never its value.
    words = " ".join(type(error).__name__.removesuffix("Error").split("_"))
    claim = getattr(error, "claim", "")
    return f"{words} {claim}".strip()

"""No token passes that the issuer did not sign, for us, with an end that is still to come."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from interlock.core.clock import FixedClock
from interlock.core.errors import NotSignedIn, Unreachable
from interlock.core.identity.oidc import Issuer
from interlock.core.identity.settings import OidcSettings

Provider = Any
AT = 1776509400


class Moving:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self._at = datetime.fromtimestamp(AT, UTC)

    def now(self) -> datetime:
        return self._at

    def on(self, by: timedelta) -> None:
        self._at += by


def test_a_good_token_is_a_person_with_the_groups_it_claims(issuer: Issuer, provider: Provider) -> None:
    claims = issuer.verified(provider.token(auth_time=AT - 60, acr="mfa"))
    who = claims.principal("web")
    assert (who.id, who.kind, who.groups, who.surface) == ("oidc:ana", "person", ("sre",), "web")
    assert (claims.auth_time, claims.acr) == (AT - 60, "mfa")


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": AT - 31}, "Expired"),
        ({"aud": "another-service"}, "aud"),
        ({"aud": ["a", "b"]}, "aud"),
        ({"iss": "https://evil.example.com"}, "iss"),
        ({"drop": "exp"}, "exp"),
        ({"drop": "iat"}, "iat"),
        ({"drop": "sub"}, "sub"),
        ({"drop": "aud"}, "aud"),
        ({"drop": "iss"}, "iss"),
        ({"nbf": AT + 600}, "nbf|Invalid"),
        ({"iat": AT + 600}, "iat|Invalid"),
        ({"sub": ""}, "sub"),
        ({"exp": "soon"}, "exp|Invalid"),
    ],
)
def test_a_token_with_a_wrong_or_missing_claim_is_refused_by_its_name(
    issuer: Issuer, provider: Provider, claims: dict[str, Any], said: str
) -> None:
    token = provider.token(**claims)
    with pytest.raises(NotSignedIn, match=said) as refused:
        issuer.verified(token)
    assert token not in refused.value.message


def part(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def test_alg_none_is_refused(issuer: Issuer, provider: Provider) -> None:
    body = provider.token().split(".")[1]
    for algorithm in ("none", "None", "NONE"):
        with pytest.raises(NotSignedIn):
            issuer.verified(f"{part({'alg': algorithm, 'kid': 'k1'})}.{body}.")


def test_a_token_signed_by_the_public_key_as_a_shared_secret_is_refused(
    issuer: Issuer, provider: Provider
) -> None:
    # Made by hand: the library itself would not sign with a public key.
    said = {"iss": provider.issuer, "aud": "interlock", "sub": "ana", "iat": AT, "exp": AT + 600}
    signed = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(said)}"
    secret = provider.keys[0].as_pem(private=False)
    mac = hmac.new(secret, signed.encode(), "sha256").digest()
    forged = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    with pytest.raises(NotSignedIn):
        issuer.verified(forged)


def test_another_algorithm_than_the_settings_name_is_refused(issuer: Issuer, provider: Provider) -> None:
    with pytest.raises(NotSignedIn):
        issuer.verified(provider.token(header={"alg": "PS256"}))


def test_a_key_in_the_tokens_own_header_is_never_used(issuer: Issuer, provider: Provider) -> None:
    forger = RSAKey.generate_key(2048, {"kid": "k1"})
    said = {"iss": provider.issuer, "aud": "interlock", "sub": "ana", "iat": AT, "exp": AT + 600}
    header = {"alg": "RS256", "kid": "k1", "jwk": forger.as_dict(private=False), "jku": "http://127.0.0.1:9/"}
    with pytest.raises(NotSignedIn):
        issuer.verified(jwt.encode(header, said, forger))


def test_an_unknown_key_id_is_refused_and_does_not_hammer_the_issuer(
    issuer: Issuer, provider: Provider
) -> None:
    issuer.verified(provider.token())
    before = provider.asked.count("/keys")
    for number in range(20):
        with pytest.raises(NotSignedIn, match="does not have"):
            issuer.verified(provider.token(header={"kid": f"nobody-{number}"}))
    assert provider.asked.count("/keys") == before


def test_a_rotated_key_is_found_and_the_old_one_no_longer_passes(
    settings: OidcSettings, outbound: Any, provider: Provider
) -> None:
    clock = Moving()
    issuer = Issuer(settings, outbound, clock)
    old = provider.token()
    issuer.verified(old)
    provider.rotate()
    clock.on(timedelta(seconds=31))
    issuer.verified(provider.token())
    with pytest.raises(NotSignedIn):
        issuer.verified(old)


def test_known_keys_serve_while_the_issuer_is_away_and_not_for_ever(
    settings: OidcSettings, outbound: Any, provider: Provider
) -> None:
    clock = Moving()
    issuer = Issuer(settings, outbound, clock)
    issuer.verified(provider.token())
    provider.down = True
    clock.on(timedelta(minutes=30))
    issuer.verified(provider.token(exp=AT + 86_400))
    clock.on(timedelta(minutes=31))
    with pytest.raises(Unreachable):
        issuer.verified(provider.token(exp=AT + 86_400))


def test_why_the_keys_cannot_be_read_is_said_to_who_looks(issuer: Issuer, provider: Provider) -> None:
    provider.down = True
    with pytest.raises(Unreachable, match="503"):
        issuer.keys()


def test_a_look_at_the_keys_that_fails_locks_nobody_out(issuer: Issuer, provider: Provider) -> None:
    token = provider.token()
    issuer.verified(token)
    provider.down = True
    with pytest.raises(Unreachable):
        issuer.keys()
    assert issuer.verified(token).subject == "ana"


def test_a_discovery_document_of_another_issuer_is_not_believed(
    outbound: Any, clock: FixedClock, provider: Provider
) -> None:
    wanted = OidcSettings(issuer=f"{provider.issuer}/tenant", audience="interlock")
    with pytest.raises(NotSignedIn, match="another issuer"):
        Issuer(wanted, outbound, clock).verified(provider.token(iss=wanted.issuer))


@pytest.mark.parametrize(
    ("claims", "acr", "said"),
    [
        ({}, "", "does not say when"),
        ({"auth_time": AT - 301}, "", "not fresh"),
        ({"auth_time": AT + 3600}, "", "not fresh"),
        ({"auth_time": AT - 10, "acr": "pwd"}, "mfa", "strength 'mfa'"),
    ],
)
def test_a_decision_needs_a_fresh_login_of_the_wanted_strength(
    issuer: Issuer, provider: Provider, claims: dict[str, Any], acr: str, said: str
) -> None:
    with pytest.raises(NotSignedIn, match=said):
        issuer.check_fresh(issuer.verified(provider.token(**claims)), timedelta(minutes=5), acr=acr)


def test_a_fresh_login_passes(issuer: Issuer, provider: Provider) -> None:
    fresh = issuer.verified(provider.token(auth_time=AT - 299, acr="mfa"))
    issuer.check_fresh(fresh, timedelta(minutes=5), acr="mfa")


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=200),
        st.binary(max_size=90).map(lambda b: base64.urlsafe_b64encode(b).decode() + ".x.y"),
    )
)
def test_any_text_is_refused_without_a_traceback(issuer: Issuer, provider: Provider, text: str) -> None:
    with pytest.raises(NotSignedIn):
        issuer.verified(text)

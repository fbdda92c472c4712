"""Nobody gets in without a proof that holds, and a proof that is there and does not hold is never passed over."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography import x509

from interlock.core.clock import SystemClock
from interlock.core.errors import BadInput
from interlock.core.identity.settings import IdentitySettings
from interlock.core.identity.tokens import Tokens
from interlock.surfaces.http.front import check_exposure
from interlock.surfaces.http.settings import ServeSettings

Serve = Callable[..., Any]
WHO = "/api/v1/whoami"


def oidc(provider: Any, **more: Any) -> dict[str, Any]:
    return {"oidc": {"issuer": provider.issuer, "audience": "interlock", **more}}


def test_on_loopback_without_a_login_it_is_the_user_who_started_it(serve: Serve) -> None:
    with serve() as service, service.client() as client:
        assert client.get(WHO).json()["principal"] == "local:tester"


def test_with_a_provider_configured_a_request_without_proof_is_401(serve: Serve, provider: Any) -> None:
    with serve(identity=oidc(provider)) as service, service.client() as client:
        for method, path in (("GET", WHO), ("POST", "/api/v1/ask"), ("POST", "/api/v1/triage"), ("GET", "/metrics"),
                             ("GET", "/api/v1/evidence/more_x")):  # fmt: skip
            body = {"question": "x"} if path.endswith("ask") else {"alert": {}}
            answer = client.request(method, path, json=body if method == "POST" else None)
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == "Bearer"
        assert client.get("/healthz").status_code == 200


def test_the_providers_token_is_a_person_under_their_canonical_id(serve: Serve, provider: Any) -> None:
    identity = {**oidc(provider), "people": {"person:ana": ["oidc:ana", "local:ana"]}}
    with serve(identity=identity) as service, service.client() as client:
        said = client.get(WHO, headers={"authorization": f"Bearer {provider.token()}"}).json()
        assert said == {"principal": "person:ana", "came_by": "oidc:ana", "known": True, "scopes": ["*"]}


@pytest.mark.parametrize(
    "header", ["Bearer x.y.z", "Bearer", "Basic YW5hOnB3", "Bearer ilk_000000000000_" + "A" * 43]
)
def test_a_proof_that_does_not_hold_is_401_even_beside_a_good_session(
    serve: Serve, provider: Any, header: str
) -> None:
    identity = oidc(provider, client_id="interlock")
    with serve({"public_url": "http://localhost"}, identity=identity) as service, service.client() as client:
        sign_in(client, provider)
        assert client.get(WHO).status_code == 200
        answer = client.get(WHO, headers={"authorization": header})
        assert answer.status_code == 401
        assert "x.y.z" not in answer.text


def test_a_service_token_gets_in_for_its_scopes_alone(serve: Serve, provider: Any) -> None:
    with serve(identity=oidc(provider)) as service, service.client() as client:
        tokens = Tokens(service.runtime.parts.store, SystemClock())
        text, kept = tokens.create("svc:grafana", scopes=["metrics"], lasting=timedelta(days=1))
        headers = {"authorization": f"Bearer {text}"}
        assert client.get("/metrics", headers=headers).status_code == 200
        refused = client.post("/api/v1/ask", json={"question": "why?"}, headers=headers)
        assert refused.status_code == 403 and "token-scope" in refused.json()["error"]
        tokens.revoke(kept.id)
        assert client.get("/metrics", headers=headers).status_code == 401


def test_a_service_may_not_read_by_default_policy(serve: Serve, provider: Any) -> None:
    with serve(identity=oidc(provider)) as service, service.client() as client:
        tokens = Tokens(service.runtime.parts.store, SystemClock())
        text, _ = tokens.create("svc:x", scopes=["read"], lasting=timedelta(days=1))
        asked = client.post(
            "/api/v1/ask",
            json={"question": "how many pods are there?"},
            headers={"authorization": f"Bearer {text}"},
        )
        assert "services-need-a-rule" in json.dumps(asked.json())


def sign_in(client: httpx.Client, provider: Any, **asked: str) -> httpx.Response:
    """Walks through the login as a browser does."""
    begun = client.get("/login", params=asked)
    query = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
    code = provider.authorize(query)
    return client.get("/login/callback", params={"state": query["state"], "code": code})


@pytest.fixture
def login(serve: Serve, provider: Any) -> Any:
    return serve(
        {"public_url": "http://localhost"}, identity=oidc(provider, client_id="interlock", client_secret="s")
    )


def test_a_login_ends_in_a_session_that_scripts_cannot_read(login: Any, provider: Any) -> None:
    with login as service, service.client() as client:
        done = sign_in(client, provider, back="/where?x=1")
        assert (done.status_code, done.headers["location"]) == (303, "/where?x=1")
        cookie = next(c for c in done.headers.get_list("set-cookie") if c.startswith("interlock_session"))
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie
        assert client.get(WHO).json()["principal"] == "oidc:ana"
        assert client.post("/logout").status_code == 204
        assert client.get(WHO).status_code == 401


@pytest.mark.parametrize("back", ["https://evil.example.com", "//evil.example.com", "/\\evil", "evil"])
def test_a_login_never_leads_away_from_us(login: Any, provider: Any, back: str) -> None:
    with login as service, service.client() as client:
        assert sign_in(client, provider, back=back).headers["location"] == "/"


def test_a_login_begun_elsewhere_is_refused(login: Any, provider: Any) -> None:
    with login as service, service.client() as mine, service.client() as theirs:
        query = dict(parse_qsl(urlsplit(theirs.get("/login").headers["location"]).query))
        code = provider.authorize(query)
        mine.get("/login")
        assert mine.get("/login/callback", params={"state": query["state"], "code": code}).status_code == 401
        with service.client() as nobody:
            asked = {"state": query["state"], "code": code}
            assert nobody.get("/login/callback", params=asked).status_code == 401


def test_a_code_is_good_for_the_browser_that_began_and_once(login: Any, provider: Any) -> None:
    with login as service, service.client() as client:
        query = dict(parse_qsl(urlsplit(client.get("/login").headers["location"]).query))
        code = provider.authorize({**query, "code_challenge": "somebody-elses"})
        assert (
            client.get("/login/callback", params={"state": query["state"], "code": code}).status_code == 401
        )


def test_an_id_token_with_another_nonce_is_refused(login: Any, provider: Any) -> None:
    provider.claims = {"nonce": "replayed"}
    with login as service, service.client() as client:
        assert sign_in(client, provider).status_code == 401


def test_a_session_that_was_changed_is_refused(login: Any, provider: Any) -> None:
    with login as service, service.client() as client:
        sign_in(client, provider)
        head, body, mac = client.cookies["interlock_session"].split(".")
        said = json.loads(base64.urlsafe_b64decode(body + "=="))
        forged = base64.urlsafe_b64encode(json.dumps({**said, "sub": "root"}).encode()).rstrip(b"=").decode()
        client.cookies.clear()
        answer = client.get(WHO, headers={"cookie": f"interlock_session={head}.{forged}.{mac}"})
        assert answer.status_code == 401


def test_only_certificates_of_the_configured_authority_get_in(
    serve: Serve, authority: Callable[[str], Any], trusting: Callable[..., ssl.SSLContext]
) -> None:
    ours, foreign = authority("ours"), authority("foreign")
    person = ours.issue("anything", x509.RFC822Name("ana@corp"))
    nameless = ours.issue("admin")
    stranger = foreign.issue("stranger", x509.RFC822Name("ana@corp"))
    people = {"people": {"oidc:ana": ["cert:email:ana@corp"]}}
    with serve({**ours.server(), "client_ca": str(ours.file)}, identity=people) as service:
        with service.client(verify=trusting(ours, *person)) as client:
            assert client.get(WHO).json()["principal"] == "oidc:ana"
        with service.client(verify=trusting(ours, *nameless)) as client:
            assert client.get(WHO).status_code == 401
        for context in (trusting(ours), trusting(ours, *stranger)):
            with (
                service.client(verify=context) as client,
                pytest.raises(httpx.TransportError),
            ):
                client.get(WHO)


@pytest.mark.parametrize(
    ("serve_settings", "identity", "said"),
    [
        ({"host": "0.0.0.0"}, {}, "nobody could be told apart"),
        ({"host": "192.0.2.1"}, {}, "nobody could be told apart"),
        ({"host": "0.0.0.0"}, {"oidc": {"issuer": "https://i", "audience": "a"}}, "without TLS"),
        ({"tls_cert": "c"}, {}, "go together"),
        ({"client_ca": "c"}, {}, "needs TLS"),
        ({}, {"oidc": {"issuer": "https://i", "audience": "a", "client_id": "c"}}, "public_url"),
    ],
)
def test_it_refuses_to_be_open_to_others(
    serve_settings: dict[str, str], identity: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        check_exposure(
            ServeSettings.model_validate(serve_settings), IdentitySettings.model_validate(identity)
        )

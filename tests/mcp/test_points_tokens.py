"""Points 5 to 10 and 27 of the checklist: whose token it is, what it is good for, and where it may not go."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from interlock.core.clock import SystemClock
from interlock.core.identity.tokens import Tokens
from interlock.tools.registry import all_tools

LIST = {"kind": "pods", "namespace": "checkout"}
CALL = {"name": "kubernetes_list", "arguments": LIST}


def oidc(provider: Any, **more: Any) -> dict[str, Any]:
    return {"identity": {"oidc": {"issuer": provider.issuer, "audience": "interlock", **more}}}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_point_05_without_a_token_the_401_says_where_to_get_one(serve: Any, wire: Any, provider: Any) -> None:
    with serve(**oidc(provider)) as service, service.client() as client:
        for asked in (wire.modern("tools/list"), wire.initialize()):
            refused = client.post("/mcp", **asked)
            assert refused.status_code == 401
            where = f'resource_metadata="{service.url}/.well-known/oauth-protected-resource/mcp"'
            assert where in refused.headers["www-authenticate"]
            assert "error=" not in refused.headers["www-authenticate"]
        said = client.get("/.well-known/oauth-protected-resource/mcp").json()
        assert said["resource"] == f"{service.url}/mcp"
        assert said["authorization_servers"] == [provider.issuer]


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"exp": 1_000}, "an expired one"),
        ({"aud": "https://other.example/mcp"}, "one for another service"),
        ({"iss": "https://evil.example"}, "one of another issuer"),
    ],
)
def test_point_05_a_token_that_does_not_hold_is_401(
    serve: Any, wire: Any, provider: Any, claims: dict[str, Any], what: str
) -> None:
    token = provider.token(scope="interlock:read", **claims)
    with serve(**oidc(provider)) as service, service.client() as client:
        good = client.post(
            "/mcp", **wire.modern("tools/list", **bearer(provider.token(scope="interlock:read")))
        )
        assert good.status_code == 200
        refused = client.post("/mcp", **wire.modern("tools/list", **bearer(token)))
        assert refused.status_code == 401, what
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
        assert token not in refused.text + str(refused.headers)


def test_point_05_tokens_may_have_to_be_for_the_mcp_server_alone(
    serve: Any, wire: Any, provider: Any
) -> None:
    with (
        serve(**oidc(provider), mcp={"audience": "https://i.example/mcp"}) as service,
        service.client() as client,
    ):
        for_the_api = bearer(provider.token(scope="interlock:read"))
        assert client.post("/mcp", **wire.modern("tools/list", **for_the_api)).status_code == 401
        ours = bearer(provider.token(scope="interlock:read", aud="https://i.example/mcp"))
        assert client.post("/mcp", **wire.modern("tools/list", **ours)).status_code == 200


def test_point_05_a_token_without_our_scopes_is_403(serve: Any, wire: Any, provider: Any) -> None:
    with serve(**oidc(provider)) as service, service.client() as client:
        for token in (provider.token(scope="openid profile"), provider.token()):
            refused = client.post("/mcp", **wire.modern("tools/list", **bearer(token)))
            assert refused.status_code == 403
            assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
        for good in (provider.token(scope="openid interlock:read"), provider.token(scp=["interlock:read"])):
            assert client.post("/mcp", **wire.modern("tools/list", **bearer(good))).status_code == 200
        tokens = Tokens(service.runtime.parts.store, SystemClock())
        metrics, _ = tokens.create("svc:grafana", scopes=["metrics"], lasting=timedelta(days=1))
        assert client.post("/mcp", **wire.modern("tools/list", **bearer(metrics))).status_code == 403


class Heard:
    """A cluster that writes down the headers it got."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []
        heard = self.headers

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(
                    {name.lower(): value for name, value in self.headers.items()} | {":path": self.path}
                )
                body = json.dumps(
                    {"kind": "Status", "code": 403, "reason": "Forbidden", "message": "no"}
                ).encode()
                self.send_response(403)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def heard() -> Any:
    """A cluster that writes down what it is sent."""
    made = Heard()
    thread = threading.Thread(target=lambda: made.server.serve_forever(poll_interval=0.02))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_point_06_the_callers_token_goes_no_further(serve: Any, wire: Any, provider: Any, heard: Any) -> None:
    token = provider.token(scope="interlock:read")
    with serve(**oidc(provider), cluster_url=heard.url) as service, service.client() as client:
        said = wire.call(client, "kubernetes_list", LIST, **bearer(token))
        assert said["isError"]
        assert heard.headers
        assert all("authorization" not in one and token not in json.dumps(one) for one in heard.headers)


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization", "api_key"])
def test_point_06_a_token_in_a_url_is_not_taken(serve: Any, wire: Any, name: str) -> None:
    with serve() as service, service.client() as client:
        token = service.token("person:ana", "read")
        refused = client.post("/mcp", params={name: token}, **wire.modern("tools/list"))
        assert refused.status_code == 400
        beside = client.post("/mcp", params={name: "x"}, **wire.modern("tools/list", **bearer(token)))
        assert beside.status_code == 400


def test_point_07_a_token_for_reading_cannot_ask_for_a_change(serve: Any, wire: Any) -> None:
    change = {"action": "scale", "reason": "load", "args": {
        "cluster": "replay", "namespace": "checkout", "name": "checkout-api", "kind": "Deployment", "replicas": 5}}  # fmt: skip
    with serve(approvals={"enabled": True, "solo": True}) as service, service.client() as client:
        reading, asking = service.token("person:ana", "read"), service.token("person:ana", "request")
        names = {tool["name"] for tool in _tools(client, wire, reading)}
        assert "request_change" in names, "what is listed is the same for all; the call is what is checked"
        refused = wire.call(client, "request_change", change, **bearer(reading))
        assert refused["isError"] and "token-scope" in refused["content"][0]["text"]
        assert _changes(service) == []
        refused = wire.call(client, "kubernetes_list", LIST, **bearer(asking))
        assert refused["isError"] and "token-scope" in refused["content"][0]["text"]
        done = wire.call(client, "request_change", change, **bearer(asking))
        assert not done["isError"] and len(_changes(service)) == 1
        kept = wire.call(client, "kubernetes_list", LIST, **bearer(reading))["structuredContent"]["evidence"]
        unread = client.post("/mcp", **_reading(wire, f"evidence://{kept}", asking))
        assert "token" in json.dumps(wire.answer(unread)["error"])


def _changes(service: Any) -> list[Any]:
    return list(service.runtime.approvals.desk.list(service.runtime.parts.principal))


def _tools(client: Any, wire: Any, token: str) -> list[dict[str, Any]]:
    said = wire.answer(client.post("/mcp", **wire.modern("tools/list", **bearer(token))))
    return list(said["result"]["tools"])


def _reading(wire: Any, uri: str, token: str) -> dict[str, Any]:
    return dict(wire.modern("resources/read", {"uri": uri}, **bearer(token), **{"mcp-name": uri}))


def test_point_08_two_users_at_once_get_their_own_and_cannot_read_each_others(
    serve: Any, wire: Any, tmp_path: Any
) -> None:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "policy.yaml").write_text("version: 1\nname: two\nsecond_signature: 'off'\n")
    (bundle / "main.cedar").write_text(
        '@id("people-read")\npermit(principal is Interlock::Person, action == Interlock::Action::"read", resource);\n'
        '@id("bo-stays-out")\nforbid(principal == Interlock::Person::"person:bo", action == Interlock::Action::"read", '
        'resource) when { context.namespace == "checkout" };\n'
    )
    with serve(policy={"bundle": str(bundle)}) as service, service.client() as client:
        users = {name: service.token(f"person:{name}", "read") for name in ("ana", "bo")}

        def ask(number: int) -> tuple[str, dict[str, Any]]:
            name = ("ana", "bo")[number % 2]
            return name, wire.call(client, "kubernetes_list", {"kind": "pods"}, **bearer(users[name]))

        with ThreadPoolExecutor(6) as pool:
            answered = list(pool.map(ask, range(24)))
        for name, said in answered:
            text = said["structuredContent"]["text"]
            assert ("checkout-api" in text) == (name == "ana"), name
            assert "feature-store" in text
        hers = next(said for name, said in answered if name == "ana")["structuredContent"]["evidence"]
        assert "result" in wire.answer(
            client.post("/mcp", **_reading(wire, f"evidence://{hers}", users["ana"]))
        )
        stolen = wire.answer(client.post("/mcp", **_reading(wire, f"evidence://{hers}", users["bo"])))
        assert "another principal" in stolen["error"]["message"]
        assert [one["evidence"] for one in service.recorded("evidence.refused")] == [hers]


def test_point_09_a_session_answers_only_to_who_opened_it(serve: Any, wire: Any) -> None:
    with serve() as service, service.client() as client:
        ana, bo = service.token("person:ana", "read"), service.token("person:bo", "read")
        ids = [
            client.post("/mcp", **wire.initialize(**bearer(ana))).headers["mcp-session-id"] for _ in range(20)
        ]
        assert len(set(ids)) == 20 and all(len(one) >= 32 for one in ids)
        listed = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}

        def asked(**headers: str) -> int:
            base = wire.initialize()["headers"] | {
                "mcp-session-id": ids[0],
                "mcp-protocol-version": "2025-11-25",
            }
            return int(client.post("/mcp", json=listed, headers=base | headers).status_code)

        assert asked(**bearer(bo)) == 404
        assert asked() == 404, "an id is no proof: not even for the user of this machine"
        assert asked(**bearer("ilk_000000000000_" + "A" * 43)) == 401
        again = service.token("person:ana", "read")
        assert asked(**bearer(ana)) == asked(**bearer(again)) == 200
        assert client.delete("/mcp", headers={"mcp-session-id": ids[0], **bearer(bo)}).status_code == 404
        assert asked(**bearer(ana)) == 200


UPSTREAM = (
    "server",
    "url",
    "host",
    "kubeconfig",
    "context",
    "endpoint",
    "address",
    "namespace_url",
    "token",
    "as",
)


def test_point_10_no_argument_and_no_header_chooses_where_a_call_goes(
    serve: Any, wire: Any, heard: Any
) -> None:
    with serve(mcp={"toolsets": ["all"], "calls_per_minute": 10_000}) as service, service.client() as client:
        listed = wire.answer(client.post("/mcp", **wire.modern("tools/list")))["result"]["tools"]
        assert len(listed) >= len(all_tools())
        for tool in listed:
            assert not set(tool["inputSchema"]["properties"]) & set(UPSTREAM), tool["name"]
            for name in UPSTREAM:
                said = wire.call(client, tool["name"], {name: heard.url})
                assert said["isError"] and "unknown argument" in said["content"][0]["text"], (
                    tool["name"],
                    name,
                )
            if "cluster" in tool["inputSchema"]["properties"]:
                said = wire.call(client, tool["name"], {**_needed(tool), "cluster": heard.url})
                assert said["isError"] and "unknown cluster" in said["content"][0]["text"], tool["name"]
        headers = {"x-kubernetes-server": heard.url, "x-grafana-url": heard.url, "tfe-address": heard.url}
        assert not wire.call(client, "kubernetes_list", LIST, **headers)["isError"]
    assert heard.headers == []


def _needed(tool: dict[str, Any]) -> dict[str, Any]:
    properties = tool["inputSchema"]["properties"]
    made = {"string": "configmap", "object": {"labels": {"alertname": "x"}}, "integer": 1}
    return {name: made[properties[name]["type"]] for name in tool["inputSchema"].get("required", [])}


def test_point_27_a_challenge_asks_for_the_least_and_open_routes_tell_nothing(
    serve: Any, wire: Any, provider: Any
) -> None:
    with serve(**oidc(provider)) as service, service.client() as client:
        challenge = client.post("/mcp", **wire.modern("tools/list")).headers["www-authenticate"]
        assert 'scope="interlock:read"' in challenge and "interlock:request" not in challenge
        said = client.get("/.well-known/oauth-protected-resource/mcp").json()
        known = {
            "resource",
            "authorization_servers",
            "scopes_supported",
            "bearer_methods_supported",
            "resource_name",
        }
        assert set(said) == known
        for method in ("GET", "POST", "DELETE", "PUT", "OPTIONS"):
            assert client.request(method, "/mcp").status_code == 401, method
        assert client.get("/mcp/tools").status_code == 404

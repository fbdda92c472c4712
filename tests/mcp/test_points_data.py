"""Points 22 to 26 of the checklist: what may not leave, how much may, how long, and what is on record of it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import anyio
import pytest
from fakes.waiting_kube import Slow, served
from mcp import Client

from interlock.core.clock import SystemClock
from interlock.core.errors import BadInput
from interlock.core.identity import Principal
from interlock.core.identity.tokens import Tokens
from interlock.surfaces.mcp.callers import Caller
from interlock.surfaces.mcp.server import build_server
from interlock.surfaces.mcp.settings import McpSettings

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.Zq9Canary7KxSignatureSignatureSig"
SECRETS = (
    "hunter2Zq9Canary7Kx", JWT, "AKIAZQ9CANARY7KXABCD", "Zq9Canary7KxUserinfo", "Zq9Canary7KxHelmValue",
    base64.b64encode(b"Zq9Canary7KxSecretData").decode(),
)  # fmt: skip
LOG = (
    f"Authorization: Bearer {SECRETS[1]}\npassword={SECRETS[0]}\naws_access_key_id={SECRETS[2]}\n"
    f"dialing postgres://app:{SECRETS[3]}@db:5432/x\n"
    "-----BEGIN PRIVATE KEY-----\nMIIEvZq9Canary7KxPem\n-----END PRIVATE KEY-----\n"
)
LEAKS = (*SECRETS, "MIIEvZq9Canary7KxPem", "Zq9Canary7KxSecretData")
LIST = {"kind": "pods", "namespace": "shop"}


def pod(name: str = "api-1") -> dict[str, Any]:
    applied = json.dumps({"data": {"password": SECRETS[0]}})
    env = [
        {"name": "DB_PASSWORD", "value": SECRETS[0]},
        {"name": "DB", "value": f"postgres://a:{SECRETS[3]}@db/x"},
    ]
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": name, "creationTimestamp": "2026-11-01T00:00:00Z",
                     "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}},
        "spec": {"containers": [{"name": "app", "image": "app:1", "env": env, "args": [f"--token={SECRETS[1]}"]}]},
        "status": {"phase": "Running", "message": f"password={SECRETS[0]}"},
    }  # fmt: skip


@pytest.fixture
def leaking(kube: Any) -> Any:
    """A cluster that holds secrets in every place that is read."""
    api, url = kube
    api.serves(
        "",
        "v1",
        ("pods", "Pod", True),
        ("events", "Event", True),
        ("secrets", "Secret", True),
        ("configmaps", "ConfigMap", True),
    )
    api.items("/api/v1/namespaces/shop/pods", pod())
    api.logs["/api/v1/namespaces/shop/pods/api-1/log"] = LOG.encode()
    meta = {"namespace": "shop", "uid": "u", "creationTimestamp": "2026-11-01T00:00:00Z"}
    api.items(
        "/api/v1/namespaces/shop/secrets",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {**meta, "name": "db"},
            "data": {"password": SECRETS[5]},
        },
    )
    api.items(
        "/api/v1/namespaces/shop/configmaps",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {**meta, "name": "values"},
            "data": {"values.yaml": f"auth:\n  password: {SECRETS[4]}\n"},
        },
    )
    api.refuses(
        "/api/v1/namespaces/vault/pods", f"token Bearer {SECRETS[1]} may not list, password={SECRETS[0]}"
    )
    return api, url  # fmt: skip


READ: tuple[tuple[str, dict[str, Any]], ...] = (
    ("kubernetes_get", {"kind": "pod", "name": "api-1", "namespace": "shop"}),
    ("kubernetes_get", {"kind": "secret", "name": "db", "namespace": "shop"}),
    ("kubernetes_get", {"kind": "configmap", "name": "values", "namespace": "shop"}),
    ("kubernetes_list", LIST),
    ("pod_logs", {"namespace": "shop", "pod": "api-1"}),
    ("diagnose", {"namespace": "shop"}),
    ("ask", {"question": f"what does pod api-1 in shop log? password={SECRETS[0]}"}),
)
REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("kubernetes_list", {"kind": "pods", "namespace": "vault"}),
    ("kubernetes_get", {"kind": "pod", "name": f"password={SECRETS[0]}", "namespace": "shop"}),
)


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
def test_point_22_no_secret_is_in_text_structure_progress_resource_error_log_or_record(
    serve: Any, speak: Any, leaking: Any, era: str, capfd: Any
) -> None:
    _, url = leaking
    heard: list[str] = []

    async def progress(_: float, __: float | None, message: str | None) -> None:
        heard.append(message or "")

    async def told(client: Any) -> None:
        for tool, args in (*READ, *REFUSED):
            said = await client.call_tool(tool, args, progress_callback=progress)
            assert said.is_error == ((tool, args) in REFUSED), said
            heard.append(said.model_dump_json())
            kept = (said.structured_content or {}).get("evidence")
            if isinstance(kept, str):
                read = await client.read_resource(f"evidence://{kept}")
                heard.append(read.model_dump_json())

    with serve(cluster_url=url) as service:
        speak.http(service.mcp, told, era=era)
        record = json.dumps([dict(link.body) for link in service.runtime.audit.tail(500)])
    out, err = capfd.readouterr()
    everything = "\n".join([*heard, record, out, err])
    assert "api-1" in everything and len(heard) > 20
    for secret in LEAKS:
        assert secret not in everything, secret
        assert json.dumps(secret)[1:-1] not in everything


def boom() -> Any:
    """Stands in for anything that nobody foresaw."""
    raise RuntimeError(f"password={SECRETS[0]} at /srv/app/secret.py")


def test_point_23_what_nobody_foresaw_says_nothing_of_itself(capfd: Any) -> None:
    server = build_server(boom, McpSettings(), identify=lambda _: Caller(Principal("local:tester")))

    async def told() -> list[str]:
        said = []
        async with Client(server) as client:
            for tool, args in (
                ("kubernetes_list", LIST),
                ("ask", {"question": "x"}),
                ("more", {"handle": "x"}),
            ):
                found = await client.call_tool(tool, args)
                assert found.is_error
                said.append(found.model_dump_json())
            for uri in ("runbook://x.md", "evidence://ev_x", "runbook://index"):
                with pytest.raises(Exception, match="something failed inside") as refused:
                    await client.read_resource(uri)
                said.append(str(refused.value))
        return said

    said = anyio.run(told)
    everything = "\n".join(said) + "".join(capfd.readouterr())
    assert (
        "hunter2" not in everything
        and "secret.py" not in everything
        and "RuntimeError" not in "\n".join(said)
    )


def test_point_23_the_words_of_an_error_are_cleaned_and_helpful(serve: Any, wire: Any, leaking: Any) -> None:
    _, url = leaking
    with serve(cluster_url=url) as service, service.client() as client:
        said = wire.call(client, "kubernetes_list", {"kind": "podz"})["content"][0]["text"]
        assert "did you mean 'pod' or 'pods'?" in said
        said = wire.call(client, "kubernetes_list", {"kind": "pods", "namespce": "x"})["content"][0]["text"]
        assert "did you mean 'namespace'" in said
        said = wire.call(client, "kubernetes_get", {"kind": "pod", "name": "api-2", "namespace": "shop"})
        assert "api-1" in said["content"][0]["text"]


def test_point_24_a_large_result_is_cut_says_so_and_can_be_read_on_to_its_end(
    serve: Any, wire: Any, kube: Any
) -> None:
    api, url = kube
    lines = [f"2026-11-01T00:00:00Z line {number} of the log" for number in range(4_000)]
    api.items("/api/v1/namespaces/shop/pods", pod())
    api.logs["/api/v1/namespaces/shop/pods/api-1/log"] = "\n".join(lines).encode()
    with serve(cluster_url=url) as service, service.client() as client:
        said = wire.call(client, "pod_logs", {"namespace": "shop", "pod": "api-1", "tail": 4_000})
        assert len(json.dumps(said)) < 40_000
        assert said["structuredContent"]["truncated"] is True
        at = said["structuredContent"]["next"]
        assert f"offset={at['offset']}" in said["content"][0]["text"]
        whole = said["structuredContent"]["text"][: at["offset"]]
        offset: int | None = at["offset"]
        while offset is not None:
            part = wire.call(client, "more", {"handle": at["handle"], "offset": offset})["structuredContent"]
            whole, offset = whole + part["text"], part.get("next_offset")
        assert [f"line {n} of" in whole for n in range(4_000)].count(False) == 0
        assert whole.count("line 17 of") == 1


def test_point_24_a_log_without_end_is_not_read_to_its_end(serve: Any, wire: Any, endless: Any) -> None:
    with (
        serve(cluster_url=endless.url, clusters={"timeout_seconds": 30}) as service,
        service.client() as client,
    ):
        said = wire.call(client, "pod_logs", {"namespace": "shop", "pod": "api-1", "container": "app"})
        assert len(json.dumps(said)) < 60_000
        assert endless.sent < 100_000_000


@pytest.fixture
def hanging() -> Iterator[Slow]:
    """A cluster that lets a caller wait."""
    with served(endless=False) as server:
        yield server


@pytest.fixture
def endless() -> Iterator[Slow]:
    """A cluster whose logs never end."""
    with served(endless=True) as server:
        yield server


SLOW = {"clusters": {"timeout_seconds": 90}}


@pytest.mark.parametrize(
    ("transport", "era"), [("http", "legacy"), ("http", "2026-07-28"), ("stdio", "2026-07-28")]
)
def test_point_25_a_call_that_is_cancelled_stops_at_the_cluster(
    serve: Any, speak: Any, hanging: Slow, transport: str, era: str, tmp_path: Any
) -> None:
    async def told(client: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "kubernetes_list", LIST)
            await anyio.to_thread.run_sync(hanging.waiting.wait, 60)
            group.cancel_scope.cancel()
        assert await anyio.to_thread.run_sync(hanging.left.wait, 20), "the read goes on at the cluster"
        asked = len(hanging.asked)
        assert (await client.list_tools()).tools, "the server goes on"
        assert len(hanging.asked) == asked

    if transport == "http":
        with serve(cluster_url=hanging.url, **SLOW) as service:
            speak.http(service.mcp, told, era=era)
    else:
        (tmp_path / "slow.yaml").write_text(json.dumps(SLOW))
        config = ("--config", str(tmp_path / "slow.yaml"))
        speak.stdio(told, "--cluster-url", hanging.url, *config, era=era)


def test_point_25_a_call_that_takes_too_long_ends_with_a_word_and_at_the_cluster(
    serve: Any, wire: Any, hanging: Any
) -> None:
    with (
        serve(cluster_url=hanging.url, mcp={"call_seconds": 0.5}, **SLOW) as service,
        service.client() as client,
    ):
        started = time.monotonic()
        said = wire.call(client, "kubernetes_list", LIST)
        assert said["isError"] and "longer than" in said["content"][0]["text"]
        assert time.monotonic() - started < 30
        assert hanging.left.wait(20)


def test_point_25_who_asks_too_often_waits_and_nobody_else_does(serve: Any, wire: Any) -> None:
    with serve(mcp={"calls_per_minute": 10}) as service, service.client() as client:
        users = {
            n: {"authorization": f"Bearer {service.token(f'person:{n}', 'read')}"} for n in ("ana", "bo")
        }
        codes = [
            client.post("/mcp", **wire.modern("tools/list", **users["ana"])).status_code for _ in range(12)
        ]
        assert codes == [200] * 10 + [429] * 2
        late = client.post("/mcp", **wire.modern("tools/list", **users["ana"]))
        assert int(late.headers["retry-after"]) > 0
        assert client.post("/mcp", **wire.modern("tools/list", **users["bo"])).status_code == 200


def test_point_25_questions_over_mcp_count_with_those_over_the_api(serve: Any, wire: Any) -> None:
    with serve({"questions_per_minute": 2}) as service, service.client() as client:
        assert (
            client.post("/api/v1/ask", json={"question": "how many pods are in checkout?"}).status_code == 200
        )
        assert not wire.call(client, "ask", {"question": "how many pods are in checkout?"})["isError"]
        said = wire.call(client, "ask", {"question": "how many pods are in checkout?"})
        assert said["isError"] and "in a minute" in said["content"][0]["text"]


def test_point_26_every_call_is_on_record_with_who_what_and_what_came_of_it(serve: Any, wire: Any) -> None:
    with serve() as service, service.client() as client:
        user = {"authorization": f"Bearer {service.token('person:ana', 'read')}"}
        listed = {"kind": "pods", "namespace": "checkout"}
        made = wire.call(client, "kubernetes_list", listed, **user)["structuredContent"]["evidence"]
        wire.call(client, "kubernetes_list", {"kind": "nonsense"}, **user)
        client.post(
            "/mcp",
            **wire.modern(
                "resources/read", {"uri": f"evidence://{made}"}, **user, **{"mcp-name": f"evidence://{made}"}
            ),
        )
        intent, outcome = service.recorded("tool.intent"), service.recorded("tool.outcome")
        assert intent[0]["args"] == listed and intent[0]["tool"] == "kubernetes_list"
        assert outcome[0]["evidence"] == made and len(outcome[0]["sha256"]) == 64
        assert len(intent) == 2 and len(service.recorded("tool.failed")) == 1
        assert len({one["principal"] for one in (*intent, *outcome)}) == 1
        assert service.recorded("evidence.read")[-1]["evidence"] == made
        assert service.runtime.audit.verify([]).broken_at is None


def test_point_26_a_call_that_policy_refuses_is_on_record_too(serve: Any, wire: Any) -> None:
    with serve() as service, service.client() as client:
        token, _ = Tokens(service.runtime.parts.store, SystemClock()).create(
            "svc:ci", scopes=["read"], lasting=timedelta(days=1)
        )
        said = wire.call(client, "kubernetes_list", LIST, authorization=f"Bearer {token}")
        assert said["isError"] and "services-need-a-rule" in said["content"][0]["text"]
        assert len(service.recorded("policy.refused")) == 1


def test_a_setting_that_does_not_exist_is_refused_at_the_start(serve: Any) -> None:
    with pytest.raises(BadInput, match="toolset"), serve(mcp={"toolset": ["all"]}):
        pass
